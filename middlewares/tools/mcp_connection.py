"""A connection to an MCP server, in an event loop and a thread of its own; see mcp_tools.py."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from anyio import CancelScope, sleep_forever
from msgspec import Struct

from ...pipeline.json_values import JSON
from ...pipeline.port import IO
from ...pipeline.secret import HIDDEN, Hidden, names_credential, plain_url
from .running import Pending, ReportedError

#: Seconds until a server must have started and listed its tools.
CONNECT_SECONDS = 30.0
# The SDK takes up to 4.5 seconds until it kills a server.
_CLOSE_SECONDS = 15.0
#: No model takes more tools than this: the list of a server that has more does not end.
_MAX_TOOLS = 10_000
# Shorter values are not credentials, and would hide ordinary words.
_SHORTEST = 8
#: The SDK's code of calls whose server has ended.
_CONNECTION_CLOSED = -32000


class Target(Struct, frozen=True):
    """Where a server is, and how to start it; credentials are not shown."""

    server: Hidden[str | tuple[str, ...]]
    env: Hidden[dict[str, str]]
    cwd: str | Path | None
    headers: Hidden[dict[str, str]]

    @property
    def shown(self) -> str:
        """The address or the command, without credentials."""
        server = self.server.reveal()
        if isinstance(server, str):
            return plain_url(server)
        return " ".join(mask_words(server)[0])

    def hide(self, text: str) -> str:
        """Return a text without the credentials of the server."""
        server = self.server.reveal()
        found = [*self.env.reveal().values(), *self.headers.reveal().values()]
        found += [word for value in found for word in value.split()[1:]]
        if isinstance(server, str):
            text = text.replace(server, plain_url(server))
            parts = urlsplit(server)
            found += [parts.password or "", parts.query]
            found += [value for _, value in parse_qsl(parts.query)]
        else:
            found += mask_words(server)[1]
        for value in sorted(found, key=len, reverse=True):
            if len(value) >= _SHORTEST:
                text = text.replace(value, HIDDEN)
        return text

    @asynccontextmanager
    async def open(self, started: Callable[[], object]) -> AsyncGenerator[Any]:
        """Connect, and yield the SDK's client of the server.

        `started` is called when the process runs, if the server is one. Until then nothing may be
        cancelled: asyncio leaves a process behind whose start is cancelled.
        """
        from mcp import Client, StdioServerParameters  # noqa: PLC0415  # an extra
        from mcp.client.stdio import get_default_environment, stdio_client  # noqa: PLC0415
        from mcp.client.streamable_http import (  # type: ignore[attr-defined]  # noqa: PLC0415
            create_mcp_http_client,  # pyright: ignore[reportPrivateImportUsage]
            streamable_http_client,
        )

        server = self.server.reveal()
        if isinstance(server, str):
            started()
            # The SDK leaves a client that it is given to its owner.
            async with create_mcp_http_client(headers=self.headers.reveal()) as http:
                transport = streamable_http_client(server, http_client=http)
                async with Client(transport) as client:
                    yield client
            return
        command, *arguments = server
        env = {**get_default_environment(), **self.env.reveal()}
        program = StdioServerParameters(command=command, args=arguments, env=env, cwd=self.cwd)

        @asynccontextmanager
        async def run() -> AsyncGenerator[Any]:
            async with stdio_client(program) as streams:
                started()
                yield streams

        async with Client(run()) as client:
            yield client


def mask_words(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return a command to show, and the credentials in it, judging by the names of options."""
    shown: list[str] = []
    found: list[str] = []
    secret = False
    for word in words:
        name, equals, value = word.partition("=")
        if secret and not word.startswith("-"):
            shown.append(HIDDEN)
            found.append(word)
        elif equals and _is_secret(name):
            shown.append(f"{name}={HIDDEN}")
            found.append(value)
        else:
            shown.append(plain_url(word) if "://" in word else word)
        secret = word.startswith("-") and not equals and _is_secret(name)
    return shown, found


def _is_secret(option: str) -> bool:
    return names_credential(option.strip("-").replace("-", "_")) or "auth" in option.lower()


class Connection:
    """A connection to a server, in an event loop of its own."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._ready = threading.Event()
        self._error: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: Callable[[], object] | None = None
        self._closed = False
        self._client: Any = None
        #: Whether its tools have been listed.
        self.listed = False
        self._thread = threading.Thread(target=self._run, name="trunkline-mcp", daemon=True)
        self._thread.start()

    @property
    def is_open(self) -> bool:
        """Whether calls can be made."""
        return self._thread.is_alive() and self._client is not None and not self._closed

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
        # The SDK stops a server in a shielded scope, which cancelling its task would defeat.
        with CancelScope() as scope:

            def started() -> None:
                self._end = scope.cancel
                if self._closed:
                    scope.cancel()

            if self._closed:
                return
            async with self._target.open(started) as client:
                self._client = client
                self._ready.set()
                await sleep_forever()

    def list_tools(self) -> list[JSON]:
        """Return all tools as the server describes them; blocks.

        Raises:
            TimeoutError: the server does not respond within `CONNECT_SECONDS`.
            ConnectionError: the connection was closed meanwhile.
            ValueError: the list does not end.
            Exception: whatever the SDK raises while it connects.
        """
        until = monotonic() + CONNECT_SECONDS
        if not self._ready.wait(CONNECT_SECONDS):
            raise TimeoutError
        if isinstance(self._error, Exception):
            raise self._error
        found: list[JSON] = []
        cursor: str | None = None
        while True:
            page = self._page(cursor, max(0.0, until - monotonic()))
            found += page["tools"]
            cursor = page.get("nextCursor")
            if not cursor:
                return found
            if len(found) > _MAX_TOOLS:
                raise ValueError(f"the server lists more than {_MAX_TOOLS} tools")

    def _page(self, cursor: str | None, seconds: float) -> JSON:
        client = self._client
        if client is None:
            raise ConnectionError("the connection was closed")
        future = self._submit(client.list_tools(cursor=cursor))
        try:
            page = future.result(seconds)
        except BaseException:
            future.cancel()
            raise
        listed: JSON = page.model_dump(by_alias=True, exclude_none=True)
        return listed

    def call(self, name: str, arguments: Mapping[str, Any], io: IO) -> Pending:
        """Start a call of a tool.

        Raises:
            ValueError: the connection has ended.
        """
        client = self._client
        if client is None or not self.is_open:
            raise ValueError("the tool's server has ended")
        pending = Pending(io)
        future = self._submit(client.call_tool(name, dict(arguments)))
        pending.stop_with(future.cancel)

        def ended(done: Future[Any]) -> None:
            if done.cancelled():
                # By the call that waited, or because the connection ended.
                pending.fail(ReportedError("the tool's server has ended"))
                return
            error = done.exception()
            if error is None:
                _settle(pending, done.result())
            else:
                if getattr(error, "code", None) == _CONNECTION_CLOSED:
                    # The next call connects again.
                    self._leave()
                pending.fail(ReportedError(self._target.hide(reason_of(error))))

        future.add_done_callback(ended)
        return pending

    def _submit(self, coroutine: Any) -> Future[Any]:
        if self._loop is None:  # never: it is set before a connection is ready
            raise RuntimeError("not connected")
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def close(self) -> None:
        """End the connection, also one that is being made, and wait for that."""
        self._leave()
        if self._thread is not threading.current_thread():
            self._thread.join(_CLOSE_SECONDS)

    def _leave(self) -> None:
        """Begin to end the connection."""
        self._closed = True
        self._client = None
        loop, end = self._loop, self._end
        if loop is not None and end is not None:
            # The loop may have ended.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(end)


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


def reason_of(error: BaseException) -> str:
    """Return the message of an error, of the first one of a group."""
    inner: object = error
    while isinstance(inner, BaseExceptionGroup):
        inner = inner.exceptions[0]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return str(inner) or type(inner).__name__  # pyright: ignore[reportUnknownArgumentType]
