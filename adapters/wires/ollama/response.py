"""What Ollama's answers hold, in OpenAI's shapes; shared by whole answers and streams.

https://docs.ollama.com/api/chat (response)
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import Struct

from ....pipeline.json_values import JSON
from ....pipeline.schema.parts import Choice, StreamingChoice, TokenLogprob, Usage
from ...decode.classify import make_error, read_problem
from ...decode.finish_reasons import map_finish_reason
from ...decode.json_body import unreadable
from ...provider.row import Provider
from .forced import Call


class _Function(Struct):
    name: str
    arguments: JSON | None = None


class _ToolCall(Struct):
    function: _Function
    id: str | None = None


class NativeMessage(Struct):
    """A message of Ollama's; `tool_calls` come whole, also in a stream."""

    role: str = "assistant"
    content: str | None = None
    thinking: str | None = None
    tool_calls: list[_ToolCall] | None = None
    images: list[str] | None = None


class Answer(Struct):
    """A whole answer, or one line of a stream."""

    model: str = ""
    created_at: str | None = None
    message: NativeMessage | None = None
    done: bool = False
    done_reason: str | None = None
    error: object = None
    prompt_eval_count: int | None = None
    eval_count: int | None = None
    total_duration: int | None = None
    load_duration: int | None = None
    prompt_eval_duration: int | None = None
    eval_duration: int | None = None
    logprobs: list[TokenLogprob] | None = None


_answer = msgspec.json.Decoder(Answer)
_COUNTS = (
    "prompt_eval_count",
    "eval_count",
    "total_duration",
    "load_duration",
    "prompt_eval_duration",
    "eval_duration",
)


def read_answer(data: bytes, headers: Mapping[str, str]) -> Answer:
    """Return an answer, or a line of one.

    Raises:
        APIResponseValidationError: it is none.
        APIError: it is an error.
    """
    try:
        answer = _answer.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise unreadable(data, f"this is no answer of Ollama's ({error})") from error
    if answer.error is not None or (answer.message is None and not answer.done):
        problem = read_problem(msgspec.json.decode(data))
        if problem is None:
            raise unreadable(data, "this is no answer of Ollama's")
        raise make_error(problem, None, headers)
    return answer


def named_call(call: _ToolCall) -> Call:
    """Return a call's name and its arguments as text."""
    return Call(call.function.name, msgspec.json.encode(call.function.arguments or {}).decode())


def images_of(message: NativeMessage) -> list[JSON] | None:
    """Return the pictures that a model made, as `data:` URLs."""
    return [
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}
        for data in message.images or ()
    ] or None


def finish(
    choice: Choice | StreamingChoice, answer: Answer, provider: Provider, *, called: bool
) -> None:
    """Give a choice its finish reason; Ollama says "stop" also where tools are to be called."""
    reason = answer.done_reason or "stop"
    choice.finish_reason = reason
    if called and reason == "stop":
        choice.finish_reason = "tool_calls"
        choice.provider_specific_fields = {"native_finish_reason": reason}
    map_finish_reason(choice, provider.finish_reasons)


def usage_of(answer: Answer) -> Usage | None:
    """Return the tokens that were used; older servers leave out a prompt that they had cached."""
    counts = {name: getattr(answer, name) for name in _COUNTS}
    native = {name: count for name, count in counts.items() if count is not None}
    if answer.prompt_eval_count is None and answer.eval_count is None:
        return None
    prompt, completion = answer.prompt_eval_count or 0, answer.eval_count or 0
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        total_tokens=prompt + completion,
        native=native,
    )
