"""Requests of OpenAI's and Anthropic's clients, answered through a client's chain.

`Front.answer` takes a request that a host has received, and returns what the host sends. Hosts are
in integrations/: HTTP clients for the vendors' SDKs, and an ASGI app.
"""

from __future__ import annotations

from .caller import Asynchronous, Blocking
from .exchange import Received, Sent
from .front import Front
from .in_process import InProcess
from .policy import Network

__all__ = [
    "Asynchronous",
    "Blocking",
    "Front",
    "InProcess",
    "Network",
    "Received",
    "Sent",
]
