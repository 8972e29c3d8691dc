"""A chat completion as a response: the body decodes straight into our types.

https://platform.openai.com/docs/api-reference/chat/object
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ....pipeline.json_values import as_object
from ....pipeline.port import HTTPResponse
from ....pipeline.schema.model_response import ModelResponse, link
from ....pipeline.schema.parts import Delta, Message, PromptTokensDetails, Usage
from ...decode.classify import make_error, read_problem
from ...decode.finish_reasons import map_finish_reason
from ...decode.json_body import read_json, unreadable
from ...decode.repair import AnswerT, repair
from ...decode.stamps import new_call_id
from ...provider.row import Provider
from ...provider.rules import forces_tools
from ...structured.forced_tool import restore_content

_response = msgspec.json.Decoder(ModelResponse)


def decode(response: HTTPResponse, provider: Provider) -> ModelResponse:
    """Return the response that a body holds.

    Raises:
        APIResponseValidationError: it is not a chat completion.
        APIError: it is an error in spite of its status.
    """
    body = response.body
    try:
        answer = _response.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        answer = _repaired(body, response.headers)
    if not answer.choices:
        problem = read_problem(read_json(body))
        if problem is not None:
            raise make_error(problem, None, response.headers)
        raise unreadable(body, "the response has no choices")
    link(answer, body)
    for choice in answer.choices:
        map_finish_reason(choice, provider.finish_reasons)
        _complete_message(choice.message)
    if answer.usage is not None:
        complete_usage(answer.usage, provider)
    if forces_tools(provider):
        restore_content(answer)
    return answer


def _repaired(body: bytes, headers: Mapping[str, str]) -> ModelResponse:
    decoded = read_json(body)
    problem = read_problem(decoded)
    if problem is not None:
        raise make_error(problem, None, headers)
    return repair_as(ModelResponse, decoded, body, "a chat completion")


def repair_as(kind: type[AnswerT], decoded: object, body: bytes, expected: str) -> AnswerT:
    """Return a decoded body that is nearly OpenAI's as a response or chunk.

    Raises:
        APIResponseValidationError: it differs too much; the message has msgspec's path.
    """
    fields = as_object(decoded)
    if fields is None:
        raise unreadable(body, f"expected {expected}, which is a JSON object")
    try:
        return repair(fields, kind)
    except (msgspec.ValidationError, RecursionError) as error:
        raise unreadable(body, f"expected {expected} ({error})") from error


def _complete_message(message: Message) -> None:
    name_reasoning(message)
    for call in message.tool_calls or ():
        call.id = call.id or new_call_id()
        call.function.arguments = call.function.arguments or "{}"


def name_reasoning(part: Message | Delta) -> None:
    """Have reasoning in `reasoning_content`, whichever name the provider uses."""
    if part.reasoning and not part.reasoning_content:
        part.reasoning_content = part.reasoning


def complete_usage(usage: Usage, provider: Provider) -> None:
    """Give token counts OpenAI's meaning: prompts with cached, completions with reasoning."""
    details = usage.completion_tokens_details
    if "reasoning_beside_completion" in provider.flags and details and details.reasoning_tokens:
        separate = usage.total_tokens - usage.prompt_tokens - usage.completion_tokens
        if separate == details.reasoning_tokens:
            usage.native = usage.model_dump()
            usage.completion_tokens += separate
    if usage.prompt_tokens_details is None:
        cached = usage.model_extra.get("prompt_cache_hit_tokens") if usage.raw_ else None
        if isinstance(cached, int):
            usage.prompt_tokens_details = PromptTokensDetails(cached_tokens=cached)
    if not usage.total_tokens:
        usage.total_tokens = usage.prompt_tokens + usage.completion_tokens
