"""Begin a connection through an HTTP proxy (RFC 9110, section 9.3.6)."""

from __future__ import annotations

from base64 import b64encode

from ..secret import Secret, reveal
from .settings import ProxyError
from .socks import Receive, Send

_MAX_HEAD_BYTES = 100 * 1024


async def begin_tunnel(
    send: Send, receive: Receive, login: Secret | None, host: str, port: int
) -> None:
    """Make a proxy connect to a server; see `begin_socks`.

    Raises:
        ProxyError: it did not.
    """
    place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    await send(_connect_request(place, login))
    head = b""
    while b"\r\n\r\n" not in head:
        data = await receive()
        head += data
        if not data or len(head) > _MAX_HEAD_BYTES:
            raise ProxyError("it did not answer as an HTTP proxy does")
    version, _, rest = head.partition(b" ")
    if not version.startswith(b"HTTP/1.") or not rest[:3].isdigit():
        raise ProxyError("it did not answer as an HTTP proxy does")
    status = int(rest[:3])
    # What follows the head would be taken for the server's.
    if not 200 <= status < 300 or not head.endswith(b"\r\n\r\n"):
        raise ProxyError(refusal(status))


def _connect_request(place: str, login: Secret | None) -> bytes:
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
    if login is not None:
        lines.append(f"Proxy-Authorization: {basic_login(login)}")
    return "\r\n".join([*lines, "", ""]).encode()


def refusal(status: int) -> str:
    """Return what a status of a proxy means, for an error message."""
    if status == 407:
        return "status 407: the proxy requires a user and a password, or refuses those that it got"
    return f"it refused the connection with status {status}"


def basic_login(login: Secret) -> str:
    """Return the value of Proxy-Authorization."""
    return f"Basic {b64encode(reveal(login).encode('latin-1')).decode()}"
