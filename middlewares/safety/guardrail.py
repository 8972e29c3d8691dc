"""Check what goes to a model and what comes back; refuse what breaks a rule."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from typing import Any, ClassVar

from ...pipeline.call.replayed import stream_of
from ...pipeline.call.request import Handler, Reply, Request
from ...pipeline.errors import APIError, GuardrailError, InvalidArgumentError
from ...pipeline.schema.call_info import CallInfo
from ...pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ...pipeline.schema.parts import Choice, Delta, Message, StreamingChoice, Usage
from ...pipeline.stream.side_calls import (
    add_side_calls,
    count_attempts,
    with_own_call,
    with_side_calls,
)
from ...pipeline.stream.stream import Stream
from ..checked_arguments import check_count, check_text
from .checks import POLICY, Check, Judged, read_check
from .message_texts import texts_of

_TRUSTED = ("system", "developer")
_TEXTS = ("content", "refusal", "reasoning_content", "reasoning")
_FINISH = "content_filter"


class Guardrail:
    """Checks input and output with functions or models, and refuses what breaks a rule.

    A check is a function of a text, plain or `async`, that returns True or None if the text is
    fine, and False or a reason if it is not; or the name of a model, or a dictionary with `model`
    and further arguments of completion(), which judges by `policy`. An exception that a check
    raises is raised by the call: a check that fails lets nothing pass.

    The input is every text of the messages, those of the system aside. The output is the content,
    the reasoning, and the arguments of tool calls. By default a stream shows nothing until its
    whole output has been checked. With `window` it is checked while it streams: text is held back
    until at least that many characters can be checked, together with as many before them. Text that
    is refused is never shown, neither in the stream nor in the error's `partial`.

    Requests to a model that checks count as `attempts`, and their cost is part of the response's.

    Args:
        input: the check of the input; a refused input is not sent.
        output: the check of the output.
        answer: the text of the response to a refused call, whose finish reason is
            "content_filter"; None raises a GuardrailError.
        window: characters of a window, None to check the whole output of a stream at its end.
        policy: the rules for a model that checks.

    Raises:
        GuardrailError: the input or output was refused; `where` and `reason` say more.
        InvalidArgumentError: an argument is wrong.
    """

    belongs_outside: ClassVar[dict[str, str]] = {
        "Cache": "a cached response would not be checked",
    }

    def __init__(
        self,
        input: Check | None = None,  # the word that users look for
        output: Check | None = None,
        *,
        answer: str | None = None,
        window: int | None = None,
        policy: str = POLICY,
    ) -> None:
        if input is None and output is None:
            raise InvalidArgumentError("Guardrail: nothing to check; give input=, output= or both")
        for name, check in (("input", input), ("output", output)):
            if check is not None:
                read_check(name, check)
        if window is not None:
            check_count("window", window, " characters")
        if answer is not None:
            check_text("answer", answer)
        check_text("policy", policy)
        self.input = input
        self.output = output
        self.answer = answer
        self.window = window
        self.policy = policy

    def __repr__(self) -> str:
        checks = [
            f"{name}={getattr(check, '__name__', None) or type(check).__name__}"
            for name, check in (("input", self.input), ("output", self.output))
            if check is not None
        ]
        return f"Guardrail({', '.join(checks)})"

    async def __call__(self, request: Request, call_next: Handler) -> Reply:
        """Check the input, call the next layer, check its output."""
        made: list[ModelResponse] = []
        if self.input is not None:
            judge = Judged(self.input, self.policy, request, call_next)
            untrusted = [each for each in request.messages if each["role"] not in _TRUSTED]
            problem = await judge.problem(list(texts_of(untrusted)))
            made = judge.take()
            if problem:
                return self._refused_input(request, problem, made)
        try:
            reply = await call_next(request)
        except APIError as error:
            error.attempts += count_attempts(made)
            raise
        reply = with_side_calls(reply, made)
        if self.output is None:
            return reply
        judge = Judged(self.output, self.policy, request, call_next)
        if isinstance(reply, Stream):
            reply = with_own_call(reply) if judge.asks and not made else reply
            return _Checked(self, request, reply, judge).stream()
        return await self._whole(request, reply, judge)

    def _refused_input(self, request: Request, reason: str, made: list[ModelResponse]) -> Reply:
        if self.answer is None:
            raise self.refusal(request, "input", reason, count_attempts(made))
        request.trail.add("Guardrail", "refused", where="input")
        call = CallInfo(model=request.model, attempts=0, cost=0.0, metadata=dict(request.metadata))
        add_side_calls(call, made)
        response = _answer(self.answer, request.model)
        response.call = call
        return stream_of(response, request) if request.stream else response

    async def _whole(self, request: Request, response: ModelResponse, judge: Judged) -> Reply:
        try:
            problem = await judge.problem(list(_texts_of(response)))
        except APIError as error:
            error.attempts += response.call.attempts
            raise
        response = with_side_calls(response, judge.take())
        if not problem:
            return response
        if self.answer is None:
            raise self.refusal(request, "output", problem, response.call.attempts)
        request.trail.add("Guardrail", "refused", where="output")
        replaced = _answer(self.answer, response.model)
        replaced.id, replaced.created = response.id, response.created
        replaced.usage = response.usage
        replaced.call = response.call
        return replaced

    def refusal(self, request: Request, where: str, reason: str, attempts: int) -> GuardrailError:
        """Return the error of a refused call."""
        request.trail.add("Guardrail", "refused", where=where)
        error = GuardrailError(f"the {where} was refused: {reason}", model=request.model)
        error.where, error.reason, error.attempts = where, reason, attempts
        return error


def _answer(text: str, model: str) -> ModelResponse:
    choice = Choice(message=Message(content=text), finish_reason=_FINISH)
    return ModelResponse(model=model, choices=[choice], usage=Usage())


def _texts_of(response: ModelResponse) -> Iterator[str]:
    """Yield the texts of a response that are checked."""
    for choice in response.choices:
        message = choice.message
        for name in _TEXTS:
            yield getattr(message, name) or ""
        for call in message.tool_calls or ():
            yield call.custom.input if call.custom is not None else call.function.arguments


class _Checked:
    """One stream whose chunks are held back until their texts have been checked."""

    def __init__(
        self, guardrail: Guardrail, request: Request, inner: Stream, judge: Judged
    ) -> None:
        self._guardrail = guardrail
        self._request = request
        self._inner = inner
        self._judge = judge
        self._held: list[ModelResponseStream] = []
        # The texts by choice and field: what was checked last, and what was not checked yet.
        self._before: dict[tuple[int, str], str] = {}
        self._new: dict[tuple[int, str], str] = {}
        self._refused = False

    def stream(self) -> Stream:
        """Return the stream that shows what has been checked."""
        return self._inner.map(self._read, flush=self._flush)

    async def _read(self, chunk: ModelResponseStream) -> list[ModelResponseStream] | None:
        if self._refused:
            return None
        self._held.append(chunk)
        if self._guardrail.window is None:
            return None
        for choice in chunk.choices:
            self._collect(choice)
        if max(map(len, self._new.values()), default=0) < self._guardrail.window:
            return None
        return await self._release()

    async def _flush(self) -> list[ModelResponseStream] | None:
        return None if self._refused else await self._release()

    def _collect(self, choice: StreamingChoice) -> None:
        delta, index = choice.delta, choice.index
        for name in _TEXTS:
            text: str | None = getattr(delta, name)
            if text:
                self._new[index, name] = self._new.get((index, name), "") + text
        for piece in delta.tool_calls or ():
            said = piece.function.arguments if piece.function is not None else None
            said = said or (piece.custom.input if piece.custom is not None else None)
            if said:
                key = (index, f"call {piece.index}")
                self._new[key] = self._new.get(key, "") + said

    async def _release(self) -> list[ModelResponseStream]:
        """Check what is held back, and return it.

        Raises:
            GuardrailError: it is refused.
        """
        window = self._guardrail.window
        if window is None:
            texts = list(_texts_of(self._inner.response))
        else:
            texts = [self._before.get(key, "") + text for key, text in self._new.items()]
            for key, text in self._new.items():
                self._before[key] = (self._before.get(key, "") + text)[-window:]
            self._new.clear()
        problem = await self._judge.problem(texts)
        add_side_calls(self._inner.call, self._judge.take())
        held, self._held = self._held, []
        if not problem:
            return held
        self._refused = True
        if self._guardrail.answer is None:
            attempts = self._inner.call.attempts
            raise self._guardrail.refusal(self._request, "output", problem, attempts)
        self._request.trail.add("Guardrail", "refused", where="output")
        return self._refusal(held[-1], self._guardrail.answer)

    def _refusal(self, like: ModelResponseStream, answer: str) -> list[ModelResponseStream]:
        """Return the chunks of the answer to a refused output."""
        made: list[ModelResponseStream] = []
        fields: list[dict[str, Any]] = [
            {"delta": Delta(role="assistant", content=answer)},
            {"delta": Delta(), "finish_reason": _FINISH},
        ]
        for field in fields:
            chunk = copy(like)
            chunk.raw_ = ()
            chunk.usage = None
            chunk.choices = [StreamingChoice(**field)]
            made.append(chunk)
        return made
