"""Fake DNS and routes that replace functions of the socket module."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import Any

import pytest


class FakeNetwork:
    """Resolve names under `.test`, and connect public addresses to loopback servers.

    Args:
        patches: undoes the changes after the test.
        names: addresses of each name; all other names under `.test` are unknown.
        routes: the local port that each address leads to, None to refuse the connection. An
            address without a route is not changed.

    Attributes:
        resolved: the names that were resolved, oldest first.
    """

    def __init__(
        self,
        patches: pytest.MonkeyPatch,
        names: Mapping[str, list[str]],
        routes: Mapping[str, int | None] | None = None,
    ) -> None:
        self.resolved: list[str] = []
        self._names = names
        self._routes = routes or {}
        self._getaddrinfo = socket.getaddrinfo
        real_connect = socket.socket.connect

        def connect(own: socket.socket, address: Any) -> None:
            real_connect(own, self._route(address))

        patches.setattr(socket, "getaddrinfo", self._resolve)
        patches.setattr(socket.socket, "connect", connect)

    def _resolve(self, host: Any, port: Any, *arguments: Any, **named: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        self.resolved.append(name)
        if name in self._names:
            kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
            return [(*kind, (address, port)) for address in self._names[name]]
        if name.endswith(".test"):
            raise socket.gaierror("unknown")
        return self._getaddrinfo(host, port, *arguments, **named)

    def _route(self, address: Any) -> Any:
        host = str(address[0])
        if host not in self._routes:
            return address
        port = self._routes[host]
        if port is None:
            raise ConnectionRefusedError(host)
        return ("127.0.0.1", port)
