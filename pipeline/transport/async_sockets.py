"""Connect to a server in an event loop; see sockets.py."""

from __future__ import annotations

import anyio
import httpcore

from ..port import HTTPRequest
from .async_dial import dial
from .connections import Socket
from .limits import Limits
from .sockets import READ_BYTES, port_of, tls_context
from .urls import Target


class _AsyncSocket:
    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, limits: Limits) -> bytes:
        return await self._stream.read(READ_BYTES, limits.wait())

    async def write(self, data: bytes, limits: Limits) -> None:
        limits.connected()
        await self._stream.write(data, limits.wait())

    def is_readable(self) -> bool:
        return bool(self._stream.get_extra_info("is_readable"))

    async def aclose(self) -> None:
        with anyio.CancelScope(shield=True):
            await self._stream.aclose()


async def connect(request: HTTPRequest, target: Target, limits: Limits) -> Socket:
    """Connect under asyncio or trio."""
    stream = await dial(request.address or target.host.decode(), port_of(target), limits)
    context = tls_context(target)
    if context is not None:
        stream = await stream.start_tls(context, target.host.decode(), limits.wait())
    return _AsyncSocket(stream)
