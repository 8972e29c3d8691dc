"""Which IP addresses are public, so that a message cannot make us fetch from a private network."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

_IP = ipaddress.IPv4Address | ipaddress.IPv6Address

# IPv6 addresses that a gateway translates into IPv4 (RFC 6052).
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Tell whether an IP address belongs to the public internet, also where IPv6 hides an IPv4."""
    ip: _IP = ipaddress.ip_address(address.partition("%")[0])
    return all(found.is_global and not found.is_multicast for found in (ip, *_embedded(ip)))


def _embedded(ip: _IP) -> Iterator[ipaddress.IPv4Address]:
    """Yield the IPv4 addresses that an IPv6 address leads to (RFC 4291, 3056, 6052)."""
    if isinstance(ip, ipaddress.IPv4Address):
        return
    for found in (ip.ipv4_mapped, ip.sixtofour):
        if found is not None:
            yield found
    if ip in _NAT64:
        yield ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
