"""Continue an answer that broke off or reached its maximum length."""

from __future__ import annotations

from collections.abc import Awaitable
from copy import copy
from typing import Any, ClassVar, cast

from ...pipeline.call.messages import MessageParam
from ...pipeline.call.replayed import as_response, as_stream
from ...pipeline.call.request import Handler, Reply, Request, replace
from ...pipeline.errors import APIError, StreamInterruptedError, Timeout
from ...pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ...pipeline.schema.parts import Delta
from ...pipeline.stream.outcome import OutcomeKind
from ...pipeline.stream.parts import join_responses
from ...pipeline.stream.stream import Stream
from ..checked_arguments import check_count

TIMES = 3
# Models that think begin every response by thinking, so they do not continue one.
_EXCLUDES = ("response_format", "reasoning_effort", "thinking")


class Continuation:
    """Continues an answer that reached its maximum length, or a stream that broke off.

    The model gets the beginning of its answer and goes on from there; the caller sees one answer,
    with the usage, attempts and cost of all parts. This needs a model that continues a message of
    its own (Claude up to 4.5, llama.cpp, Ollama, Mistral). With other models, and in calls with
    `response_format`, reasoning, tool calls or `n`, it changes nothing. If the model refuses to
    continue, the answer stays as it is, and a stream that broke off raises its error.

    A limit such as `max_tokens` holds for each part. So this is for answers that may be as long as
    they need to be.

    Args:
        times: how often an answer may be continued.

    Raises:
        InvalidArgumentError: `times` is less than 1.
    """

    single: ClassVar[bool] = True

    def __init__(self, times: int = TIMES) -> None:
        check_count("times", times)
        self.times = times

    def __repr__(self) -> str:
        return f"Continuation(times={self.times})"

    def __call__(self, request: Request, call_next: Handler) -> Awaitable[Reply]:
        """Call the next layer, and again until the answer is whole."""
        params = request.params
        wanted: object = params.get("n")
        several = isinstance(wanted, int) and wanted > 1
        if several or request.native is not None or any(name in params for name in _EXCLUDES):
            return call_next(request)
        return self._watch(request, call_next)

    async def _watch(self, request: Request, call_next: Handler) -> Reply:
        reply = await call_next(request)
        if isinstance(reply, Stream):
            return _Answer(request, call_next, self.times).stream(reply)
        if reply.choices and reply.choices[0].finish_reason == "length":
            return await _Answer(request, call_next, self.times).whole(reply)
        return reply


class _Answer:
    """The parts of one answer."""

    def __init__(self, request: Request, call_next: Handler, times: int) -> None:
        self._request = request
        self._call_next = call_next
        self._left = times
        self._text = ""
        self._failed_attempts = 0

    async def whole(self, response: ModelResponse) -> ModelResponse:
        """Return the response with all parts, of which it is the first."""
        parts: list[ModelResponse] = []
        part: ModelResponse | None = response
        while part is not None:
            parts.append(part)
            part = await self._continue_whole(part)
        last = join_responses(parts)
        last.call.attempts += self._failed_attempts
        if len(parts) > 1:
            message, first = last.choices[0].message, parts[0].choices[0].message
            message.content = self._text
            message.reasoning_content = first.reasoning_content
        return last

    async def _continue_whole(self, part: ModelResponse) -> ModelResponse | None:
        reply = await self._ask(part, broken=False)
        if reply is None:
            return None
        response = await as_response(reply)
        overlap = _Overlap(self._text)
        for choice in response.choices[:1]:
            said = choice.message.content or ""
            choice.message.content = overlap.feed(said) + overlap.end()
        return response

    def stream(self, first: Stream) -> Stream:
        """Return the stream with all parts, of which it is the first."""
        part = _Rescue(first)

        async def follow(response: ModelResponse) -> Stream | None:
            nonlocal part
            reply = await self._ask(response, broken=part.error is not None)
            if reply is None:
                if part.error is not None:
                    raise self._still_broken(part.error)
                joined.call.attempts += self._failed_attempts
                return None
            part = _Rescue(as_stream(reply, self._request), _Overlap(self._text))
            return part.stream()

        joined = part.stream().then(follow)
        return joined

    def _still_broken(self, error: APIError) -> APIError:
        # The request of the broken part is counted already.
        raised = copy(error)
        raised.attempts = self._failed_attempts
        return raised

    async def _ask(self, part: ModelResponse, *, broken: bool) -> Reply | None:
        """Ask for the next part; return None if there is none."""
        if not part.choices:
            return None
        choice = part.choices[0]
        text = choice.message.content or ""
        self._text += text
        unfinished = broken or choice.finish_reason == "length"
        if not (unfinished and text and self._left) or choice.message.tool_calls:
            return None
        kind = self._prefill()
        if not kind:
            return None
        self._left -= 1
        reason = "broke off" if broken else "length"
        self._request.trail.add("Continuation", "continued", reason=reason)
        try:
            return await self._call_next(self._request_from(kind))
        except APIError as error:
            # What there is is an answer, although a short one.
            self._failed_attempts += error.attempts
            return None

    def _prefill(self) -> str:
        try:
            return self._request.adapter.resolve(self._request).prefill
        except APIError:
            # The name of a Route's group, for example.
            return ""

    def _request_from(self, kind: str) -> Request:
        # Some APIs refuse white space at the end.
        begun: dict[str, Any] = {"role": "assistant", "content": self._text.rstrip()}
        if kind == "prefix":
            begun["prefix"] = True
        message = cast("MessageParam", begun)
        return replace(self._request, messages=(*self._request.messages, message))


class _Overlap:
    """Removes from the text of a part what the text so far has already.

    Some APIs repeat the message that is continued. White space at its end is not sent, so the model
    may write it again.
    """

    def __init__(self, text: str = "") -> None:
        self._sent = text.rstrip()
        self._skips_space = text != self._sent
        self._held = ""

    def feed(self, text: str) -> str:
        """Return what is new."""
        if self._sent:
            self._held += text
            if len(self._held) < len(self._sent) and self._sent.startswith(self._held):
                return ""
            text, self._held = self._held.removeprefix(self._sent), ""
            self._sent = ""
        if self._skips_space:
            text = text.lstrip()
            self._skips_space = not text
        return text

    def end(self) -> str:
        """Return what is held back: it was not a repetition."""
        held, self._held = self._held, ""
        return held


class _Rescue:
    """One part: a stream that ends where it breaks off.

    Args:
        inner: the stream.
        overlap: what its beginning may repeat.
    """

    def __init__(self, inner: Stream, overlap: _Overlap | None = None) -> None:
        self._inner = inner
        self._overlap = overlap or _Overlap()
        self._said = False
        self.error: APIError | None = None

    def stream(self) -> Stream:
        """Return the part as a stream."""
        return self._inner.derive(self)

    async def read(self) -> list[ModelResponseStream]:
        """See `Source.read`."""
        try:
            batch = await self._inner.pull()
        except (StreamInterruptedError, Timeout) as error:
            if not self._said:
                raise
            self.error = error
            return []
        batch += self._inner.take_hidden()
        for chunk in batch:
            for choice in chunk.choices:
                self._read_text(choice.delta, finished=choice.finish_reason is not None)
        return batch

    def _read_text(self, delta: Delta, *, finished: bool) -> None:
        text = self._overlap.feed(delta.content) if delta.content else ""
        if finished:
            text += self._overlap.end()
        if text or delta.content:
            delta.content = text or None
        self._said = self._said or bool(text)

    async def aclose(self, kind: OutcomeKind) -> None:
        """See `Source.aclose`."""
        await self._inner.finish(kind)
