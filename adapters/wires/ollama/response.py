"""Responses of Ollama, and what they share with its streams.

https://docs.ollama.com/api/chat (response)
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ....pipeline.json_values import JSON
from ....pipeline.port import HTTPResponse
from ....pipeline.schema.model_response import ModelResponse
from ....pipeline.schema.parts import (
    Choice,
    ChoiceLogprobs,
    Function,
    Message,
    StreamingChoice,
    ToolCall,
    Usage,
)
from ...decode.classify import make_error, read_problem
from ...decode.dates import read_timestamp
from ...decode.finish_reasons import map_finish_reason
from ...decode.json_body import read_json, unreadable
from ...decode.stamps import new_answer_id, new_call_id
from ...decode.typed import decode_as
from ...provider.row import Provider
from .forced import Call, CallReader, named_call
from .schema import COUNTS, ChatResponse, NativeMessage

_response = msgspec.json.Decoder(ChatResponse)


def decode(response: HTTPResponse, provider: Provider) -> ModelResponse:
    """Return a body as a response.

    Raises:
        APIResponseValidationError: it is not a response of Ollama.
        APIError: it is an error in spite of its status.
    """
    answer = read_line(response.body, response.headers)
    native = answer.message or NativeMessage()
    reader = CallReader()
    text = reader.feed(native.content or "")
    held, forced = reader.close()
    text += held
    calls = [
        ToolCall(id=call_id or new_call_id(), function=Function(name=name, arguments=arguments))
        for call_id, (name, arguments) in calls_of(native, forced)
    ]
    choice = Choice(
        message=Message(
            content=text or (None if calls else ""),
            reasoning_content=native.thinking or None,
            tool_calls=calls or None,
            images=images_of(native),
        ),
        logprobs=ChoiceLogprobs(content=answer.logprobs) if answer.logprobs else None,
    )
    finish(choice, answer, provider, called=bool(calls))
    return ModelResponse(
        id=new_answer_id(),
        created=read_timestamp(answer.created_at),
        model=answer.model,
        choices=[choice],
        usage=usage_of(answer),
    )


def read_line(data: bytes, headers: Mapping[str, str]) -> ChatResponse:
    """Return a response, or a line of a stream.

    Raises:
        APIResponseValidationError: it is neither.
        APIError: it is an error.
    """
    answer = decode_as(_response, data, "a response of Ollama")
    if answer.error is not None or (answer.message is None and not answer.done):
        problem = read_problem(read_json(data))
        if problem is None:
            raise unreadable(data, "expected a response of Ollama, got no message")
        raise make_error(problem, None, headers)
    return answer


def calls_of(native: NativeMessage, forced: Call | None) -> list[tuple[str | None, Call]]:
    """Return a message's tool calls with their ids, and a required call, which has no id."""
    found = [(call.id, named_call(call.function)) for call in native.tool_calls or ()]
    return [*found, (None, forced)] if forced is not None else found


def images_of(message: NativeMessage) -> list[JSON] | None:
    """Return images that the model made, as `data:` URLs."""
    return [
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}
        for data in message.images or ()
    ] or None


def finish(
    choice: Choice | StreamingChoice, answer: ChatResponse, provider: Provider, *, called: bool
) -> None:
    """Set a choice's finish reason; Ollama sends "stop" even after tool calls."""
    reason = answer.done_reason or "stop"
    choice.finish_reason = reason
    if called and reason == "stop":
        choice.finish_reason = "tool_calls"
        choice.provider_specific_fields = {"native_finish_reason": reason}
    map_finish_reason(choice, provider.finish_reasons)


def usage_of(answer: ChatResponse) -> Usage | None:
    """Return token counts; older servers leave out those of a cached prompt."""
    if answer.prompt_eval_count is None and answer.eval_count is None:
        return None
    counts = {name: getattr(answer, name) for name in COUNTS}
    native = {name: count for name, count in counts.items() if count is not None}
    prompt, completion = answer.prompt_eval_count or 0, answer.eval_count or 0
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        total_tokens=prompt + completion,
        native=native,
    )
