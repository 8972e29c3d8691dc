"""Proxies: which one a URL has, and how a connection through it begins.

Nothing here does I/O. `begin_tunnel` and `begin_socks` get functions that send and receive bytes.
"""

from .settings import Proxy, find_proxy
from .socks import begin_socks
from .tunnel import basic_login, begin_tunnel, refusal

__all__ = ["Proxy", "basic_login", "begin_socks", "begin_tunnel", "find_proxy", "refusal"]
