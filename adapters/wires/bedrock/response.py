"""Converse's answers, whole and in events.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_ResponseSyntax
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html#API_runtime_ConverseStream_ResponseSyntax
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ....pipeline.json_values import JSON, as_array, as_object
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
from ...decode.aws_errors import error_of_answer
from ...decode.classify import read_problem
from ...decode.dates import read_date
from ...decode.finish_reasons import map_finish_reason
from ...decode.json_body import read_object, unreadable
from ...decode.stamps import new_answer_id
from ...provider.row import Provider
from ...structured.forced_tool import TOOL_NAME, restore_content
from .messages import NATIVE_CONTENT, text_of_blocks

#: Finish reasons that no other provider has.
FINISH_REASONS: Mapping[str, str] = {"model_context_window_exceeded": "length"}

# The kinds of blocks that OpenAI's message has a place for.
_PLAIN_KINDS = ("reasoningContent", "text", "toolUse")
# What an answer says beside the message; `p` is padding that hides the length of an event.
_KNOWN = frozenset({"output", "p", "stopReason", "usage"})


def decode(response: HTTPResponse, provider: Provider) -> ModelResponse:
    """Return the response that a whole answer stands for.

    Raises:
        APIResponseValidationError: it is no answer of Converse.
    """
    body = read_object(response.body)
    message = as_object((as_object(body.get("output")) or {}).get("message"))
    if message is None:
        if read_problem(body) is not None:
            raise error_of_answer(response)
        raise unreadable(response.body, "the provider sent no message")
    choice = Choice(
        message=read_message([as_object(block) or {} for block in message.get("content") or ()]),
        finish_reason=body.get("stopReason") or "stop",
    )
    map_reason(choice, provider)
    answer = ModelResponse(
        id=request_id(response.headers) or new_answer_id(),
        created=read_date(response.headers),
        choices=[choice],
        usage=read_usage(body.get("usage")),
        service_tier=tier(body),
        provider_specific_fields=beside(body),
    )
    restore_content(answer)
    return answer


def read_message(blocks: list[JSON]) -> Message:
    """Return the message that blocks stand for."""
    thinking = [
        thinking_block(as_object(block["reasoningContent"]) or {})
        for block in blocks
        if "reasoningContent" in block
    ]
    calls = [
        _call(block["toolUse"])
        for block in blocks
        if "toolUse" in block and is_ours(block["toolUse"])
    ]
    cited = [found for block in blocks for found in _citations(block)]
    text = text_of_blocks(blocks)
    fields = message_fields(blocks, cited)
    return Message(
        content=text if text or not calls else None,
        reasoning_content="".join(block.thinking or "" for block in thinking) or None,
        thinking_blocks=thinking or None,
        tool_calls=calls or None,
        annotations=[found for one in cited for found in annotation(one)] or None,
        images=[found for block in blocks for found in images_of(block)] or None,
        provider_specific_fields=fields or None,
    )


def read_usage(native: object) -> Usage | None:
    """Return the tokens: Converse counts what was read from and written to the cache apart."""
    counts = as_object(native)
    if counts is None:
        return None
    read = counts.get("cacheReadInputTokens") or 0
    written = counts.get("cacheWriteInputTokens") or 0
    prompt = (counts.get("inputTokens") or 0) + read + written
    completion = counts.get("outputTokens") or 0
    details = None
    if "cacheReadInputTokens" in counts or "cacheWriteInputTokens" in counts:
        details = PromptTokensDetails(cached_tokens=read, cache_creation_tokens=written)
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        total_tokens=prompt + completion,
        prompt_tokens_details=details,
        native=counts,
    )


def tier(body: JSON) -> str | None:
    """Return the service tier that served a request."""
    found: object = (as_object(body.get("serviceTier")) or {}).get("type")
    return found if isinstance(found, str) else None


def beside(body: JSON) -> JSON | None:
    """Return what an answer says beside its message: metrics, the guardrail's trace, ..."""
    return {name: value for name, value in body.items() if name not in _KNOWN} or None


def map_reason(choice: Choice | StreamingChoice, provider: Provider) -> None:
    """Give a choice OpenAI's finish reason."""
    map_finish_reason(choice, {**FINISH_REASONS, **provider.finish_reasons})


def thinking_block(content: JSON) -> ThinkingBlock:
    """Return a block of reasoning, or a piece of one."""
    if "redactedContent" in content:
        return ThinkingBlock(type="redacted_thinking", data=content["redactedContent"])
    said = as_object(content.get("reasoningText")) or content
    return ThinkingBlock(thinking=said.get("text"), signature=said.get("signature"))


def is_ours(use: JSON) -> bool:
    """Tell whether the caller is to make a call; those that AWS makes have a type that says so."""
    return (use.get("type") or "tool_use") == "tool_use"


def _call(use: JSON) -> ToolCall:
    arguments = msgspec.json.encode(use.get("input") or {}).decode()
    return ToolCall(
        id=use.get("toolUseId"), function=Function(name=use.get("name"), arguments=arguments)
    )


def _citations(block: JSON) -> list[JSON]:
    content = as_object(block.get("citationsContent")) or {}
    return [as_object(one) or {} for one in as_array(content.get("citations")) or ()]


def annotation(citation: JSON) -> list[JSON]:
    """Return OpenAI's annotation for a citation of the web, none for other sources."""
    web = as_object((as_object(citation.get("location")) or {}).get("web"))
    if web is None:
        return []
    title = citation.get("title") or web.get("domain")
    cited = {"url": web.get("url"), **({"title": title} if title else {})}
    return [{"type": "url_citation", "url_citation": cited}]


def images_of(block: JSON) -> list[JSON]:
    """Return the picture in a block as OpenAI's message has it, none for other blocks."""
    image = as_object(block.get("image")) or {}
    source = as_object(image.get("source")) or {}
    data, place = source.get("bytes"), as_object(source.get("s3Location")) or {}
    url = f"data:image/{image.get('format')};base64,{data}" if data else place.get("uri")
    return [{"type": "image_url", "image_url": {"url": url}}] if url else []


def message_fields(blocks: list[JSON], cited: list[JSON]) -> JSON:
    """Return what of a message has no other place: all citations, and the blocks themselves.

    The blocks are kept where OpenAI's message would lose some, or their order. An answer that a
    forced tool gave is never sent back as a call.
    """
    fields: JSON = {"citations": cited} if cited else {}
    ranks = [_rank(block) for block in blocks]
    forced = any(
        block["toolUse"].get("name") == TOOL_NAME for block in blocks if "toolUse" in block
    )
    if not forced and (ranks != sorted(ranks) or len(_PLAIN_KINDS) in ranks):
        fields[NATIVE_CONTENT] = blocks
    return fields


def _rank(block: JSON) -> int:
    """Return where OpenAI's message has a block, the highest number for nowhere."""
    kind = next(iter(block), "")
    plain = kind in _PLAIN_KINDS and (kind != "toolUse" or is_ours(block["toolUse"]))
    return _PLAIN_KINDS.index(kind) if plain else len(_PLAIN_KINDS)
