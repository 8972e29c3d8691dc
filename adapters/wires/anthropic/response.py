"""Responses of the Messages API.

https://platform.claude.com/docs/en/api/messages/create
"""

from __future__ import annotations

from collections.abc import Mapping
from time import time

import msgspec

from ....pipeline.json_values import JSON
from ....pipeline.port import HTTPResponse
from ....pipeline.schema.model_response import ModelResponse
from ....pipeline.schema.parts import (
    Choice,
    CompletionTokensDetails,
    Function,
    Message,
    PromptTokensDetails,
    StreamingChoice,
    ThinkingBlock,
    ToolCall,
    Usage,
)
from ...decode.finish_reasons import map_finish_reason
from ...decode.typed import convert_as, decode_as
from ...provider.row import Provider
from ...structured.forced_tool import restore_content
from . import schema
from .blocks import (
    SentBlock,
    add_citations,
    arguments_of,
    native_content,
    read_block,
    thinking_block,
)
from .errors import error_of

# Finish reasons, in addition to those that other providers have too.
_REASONS: Mapping[str, str] = {
    "compaction": "length",
    "model_context_window_exceeded": "length",
    # The turn goes on if the message is sent back unchanged.
    "pause_turn": "stop",
}
_message = msgspec.json.Decoder(schema.Message)


def decode(response: HTTPResponse, provider: Provider) -> ModelResponse:
    """Return a body as a response; see `decode_message`."""
    return decode_message(response.body, response.headers, provider)


def decode_message(data: bytes, headers: Mapping[str, str], provider: Provider) -> ModelResponse:
    """Return a body as a response.

    Raises:
        APIResponseValidationError: the body is not a message.
        APIError: the body is an error, despite the status.
    """
    message = decode_as(_message, data, "a message")
    if message.content is None:
        raise error_of(data, headers)
    blocks = [read_block(fields, data) for fields in message.content]
    counts = read_counts(message.usage or {}, data)
    choice = Choice(message=_read_message(blocks), finish_reason=message.stop_reason)
    set_finish_reason(choice, message.stop_sequence, message.stop_details, provider)
    response = ModelResponse(
        id=message.id or "",
        created=int(time()),
        model=message.model or "",
        choices=[choice],
        usage=usage_of(counts, message.usage) if message.usage else None,
        service_tier=counts.service_tier,
        provider_specific_fields=present(
            container=message.container,
            context_management=message.context_management,
            diagnostics=message.diagnostics,
            input_transformations=message.input_transformations,
        ),
    )
    restore_content(response)
    return response


def present(**fields: object) -> JSON | None:
    """Return the fields that are not None, None if all are."""
    return {name: value for name, value in fields.items() if value is not None} or None


def _read_message(blocks: list[SentBlock]) -> Message:
    texts: list[str] = []
    thinking: list[ThinkingBlock] = []
    calls: list[ToolCall] = []
    message = Message()
    offset = 0
    for sent in blocks:
        block = sent.block
        if isinstance(block, schema.TextBlock):
            add_citations(message, sent, offset)
            texts.append(block.text)
            offset += len(block.text)
        elif isinstance(block, schema.ThinkingBlock | schema.RedactedThinkingBlock):
            thinking.append(thinking_block(block))
        elif isinstance(block, schema.ToolUseBlock):
            function = Function(name=block.name, arguments=arguments_of(block))
            calls.append(ToolCall(id=block.id, function=function))
    message.content = "".join(texts) or None
    message.reasoning_content = "".join(block.thinking or "" for block in thinking) or None
    message.thinking_blocks = thinking or None
    message.tool_calls = calls or None
    native = native_content(blocks)
    if native:
        message.provider_specific_fields = {**(message.provider_specific_fields or {}), **native}
    return message


def set_finish_reason(
    choice: Choice | StreamingChoice,
    stop_sequence: str | None,
    stop_details: JSON | None,
    provider: Provider,
) -> None:
    """Map a choice's finish reason to OpenAI's, and keep what that does not say."""
    map_finish_reason(choice, {**_REASONS, **provider.finish_reasons})
    fields = present(stop_sequence=stop_sequence, stop_details=stop_details)
    if fields:
        choice.provider_specific_fields = {**(choice.provider_specific_fields or {}), **fields}


def read_counts(native: JSON, data: bytes) -> schema.Usage:
    """Return the token counts of a usage object; `data` is the body or event that it is from.

    Raises:
        APIResponseValidationError: a field has another type; the text has msgspec's path.
    """
    return convert_as(native, schema.Usage, data, "the usage of a message")


def usage_of(counts: schema.Usage, native: JSON | None) -> Usage:
    """Return token counts as OpenAI defines them: prompt tokens include cached ones."""
    read = counts.cache_read_input_tokens or 0
    written = counts.cache_creation_input_tokens or 0
    prompt = (counts.input_tokens or 0) + read + written
    completion = counts.output_tokens or 0
    details = counts.output_tokens_details
    thought = None if details is None else details.thinking_tokens
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
