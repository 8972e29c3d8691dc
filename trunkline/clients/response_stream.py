"""A streamed response of the Responses API: typed events, whichever provider answers."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from ..adapters.wires.responses.events import EventWriter
from ..adapters.wires.responses.stream import NATIVE_EVENT
from ..pipeline.closing import Closing
from ..pipeline.schema.call_info import CallInfo
from ..pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ..pipeline.schema.responses import Response, ResponseStreamEvent, read_event
from ..pipeline.stream.outcome import Observer
from ..pipeline.stream.stream import Stream
from .conversations import Conversation
from .event_rewriter import EventRewriter


class ResponseStream(Closing):
    """Events of a response, to be read once.

    After responses() it is read with `for`, after aresponses() with `async for`. Leaving the loop,
    `close()`/`aclose()` and dropping the stream close the connection. `response` is the response of
    the last event that had one: whole after the end.

    Raises while being read:
        StreamInterruptedError: the response broke off; `partial` has what had arrived.
        Timeout: nothing came within the limit.
    """

    def __init__(
        self,
        stream: Stream,
        request: Mapping[str, Any],
        response_id: str,
        conversation: Conversation | None = None,
    ) -> None:
        self._stream = stream
        self._conversation = conversation
        self._writer = EventWriter(request, response_id)
        self._rewriter = EventRewriter()
        self._native = False
        self._ready: deque[ResponseStreamEvent] = deque()
        self._ended = False
        self._response: Response | None = None

    @property
    def response(self) -> Response:
        """The response as far as it has arrived."""
        return self._response or Response(model=self._stream.call.model)

    @property
    def completion(self) -> ModelResponse:
        """The same as a chat completion, as middlewares see it."""
        return self._stream.response

    @property
    def call(self) -> CallInfo:
        """How the call went: provider, headers, attempts, times."""
        return self._stream.call

    def __next__(self) -> ResponseStreamEvent:
        while not self._ready and not self._ended:
            chunk = next(self._stream, None)
            if chunk is not None and NATIVE_EVENT in vars(chunk):
                return self._native_event(chunk)
            self._take(chunk)
            if self._must_keep and self._conversation is not None:
                self._conversation.keep(self.response)
        if not self._ready:
            raise StopIteration
        return self._ready.popleft()

    async def __anext__(self) -> ResponseStreamEvent:
        while not self._ready and not self._ended:
            chunk = await anext(self._stream, None)
            if chunk is not None and NATIVE_EVENT in vars(chunk):
                return self._native_event(chunk)
            self._take(chunk)
            if self._must_keep and self._conversation is not None:
                await self._conversation.akeep(self.response)
        if not self._ready:
            raise StopAsyncIteration
        return self._ready.popleft()

    @property
    def _must_keep(self) -> bool:
        """Whether the response is whole, and no provider stores it."""
        return self._ended and bool(self._ready)

    def __iter__(self) -> Iterator[ResponseStreamEvent]:
        return self._iterate()

    def _iterate(self) -> Iterator[ResponseStreamEvent]:
        try:
            while True:
                try:
                    event = next(self)
                except StopIteration:
                    return
                yield event
        finally:
            # Leaving the loop drops its iterator, which closes the connection.
            self.close()

    def __aiter__(self) -> AsyncIterator[ResponseStreamEvent]:
        return _AsyncLoop(self)

    def observe(self, observer: Observer) -> None:
        """Call `observer` once with the outcome, when the stream has ended."""
        self._stream.observe(observer)

    def close(self) -> None:
        """Stop reading and close the connection; more than once does no harm."""
        self._ready.clear()
        self._stream.close()

    async def aclose(self) -> None:
        """Stop reading and close the connection; more than once does no harm."""
        self._ready.clear()
        await self._stream.aclose()

    def drop(self) -> None:
        """Close the stream where nothing can be awaited; see `Stream.drop`."""
        self._ready.clear()
        self._stream.drop()

    def __repr__(self) -> str:
        return f"ResponseStream({self._stream!r})"

    def _take(self, chunk: ModelResponseStream | None) -> None:
        """Take the events of the next chunk, or those that follow the last one."""
        self._ended = chunk is None
        self._ready.extend(self._last() if chunk is None else self._events(chunk))

    def _native_event(self, chunk: ModelResponseStream) -> ResponseStreamEvent:
        self._native = True
        event = self._rewriter.rewrite(read_event(vars(chunk)[NATIVE_EVENT]), chunk)
        return event if event.response is None else self._noted(event)

    def _events(self, chunk: ModelResponseStream) -> list[ResponseStreamEvent]:
        if self._native:
            # Another piece of the same event.
            return []
        return [self._noted(ResponseStreamEvent.of(each)) for each in self._writer.write(chunk)]

    def _last(self) -> list[ResponseStreamEvent]:
        outcome = self._stream.outcome
        if self._native or outcome is None or outcome.kind != "completed":
            return []
        events = self._writer.finish(self._stream.response)
        return [self._noted(ResponseStreamEvent.of(event)) for event in events]

    def _noted(self, event: ResponseStreamEvent) -> ResponseStreamEvent:
        """Return an event after its response, if it has one, has become the current one."""
        response = event.response
        if isinstance(response, Response):
            self._response = response
            response.call = self._stream.call
            vars(response)["_completion"] = self._stream.response
        return event


class _AsyncLoop:
    """The iterator of one `async for`: dropping it, as `break` does, closes the stream.

    It is not a generator, because trio warns about dropped generators.
    """

    def __init__(self, events: ResponseStream) -> None:
        self._events = events

    def __aiter__(self) -> AsyncIterator[ResponseStreamEvent]:
        return self

    async def __anext__(self) -> ResponseStreamEvent:
        return await anext(self._events)

    def __del__(self) -> None:
        self._events.drop()
