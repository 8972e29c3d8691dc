"""Let httpx's client look up hosts, wait, and resend requests as our own connections do.

httpx passes its timeouts to httpcore, and httpcore passes them unchanged to what opens and reads
connections. So a `Limits` may take the place of a number there: it gives each wait its timeout. A
client whose parts have other names than expected keeps httpx's own behavior.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterable
from typing import Any

import anyio
import anyio.lowlevel
import httpcore
import httpx

from ..forks import FORKS
from ..port import HTTPRequest
from ..proxies import Proxy
from ..resolve import resolve
from ..sync import drive
from ..transport.async_dial import race
from ..transport.limits import Limits
from ..transport.loops import LoopSignal
from ..transport.sockets import (
    LARGE,
    READ_BYTES,
    BlockingSocket,
    first_answering,
    is_refusal,
    port_of,
    shut_down,
)
from ..transport.urls import parse_url
from .httpx_client import Progress

_CLOSED = ("ReadError", "RemoteProtocolError", "WriteError")


class _Limits(Limits):
    """The limits of a request, with what happened on its connection.

    Attributes:
        answered: whether a byte of a response has arrived.
        hold: see `HTTPRequest`.
        opened: the connection that was made for the request, None for a kept one.
    """

    __slots__ = ("answered", "hold", "opened")

    def __init__(self, request: HTTPRequest) -> None:
        super().__init__(request)
        self.answered = False
        self.hold = request.hold
        self.opened: httpcore.NetworkStream | httpcore.AsyncNetworkStream | None = None


_Timeout = float | Limits | None


class ExactProgress(Progress):
    """The progress of a request whose client has been through `keep_limits`.

    Args:
        request: the request.
        proxy: the client's proxy.
        tunnels: whether the proxy gets a CONNECT before the request.
    """

    def __init__(self, request: HTTPRequest, proxy: Proxy | None, tunnels: bool) -> None:
        super().__init__(request)
        self.limits = self._exact = _Limits(request)
        self.timeouts.update(connect=self.limits, read=self.limits, write=self.limits)
        self._proxy = "" if proxy is None else proxy.name
        self._tunnels = tunnels
        self._again = False

    def note(self, event: str, info: object) -> None:
        """See `Progress.note`; a new tunnel begins with a request of its own."""
        if self._tunnels and self.fresh and event.endswith(".send_request_headers.started"):
            self._tunnels = False
            return
        super().note(event, info)

    def whole_seconds(self) -> float | None:
        """Return None: each wait has its limit."""
        return None

    def answer_seconds(self) -> float | None:
        """Return None; see `whole_seconds`."""
        return None

    def begin_body(self) -> None:
        """Leave the timeout as it is: it depends on the limits."""
        self.limits.phase = "first_event"

    def send_again(self, error: Exception) -> bool:
        """Return whether only a kept connection was closed; see transport/connections.py."""
        closed = type(error).__name__ in _CLOSED and self.sent
        if not closed or self.fresh or self._exact.answered or self._again:
            return False
        self._again, self.sent = True, False
        if self.request.note is not None:
            self.request.note("Connections", "sent again", reason="kept connection was closed")
        return True

    async def renew(self, client: Any) -> None:
        """Close the kept connections to the host: the server has probably closed them too."""
        target = parse_url(self.request.url)
        host = (self.request.address or target.host.decode()).encode()
        origin = httpcore.Origin(target.scheme, host, port_of(target))
        for pool in _pools(client):
            for connection in list(pool.connections):
                if not connection.can_handle_request(origin) or not connection.is_idle():
                    continue
                if isinstance(client, httpx.Client):
                    connection.close()
                else:
                    await connection.aclose()

    async def abandon(self) -> None:
        """Close a connection that leads no further than to a proxy; httpcore leaves it open."""
        opened = self._exact.opened
        if isinstance(opened, httpcore.NetworkStream):
            opened.close()
        elif opened is not None:
            with anyio.CancelScope(shield=True):
                await opened.aclose()

    def failure(self, error: Exception) -> Exception:
        """See `Progress.failure`; a proxy that fails is named."""
        if self.fresh and not self.sent:
            self.limits.phase = "connect"
            self.limits.proxy = self._proxy
        elif not self.sent:
            # A tool that replaces the network made up the error.
            self.limits.connected()
        return super().failure(error)


def keep_limits(client: httpx.Client | httpx.AsyncClient) -> bool:
    """Let a client take `Limits` as timeouts; return whether that is possible."""
    pools = _pools(client)
    if not all(hasattr(pool, "_network_backend") for pool in pools):
        return False
    backend = _Backend if isinstance(client, httpx.Client) else _AsyncBackend
    for pool in pools:
        setattr(pool, "_network_backend", backend())  # noqa: B010  # of a class not known here
    return True


def _pools(client: httpx.Client | httpx.AsyncClient) -> list[Any]:
    """Return the pools of a client's transports, None for one that has none."""
    fields: dict[str, Any] = vars(client)
    mounted: dict[object, Any] = fields.get("_mounts", {})
    return [
        getattr(transport, "_pool", None)
        for transport in (fields.get("_transport"), *mounted.values())
    ]


class _Backend(httpcore.SyncBackend):
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: _Timeout = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        def connect(address: str, seconds: float | None) -> httpcore.NetworkStream:
            return super(_Backend, self).connect_tcp(
                address, port, seconds, local_address, socket_options
            )

        if not isinstance(timeout, Limits):
            return connect(host, timeout)
        try:
            made = drive(first_answering(host, port, timeout, connect))
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        stream = _Stream(made, timeout)
        if isinstance(timeout, _Limits):
            timeout.opened = stream
        return stream


class _Stream(httpcore.NetworkStream):
    """A connection whose timeouts come from the limits of the current request.

    Any thread may close it; see `BlockingSocket`.
    """

    def __init__(self, inner: httpcore.NetworkStream, limits: Limits) -> None:
        self._inner = inner
        # The process whose thread is reading, by its forks: a forked one has only a copy.
        self._reader: int | None = None
        self._closed = False
        # httpcore begins SOCKS without any timeout.
        self._limits = limits
        # What arrived while a request was being written.
        self._early = b""

    def read(self, max_bytes: int, timeout: _Timeout = None) -> bytes:
        if isinstance(timeout, Limits):
            # A kept connection may have those of an earlier request.
            self._limits = timeout
        seconds = _seconds(timeout or self._limits, httpcore.ReadTimeout)
        data, self._early = self._early, b""
        data = data or self._receive(max_bytes, seconds)
        if isinstance(timeout, _Limits):
            timeout.answered |= data != b""
        return data

    def _receive(self, max_bytes: int, seconds: float | None) -> bytes:
        self._reader = FORKS[0]
        try:
            return b"" if self._closed else self._inner.read(max_bytes, seconds)
        finally:
            self._reader = None
            if self._closed:
                self._inner.close()

    def write(self, buffer: bytes, timeout: _Timeout = None) -> None:
        if isinstance(timeout, _Limits) and timeout.hold is not None:
            timeout.hold(self._abort)
        sock: object = self._inner.get_extra_info("socket")
        if len(buffer) < LARGE or not (
            isinstance(timeout, Limits) and isinstance(sock, socket.socket)
        ):
            self._inner.write(buffer, _seconds(timeout, httpcore.WriteTimeout))
            return
        watched = BlockingSocket(sock)
        try:
            drive(watched.write(buffer, timeout))
        except TimeoutError as error:
            raise httpcore.WriteTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.WriteError(str(error)) from error
        finally:
            self._early = watched.take_early()

    def close(self) -> None:
        self._closed = True
        if self._reader == FORKS[0]:
            # This wakes the thread that reads, which closes it then.
            self._abort()
        else:
            self._inner.close()

    def _abort(self) -> None:
        shut_down(self._inner.get_extra_info("socket"))

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: _Timeout = None,
    ) -> httpcore.NetworkStream:
        seconds = _seconds(timeout, httpcore.ConnectTimeout)
        inner = self._inner.start_tls(ssl_context, server_hostname, seconds)
        return _Stream(inner, self._limits)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _AsyncBackend(httpcore.AsyncNetworkBackend):
    def __init__(self) -> None:
        # Any, because httpcore declares the name twice, once for installations without anyio.
        backend: Any = httpcore.AnyIOBackend
        self._inner: httpcore.AsyncNetworkBackend = backend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: _Timeout = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        async def connect(address: str) -> httpcore.AsyncNetworkStream:
            seconds = _seconds(timeout, httpcore.ConnectTimeout)
            return await self._inner.connect_tcp(
                address, port, seconds, local_address, socket_options
            )

        if not isinstance(timeout, Limits):
            return await connect(host)
        try:
            addresses = await resolve(host, port, LoopSignal(), timeout.wait())
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        made = await race(addresses, connect, httpcore.AsyncNetworkStream.aclose)
        stream = _AsyncStream(made, timeout)
        if isinstance(timeout, _Limits):
            timeout.opened = stream
        return stream

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


class _AsyncStream(httpcore.AsyncNetworkStream):
    """See `_Stream`."""

    def __init__(self, inner: httpcore.AsyncNetworkStream, limits: Limits) -> None:
        self._inner = inner
        self._limits = limits
        # What arrived while a request was being written.
        self._early: list[bytes] = []

    async def read(self, max_bytes: int, timeout: _Timeout = None) -> bytes:
        if isinstance(timeout, Limits):
            # A kept connection may have those of an earlier request.
            self._limits = timeout
        seconds = _seconds(timeout or self._limits, httpcore.ReadTimeout)
        data = self._early.pop() if self._early else await self._inner.read(max_bytes, seconds)
        if isinstance(timeout, _Limits):
            timeout.answered |= data != b""
        return data

    async def write(self, buffer: bytes, timeout: _Timeout = None) -> None:
        seconds = _seconds(timeout, httpcore.WriteTimeout)
        if len(buffer) < LARGE or self._early:
            await self._inner.write(buffer, seconds)
        else:
            await self._write_watching(buffer, seconds)

    async def _write_watching(self, buffer: bytes, seconds: float | None) -> None:
        """Write a large body; the server may refuse it before it has read all of it.

        Raises:
            httpcore.WriteError: the server has refused the body, and may never read the rest.
        """
        problem: Exception | None = None

        async def watch() -> None:
            with contextlib.suppress(httpcore.NetworkError):
                # Under asyncio, what is not read is lost when a write fails.
                self._early.append(await self._inner.read(READ_BYTES, None))
                if is_refusal(self._early[0]):
                    group.cancel_scope.cancel()

        async with anyio.create_task_group() as group:
            group.start_soon(watch)
            # Let it take what has arrived already.
            for _ in range(2):
                await anyio.lowlevel.checkpoint()
            try:
                await self._inner.write(buffer, seconds)
            except (httpcore.NetworkError, httpcore.TimeoutException) as error:
                problem = error
            group.cancel_scope.cancel()
        if self._early and is_refusal(self._early[0]):
            raise httpcore.WriteError("the server has refused the request")
        if problem is not None:
            raise problem

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: _Timeout = None,
    ) -> httpcore.AsyncNetworkStream:
        seconds = _seconds(timeout, httpcore.ConnectTimeout)
        inner = await self._inner.start_tls(ssl_context, server_hostname, seconds)
        return _AsyncStream(inner, self._limits)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _seconds(timeout: _Timeout, kind: type[httpcore.TimeoutException]) -> float | None:
    """Return the timeout of a wait in seconds, None for no limit."""
    if not isinstance(timeout, Limits):
        return timeout
    try:
        return timeout.wait()
    except TimeoutError as error:
        raise kind from error
