"""A chat completion as a response: the body decodes straight into our types.

https://platform.openai.com/docs/api-reference/chat/object
"""

from __future__ import annotations

import re

import msgspec

from ....pipeline.json_values import JSON, as_array, as_object
from ....pipeline.port import HTTPResponse
from ....pipeline.schema.model_response import ModelResponse, link
from ....pipeline.schema.parts import (
    CompletionTokensDetails,
    Delta,
    Message,
    PromptTokensDetails,
    ToolCall,
    Usage,
)
from ...decode.classify import Problem, codes_of, make_error, read_problem
from ...decode.finish_reasons import map_finish_reason
from ...decode.json_body import read_json, unreadable
from ...decode.repair import AnswerT, repair
from ...decode.stamps import new_call_id
from ...provider.row import Provider
from ...provider.rules import forces_tools
from ...structured.forced_tool import restore_content
from .logprobs import complete_logprobs

# Names of reasoning: `reasoning_text` and `cot_summary` of GitHub Copilot, `thinking` of gateways.
_REASONING = re.compile(
    r"(?:reasoning|thinking|think|thoughts?|cot)(?:_(?:content|text|summary|delta|output))?"
)
# How such names begin in a body. Reading undeclared fields decodes it again, so names that are
# declared, and that of a count in the usage, are left out.
_BEGINNINGS = rb'reasoning_(?!(?:content|details|tokens)")|th(?:ink(?!ing_blocks")|ought)|cot'
_has_reasoning = re.compile(rb'"(?:' + _BEGINNINGS + rb")").search
# The same and errors, for which a body is searched only once.
_is_unusual = re.compile(rb'"(?:error"|' + _BEGINNINGS + rb")").search
# Names of cache reads and writes: Moonshot AI, DeepSeek, Databricks; Alibaba Cloud, Databricks.
_READ = ("cached_tokens", "prompt_cache_hit_tokens", "cache_read_input_tokens")
_WRITTEN = ("cache_write_tokens", "cache_creation_input_tokens")
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
        answer = _repaired(response, provider)
    choices, usage = answer.choices, answer.usage
    if not choices:
        _raise_error(read_json(body), response, provider)
        raise unreadable(body, "the response has no choices")
    unusual = _is_unusual(body) is not None
    if unusual and b'"error"' in body:
        _raise_error(read_json(body), response, provider)
    link(answer, body)
    has_calls = False
    for choice in choices:
        map_finish_reason(choice, provider.finish_reasons)
        message = choice.message
        if unusual or message.reasoning:
            name_reasoning(message)
        if message.tool_calls:
            has_calls = True
            _complete_calls(message.tool_calls)
        if choice.logprobs is not None:
            complete_logprobs(choice)
    if usage is not None:
        complete_usage(usage, provider)
    if has_calls and forces_tools(provider):
        restore_content(answer)
    return answer


def _repaired(response: HTTPResponse, provider: Provider) -> ModelResponse:
    decoded = read_json(response.body)
    _raise_error(decoded, response, provider)
    return repair_as(ModelResponse, decoded, response.body, "a chat completion")


def _raise_error(decoded: object, response: HTTPResponse, provider: Provider) -> None:
    """Raise the error in a body, if there is one."""
    fields = as_object(decoded)
    problem = read_problem(decoded) if fields is None else find_failure(fields)
    if problem is not None:
        raise make_error(problem, None, response.headers, codes_of(provider))


def find_failure(fields: JSON) -> Problem | None:
    """Return the error of a response or chunk, or of one of its choices; None if it has none.

    https://openrouter.ai/docs/api-reference/errors
    """
    problem = read_problem(fields)
    for choice in as_array(fields.get("choices")) or ():
        error: object = (as_object(choice) or {}).get("error")
        if problem is None and error:
            problem = read_problem({"error": error})
    return problem


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


def _complete_calls(calls: list[ToolCall]) -> None:
    for call in calls:
        call.id = call.id or new_call_id()
        call.function.arguments = call.function.arguments or "{}"


def name_reasoning(part: Message | Delta) -> bool:
    """Have reasoning in `reasoning_content`; return whether its name is not declared."""
    if part.reasoning_content:
        return False
    if part.reasoning:
        part.reasoning_content = part.reasoning
    elif part.raw_ and _has_reasoning(part.raw_[0]):
        found = _undeclared_reasoning(part)
        part.reasoning_content = found or part.reasoning_content
        return bool(found)
    return False


def _undeclared_reasoning(part: Message | Delta) -> str:
    found = [
        value
        for name, value in part.model_extra.items()
        if isinstance(value, str) and _REASONING.fullmatch(name)
    ]
    return found[0] if found else ""


def complete_usage(usage: Usage, provider: Provider) -> None:
    """Give token counts OpenAI's meaning: prompts with cached, completions with reasoning."""
    details = usage.completion_tokens_details
    if "reasoning_beside_completion" in provider.flags and details and details.reasoning_tokens:
        separate = usage.total_tokens - usage.prompt_tokens - usage.completion_tokens
        if separate == details.reasoning_tokens:
            usage.native = usage.model_dump()
            usage.completion_tokens += separate
    raw = usage.raw_
    if raw:
        _complete_cache(usage, raw[0])
        known = details is not None and details.reasoning_tokens is not None
        if not known and b'"reasoning_tokens"' in raw[0]:
            _complete_reasoning(usage)
    if not usage.total_tokens:
        usage.total_tokens = usage.prompt_tokens + usage.completion_tokens


def _complete_reasoning(usage: Usage) -> None:
    """Have the tokens of reasoning among the details; Perplexity has them next to the others."""
    sent = usage.model_extra.get("reasoning_tokens")
    if isinstance(sent, int) and 0 < sent <= usage.completion_tokens:
        details = usage.completion_tokens_details or CompletionTokensDetails()
        details.reasoning_tokens = sent
        usage.completion_tokens_details = details


def _complete_cache(usage: Usage, body: bytes) -> None:
    """Have the tokens of caches in `prompt_tokens_details`, whichever names the provider uses."""
    details, known = usage.prompt_tokens_details, False
    if details is not None:
        known = details.cached_tokens is not None
        writes = details.cache_write_tokens
        if writes is not None and details.cache_creation_tokens is None:
            details.cache_creation_tokens = writes
    # `in` takes half as long again as find().
    if body.find(b"cache_creation_input" if known else b"cache") < 0:
        return
    sent = usage.model_extra
    inner = {} if details is None else details.model_extra
    read, written = (
        next((fields[name] for name in names for fields in (inner, sent) if fields.get(name)), None)
        for names in (_READ, _WRITTEN)
    )
    if details is None and (isinstance(read, int) or isinstance(written, int)):
        details = usage.prompt_tokens_details = PromptTokensDetails()
    if details is not None and details.cached_tokens is None and isinstance(read, int):
        details.cached_tokens = read
    if details is not None and not details.cache_creation_tokens and isinstance(written, int):
        details.cache_creation_tokens = written
