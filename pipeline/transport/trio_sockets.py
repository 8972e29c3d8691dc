"""Connections of trio, through anyio; asyncio_sockets.py has those of asyncio."""

from __future__ import annotations

from typing import Any

import anyio
import httpcore

from .connections import Socket
from .limits import Limits
from .sockets import READ_BYTES


class _TrioSocket:
    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream

    async def read(self, limits: Limits) -> bytes:
        return await self._stream.read(READ_BYTES, limits.wait())

    async def write(self, data: bytes, limits: Limits) -> None:
        await self._stream.write(data, limits.wait())

    def is_readable(self) -> bool:
        return bool(self._stream.get_extra_info("is_readable"))

    async def aclose(self) -> None:
        with anyio.CancelScope(shield=True):
            await self._stream.aclose()


async def connect_tcp(address: str, port: int, limits: Limits) -> Socket:
    """Connect to an IP address."""
    # Any, because httpcore declares the name twice, once for installations without anyio.
    backend: Any = httpcore.AnyIOBackend
    return _TrioSocket(await backend().connect_tcp(address, port, limits.wait()))
