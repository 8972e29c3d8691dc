"""One request of an ASGI server: checked, answered through the chain, and ended with its client."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any
from urllib.parse import parse_qsl

from anyio import CancelScope, create_task_group, move_on_after
from msgspec import Struct
from msgspec.structs import replace

from ... import APIError, NotFoundError, ServiceUnavailableError
from ...inbound import Front, Received, Sent
from ...inbound.event_bytes import EventBytes
from ...inbound.front import endpoint_path, find_endpoint
from ...inbound.refusals import known_error, refuse_request
from ...pipeline.json_values import JSON
from .drain import Drain
from .guard import Gone, Guard, Receive, check_repeated, headers_of
from .measures import Measures

Send = Callable[[Any], Awaitable[None]]
Metrics = Callable[[], tuple[bytes, str]]

_access = logging.getLogger("trunkline.access")
#: The status in the log for a client that has left.
_LEFT = 499


class _Exchange(Struct):
    """One request, and what is known about its response so far.

    Attributes:
        received: the request.
        receive, send: the server's.
        status: of the response, 0 before it begins.
        model: the model that was asked, or that answered.
    """

    received: Received
    receive: Receive
    send: Send
    status: int = 0
    model: str = ""


class Application:
    """Answers requests through a front; an ASGI app."""

    def __init__(self, front: Front, guard: Guard, drain: Drain, metrics: Metrics | None) -> None:
        self._front = front
        self._guard = guard
        self._drain = drain
        self._metrics = metrics
        self._measures = Measures()
        self._open = 0

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        began = perf_counter()
        exchange = _Exchange(_received(scope), receive, send)
        self._measures.begin()
        self._open += 1
        try:
            await self._answer(exchange, scope)
        except Gone:
            exchange.status = exchange.status or _LEFT
        finally:
            self._open -= 1
            self._note(exchange, perf_counter() - began)

    async def _answer(self, exchange: _Exchange, scope: Any) -> None:
        received = exchange.received
        try:
            check_repeated(scope)
            self._guard.check_origin(scope.get("server"), received.headers)
            read = received.method in ("GET", "HEAD")
            if read and received.path == "/health":
                await self._send_whole(exchange, self._health())
                return
            account = self._guard.keys.find(received.headers)
            if read and received.path == "/metrics" and self._metrics:
                await self._send_whole(exchange, _measured(*self._metrics()))
                return
            if self._drain.begun:
                raise _stopping()
            self._guard.check_load(self._open)
            _check_path(received)
            body = b""
            if received.method == "POST" and not received.path.endswith("/cancel"):
                self._guard.check_type(received.headers)
                body = await self._guard.read_body(exchange.receive)
        except APIError as error:
            await self._refuse(exchange, error)
            return
        exchange.received = replace(received, body=body, account=account)
        await self._run(exchange)

    async def _run(self, exchange: _Exchange) -> None:
        """Answer a request until its client leaves, or the server ends."""
        scope = self._drain.enter()
        try:
            async with create_task_group() as group:

                async def watch() -> None:
                    while (await exchange.receive())["type"] != "http.disconnect":
                        pass
                    exchange.status = exchange.status or _LEFT
                    group.cancel_scope.cancel()

                group.start_soon(watch)
                await self._call(exchange, scope)
                group.cancel_scope.cancel()
        finally:
            self._drain.leave(scope)

    async def _call(self, exchange: _Exchange, scope: CancelScope) -> None:
        try:
            await self._respond(exchange, scope)
        except (Gone, OSError):
            exchange.status = _LEFT

    async def _respond(self, exchange: _Exchange, scope: CancelScope) -> None:
        sent: Sent | None = None
        with scope:
            try:
                sent = await self._front.answer(exchange.received)
            except Exception as error:  # noqa: BLE001  # every failure is a response
                await self._refuse(exchange, error)
                return
        if sent is None:
            await self._refuse(exchange, _stopping())
            return
        if sent.call is not None:
            exchange.model = sent.call.model
        if isinstance(sent.body, EventBytes):
            await self._stream(exchange, sent, sent.body)
        else:
            await self._send_whole(exchange, sent)

    async def _stream(self, exchange: _Exchange, sent: Sent, body: EventBytes) -> None:
        """Send events as they come; the provider's connection ends with the client's."""
        try:
            await self._start(exchange, sent)
            reading = self._drain.enter()
            try:
                with reading:
                    async for data in body:
                        await self._push(exchange, data)
            finally:
                self._drain.leave(reading)
            last = body.fail(_stopping()) if reading.cancelled_caught else b""
            await self._push(exchange, last, more=False)
        except (Gone, OSError):
            # OSError: the server noticed first that the client has left.
            exchange.status = _LEFT
        except Exception as error:  # noqa: BLE001  # a middleware failed in the middle
            await self._push(exchange, body.fail(known_error(error)), more=False)
        finally:
            with CancelScope(shield=True):
                await body.aclose()

    async def _push(self, exchange: _Exchange, data: bytes, *, more: bool = True) -> None:
        await self._send(exchange, {"type": "http.response.body", "body": data, "more_body": more})

    async def _send(self, exchange: _Exchange, message: JSON) -> None:
        """Send a part of a response; give up on a client that reads nothing."""
        with move_on_after(self._guard.idle_timeout) as waiting:
            await exchange.send(message)
        if waiting.cancelled_caught:
            raise Gone

    async def _start(self, exchange: _Exchange, sent: Sent, length: int | None = None) -> None:
        exchange.status = sent.status
        headers = [(b"x-accel-buffering", b"no"), (b"cache-control", b"no-cache")]
        if length is not None:
            headers = [(b"content-length", b"%d" % length)]
        headers += [
            (name.encode("latin-1"), value.encode("latin-1", "replace"))
            for name, value in sent.headers.items()
        ]
        await self._send(
            exchange, {"type": "http.response.start", "status": sent.status, "headers": headers}
        )

    async def _send_whole(self, exchange: _Exchange, sent: Sent) -> None:
        body = sent.body if isinstance(sent.body, bytes) else b""
        await self._start(exchange, sent, len(body))
        await self._push(exchange, body, more=False)

    async def _refuse(self, exchange: _Exchange, error: Exception) -> None:
        await self._send_whole(
            exchange, refuse_request(error, exchange.received, self._front.policy)
        )

    def _health(self) -> Sent:
        status, text = (503, "stopping") if self._drain.begun else (200, "ok")
        body = b'{"status":"%s"}' % text.encode()
        return Sent(status=status, headers={"content-type": "application/json"}, body=body)

    def _note(self, exchange: _Exchange, seconds: float) -> None:
        received = exchange.received
        self._measures.end(received.method, received.path, exchange.status, seconds)
        _access.info(
            "%s %s %d %.0fms%s%s",
            received.method,
            _shown(received.path),
            exchange.status,
            seconds * 1000,
            f" key={received.account}" if received.account else "",
            f" model={exchange.model}" if exchange.model else "",
        )


def _received(scope: Any) -> Received:
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    return Received(
        method=scope["method"],
        path=path.removeprefix(root) or "/",
        headers=headers_of(scope),
        query=dict(parse_qsl(scope.get("query_string", b"").decode("latin-1"))),
    )


def _check_path(received: Received) -> None:
    """Raise an error if there is no such endpoint: only /v1 may be before it."""
    path = received.path.rstrip("/")
    if endpoint_path(path) not in (path, path.removeprefix("/v1")):
        raise NotFoundError(
            f"{received.method} {received.path[:200]}: there is no such endpoint; see "
            "/v1/chat/completions, /v1/responses, /v1/messages and /v1/models",
            code="unknown_url",
        )
    find_endpoint(received)


def _shown(path: str) -> str:
    """Return a path for the log, without line breaks and other control characters."""
    return path[:200].encode("unicode_escape").decode("ascii")


def _measured(body: bytes, kind: str) -> Sent:
    return Sent(status=200, headers={"content-type": kind}, body=body)


def _stopping() -> ServiceUnavailableError:
    return ServiceUnavailableError("the server is stopping", code="server_stopping", retry_after=1)
