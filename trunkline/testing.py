"""A provider for tests: it returns the items of a script and records the requests.

>>> from trunkline import RateLimitError
>>> fake = FakeProvider([RateLimitError("slow down", retry_after=0), "Hello there!"])
>>> client = fake.client()
>>> response = client.completion("openai/gpt-4o", [{"role": "user", "content": "Hi"}])
>>> response.choices[0].message.content, response.attempts
('Hello there!', 2)
>>> [request.model for request in fake.requests]
['openai/gpt-4o', 'openai/gpt-4o']

It needs no network and no key; the rest of the chain is real.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy, deepcopy
from threading import Lock
from time import perf_counter, time
from typing import Any, cast

import msgspec
from msgspec import Struct

from . import Client
from .adapters.decode.one_chunk import as_piece
from .adapters.decode.repair import AnswerT, repair
from .adapters.structured.classes import answer_as_class, wants_class
from .adapters.table.endpoint import resolve_endpoint
from .adapters.table.routes import find_route
from .adapters.wire import load_wire
from .pipeline.call.chain import note_attempts
from .pipeline.call.request import Endpoint, Handler, Middleware, Reply, Request, replace
from .pipeline.errors import APIError, StreamInterruptedError, Timeout, error_class
from .pipeline.port import HTTPRequest
from .pipeline.schema.call_info import CallInfo
from .pipeline.schema.model_response import ModelResponse, ModelResponseStream, is_response, link
from .pipeline.schema.parts import (
    Delta,
    DeltaToolCall,
    Function,
    StreamingChoice,
    ToolCall,
    Usage,
)
from .pipeline.secret import Secret
from .pipeline.stream.fold import Fold
from .pipeline.stream.outcome import OutcomeKind
from .pipeline.stream.replay import replay_chunks
from .pipeline.stream.stream import Stream
from .pipeline.timeouts import remaining
from .pipeline.transport.limits import Limits

__all__ = ["Cut", "FakeProvider", "Item", "Pause", "Piece", "tool_call"]

_URL = "http://fake.invalid"
_WORD = re.compile(r"\s*\S+|\s+$")


class Pause(Struct, frozen=True):
    """A pause of some seconds; if it exceeds the call's `timeout`, a Timeout is raised."""

    seconds: float


class Cut(Struct, frozen=True):
    """A broken connection."""


#: A piece of a response: the text of a chunk, a complete chunk, a tool call, a pause, a broken
#: connection, an error to raise, or an HTTP status to fail with.
Piece = (
    str
    | ModelResponseStream
    | Mapping[str, Any]
    | ToolCall
    | Pause
    | Cut
    | Exception
    | type[APIError]
    | int
)

#: An item of a script: a piece, a list of pieces, a complete response (also as a dictionary), or a
#: function that returns one of these for a request.
Item = Piece | Sequence[Piece] | ModelResponse | Callable[[Request], Any]


def tool_call(name: str, /, **arguments: Any) -> ToolCall:
    """Return a tool call for a script."""
    encoded = msgspec.json.encode(arguments).decode()
    return ToolCall(function=Function(name=name, arguments=encoded))


class FakeProvider:
    """Responds to each request with the next item of a script.

    An item is the text of a response, a response (ModelResponse or a dictionary in its format), a
    `tool_call(...)`, an exception to raise, an HTTP status to fail with, a function that returns
    one of these for a request, or a list of pieces, which are streamed one by one::

        FakeProvider([
            503,
            ["Let me ", "look.", tool_call("search", query="tides")],
            [Pause(5), "Late"],
            ["Half an ", Cut()],
            lambda request: f"{len(request.messages)} messages",
        ])

    Each item works for calls with and without streaming. A finish reason and usage are added unless
    the chunks have a finish reason. Supported parameters and classes as `response_format` work as
    with the real provider.

    `client()` returns a client with this provider, and `your_client.with_adapter(fake)` puts it at
    the end of your own chain. It can also be the last middleware of a chain.

    Args:
        script: the items; `itertools.repeat("Hello")` never ends.
        usage: the usage of responses without their own.

    Attributes:
        requests: the requests, oldest first, as the last layer received them.

    Raises when it is called:
        AssertionError: there is no item left.
        TypeError: an item has a wrong type.
    """

    def __init__(self, script: Iterable[Item] = (), *, usage: Usage | None = None) -> None:
        self.requests: list[Request] = []
        self._script: Iterator[Item] = iter(script)
        self._usage = usage or Usage(prompt_tokens=10, completion_tokens=5, total_tokens=15)
        self._lock = Lock()
        self._open: set[_ScriptSource] = set()

    def __repr__(self) -> str:
        return f"FakeProvider({len(self.requests)} requests)"

    @property
    def open_streams(self) -> int:
        """How many streams have been neither read to their end nor closed."""
        return len(self._open)

    def client(self, middlewares: Sequence[Middleware] | None = None) -> Client:
        """Return a client with this provider, by default with the default chain."""
        return Client(middlewares, adapter=self)

    def resolve(self, request: Request) -> Endpoint:
        """Return the destination of a request; it needs no key and no address."""
        # The provider's own address decides which API a call uses.
        route = find_route(request)
        reachable = replace(
            request,
            api_key=request.api_key or Secret("fake"),
            base_url=request.base_url or _URL,
        )
        params = load_wire(route.wire).PARAMS
        return resolve_endpoint(
            reachable, route.provider, route.model, params, route.api, route.reason
        )

    async def __call__(self, request: Request, call_next: Handler | None = None) -> Reply:
        """Respond to a request with the next item."""
        if call_next is not None:
            # The client notes the attempts of an adapter, but not those of a middleware.
            return await note_attempts(self)(request)
        if wants_class(request):
            return await answer_as_class(self._answer, request)
        return await self._answer(request)

    async def _answer(self, request: Request) -> Reply:
        started = request.trail.began or perf_counter()
        if remaining(request.answer_by) == 0:
            raise Timeout("no time is left for another attempt", model=request.model)
        endpoint = self.resolve(request)
        if request.native is not None and endpoint.wire == "chat":
            request.native.check(endpoint.provider, request.model)
        number, item = self._next(request)
        call = CallInfo(
            provider=endpoint.provider, model=endpoint.model, metadata=dict(request.metadata)
        )
        head = ModelResponseStream(
            id=f"chatcmpl-fake-{number}", created=int(time()), model=endpoint.model
        )
        source = _ScriptSource(_pieces(item, request), request, call, head, self._usage, self._open)
        try:
            if not request.stream:
                return await source.whole(started)
            stream = Stream(
                source, request.io, call, started=started, show_usage=request.shows_usage
            )
            await stream.prime()
            source.content_began()
        except BaseException:
            await source.aclose("failed")
            raise
        return stream

    def _next(self, request: Request) -> tuple[int, Item]:
        with self._lock:
            self.requests.append(request)
            number = len(self.requests)
            for item in self._script:
                return number, item
        raise AssertionError(
            f"FakeProvider: the script has no item for request {number} ({request.model}); add one"
        )


class _ScriptSource:
    """The source of a stream with the pieces of one item."""

    def __init__(
        self,
        pieces: Iterable[Piece],
        request: Request,
        call: CallInfo,
        head: ModelResponseStream,
        usage: Usage,
        register: set[_ScriptSource],
    ) -> None:
        self._pieces = iter(pieces)
        self._request = request
        self._call = call
        self._head = head
        self._usage = usage
        self._register = register
        self._calls = 0
        self._finished = False
        self._limits = Limits(
            HTTPRequest(
                url=_URL,
                headers={},
                body=b"",
                timeouts=request.timeouts,
                answer_by=request.answer_by,
                deadline=request.deadline,
            )
        )
        self._limits.connected()
        register.add(self)

    def content_began(self) -> None:
        """Drop the limit `answer`; see `HTTPStream.content_began`."""
        self._limits.content_began()

    async def whole(self, started: float) -> ModelResponse:
        """Play all pieces and return the response."""
        fold = Fold(self._call)
        while batch := await self.read():
            for chunk in batch:
                fold.add(chunk)
        await self.aclose("completed")
        self._call.response_ms = (perf_counter() - started) * 1000
        return fold.response()

    async def read(self) -> list[ModelResponseStream]:
        """See `Source.read`."""
        try:
            for piece in self._pieces:
                chunk = await self._play(piece)
                if chunk is not None:
                    self._limits.answering()
                    self._finished |= any(choice.finish_reason for choice in chunk.choices)
                    return [chunk]
        except APIError as error:
            error.attempts = 1
            error.model = error.model or self._request.model
            error.provider = error.provider or self._call.provider
            raise
        return self._ending()

    async def aclose(self, kind: OutcomeKind) -> None:  # noqa: ARG002  # the signature of `Source`
        """See `Source.aclose`."""
        self._register.discard(self)

    async def _play(self, piece: object) -> ModelResponseStream | None:
        """Return the chunk of a piece; pause or raise if the piece says so."""
        if isinstance(piece, str):
            return self._chunk(Delta(content=piece))
        if isinstance(piece, ToolCall):
            return self._chunk(Delta(tool_calls=[self._tool_call(piece)]))
        if isinstance(piece, ModelResponseStream):
            return deepcopy(piece)
        if isinstance(piece, Mapping):
            return _read(cast("Mapping[str, Any]", piece), ModelResponseStream)
        if isinstance(piece, Pause):
            await self._pause(piece.seconds)
            return None
        raise _failure(piece)

    async def _pause(self, seconds: float) -> None:
        limit = self._limits.seconds()
        if limit is None or seconds < limit:
            await self._request.io.sleep(seconds)
            return
        await self._request.io.sleep(limit)
        raise Timeout(self._limits.exceeded(), phase=self._limits.phase)

    def _tool_call(self, call: ToolCall) -> DeltaToolCall:
        piece = as_piece(call, self._calls)
        piece.index, self._calls = self._calls, self._calls + 1
        piece.id = call.id or f"call_{self._head.id}_{piece.index}"
        return piece

    def _chunk(self, delta: Delta, finish_reason: str | None = None) -> ModelResponseStream:
        chunk = copy(self._head)
        chunk.choices = [StreamingChoice(delta=delta, finish_reason=finish_reason)]
        return chunk

    def _ending(self) -> list[ModelResponseStream]:
        if self._finished:
            return []
        self._finished = True
        last = self._chunk(Delta(), "tool_calls" if self._calls else "stop")
        usage = copy(self._head)
        usage.choices = []
        usage.usage = deepcopy(self._usage)
        return [last, usage]


def _pieces(item: object, request: Request) -> Iterable[Piece]:
    """Return the pieces of an item."""
    if callable(item) and not isinstance(item, type):
        item = item(request)
    if isinstance(item, Mapping):
        item = _read(cast("Mapping[str, Any]", item), ModelResponse)
    if is_response(item):
        return replay_chunks(item)
    if isinstance(item, str):
        return _WORD.findall(item) or [item]
    if isinstance(item, list | tuple):
        return cast("Sequence[Piece]", item)
    return [cast("Piece", item)]


def _read(body: Mapping[str, Any], kind: type[AnswerT]) -> AnswerT:
    answer = repair(dict(body), kind)
    link(answer, msgspec.json.encode(body))
    return answer


def _failure(piece: object) -> Exception:
    """Return the error of a piece."""
    if isinstance(piece, Cut):
        return StreamInterruptedError("the connection broke", phase="mid_stream")
    if isinstance(piece, APIError):
        # A copy, because layers store details of the call in the error.
        return copy(piece)
    if isinstance(piece, Exception):
        return piece
    if isinstance(piece, type) and issubclass(piece, APIError):
        return piece("scripted")
    if isinstance(piece, int) and piece >= 400:
        return error_class(piece)("scripted", status_code=piece)
    return TypeError(
        f"FakeProvider: expected text, chunk, tool call, Pause, Cut, error or status of 400 or "
        f"above, got {piece!r}"
    )
