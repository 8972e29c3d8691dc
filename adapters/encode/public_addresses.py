"""Tell public IP addresses from private ones, so that messages cannot reach private networks."""

from __future__ import annotations

import ipaddress

_IP = ipaddress.IPv4Address | ipaddress.IPv6Address

# IPv6 addresses that a gateway translates into IPv4 (RFC 6052).
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# All that IANA has assigned for global unicast. Outside are local and deprecated forms, some with
# an IPv4 address inside: ::127.0.0.1, ::ffff:0:127.0.0.1, 64:ff9b:1::/48 and fec0::/10.
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
# Python 3.11 calls these global, later versions do not: IETF protocols, the relays of 6to4, 6to4
# itself (which contains an IPv4 address), and documentation.
_NOT_GLOBAL = tuple(
    map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "2002::/16", "3fff::/20"))
)


def is_public(address: str) -> bool:
    """Return whether an IP address is public; of a translated one, its IPv4 address decides."""
    ip: _IP = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = _translated(ip)
        if inner is None and ip not in _GLOBAL_UNICAST:
            return False
        ip = inner or ip
    usual = ip.is_global and not (ip.is_multicast or ip.is_reserved)
    return usual and not any(ip in network for network in _NOT_GLOBAL)


def _translated(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that a mapped or translated address reaches (RFC 4291, 6052)."""
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped
