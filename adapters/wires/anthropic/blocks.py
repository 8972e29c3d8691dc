"""Content blocks of responses, and which of them go back to the API as they came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import msgspec
from msgspec import Struct

from ....pipeline.json_values import JSON
from ....pipeline.schema.parts import Delta, Message, ThinkingBlock
from ...decode.json_body import unreadable
from . import schema

#: The provider-specific field that keeps a message's blocks if OpenAI's format loses something.
NATIVE_CONTENT = "anthropic_content"

_KINDS: Mapping[str, type[schema.KnownBlock]] = {
    kind.__struct_config__.tag: kind for kind in get_args(schema.KnownBlock)
}
# The order of blocks that OpenAI's format implies. Blocks of other types have no place in it.
_RANKS: Mapping[type[schema.ContentBlock], int] = {
    schema.ThinkingBlock: 0,
    schema.RedactedThinkingBlock: 0,
    schema.TextBlock: 1,
    schema.ToolUseBlock: 2,
}


class SentBlock(Struct):
    """A content block: all its fields as the API sent them, and its type."""

    fields: JSON
    block: schema.ContentBlock


def typed_block(fields: JSON) -> schema.ContentBlock:
    """Return a content block as its type.

    Raises:
        msgspec.ValidationError: the fields do not match the type.
    """
    name: object = fields.get("type")
    known = _KINDS.get(name) if isinstance(name, str) else None
    kind: type[schema.ContentBlock] = known or schema.OtherBlock
    return msgspec.convert(fields, kind)


def read_block(fields: JSON, body: bytes) -> SentBlock:
    """Return a content block with its type.

    Raises:
        APIResponseValidationError: the fields do not match the type; the text has msgspec's path.
    """
    try:
        return SentBlock(fields, typed_block(fields))
    except msgspec.ValidationError as error:
        raise unreadable(body, f"expected a content block ({error})") from error


def thinking_block(block: schema.ThinkingBlock | schema.RedactedThinkingBlock) -> ThinkingBlock:
    """Return a block of reasoning in our format."""
    if isinstance(block, schema.RedactedThinkingBlock):
        return ThinkingBlock(type="redacted_thinking", data=block.data)
    return ThinkingBlock(thinking=block.thinking, signature=block.signature)


def arguments_of(block: schema.ToolUseBlock) -> str:
    """Return a call's input as JSON text."""
    return msgspec.json.encode(block.input or {}).decode()


def add_citations(part: Message | Delta, sent: SentBlock, offset: int) -> bool:
    """Add a text block's citations to a message or delta; return whether there are any.

    Args:
        part: gets all citations as a provider-specific field, and those of web pages also as
            annotations, OpenAI's format for them.
        sent: a block of any type.
        offset: where its text starts in the message's content.
    """
    block = sent.block
    if not isinstance(block, schema.TextBlock) or not block.citations:
        return False
    fields = part.provider_specific_fields or {}
    known = [*(fields.get("citations") or ()), *sent.fields["citations"]]
    part.provider_specific_fields = {**fields, "citations": known}
    pages = [
        _annotation(citation, offset, offset + len(block.text))
        for citation in block.citations
        if citation.url
    ]
    if pages:
        part.annotations = [*(part.annotations or ()), *pages]
    return True


def _annotation(citation: schema.Citation, start: int, end: int) -> JSON:
    return {
        "type": "url_citation",
        "url_citation": {
            "url": citation.url,
            "title": citation.title or "",
            "start_index": start,
            "end_index": end,
        },
    }


def native_content(blocks: list[SentBlock]) -> dict[str, Any] | None:
    """Return the blocks as a provider-specific field, None if OpenAI's format loses nothing."""
    if _is_plain([sent.block for sent in blocks]):
        return None
    # The API refuses nulls in some fields where it sends them.
    kept = [
        {name: value for name, value in sent.fields.items() if value is not None} for sent in blocks
    ]
    return {NATIVE_CONTENT: kept}


def unchanged_blocks(
    fields: JSON, content: object, calls: list[str | None]
) -> list[SentBlock] | None:
    """Return the blocks that `native_content` kept, None if the message has changed since.

    Args:
        fields: the message's provider-specific fields.
        content: its content.
        calls: the ids of its tool calls.
    """
    stored: object = fields.get(NATIVE_CONTENT)
    if not stored:
        return None
    try:
        kept = msgspec.convert(stored, list[JSON])
        blocks = [SentBlock(block, typed_block(block)) for block in kept]
    except msgspec.ValidationError:
        # The caller changed it.
        return None
    text = "".join(sent.block.text for sent in blocks if isinstance(sent.block, schema.TextBlock))
    called = [sent.block.id for sent in blocks if isinstance(sent.block, schema.ToolUseBlock)]
    return blocks if (content or "") == text and called == calls else None


def _is_plain(blocks: list[schema.ContentBlock]) -> bool:
    """Return whether the blocks can be restored from a message in OpenAI's format."""
    ranks = [_RANKS.get(type(block), -1) for block in blocks]
    if -1 in ranks or ranks != sorted(ranks) or ranks.count(_RANKS[schema.TextBlock]) > 1:
        return False
    return not any(_has_more(block) for block in blocks)


def _has_more(block: schema.ContentBlock) -> bool:
    """Return whether a block has fields that OpenAI's format has no place for."""
    if isinstance(block, schema.TextBlock):
        return bool(block.citations)
    if isinstance(block, schema.ToolUseBlock):
        by_program = block.caller is not None and block.caller.type != "direct"
        return by_program or bool(block.toolset_name)
    return False
