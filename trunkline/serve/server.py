"""The server under uvicorn: it stops without interrupting what its clients are reading."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
from types import FrameType

import uvicorn

from ..clients.client import Client
from ..integrations.asgi import app
from ..integrations.asgi.drain import Drain
from .config import Config
from .connection import Connection, Connections
from .metrics import read_metrics

# Seconds for events of errors to reach clients after open streams have been ended.
_LAST_WORDS = 5.0
_BACKLOG = 2048
# Open files that are not connections, and some to spare.
_OWN_FILES = 64


class DrainingServer(uvicorn.Server):
    """A server that stops at SIGTERM and SIGINT, and gives open requests time to finish.

    A second signal ends them at once. `most` is how many connections it keeps.
    """

    def __init__(
        self, config: uvicorn.Config, drain: Drain, grace: float, client: Client, most: int
    ) -> None:
        super().__init__(config)
        self.server_state = self._connections = Connections(most)
        self._drain = drain
        self._grace = grace
        self._client = client

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002  # uvicorn's
        """Stop: the process ends with its exit code, not by the signal."""
        if self.should_exit:
            self._drain.cut()
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Refuse new requests, and wait for open ones for the time of grace.

        Clients can still connect meanwhile: a load balancer is told that the server is stopping.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + self._grace
        cut = loop.call_at(until, self._drain.cut)
        self._drain.begin()
        self._connections.stop()
        try:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._drain.wait(), self._grace)
            left = max(0.0, until - loop.time())
            self.config.timeout_graceful_shutdown = round(left + _LAST_WORDS)
            await super().shutdown(sockets)
        finally:
            cut.cancel()
            await self._client.aclose()


def listen(host: str, port: int) -> socket.socket:
    """Return the socket that clients connect to.

    Raises:
        OSError: the address is in use, or is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=_BACKLOG)


def allow_connections() -> int:
    """Open as many files as the system permits, and return how many clients may connect.

    Each of them needs one, and one of a provider if it has a request.
    """
    try:
        import resource  # noqa: PLC0415  # not on Windows
    except ImportError:
        return sys.maxsize
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if most == resource.RLIM_INFINITY:
        return sys.maxsize
    return max(1, (most - _OWN_FILES) // 2)


def run_server(
    config: Config, keys: dict[str, str], client: Client, listening: socket.socket
) -> None:
    """Serve until a signal arrives."""
    server = config.server
    most = min(server.max_connections, allow_connections())
    drain = Drain()
    asgi = app(
        client,
        keys=keys,
        models=list(config.models) or None,
        allow=server.allow,
        hosts=server.hosts,
        max_body=server.max_body,
        idle_timeout=server.idle_timeout,
        max_requests=server.max_connections,
        drain=drain,
        metrics=read_metrics,
    )
    settings = uvicorn.Config(
        asgi,
        http=Connection,
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=max(1, round(server.idle_timeout)),
    )
    running = DrainingServer(settings, drain, server.grace, client, most)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    running.run(sockets=[listening])
