"""Ask again when an answer does not fit what was asked for."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, ClassVar

from ...pipeline.call.replayed import as_response, as_stream
from ...pipeline.call.request import Handler, Reply, Request, replace
from ...pipeline.errors import APIError, JSONSchemaValidationError
from ...pipeline.json_values import JSON
from ...pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ...pipeline.stream.parts import join_responses
from ...pipeline.stream.stream import Stream
from ..checked_arguments import check_count
from .expected import Expected, Misfit, expected_of


class Reask:
    """Asks again, with the error, when an answer does not fit its format or a tool's schema.

    Checked are the text of a call with `response_format` (a class, a JSON schema, or
    "json_object"), and the arguments of tool calls. The model gets its own answer back and what is
    wrong with it. The response is the last one, with the usage, attempts and cost of all. Refusals
    are not asked again.

    A stream that is checked shows nothing until its whole answer has arrived and fits. Calls
    without `response_format` and tools are not changed.

    Args:
        attempts: how many answers the model may give, the first one included.

    Raises:
        JSONSchemaValidationError: the last answer does not fit either; `body` is its text, and
            `partial` the response.
        InvalidArgumentError: `attempts` is less than 1.
    """

    single: ClassVar[bool] = True

    def __init__(self, attempts: int = 2) -> None:
        check_count("attempts", attempts)
        self.attempts = attempts

    def __repr__(self) -> str:
        return f"Reask(attempts={self.attempts})"

    def __call__(self, request: Request, call_next: Handler) -> Awaitable[Reply]:
        """Call the next layer until its reply fits."""
        params = request.params
        if "response_format" not in params and "tools" not in params:
            return call_next(request)
        expected = expected_of(request)
        if not expected:
            return call_next(request)
        return _Conversation(request, call_next, expected, self.attempts).run()


class _Conversation:
    """The answers to one call."""

    def __init__(
        self, request: Request, call_next: Handler, expected: Expected, attempts: int
    ) -> None:
        self._request = request
        self._call_next = call_next
        self._expected = expected
        self._attempts = attempts
        self._responses: list[ModelResponse] = []
        self._misfit: Misfit | None = None

    async def run(self) -> Reply:
        """Return the reply that fits."""
        try:
            reply = await self._call_next(self._request)
        except JSONSchemaValidationError as error:
            return await self._whole(_answer_of(error))
        return self._stream(reply) if isinstance(reply, Stream) else await self._whole(reply)

    async def _whole(self, response: ModelResponse) -> ModelResponse:
        try:
            while self._is_unfit(response):
                response = await self._ask(self._next_request())
        except APIError as error:
            if not isinstance(error, JSONSchemaValidationError):
                error.attempts += sum(each.attempts for each in self._responses)
            raise
        return join_responses(self._responses)

    async def _ask(self, request: Request) -> ModelResponse:
        try:
            reply = await self._call_next(request)
        except JSONSchemaValidationError as error:
            return _answer_of(error)
        return await as_response(reply)

    def _stream(self, first: Stream) -> Stream:
        async def follow(_: ModelResponse) -> Stream | None:
            if self._misfit is None:
                return None
            request = self._next_request()
            return self._held(as_stream(await self._call_next(request), request))

        return self._held(first).then(follow, keep="last")

    def _held(self, part: Stream) -> Stream:
        """Return a stream that shows a part at its end, if it fits."""
        held: list[ModelResponseStream] = []

        def flush() -> list[ModelResponseStream] | None:
            return None if self._is_unfit(part.response, in_stream=True) else held

        return part.map(held.append, flush=flush)

    def _is_unfit(self, response: ModelResponse, *, in_stream: bool = False) -> bool:
        """Note a response; return whether to ask again.

        Raises:
            JSONSchemaValidationError: it does not fit, and it is the last one.
        """
        self._responses.append(response)
        self._misfit = misfit = self._expected.find_misfit(response)
        if misfit is None:
            return False
        count = len(self._responses)
        self._request.trail.add("Reask", "misfit", number=count)
        if count < self._attempts:
            return True
        raise self._give_up(misfit, in_stream=in_stream)

    def _give_up(self, misfit: Misfit, *, in_stream: bool) -> JSONSchemaValidationError:
        last = self._responses[-1]
        times = "" if self._attempts == 1 else f" after {self._attempts} answers"
        error = JSONSchemaValidationError(
            f"the response does not fit{times}: {misfit.reason}",
            last.call.provider,
            self._request.model,
            body=last.choices[0].message.content if last.choices else None,
        )
        if not in_stream:
            error.attempts = sum(each.attempts for each in self._responses)
            error.partial = join_responses(self._responses)
        return error

    def _next_request(self) -> Request:
        """Return the request that tells the model what is wrong."""
        added: tuple[Any, ...] = ()
        if self._misfit is not None:
            added = tuple(_feedback(self._responses[-1], self._misfit))
        return replace(self._request, messages=(*self._request.messages, *added))


def _answer_of(error: JSONSchemaValidationError) -> ModelResponse:
    """Return the response that an error is about."""
    answer: ModelResponse | None = error.partial
    if answer is None:
        raise error
    # A Retry before it counts in the error only.
    answer.call.attempts = max(answer.call.attempts, error.attempts)
    answer.call.tried = error.tried
    return answer


def _feedback(response: ModelResponse, misfit: Misfit) -> list[JSON]:
    message = response.choices[0].message
    told: list[JSON] = [message.model_dump()]
    if not misfit.calls:
        text = (
            f"Your answer does not fit the required format: {misfit.text}. "
            "Answer again, with nothing but JSON that fits."
        )
        return [*told, {"role": "user", "content": text}]
    for number, call in enumerate(message.tool_calls or ()):
        if number in misfit.calls:
            text = f"Error: the arguments do not fit: {misfit.calls[number]}. Call it again."
        else:
            text = "Not run, because another call was wrong. Call it again."
        told.append({"role": "tool", "tool_call_id": call.id or "", "content": text})
    return told
