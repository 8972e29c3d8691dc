"""Messages in the form that the Messages API takes them.

https://platform.claude.com/docs/en/api/messages/create and, for system messages in the middle,
https://platform.claude.com/docs/en/build-with-claude/mid-conversation-system-messages
"""

from __future__ import annotations

import base64
import mimetypes
import re
from collections.abc import Callable
from itertools import groupby
from typing import NamedTuple, cast

import msgspec

from ....pipeline.call.messages import MessageParam
from ....pipeline.errors import BadRequestError
from ....pipeline.json_values import JSON, as_array, as_object
from ...encode.conversation import (
    REASONING_PARTS,
    SYSTEM_ROLES,
    Part,
    Turn,
    arguments_of,
    parts,
    refused,
    turns,
    url_of,
)
from ...encode.data_urls import Media, parse_data_url
from ...encode.media import is_web
from ...families.claude import ClaudeModel
from ...provider.row import Provider
from .blocks import NATIVE_CONTENT, SentBlock, typed_block
from .schema import TextBlock, ToolUseBlock

IMAGE_TYPES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
_NATIVE_PARTS = frozenset(
    {
        *REASONING_PARTS,
        "compaction",
        "container_upload",
        "fallback",
        "image",
        "mcp_tool_listing",
        "mcp_tool_use",
        "search_result",
        "server_tool_use",
        "tool_addition",
        "tool_reference",
        "tool_removal",
        "tool_result",
        "tool_use",
    }
)
# The API's own fields of a tool's result.
_OF_RESULTS = ("is_error", "toolset_name")
# The API refuses a message without content, and text of white space only.
_NOTHING: JSON = {"type": "text", "text": "(empty message)"}
_BAD_ID = re.compile(r"[^a-zA-Z0-9_-]")


class Conversation(NamedTuple):
    """The system prompt and the messages, as blocks."""

    system: list[JSON]
    messages: list[JSON]


class _Turn(NamedTuple):
    """The blocks that one message becomes, and the role that they have here."""

    role: str
    blocks: list[JSON]


def encode_messages(
    messages: tuple[MessageParam, ...], provider: Provider, model: ClaudeModel
) -> Conversation:
    """Return the conversation, with tool results before the user's other content.

    A later system message keeps its position if the model supports that. Otherwise it joins those
    at the start, as in Anthropic's own OpenAI-compatible endpoint.

    Raises:
        BadRequestError: a part or a call cannot be sent; the text has its location.
    """
    encoded = [_encode_turn(turn, provider) for turn in turns(messages)]
    encoded = [turn for turn in encoded if turn.role != "assistant" or turn.blocks]
    start = next((n for n, turn in enumerate(encoded) if turn.role != "system"), len(encoded))
    conversation = Conversation([block for turn in encoded[:start] for block in turn.blocks], [])
    for is_response, run in groupby(encoded[start:], lambda turn: turn.role == "assistant"):
        if is_response:
            content = [block for turn in run for block in turn.blocks]
            conversation.messages.append({"role": "assistant", "content": content})
        else:
            _add_user_side(conversation, list(run), model.system_turns)
    if not conversation.messages:
        # The API requires a message, and there are only system messages.
        content = conversation.system or [_NOTHING]
        return Conversation([], [{"role": "user", "content": content}])
    _trim_prefill(conversation.messages)
    return conversation


def _add_user_side(conversation: Conversation, run: list[_Turn], system_turns: bool) -> None:
    """Add what is between two responses: tool results, then user content, then system content."""
    by_role: dict[str, list[JSON]] = {"tool": [], "user": [], "system": []}
    for turn in run:
        by_role[turn.role] += turn.blocks
    has_user = any(turn.role != "system" for turn in run)
    if has_user:
        content = [*by_role["tool"], *by_role["user"]] or [_NOTHING]
        conversation.messages.append({"role": "user", "content": content})
    if by_role["system"] and has_user and system_turns:
        conversation.messages.append({"role": "system", "content": by_role["system"]})
    else:
        conversation.system.extend(by_role["system"])


def _trim_prefill(messages: list[JSON]) -> None:
    """Strip white space from the end of a response to be continued: the API refuses it."""
    last = messages[-1]
    final = last["content"][-1]
    if last["role"] == "assistant" and final["type"] == "text":
        last["content"][-1] = {**final, "text": final["text"].rstrip()}


def _encode_turn(turn: Turn, provider: Provider) -> _Turn:
    message = turn.message
    role = message["role"]
    if role in SYSTEM_ROLES:
        blocks = [_text(part, provider) for part in _with_text(parts(turn), provider)]
        role = "system"
    elif role == "assistant":
        blocks = _response(turn, provider)
    elif role == "tool":
        blocks = [_tool_result(turn, provider)]
    else:
        blocks = _blocks(parts(turn), provider)
        role = "user"
    mark = message.get("cache_control")
    markable = [n for n, block in enumerate(blocks) if block["type"] not in REASONING_PARTS]
    if mark and markable and "cache_control" not in blocks[markable[-1]]:
        blocks[markable[-1]] = {**blocks[markable[-1]], "cache_control": mark}
    return _Turn(role, blocks)


def _with_text(found: list[Part], provider: Provider) -> list[Part]:
    """Return the parts without those of white space only; refuse what is not text."""
    for part in found:
        if part.part["type"] not in ("text", "refusal"):
            raise refused(part, provider.title)
    return [part for part in found if _text_of(part).strip()]


def _blocks(found: list[Part], provider: Provider) -> list[JSON]:
    """Return content parts as blocks."""
    blocks: list[JSON] = []
    for part in found:
        kind = part.part["type"]
        encode = _ENCODERS.get(kind)
        if encode is not None:
            block = encode(part, provider)
        elif kind in _NATIVE_PARTS or kind.endswith("_tool_result"):
            block = _present(cast("JSON", part.part))
        else:
            raise refused(part, provider.title)
        if block["type"] != "text" or block["text"].strip():
            blocks.append(block)
    return blocks


def _present(part: JSON) -> JSON:
    return {key: value for key, value in part.items() if value is not None}


def _marked(block: JSON, part: Part) -> JSON:
    """Return a block with the fields that any part may have."""
    for name in ("cache_control", "citations"):
        value = part.part.get(name)
        if value is not None:
            block[name] = value
    return block


def _text_of(found: Part) -> str:
    return str(found.part.get("text") or found.part.get("refusal") or "")


def _text(found: Part, _provider: Provider) -> JSON:
    return _marked({"type": "text", "text": _text_of(found)}, found)


def _image(found: Part, provider: Provider) -> JSON:
    url = url_of(found, "image_url")
    if is_web(url):
        return _marked({"type": "image", "source": {"type": "url", "url": url}}, found)
    path = f"{found.path}.image_url"
    return _marked(_media_block(parse_data_url(url, path), path, provider), found)


def _file(found: Part, provider: Provider) -> JSON:
    """Return a file as a document or an image, given by its URL, its bytes or its ID."""
    fields = found.part.get("file") or {}
    path = f"{found.path}.file"
    declared = fields.get("format") or mimetypes.guess_type(fields.get("filename") or "")[0]
    data, known = fields.get("file_data"), fields.get("file_id")
    if data and not is_web(data):
        whole = data[:5].lower() == "data:"
        media = (
            parse_data_url(data, f"{path}.file_data")
            if whole
            else Media(declared or "application/pdf", data)
        )
        block = _media_block(media, path, provider)
    elif data or known:
        address = data or known or ""
        source = (
            {"type": "url", "url": address}
            if is_web(address)
            else {"type": "file", "file_id": address}
        )
        is_image = (declared or "").startswith("image/")
        block = {"type": "image" if is_image else "document", "source": source}
    else:
        raise BadRequestError(f"{path}: needs file_data or file_id", provider.name, param=path)
    name = fields.get("filename")
    if block["type"] == "document" and name:
        block["title"] = name
    return _marked(block, found)


def _document(found: Part, provider: Provider) -> JSON:
    """Return a document unchanged, except for text in base64: only PDFs may be in base64."""
    source = as_object(found.part.get("source")) or {}
    mime, data = source.get("media_type"), source.get("data")
    if source.get("type") != "base64" or mime in (None, "application/pdf"):
        return _present(cast("JSON", found.part))
    block = _media_block(Media(str(mime), str(data)), f"{found.path}.source", provider)
    about = _present(cast("JSON", found.part))
    if block["type"] == "image":
        # Images have neither title nor citations.
        about = {name: about[name] for name in ("cache_control",) if name in about}
    return {**about, **block}


def _media_block(media: Media, path: str, provider: Provider) -> JSON:
    mime = "image/jpeg" if media.mime == "image/jpg" else media.mime
    if mime in IMAGE_TYPES:
        source = {"type": "base64", "media_type": mime, "data": media.data}
        return {"type": "image", "source": source}
    if mime == "application/pdf":
        source = {"type": "base64", "media_type": mime, "data": media.data}
        return {"type": "document", "source": source}
    try:
        if not mime.startswith("text/"):
            raise ValueError(mime)
        text = base64.b64decode(media.data).decode()
    except ValueError:
        raise BadRequestError(
            f"{path}: expected {', '.join(sorted(IMAGE_TYPES))}, application/pdf or text in UTF-8 "
            f"for {provider.title}, got {mime}",
            provider.name,
            param=path,
        ) from None
    source = {"type": "text", "media_type": "text/plain", "data": text}
    return {"type": "document", "source": source}


_ENCODERS: dict[str, Callable[[Part, Provider], JSON]] = {
    "text": _text,
    "refusal": _text,
    "image_url": _image,
    "file": _file,
    "document": _document,
}


def _tool_result(turn: Turn, provider: Provider) -> JSON:
    message = turn.message
    block: JSON = {
        "type": "tool_result",
        "tool_use_id": _call_id(message.get("tool_call_id"), f"{turn.path}.tool_call_id"),
    }
    fields = as_object(message) or {}
    block |= {name: fields[name] for name in _OF_RESULTS if fields.get(name)}
    content = message.get("content")
    whole = isinstance(content, str)
    found = content if whole else _blocks(parts(turn), provider)
    return {**block, "content": found} if found else block


def _call_id(value: str | None, path: str) -> str:
    """Return an ID without the characters that the API refuses; other providers use more."""
    if not value:
        raise BadRequestError(f"{path}: missing; it links a call to its result", param=path)
    return _BAD_ID.sub("_", value)


def _response(turn: Turn, provider: Provider) -> list[JSON]:
    message = turn.message
    if message.get("audio"):
        path = f"{turn.path}.audio"
        raise BadRequestError(f"{path}: {provider.title} takes no audio", param=path)
    replayed = _native_content(message)
    if replayed is not None:
        return replayed
    thinking = [_thinking_block(block) for block in message.get("thinking_blocks") or ()]
    blocks = [block for block in thinking if block is not None]
    blocks += _blocks(parts(turn), provider)
    refusal = message.get("refusal")
    if refusal and not message.get("content"):
        blocks.append({"type": "text", "text": refusal})
    return blocks + _tool_uses(turn, provider)


def _thinking_block(block: JSON) -> JSON | None:
    """Return a block as it came, None without a signature: the API refuses other providers'."""
    if block.get("type") == "redacted_thinking" and block.get("data"):
        return {"type": "redacted_thinking", "data": block["data"]}
    signature = block.get("signature")
    if not signature:
        return None
    return {
        "type": "thinking",
        "thinking": block.get("thinking") or "",
        "signature": signature,
    }


def _tool_uses(turn: Turn, provider: Provider) -> list[JSON]:
    uses: list[JSON] = []
    for number, call in enumerate(turn.message.get("tool_calls") or ()):
        path = f"{turn.path}.tool_calls[{number}]"
        if "custom" in call:
            raise BadRequestError(
                f"{path}: {provider.title} has no custom tools, only functions", param=path
            )
        mark: object = call.get("cache_control")
        uses.append(
            {
                "type": "tool_use",
                "id": _call_id(call.get("id"), f"{path}.id"),
                "name": call.get("function", {}).get("name", ""),
                "input": arguments_of(call, path),
                **({"cache_control": mark} if mark else {}),
            }
        )
    return uses


def _native_content(message: MessageParam) -> list[JSON] | None:
    """Return the blocks of a response of ours, None if its text or calls have changed since."""
    stored = as_array(
        (as_object(message.get("provider_specific_fields")) or {}).get(NATIVE_CONTENT)
    )
    if not stored:
        return None
    try:
        blocks = [SentBlock(fields, typed_block(fields)) for fields in stored]
    except msgspec.ValidationError:
        # The caller changed it.
        return None
    text = "".join(sent.block.text for sent in blocks if isinstance(sent.block, TextBlock))
    calls = [sent.block.id for sent in blocks if isinstance(sent.block, ToolUseBlock)]
    called = [call.get("id") for call in message.get("tool_calls") or ()]
    if (message.get("content") or "") != text or called != calls:
        return None
    # A response may hold text of white space only, which the API refuses in a request.
    return [
        dict(sent.fields)
        for sent in blocks
        if not isinstance(sent.block, TextBlock) or sent.block.text.strip()
    ]
