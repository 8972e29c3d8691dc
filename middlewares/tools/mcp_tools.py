"""The tools of an MCP server, for a `ToolLoop`. Needs the extra `mcp`.

The SDK of MCP needs an event loop, so it runs in one in a thread of its own, which all calls share:
blocking ones, and those of any event loop.
https://modelcontextprotocol.io/specification
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from anyio import to_thread
from msgspec import Struct

from ...pipeline.closing import Closing
from ...pipeline.errors import (
    APIConnectionError,
    APIError,
    InvalidArgumentError,
    MissingExtraError,
    Timeout,
)
from ...pipeline.json_values import JSON
from ...pipeline.port import IO
from ...pipeline.secret import Hidden
from ...pipeline.timeouts import earlier
from ..checked_arguments import check_text, check_text_table, check_texts, read_path
from .mcp_connection import CONNECT_SECONDS, Connection, Target, mask_words, reason_of
from .running import Pending, start


class MCPTools(Closing):
    """The tools that an MCP server offers; pass it to a `ToolLoop` like a function.

    It connects when a call first needs the tools, and keeps the connection until `close()`; `with`
    closes it too. A server that was started ends at the latest with the program, unless a signal
    such as SIGTERM ends that and the server ignores the end of its standard input.

    Args:
        server: a command with its arguments (["uvx", "mcp-server-time"]), or the URL of a server
            with Streamable HTTP.
        only: names of the tools to offer, None for all.
        prefix: put before each name, to tell apart the tools of several servers.
        env, cwd: environment variables and working directory of a command.
        headers: headers of all requests to a URL.

    Raises, when a call needs the tools:
        APIConnectionError: the server does not start or does not respond.
        MissingExtraError: the extra `mcp` is not installed.
    """

    def __init__(
        self,
        server: str | Sequence[str],
        *,
        only: Sequence[str] | None = None,
        prefix: str = "",
        env: Mapping[str, str] | None = None,
        cwd: str | Path | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        is_url = isinstance(server, str) and server.startswith(("http://", "https://"))
        if isinstance(server, str) and not is_url:
            shown, _ = mask_words(server.split())
            raise InvalidArgumentError(
                f"server: expected a URL or a list, got {' '.join(shown)!r}; "
                f"write a command as {shown!r}"
            )
        if not server:
            raise InvalidArgumentError("server: expected a command or a URL, got nothing")
        if not is_url:
            check_texts("server", server)
        if only is not None:
            check_texts("only", only)
        check_text("prefix", prefix)
        check_text_table("env", env or {})
        check_text_table("headers", headers or {})
        if cwd is not None:
            read_path("cwd", cwd)
        words = server if isinstance(server, str) else tuple(server)
        self._target = Target(
            Hidden(words), Hidden(dict(env or {})), cwd, Hidden(dict(headers or {}))
        )
        self._only = None if only is None else frozenset(only)
        self._prefix = prefix
        self._lock = threading.Lock()
        self._connection: Connection | None = None
        self._tools: list[_ServerTool] = []

    def __repr__(self) -> str:
        return f"MCPTools({self._target.shown!r})"

    async def load_tools(self, io: IO, seconds: float | None) -> Sequence[_ServerTool]:
        """Return the tools; connect to the server if there is no connection."""
        if not self._has_tools:
            problem = await self._connect(io, seconds)
            if problem is not None:
                # Not from within a handler: the frames of the SDK show environment and headers.
                raise problem
        return self._tools

    @property
    def _has_tools(self) -> bool:
        """Whether there is a connection whose tools have been listed."""
        connection = self._connection
        return connection is not None and connection.is_open and connection.listed

    async def _connect(self, io: IO, seconds: float | None) -> Exception | None:
        """Connect within a number of seconds; return an error if that fails."""
        limit = earlier(seconds, CONNECT_SECONDS)
        left = threading.Event()
        try:
            await start(lambda: self._load(left), io).wait(limit)
        except APIError as error:
            return error
        except ImportError:
            return MissingExtraError(f"{self!r} needs: pip install 'trunkline[mcp]'")
        except TimeoutError:
            if limit != CONNECT_SECONDS:
                return Timeout(f"{self!r}: no response within the call's time", phase="connect")
            problem = f"no response within {CONNECT_SECONDS:g} s"
        except Exception as error:  # noqa: BLE001  # whatever the SDK raises
            problem = f"cannot connect: {self._target.hide(reason_of(error))}"
        else:
            return None
        finally:
            left.set()
        return APIConnectionError(f"{self!r}: {problem}", phase="connect")

    def close(self) -> None:
        """End the connection, also one that is being made, and the server if it was started."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    async def aclose(self) -> None:
        """End the connection; see `close`. It takes a moment."""
        await to_thread.run_sync(self.close)

    def _load(self, left: threading.Event) -> None:
        """Connect, unless another call has done so, or the call that wants it has left."""
        with self._lock:
            if left.is_set() or self._has_tools:
                return
            connection = self._connection = Connection(self._target)
            weakref.finalize(self, connection.close)
            try:
                self._tools = self._read_tools(connection)
            except BaseException:
                connection.close()
                raise
            connection.listed = True

    def _read_tools(self, connection: Connection) -> list[_ServerTool]:
        found = connection.list_tools()
        names = {str(tool["name"]) for tool in found}
        missing = sorted((self._only or names) - names)
        if missing:
            offered = ", ".join(sorted(names))
            raise APIConnectionError(
                f"{self!r}: only: the server has no tool {missing[0]!r}; it has {offered}"
            )
        return [
            _ServerTool(connection, str(tool["name"]), _definition(tool, self._prefix))
            for tool in found
            if self._only is None or tool["name"] in self._only
        ]


class _ServerTool(Struct, frozen=True):
    """A tool of a server; see `Tool`."""

    connection: Connection
    tool: str
    definition: JSON

    @property
    def name(self) -> str:
        """See `Tool.name`."""
        name: str = self.definition["function"]["name"]
        return name

    def start(self, arguments: Mapping[str, Any], io: IO) -> Pending:
        """See `Tool.start`."""
        return self.connection.call(self.tool, arguments, io)


def _definition(tool: JSON, prefix: str) -> JSON:
    function: JSON = {"name": f"{prefix}{tool['name']}", "parameters": tool["inputSchema"]}
    if tool.get("description"):
        function["description"] = tool["description"]
    return {"type": "function", "function": function}
