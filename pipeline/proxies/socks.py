"""Begin a connection through a SOCKS5 proxy (RFC 1928, with passwords by RFC 1929)."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable

from ..secret import Secret, reveal
from .settings import ProxyError

# https://www.rfc-editor.org/rfc/rfc1928#section-6
_FAILURES = {
    1: "general failure",
    2: "its rules do not allow the connection",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "it took too long",
    7: "it cannot connect",
    8: "it does not know this kind of address",
}
_NO_LOGIN, _PASSWORD = 0, 2
_ADDRESS_BYTES = {1: 4, 4: 16}


Send = Callable[[bytes], Awaitable[None]]
Receive = Callable[[], Awaitable[bytes]]


class _Reader:
    """Reads a given number of bytes."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._data = b""

    async def take(self, count: int) -> bytes:
        while len(self._data) < count:
            more = await self._receive()
            if not more:
                raise ProxyError("it closed the connection")
            self._data += more
        taken, self._data = self._data[:count], self._data[count:]
        return taken


async def begin_socks(
    send: Send, receive: Receive, login: Secret | None, host: bytes, port: int
) -> None:
    """Make a proxy connect to a server; the proxy resolves the host's name.

    Args:
        send: sends bytes to the proxy.
        receive: returns what the proxy sent, b"" at the end of the connection.
        login: "user:password", None without one.
        host: the server's name or IP address.
        port: the server's port.

    Raises:
        ProxyError: it did not.
    """
    reader = _Reader(receive)
    methods = bytes([_NO_LOGIN] if login is None else [_NO_LOGIN, _PASSWORD])
    await send(bytes([5, len(methods)]) + methods)
    version, method = await reader.take(2)
    if version != 5:
        raise ProxyError("it did not answer as a SOCKS5 proxy does")
    if method == _PASSWORD and login is not None:
        await send(_credentials(login))
        if (await reader.take(2))[1] != 0:
            raise ProxyError("it refuses the user and the password")
    elif method != _NO_LOGIN:
        raise ProxyError("it requires a user and a password")
    await send(b"\5\1\0" + _address(host) + port.to_bytes(2, "big"))
    _, code, _, kind = await reader.take(4)
    if code != 0:
        raise ProxyError(_FAILURES.get(code, f"failure {code}"))
    # The address from which the proxy connects has no use here.
    length = (await reader.take(1))[0] if kind == 3 else _ADDRESS_BYTES.get(kind, 0)
    await reader.take(length + 2)


def _credentials(login: Secret) -> bytes:
    user, _, password = reveal(login).partition(":")
    parts = [part.encode("latin-1") for part in (user, password)]
    if any(len(part) > 255 for part in parts):
        raise ProxyError("its user and password may have 255 bytes each")
    return b"\1" + b"".join(bytes([len(part)]) + part for part in parts)


def _address(host: bytes) -> bytes:
    for kind, family in ((1, socket.AF_INET), (4, socket.AF_INET6)):
        try:
            return bytes([kind]) + socket.inet_pton(family, host.decode())
        except OSError:
            continue
    if len(host) > 255:
        raise ProxyError("the host's name is too long")
    return bytes([3, len(host)]) + host
