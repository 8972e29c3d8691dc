"""The tools of an MCP server, for a `ToolLoop`. Needs the extra `mcp`.

The SDK of MCP needs an event loop, so it runs in one in a thread of its own, which all calls share:
blocking ones, and those of any event loop.
https://modelcontextprotocol.io/specification
"""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import AsyncGenerator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from msgspec import Struct

from ...pipeline.closing import Closing
from ...pipeline.errors import APIConnectionError, APIError, MissingExtraError
from ...pipeline.json_values import JSON
from ...pipeline.port import IO
from .running import Pending, ReportedError, start

CONNECT_SECONDS = 30.0
_CLOSE_SECONDS = 5.0
#: The SDK's code of calls whose server has ended.
_CONNECTION_CLOSED = -32000


class MCPTools(Closing):
    """The tools that an MCP server offers; pass it to a `ToolLoop` like a function.

    It connects when a call first needs the tools, and keeps the connection until `close()`; `with`
    closes it too. A server that was started ends at the latest with the program.

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
            raise ValueError(
                f"server: expected a URL or a list, got {server!r}; "
                f"write a command as {server.split()!r}"
            )
        if not server:
            raise ValueError("server: expected a command or a URL, got nothing")
        self._name = server if isinstance(server, str) else " ".join(server)
        self._target = _Target(server, dict(env or {}), cwd, dict(headers or {}))
        self._only = None if only is None else frozenset(only)
        self._prefix = prefix
        self._lock = threading.Lock()
        self._connection: _Connection | None = None
        self._tools: list[_ServerTool] = []

    def __repr__(self) -> str:
        return f"MCPTools({self._name.partition('?')[0]!r})"

    async def load_tools(self, io: IO) -> Sequence[_ServerTool]:
        """Return the tools; connect to the server if there is no connection."""
        connection = self._connection
        if connection is not None and connection.is_open:
            return self._tools
        try:
            await start(self._load, io).wait(CONNECT_SECONDS)
        except APIError:
            raise
        except ImportError as error:
            raise MissingExtraError(f"{self!r} needs: pip install 'trunkline[mcp]'") from error
        except TimeoutError as error:
            raise APIConnectionError(
                f"{self!r}: no response within {CONNECT_SECONDS:g} s", phase="connect"
            ) from error
        except Exception as error:
            raise APIConnectionError(
                f"{self!r}: cannot connect: {_reason(error)}", phase="connect"
            ) from error
        return self._tools

    def close(self) -> None:
        """End the connection, and the server if it was started."""
        with self._lock:
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    async def aclose(self) -> None:
        """End the connection; see `close`. It takes a moment."""
        self.close()

    def _load(self) -> None:
        with self._lock:
            if self._connection is not None and self._connection.is_open:
                return
            connection = _Connection(self._target)
            weakref.finalize(self, connection.close)
            found = connection.list_tools()
            names = {str(tool["name"]) for tool in found}
            missing = sorted((self._only or names) - names)
            if missing:
                connection.close()
                offered = ", ".join(sorted(names))
                raise APIConnectionError(
                    f"{self!r}: only: the server has no tool {missing[0]!r}; it has {offered}"
                )
            self._tools = [
                _ServerTool(connection, str(tool["name"]), _definition(tool, self._prefix))
                for tool in found
                if self._only is None or tool["name"] in self._only
            ]
            self._connection = connection


class _Target(Struct, frozen=True):
    """Where a server is, and how to start it."""

    server: str | Sequence[str]
    env: dict[str, str]
    cwd: str | Path | None
    headers: dict[str, str]

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[Any]:
        """Connect, and yield the SDK's client of the server."""
        from mcp import Client, StdioServerParameters  # noqa: PLC0415  # an extra
        from mcp.client.stdio import get_default_environment  # noqa: PLC0415
        from mcp.client.streamable_http import (  # type: ignore[attr-defined]  # noqa: PLC0415
            create_mcp_http_client,  # pyright: ignore[reportPrivateImportUsage]
            streamable_http_client,
        )

        if isinstance(self.server, str):
            # The SDK leaves a client that it is given to its owner.
            async with create_mcp_http_client(headers=self.headers) as http:
                transport = streamable_http_client(self.server, http_client=http)
                async with Client(transport) as client:
                    yield client
            return
        command, *arguments = self.server
        env = {**get_default_environment(), **self.env}
        started = StdioServerParameters(command=command, args=arguments, env=env, cwd=self.cwd)
        async with Client(started) as client:
            yield client


class _Connection:
    """A connection to a server, in an event loop of its own.

    Raises:
        Exception: whatever the SDK raises while it connects.
    """

    def __init__(self, target: _Target) -> None:
        self._target = target
        self._ready = threading.Event()
        self._error: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._client: Any = None
        self._thread = threading.Thread(target=self._run, name="trunkline-mcp", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._error is not None:
            raise self._error

    @property
    def is_open(self) -> bool:
        """Whether calls can be made."""
        return self._thread.is_alive() and self._client is not None

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001  # raised where the connection is made
            self._error = error
        finally:
            self._client = None
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        async with self._target.open() as client:
            self._client = client
            self._ready.set()
            await self._stop.wait()

    def list_tools(self) -> list[JSON]:
        """Return all tools as the server describes them; blocks."""
        found: list[JSON] = []
        cursor: str | None = None
        while True:
            page = self._submit(self._client.list_tools(cursor=cursor)).result(CONNECT_SECONDS)
            listed: JSON = page.model_dump(by_alias=True, exclude_none=True)
            found += listed["tools"]
            cursor = listed.get("nextCursor")
            if not cursor:
                return found

    def call(self, name: str, arguments: Mapping[str, Any], io: IO) -> Pending:
        """Start a call of a tool."""
        pending = Pending(io)
        future = self._submit(self._client.call_tool(name, dict(arguments)))
        pending.stop_with(future.cancel)

        def ended(done: Future[Any]) -> None:
            if done.cancelled():
                # By whoever waited, or because the connection ended.
                pending.fail(ReportedError("the tool's server has ended"))
                return
            error = done.exception()
            if error is None:
                _settle(pending, done.result())
            else:
                if getattr(error, "code", None) == _CONNECTION_CLOSED:
                    # The next call connects again.
                    self._leave()
                pending.fail(ReportedError(_reason(error)))

        future.add_done_callback(ended)
        return pending

    def _submit(self, coroutine: Any) -> Future[Any]:
        if self._loop is None:  # never: it is set before a connection is ready
            raise RuntimeError("not connected")
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def close(self) -> None:
        """End the connection and wait for it."""
        if self._leave():
            self._thread.join(_CLOSE_SECONDS)

    def _leave(self) -> bool:
        """Begin to end the connection; return whether it was open."""
        loop, stop = self._loop, self._stop
        self._client = None
        if loop is None or stop is None or not self._thread.is_alive():
            return False
        try:
            loop.call_soon_threadsafe(stop.set)
        except RuntimeError:
            # The loop has just ended.
            return False
        return True


class _ServerTool(Struct, frozen=True):
    """A tool of a server; see `Tool`."""

    connection: _Connection
    tool: str
    definition: JSON

    @property
    def name(self) -> str:
        """See `Tool.name`."""
        name: str = self.definition["function"]["name"]
        return name

    def start(self, arguments: Mapping[str, Any], io: IO) -> Pending:
        """See `Tool.start`."""
        if not self.connection.is_open:
            raise ValueError("the tool's server has ended")
        return self.connection.call(self.tool, arguments, io)


def _definition(tool: JSON, prefix: str) -> JSON:
    function: JSON = {"name": f"{prefix}{tool['name']}", "parameters": tool["inputSchema"]}
    if tool.get("description"):
        function["description"] = tool["description"]
    return {"type": "function", "function": function}


def _settle(pending: Pending, result: Any) -> None:
    """Set the text of a result; one that the server calls an error is told to the model as one."""
    dumped: JSON = result.model_dump(by_alias=True, exclude_none=True, mode="json")
    text = "\n".join(map(_text_of, dumped.get("content") or ()))
    if dumped.get("isError"):
        pending.fail(ReportedError(text))
    else:
        pending.succeed(text or dumped.get("structuredContent") or "")


def _text_of(block: JSON) -> str:
    if block.get("type") == "text":
        return str(block.get("text", ""))
    resource = block.get("resource")
    if isinstance(resource, dict) and "text" in resource:
        return str(resource["text"])  # pyright: ignore[reportUnknownArgumentType]
    kind, media = block.get("type"), block.get("mimeType", "unknown type")
    return f"[{kind}, {media}, not shown]"


def _reason(error: BaseException) -> str:
    """Return the message of an error, of the first one of a group."""
    inner: object = error
    while isinstance(inner, BaseExceptionGroup):
        inner = inner.exceptions[0]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return str(inner) or type(inner).__name__  # pyright: ignore[reportUnknownArgumentType]
