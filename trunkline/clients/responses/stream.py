"""A streamed response of the Responses API: typed events, whichever provider answers."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from ...adapters.wires.responses.events import EventWriter
from ...adapters.wires.responses.outbound import write_usage
from ...adapters.wires.responses.stream import NATIVE_EVENT
from ...pipeline.closing import Closing
from ...pipeline.errors import APIError
from ...pipeline.json_values import JSON
from ...pipeline.schema.call_info import CallInfo
from ...pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ...pipeline.schema.responses import Response, ResponseStreamEvent
from ...pipeline.stream.outcome import Observer
from ...pipeline.stream.stream import Stream
from .conversations import Conversation
from .event_rewriter import EventRewriter
from .fold import ResponseFold
from .makers import note_completion
from .replay import Replay, replay_of

#: The events that end a response.
_WHOLE = frozenset({"response.completed", "response.incomplete"})


class ResponseStream(Closing):
    """Events of a response, to be read once.

    After responses() it is read with `for`, after aresponses() with `async for`. Leaving the loop,
    `close()`/`aclose()` and dropping the stream close the connection. `response` is the response as
    far as the events have told it: whole after the end.

    Raises while being read:
        StreamInterruptedError: the response broke off; `partial` is the Response so far.
        Timeout: nothing came within the limit; `partial` is the Response so far.
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
        self._request = request
        self._id = response_id
        self._writer = EventWriter(request, response_id)
        self._begun = False
        self._replay: Replay | None = None
        self._rewriter = EventRewriter()
        self._native = False
        self._ready: deque[ResponseStreamEvent] = deque()
        self._ended = False
        self._fold = ResponseFold()

    @property
    def response(self) -> Response:
        """The response so far, with all items, texts and token counts that have arrived."""
        usage = self._stream.response.usage
        response = self._fold.response(
            {"model": self._stream.call.model, "usage": usage and write_usage(usage)}
        )
        self._note(response)
        return response

    @property
    def completion(self) -> ModelResponse:
        """The same as a chat completion, as middlewares see it."""
        return self._stream.response

    @property
    def call(self) -> CallInfo:
        """How the call went: provider, headers, attempts, times."""
        return self._stream.call

    def __next__(self) -> ResponseStreamEvent:
        event = self._read()
        if event is None:
            raise StopIteration
        return event

    def _read(self) -> ResponseStreamEvent | None:
        while not self._ready and not self._ended:
            try:
                chunk = next(self._stream, None)
            except APIError as error:
                self._add_partial(error)
                raise
            self._take(chunk)
            if self._conversation is not None and (whole := self._whole()) is not None:
                self._conversation.keep(whole, native=self._is_native)
        return self._hand_out() if self._ready else None

    async def __anext__(self) -> ResponseStreamEvent:
        while not self._ready and not self._ended:
            try:
                chunk = await anext(self._stream, None)
            except APIError as error:
                self._add_partial(error)
                raise
            self._take(chunk)
            if self._conversation is not None and (whole := self._whole()) is not None:
                await self._conversation.akeep(whole, native=self._is_native)
        if not self._ready:
            raise StopAsyncIteration
        return self._hand_out()

    def __iter__(self) -> Iterator[ResponseStreamEvent]:
        return self._iterate()

    def _iterate(self) -> Iterator[ResponseStreamEvent]:
        try:
            while (event := self._read()) is not None:
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
        if chunk is None:
            self._ended = True
            self._ready.extend(map(ResponseStreamEvent.of, self._last()))
        elif (event := vars(chunk).get(NATIVE_EVENT)) is not None:
            self._native = True
            self._ready.append(self._rewriter.rewrite(event, chunk))
        elif not self._native:
            self._take_made(chunk)
        # Otherwise it is another piece of the same event.

    def _take_made(self, chunk: ModelResponseStream) -> None:
        """Take the events that are made of a chunk; those of a stored response come at its end."""
        if not self._begun:
            self._begun = True
            self._replay = replay_of(chunk)
        if self._replay is not None:
            self._replay.chunks.append(chunk)
        else:
            self._ready.extend(map(_event, self._writer.write(chunk)))

    def _last(self) -> list[JSON]:
        outcome = self._stream.outcome
        if self._native or outcome is None or outcome.kind != "completed":
            return []
        completion = self._stream.response
        if self._replay is None:
            return self._writer.finish(completion)
        events = self._replay.events(completion, self._request, self._id)
        if events is not None:
            return events
        events = [event for chunk in self._replay.chunks for event in self._writer.write(chunk)]
        return [*events, *self._writer.finish(completion)]

    @property
    def _is_native(self) -> bool:
        """Whether a provider of the Responses API made the response."""
        return self._native or self._replay is not None

    def _whole(self) -> Response | None:
        """Return the response if the event that ends it comes next: it is stored before that."""
        event = self._ready[-1] if self._ready else None
        if event is None or event.type not in _WHOLE or event.response is None:
            return None
        self._note(event.response)
        return event.response

    def _hand_out(self) -> ResponseStreamEvent:
        event = self._ready.popleft()
        self._fold.add(event)
        if event.response is not None:
            self._note(event.response)
        return event

    def _note(self, response: object) -> None:
        """Note on a response how the call went; a provider may send something else there."""
        if isinstance(response, Response):
            response.call = self._stream.call
            if response.output or response.usage is not None:
                note_completion(response, self._stream.response)

    def _add_partial(self, error: APIError) -> None:
        """Let an error have the response so far, not the chat completion."""
        if error.partial is not None:
            error.partial = self.response


def _event(made: JSON) -> ResponseStreamEvent:
    # Most events are pieces of text, and a stream has many of them.
    return ResponseStreamEvent(**made) if "delta" in made else ResponseStreamEvent.of(made)


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
