"""Proxies: which one a URL has (settings.py), and how a connection through it begins.

Nothing here does I/O: tunnel.py and socks.py get functions that send and receive bytes. They are
not imported here, because few calls use a proxy.
"""

from .settings import Proxy, find_proxy

__all__ = ["Proxy", "find_proxy"]
