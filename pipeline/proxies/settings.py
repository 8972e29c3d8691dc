"""The proxy of a URL, from the environment: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY.

The names in lower case take precedence. Without any of them, macOS and Windows have a setting of
the system. https://everything.curl.dev/usingcurl/proxies/env.html
"""

from __future__ import annotations

import ipaddress
import os
import re
import sys
from urllib.parse import unquote, urlsplit

from msgspec import Struct

from ..errors import BadRequestError
from ..secret import Secret

# The default port of each scheme.
_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
_ADDRESS = re.compile(r"[A-Za-z0-9._-]+(:[0-9]*)?|\[[0-9A-Fa-f:.]+(%[A-Za-z0-9._-]+)?\](:[0-9]*)?")
_SEPARATORS = re.compile(r"[,\s]+")


class ProxyError(OSError):
    """A proxy did not make the connection."""


class Proxy(Struct, frozen=True):
    """A proxy; `login` is "user:password"."""

    scheme: str
    host: str
    port: int
    login: Secret | None

    @property
    def name(self) -> str:
        """Host and port, for error messages."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def speaks_http(self) -> bool:
        """Whether it is an HTTP proxy, which takes requests for http URLs as they are."""
        return self.scheme in ("http", "https")


def find_proxy(scheme: str, host: str, port: int | None) -> Proxy | None:
    """Return the proxy for a URL, None for a direct connection.

    Args:
        scheme: "http" or "https".
        host: a host name, or an IP address without brackets.
        port: the port, None for that of the scheme.

    Raises:
        BadRequestError: the variable is not the URL of a proxy; its value is not shown.
    """
    for variable in (f"{scheme}_proxy", "all_proxy"):
        found = _read(variable)
        if found:
            break
    else:
        variable, found = f"{scheme}_proxy", _system_proxy(scheme, host)
    if not found or _is_exempt(host, port or _PORTS[scheme], _read("no_proxy")):
        return None
    proxy = parse_proxy(found)
    if proxy is None:
        # A traceback may show local variables.
        found = ""
        raise BadRequestError(
            f"{variable.upper()}: expected http://HOST:PORT, https://HOST:PORT or "
            "socks5://HOST:PORT; percent-encode a password",
            param=variable.upper(),
        )
    return proxy


def parse_proxy(url: str) -> Proxy | None:
    """Return the proxy that a URL describes, None if it describes none."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        port = parts.port
        address = parts.netloc.rpartition("@")[2]
        host = parts.hostname or ""
        login = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
        login.encode("latin-1")
    except ValueError:
        return None
    known = parts.scheme in _PORTS and _ADDRESS.fullmatch(address)
    if not known or port == 0 or parts.path not in ("", "/") or parts.query or parts.fragment:
        return None
    secret = Secret(login) if parts.username is not None else None
    return Proxy(parts.scheme, host, port or _PORTS[parts.scheme], secret)


def _read(variable: str) -> str:
    """Return a variable, in lower case if there is one, even if that is empty."""
    # A CGI script gets HTTP_PROXY from the header "Proxy" of its request. https://httpoxy.org
    upper = "" if variable == "http_proxy" and "REQUEST_METHOD" in os.environ else variable.upper()
    return os.environ.get(variable, os.environ.get(upper, "") if upper else "").strip()


def _system_proxy(scheme: str, host: str) -> str:
    if sys.platform not in ("darwin", "win32"):
        return ""
    # It loads http.client.
    from urllib.request import getproxies, proxy_bypass  # noqa: PLC0415

    if proxy_bypass(host):
        return ""
    found = getproxies()
    return found.get(scheme) or found.get("all") or ""


def _is_exempt(host: str, port: int, no_proxy: str) -> bool:
    host = host.lower().rstrip(".")
    entries = _SEPARATORS.split(no_proxy.lower())
    return any(_matches(entry, host, port) for entry in entries if entry)


def _matches(entry: str, host: str, port: int) -> bool:
    """Return whether an entry of NO_PROXY names a host: a domain, an address, or a network."""
    if entry == "*":
        return True
    name, wanted = _split_port(entry)
    if wanted and wanted != str(port):
        return False
    network = _network(name)
    if network is not None:
        try:
            return ipaddress.ip_address(host.partition("%")[0]) in network
        except ValueError:
            return False
    domain = name.removeprefix("*").strip(".")
    return bool(domain) and (host == domain or host.endswith(f".{domain}"))


def _split_port(entry: str) -> tuple[str, str]:
    """Return the name in an entry, without brackets, and its port, "" if it has none."""
    if entry.startswith("["):
        address, _, rest = entry[1:].partition("]")
        return (address, rest[1:]) if rest[:1] == ":" else (address + rest, "")
    name, _, port = entry.rpartition(":")
    # Several colons: an address without brackets.
    return (name, port) if port.isdecimal() and ":" not in name else (entry, "")


def _network(name: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(name, strict=False)
    except ValueError:
        return None
