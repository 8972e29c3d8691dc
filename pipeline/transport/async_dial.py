"""Connect to a server or a proxy in an event loop (Happy Eyeballs, RFC 8305)."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import anyio

from ..port import HTTPRequest
from ..resolve import resolve
from .async_tls import start_tls
from .connections import Socket
from .limits import Limits
from .loops import LoopSignal, running_loop
from .sockets import port_of, tls_context
from .urls import Target

# https://www.rfc-editor.org/rfc/rfc8305#section-8
_NEXT_ADDRESS_SECONDS = 0.25

T = TypeVar("T")


async def connect(request: HTTPRequest, target: Target, limits: Limits) -> Socket:
    """Connect under asyncio or trio."""
    made = await dial(request.address or target.host.decode(), port_of(target), limits)
    context = tls_context(target)
    return made if context is None else await start_tls(made, context, target.host.decode(), limits)


async def dial(host: str, port: int, limits: Limits) -> Socket:
    """Connect to the first address of a host that answers."""
    addresses = await resolve(host, port, LoopSignal(), limits.wait())
    if isinstance(running_loop(), asyncio.AbstractEventLoop):
        from .asyncio_sockets import connect_tcp  # noqa: PLC0415  # trio needs others
    else:
        from .trio_sockets import connect_tcp  # noqa: PLC0415

    async def connect_to(address: str) -> Socket:
        return await connect_tcp(address, port, limits)

    async def close(made: Socket) -> None:
        await made.aclose()

    return await race(addresses, connect_to, close)


async def race(
    addresses: Sequence[str],
    connect: Callable[[str], Awaitable[T]],
    close: Callable[[T], Awaitable[None]],
) -> T:
    """Return the first connection to one of the addresses; start the next one after a while.

    Raises:
        Exception: what the last address raised, if no address answers.
    """
    if len(addresses) == 1:
        return await connect(addresses[0])
    made: list[T] = []
    errors: list[Exception] = []

    async def attempt(address: str, ended: anyio.Event) -> None:
        try:
            made.append(await connect(address))
        except Exception as error:  # noqa: BLE001  # raised below
            errors.append(error)
        ended.set()
        if made:
            attempts.cancel_scope.cancel()

    try:
        async with anyio.create_task_group() as attempts:
            for address in addresses:
                ended = anyio.Event()
                attempts.start_soon(attempt, address, ended)
                with anyio.move_on_after(_NEXT_ADDRESS_SECONDS):
                    await ended.wait()
    except BaseException:
        await _close_all(made, close)
        raise
    if not made:
        raise errors[-1]
    # Two may have been made at the same time.
    await _close_all(made[1:], close)
    return made[0]


async def _close_all(made: Sequence[T], close: Callable[[T], Awaitable[None]]) -> None:
    with anyio.CancelScope(shield=True):
        for each in made:
            await close(each)


class AsyncLine:
    """A connection to a proxy; see `Line` in proxies.py."""

    def __init__(self, inner: Socket) -> None:
        self._inner = inner

    async def read(self, limits: Limits) -> bytes:
        """See `Socket.read`."""
        return await self._inner.read(limits)

    async def write(self, data: bytes, limits: Limits) -> None:
        """See `Socket.write`."""
        await self._inner.write(data, limits)

    async def start_tls(self, context: ssl.SSLContext, host: str, limits: Limits) -> None:
        """See `Line.start_tls`."""
        self._inner = await start_tls(self._inner, context, host, limits)

    def is_readable(self) -> bool:
        """See `Socket.is_readable`."""
        return self._inner.is_readable()

    async def aclose(self) -> None:
        """See `Socket.aclose`."""
        await self._inner.aclose()


async def dial_proxy(host: str, port: int, limits: Limits) -> AsyncLine:
    """Connect to a proxy."""
    return AsyncLine(await dial(host, port, limits))
