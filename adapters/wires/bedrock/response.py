"""Responses of Converse, and what they share with its streams.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_ResponseSyntax
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from ....pipeline.json_values import JSON
from ....pipeline.port import HTTPResponse
from ....pipeline.schema.call_info import request_id
from ....pipeline.schema.model_response import ModelResponse
from ....pipeline.schema.parts import (
    Choice,
    Function,
    Message,
    PromptTokensDetails,
    StreamingChoice,
    ThinkingBlock,
    ToolCall,
    Usage,
)
from ...decode.aws_errors import error_of_response
from ...decode.classify import read_problem
from ...decode.dates import read_date
from ...decode.finish_reasons import map_finish_reason
from ...decode.json_body import read_object, unreadable
from ...decode.stamps import new_answer_id
from ...decode.typed import convert_as
from ...provider.row import Provider
from ...structured.forced_tool import TOOL_NAME, restore_content
from .messages import NATIVE_CONTENT, text_of_blocks
from .schema import Block, Citation, ConverseResponse, Image, Reasoning, TokenUsage, ToolUse

#: Finish reasons that no other provider has.
FINISH_REASONS: Mapping[str, str] = {"model_context_window_exceeded": "length"}

# Fields with a place of their own in our response; `p` is padding that hides an event's length.
_READ_FIELDS = frozenset({"output", "p", "stopReason", "usage"})
# Where a block stands in OpenAI's message: reasoning, text, tool calls, nowhere.
_REASONING, _TEXT, _CALL, _NOWHERE = range(4)


def decode(response: HTTPResponse, provider: Provider) -> ModelResponse:
    """Return a body as a response.

    Raises:
        APIResponseValidationError: it is not a response of Converse.
        APIError: it is an error in spite of its status.
    """
    body = read_object(response.body)
    native = convert_as(body, ConverseResponse, response.body, "a response of Converse")
    message = native.output.message if native.output is not None else None
    if message is None:
        if read_problem(body) is not None:
            raise error_of_response(response)
        raise unreadable(response.body, "expected a response of Converse, got no output.message")
    blocks = message.content or []
    sent: list[JSON] = body["output"]["message"].get("content") or []
    choice = Choice(
        message=_message(blocks, sent, response.body), finish_reason=native.stop_reason or "stop"
    )
    map_reason(choice, provider)
    answer = ModelResponse(
        id=request_id(response.headers) or new_answer_id(),
        created=read_date(response.headers),
        choices=[choice],
        usage=read_usage(native.usage, response.body),
        service_tier=native.service_tier.type if native.service_tier is not None else None,
        provider_specific_fields=other_fields(body),
    )
    restore_content(answer)
    return answer


def _message(blocks: list[Block], sent: list[JSON], body: bytes) -> Message:
    """Return the message that consists of blocks; `sent` are the blocks as they came."""
    thinking = [
        _thinking_block(block.reasoning_content)
        for block in blocks
        if block.reasoning_content is not None
    ]
    calls = [
        _call(block.tool_use)
        for block in blocks
        if block.tool_use is not None and block.tool_use.is_for_caller
    ]
    cited = [
        citation
        for block in blocks
        if block.citations_content is not None
        for citation in block.citations_content.citations or ()
    ]
    text = text_of_blocks(blocks)
    return Message(
        content=text if text or not calls else None,
        reasoning_content="".join(block.thinking or "" for block in thinking) or None,
        thinking_blocks=thinking or None,
        tool_calls=calls or None,
        annotations=annotations_of(cited, body) or None,
        images=[url for block in blocks for url in images_of(block.image)] or None,
        provider_specific_fields=message_fields(blocks, sent, cited) or None,
    )


def _thinking_block(content: Reasoning) -> ThinkingBlock:
    if content.redacted_content is not None:
        return ThinkingBlock(type="redacted_thinking", data=content.redacted_content)
    text = content.reasoning_text
    if text is None:
        return ThinkingBlock()
    return ThinkingBlock(thinking=text.text, signature=text.signature)


def _call(use: ToolUse) -> ToolCall:
    arguments = msgspec.json.encode(use.input or {}).decode()
    return ToolCall(id=use.tool_use_id, function=Function(name=use.name, arguments=arguments))


def read_usage(native: JSON | None, body: bytes = b"") -> Usage | None:
    """Return token counts; Converse counts what the cache read and wrote separately.

    Raises:
        APIResponseValidationError: a count is not an integer; `body` is shown in the error.
    """
    if native is None:
        return None
    counts = convert_as(native, TokenUsage, body, "token counts")
    read, written = counts.cache_read_input_tokens, counts.cache_write_input_tokens
    prompt = (counts.input_tokens or 0) + (read or 0) + (written or 0)
    completion = counts.output_tokens or 0
    details = None
    if read is not None or written is not None:
        details = PromptTokensDetails(cached_tokens=read or 0, cache_creation_tokens=written or 0)
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        total_tokens=prompt + completion,
        prompt_tokens_details=details,
        native=native,
    )


def other_fields(body: JSON) -> JSON | None:
    """Return the fields of a body or event without a place in ours: metrics, trace, ..."""
    return {name: value for name, value in body.items() if name not in _READ_FIELDS} or None


def map_reason(choice: Choice | StreamingChoice, provider: Provider) -> None:
    """Give a choice OpenAI's finish reason."""
    map_finish_reason(choice, {**FINISH_REASONS, **provider.finish_reasons})


def annotations_of(cited: Iterable[JSON], body: bytes) -> list[JSON]:
    """Return OpenAI's annotations for citations of web pages; other sources have none there.

    Raises:
        APIResponseValidationError: a field of a citation has another type.
    """
    annotations: list[JSON] = []
    for one in cited:
        citation = convert_as(one, Citation, body, "a citation")
        web = citation.location.web if citation.location is not None else None
        if web is None:
            continue
        title = citation.title or web.domain
        page = {"url": web.url, **({"title": title} if title else {})}
        annotations.append({"type": "url_citation", "url_citation": page})
    return annotations


def images_of(image: Image | None) -> list[JSON]:
    """Return an image as OpenAI's message has it, [] where there is none."""
    source = image.source if image is not None else None
    if image is None or source is None:
        return []
    url = source.s3_location.uri if source.s3_location is not None else None
    if source.bytes:
        url = f"data:image/{image.format};base64,{source.bytes}"
    return [{"type": "image_url", "image_url": {"url": url}}] if url else []


def message_fields(blocks: list[Block], sent: list[JSON], cited: list[JSON]) -> JSON:
    """Return what OpenAI's message has no place for: all citations, and the blocks as they came.

    The blocks are kept where OpenAI's message would lose some, or their order. The call of a tool
    that `response_format` forced never goes back as a call, so its blocks are not kept.
    """
    fields: JSON = {"citations": cited} if cited else {}
    ranks = [_rank(block) for block in blocks]
    forced = any(
        block.tool_use is not None and block.tool_use.name == TOOL_NAME for block in blocks
    )
    if not forced and (ranks != sorted(ranks) or _NOWHERE in ranks):
        fields[NATIVE_CONTENT] = sent
    return fields


def _rank(block: Block) -> int:
    """Return where OpenAI's message has a block."""
    if block.reasoning_content is not None:
        return _REASONING
    if block.text is not None:
        return _TEXT
    if block.tool_use is not None and block.tool_use.is_for_caller:
        return _CALL
    return _NOWHERE
