"""Tell public IP addresses from private ones, so that messages cannot reach private networks."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

_IP = ipaddress.IPv4Address | ipaddress.IPv6Address

# IPv6 addresses that a gateway translates into IPv4 (RFC 6052).
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Return whether an IP address is public, including an IPv4 address inside an IPv6 address."""
    ip: _IP = ipaddress.ip_address(address.partition("%")[0])
    return all(found.is_global and not found.is_multicast for found in (ip, *_embedded(ip)))


def _embedded(ip: _IP) -> Iterator[ipaddress.IPv4Address]:
    """Yield the IPv4 addresses inside an IPv6 address (RFC 4291, 3056, 6052)."""
    if isinstance(ip, ipaddress.IPv4Address):
        return
    for found in (ip.ipv4_mapped, ip.sixtofour):
        if found is not None:
            yield found
    if ip in _NAT64:
        yield ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
