"""Answers of the Messages API, and what their parts mean.

https://platform.claude.com/docs/en/api/messages/create and .../api/errors
"""

from __future__ import annotations

from collections.abc import Mapping
from time import time
from typing import Any

import msgspec
from msgspec import Struct

from ....pipeline.errors import (
    APIError,
    BadRequestError,
    ConflictError,
    InternalServerError,
    ServiceUnavailableError,
)
from ....pipeline.json_values import as_object
from ....pipeline.port import HTTPResponse
from ....pipeline.schema.model_response import ModelResponse
from ....pipeline.schema.parts import (
    Choice,
    CompletionTokensDetails,
    Delta,
    Function,
    Message,
    PromptTokensDetails,
    StreamingChoice,
    ThinkingBlock,
    ToolCall,
    Usage,
)
from ...decode.classify import COMMON_CODES, make_error, read_problem
from ...decode.finish_reasons import map_finish_reason
from ...decode.json_body import find_json, unreadable
from ...provider.row import Provider
from ...structured.forced_tool import restore_content
from .messages import NATIVE_CONTENT

Block = dict[str, Any]

#: Types of errors, beside those that other providers have too.
CODES: Mapping[str, type[APIError]] = {
    **COMMON_CODES,
    "api_error": InternalServerError,
    "conflict_error": ConflictError,
    "overloaded_error": ServiceUnavailableError,
    "request_too_large": BadRequestError,
}
# What an error in a stream would have had for a status.
_STATUSES: Mapping[str, int] = {"overloaded_error": 529, "request_too_large": 413}

#: Finish reasons, beside those that other providers have too.
REASONS: Mapping[str, str] = {
    "compaction": "length",
    "model_context_window_exceeded": "length",
    # The turn may go on: the answer is to be sent back as it is.
    "pause_turn": "stop",
}

# Fields of an answer that have no place of their own.
_EXTRAS = ("container", "context_management", "diagnostics")
# The order of kinds that OpenAI's message stands for.
RANKS = {"thinking": 0, "redacted_thinking": 0, "text": 1, "tool_use": 2}


class Body(Struct):
    """A whole answer, and the head of a streamed one."""

    id: str = ""
    type: str = ""
    model: str = ""
    content: list[Block] | None = None
    stop_reason: str | None = None
    stop_sequence: str | None = None
    stop_details: Block | None = None
    usage: Block | None = None
    container: object = None
    context_management: object = None
    diagnostics: object = None


_body = msgspec.json.Decoder(Body)


def decode(response: HTTPResponse, provider: Provider) -> ModelResponse:
    """Return the response that a body stands for.

    Raises:
        APIResponseValidationError: it is no message.
        APIError: it is an error in spite of its status.
    """
    try:
        body = _body.decode(response.body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise unreadable(response.body, f"this is no message ({error})") from error
    if body.content is None:
        raise error_of(response.body, response.headers)
    blocks = body.content
    extras = {name: value for name in _EXTRAS if (value := getattr(body, name)) is not None}
    choice = Choice(message=_message(blocks), finish_reason=body.stop_reason)
    set_finish_reason(choice, body.stop_sequence, body.stop_details, provider)
    answer = ModelResponse(
        id=body.id,
        created=int(time()),
        model=body.model,
        choices=[choice],
        usage=usage_of(body.usage) if body.usage else None,
        service_tier=(body.usage or {}).get("service_tier"),
        provider_specific_fields=extras or None,
    )
    restore_content(answer)
    return answer


def error_of(data: bytes, headers: Mapping[str, str]) -> APIError:
    """Return the error that a body or an event of a success holds."""
    problem = read_problem(find_json(data))
    if problem is None:
        return unreadable(data, "this is no message")
    status = _STATUSES.get(problem.type or "")
    problem.status = problem.status or status
    return with_request_id(make_error(problem, status, headers, CODES))


def with_request_id(error: APIError) -> APIError:
    """Take the request's id from the body of an error, where the headers have none."""
    if error.request_id is None:
        named = (as_object(error.body) or {}).get("request_id")
        error.request_id = named if isinstance(named, str) else None
    return error


def _message(blocks: list[Block]) -> Message:
    thinking = [thinking_block(block) for block in blocks if RANKS.get(block["type"]) == 0]
    text = "".join(block.get("text") or "" for block in blocks if block["type"] == "text")
    message = Message(
        content=text or None,
        reasoning_content="".join(block.thinking or "" for block in thinking) or None,
        thinking_blocks=thinking or None,
        tool_calls=[_call(block) for block in blocks if block["type"] == "tool_use"] or None,
    )
    offset = 0
    for block in blocks:
        extras = Extras.of_block(block, offset)
        if extras is not None:
            extras.add_to(message)
        offset += len(block.get("text") or "") if block["type"] == "text" else 0
    kept = native_content(blocks)
    if kept:
        message.provider_specific_fields = {**(message.provider_specific_fields or {}), **kept}
    return message


def thinking_block(block: Block) -> ThinkingBlock:
    """Return a block of reasoning, redacted or not."""
    return ThinkingBlock(
        type=block["type"],
        thinking=block.get("thinking"),
        signature=block.get("signature"),
        data=block.get("data"),
    )


def _call(block: Block) -> ToolCall:
    arguments = msgspec.json.encode(block.get("input") or {}).decode()
    function = Function(name=block.get("name"), arguments=arguments)
    return ToolCall(id=block.get("id"), function=function)


def native_content(blocks: list[Block]) -> dict[str, Any] | None:
    """Return blocks to be kept as they are, None where OpenAI's message says the same."""
    if _is_plain(blocks):
        return None
    kept = [{name: value for name, value in block.items() if value is not None} for block in blocks]
    return {NATIVE_CONTENT: kept}


def _is_plain(blocks: list[Block]) -> bool:
    """Tell whether blocks can be told again from a message of OpenAI's."""
    ranks = [RANKS.get(block["type"], -1) for block in blocks]
    if -1 in ranks or ranks != sorted(ranks) or ranks.count(RANKS["text"]) > 1:
        return False
    called_by = {(as_object(block.get("caller")) or {}).get("type") for block in blocks}
    more = any(block.get("citations") or block.get("toolset_name") for block in blocks)
    return called_by <= {None, "direct"} and not more


class Extras(Struct):
    """What belongs to a text beside its letters."""

    citations: list[Block]
    annotations: list[dict[str, Any]]

    @staticmethod
    def of_block(block: Block, offset: int) -> Extras | None:
        """Return a text block's citations; those of web pages as OpenAI has them, too."""
        citations: list[Block] = block.get("citations") or []
        if not citations:
            return None
        end = offset + len(block.get("text") or "")
        pages = [
            {
                "type": "url_citation",
                "url_citation": {
                    "url": citation["url"],
                    "title": citation.get("title") or "",
                    "start_index": offset,
                    "end_index": end,
                },
            }
            for citation in citations
            if citation.get("url")
        ]
        return Extras(citations, pages)

    def add_to(self, part: Message | Delta) -> None:
        """Add them to what a message or delta has."""
        fields = part.provider_specific_fields or {}
        known = [*(fields.get("citations") or ()), *self.citations]
        part.provider_specific_fields = {**fields, "citations": known}
        if self.annotations:
            part.annotations = [*(part.annotations or ()), *self.annotations]


def set_finish_reason(
    choice: Choice | StreamingChoice,
    stop_sequence: str | None,
    stop_details: Block | None,
    provider: Provider,
) -> None:
    """Give a choice OpenAI's finish reason, and keep what it does not say."""
    map_finish_reason(choice, {**REASONS, **provider.finish_reasons})
    found = {"stop_sequence": stop_sequence, "stop_details": stop_details}
    fields = {name: value for name, value in found.items() if value is not None}
    if fields:
        choice.provider_specific_fields = {**(choice.provider_specific_fields or {}), **fields}


def usage_of(native: Block) -> Usage:
    """Return token counts in OpenAI's meaning: the prompt's with what was cached."""

    def count(name: str) -> int:
        return native.get(name) or 0

    read, written = count("cache_read_input_tokens"), count("cache_creation_input_tokens")
    prompt = count("input_tokens") + read + written
    completion = count("output_tokens")
    thought = (as_object(native.get("output_tokens_details")) or {}).get("thinking_tokens")
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        total_tokens=prompt + completion,
        prompt_tokens_details=PromptTokensDetails(
            cached_tokens=read, cache_creation_tokens=written
        ),
        completion_tokens_details=(
            None if thought is None else CompletionTokensDetails(reasoning_tokens=thought)
        ),
        native=native,
    )
