"""A conversation as the Messages API takes it.

https://platform.claude.com/docs/en/api/messages/create and, for system messages in the middle,
https://platform.claude.com/docs/en/build-with-claude/mid-conversation-system-messages
"""

from __future__ import annotations

import base64
import mimetypes
import re
from collections.abc import Callable
from itertools import groupby
from typing import Any, NamedTuple, cast

from ....pipeline.call.messages import MessageParam
from ....pipeline.errors import BadRequestError
from ....pipeline.json_values import as_array, as_object
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

Block = dict[str, Any]

#: Where an answer keeps its blocks, if their order or kinds do not survive OpenAI's shape.
NATIVE_CONTENT = "anthropic_content"

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
# What the API has beside a tool's result, by its own names.
_OF_RESULTS = ("is_error", "toolset_name")
# The API refuses a message without content, and text without a letter.
_NOTHING: Block = {"type": "text", "text": "(empty message)"}
_BAD_ID = re.compile(r"[^a-zA-Z0-9_-]")


class Conversation(NamedTuple):
    """The system prompt and the messages, as blocks."""

    system: list[Block]
    messages: list[Block]


class _Said(NamedTuple):
    """What one message becomes."""

    role: str
    blocks: list[Block]


def encode_messages(
    messages: tuple[MessageParam, ...], provider: Provider, model: ClaudeModel
) -> Conversation:
    """Return the conversation: roles in turn, results of tools before what the user adds.

    A system message stays in its place where the model knows such; else it joins those at the
    start, as Anthropic's own OpenAI-compatible endpoint has it.

    Raises:
        BadRequestError: a part or a call cannot be sent; the text says where it stands.
    """
    said = [_said(turn, provider) for turn in turns(messages)]
    said = [one for one in said if one.role != "assistant" or one.blocks]
    start = next((n for n, one in enumerate(said) if one.role != "system"), len(said))
    conversation = Conversation([block for one in said[:start] for block in one.blocks], [])
    for is_answer, run in groupby(said[start:], lambda one: one.role == "assistant"):
        if is_answer:
            content = [block for one in run for block in one.blocks]
            conversation.messages.append({"role": "assistant", "content": content})
        else:
            _add_user_side(conversation, list(run), model.system_turns)
    if not conversation.messages:
        # There must be a message, and nobody but the system has said anything.
        content = conversation.system or [_NOTHING]
        return Conversation([], [{"role": "user", "content": content}])
    _trim_prefill(conversation.messages)
    return conversation


def _add_user_side(conversation: Conversation, run: list[_Said], keeps_place: bool) -> None:
    """Add what stands between two answers: results, then the user's words, then the system's."""
    by_role: dict[str, list[Block]] = {"tool": [], "user": [], "system": []}
    for one in run:
        by_role[one.role] += one.blocks
    spoken = any(one.role != "system" for one in run)
    if spoken:
        content = [*by_role["tool"], *by_role["user"]] or [_NOTHING]
        conversation.messages.append({"role": "user", "content": content})
    if by_role["system"] and spoken and keeps_place:
        conversation.messages.append({"role": "system", "content": by_role["system"]})
    else:
        conversation.system.extend(by_role["system"])


def _trim_prefill(messages: list[Block]) -> None:
    """Take white space off the end of an answer that is to be continued: the API refuses it."""
    last = messages[-1]
    final = last["content"][-1]
    if last["role"] == "assistant" and final["type"] == "text":
        last["content"][-1] = {**final, "text": final["text"].rstrip()}


def _said(turn: Turn, provider: Provider) -> _Said:
    message = turn.message
    role = message["role"]
    if role in SYSTEM_ROLES:
        blocks = [_text(part, provider) for part in _with_text(parts(turn), provider)]
        role = "system"
    elif role == "assistant":
        blocks = _answer(turn, provider)
    elif role == "tool":
        blocks = [_tool_result(turn, provider)]
    else:
        blocks = _blocks(parts(turn), provider)
        role = "user"
    mark = message.get("cache_control")
    markable = [n for n, block in enumerate(blocks) if block["type"] not in REASONING_PARTS]
    if mark and markable and "cache_control" not in blocks[markable[-1]]:
        blocks[markable[-1]] = {**blocks[markable[-1]], "cache_control": mark}
    return _Said(role, blocks)


def _with_text(found: list[Part], provider: Provider) -> list[Part]:
    """Leave out text without a letter, and refuse what is no text."""
    for part in found:
        if part.part["type"] not in ("text", "refusal"):
            raise refused(part, provider.title)
    return [part for part in found if _text_of(part).strip()]


def _blocks(found: list[Part], provider: Provider) -> list[Block]:
    """Return content parts as blocks."""
    blocks: list[Block] = []
    for part in found:
        kind = part.part["type"]
        encode = _ENCODERS.get(kind)
        if encode is not None:
            block = encode(part, provider)
        elif kind in _NATIVE_PARTS or kind.endswith("_tool_result"):
            block = _present(cast("Block", part.part))
        else:
            raise refused(part, provider.title)
        if block["type"] != "text" or block["text"].strip():
            blocks.append(block)
    return blocks


def _present(part: Block) -> Block:
    return {key: value for key, value in part.items() if value is not None}


def _marked(block: Block, part: Part) -> Block:
    """Return a block with what may stand beside any part."""
    for name in ("cache_control", "citations"):
        value = part.part.get(name)
        if value is not None:
            block[name] = value
    return block


def _text_of(found: Part) -> str:
    return str(found.part.get("text") or found.part.get("refusal") or "")


def _text(found: Part, _provider: Provider) -> Block:
    return _marked({"type": "text", "text": _text_of(found)}, found)


def _image(found: Part, provider: Provider) -> Block:
    url = url_of(found, "image_url")
    if is_web(url):
        return _marked({"type": "image", "source": {"type": "url", "url": url}}, found)
    path = f"{found.path}.image_url"
    return _marked(_media_block(parse_data_url(url, path), path, provider), found)


def _file(found: Part, provider: Provider) -> Block:
    """Return a file as a document or an image: by address, by its bytes, or by its id."""
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


def _document(found: Part, provider: Provider) -> Block:
    """Return a document as it is; only PDFs may stand in base64, so text goes as text."""
    source = as_object(found.part.get("source")) or {}
    mime, data = source.get("media_type"), source.get("data")
    if source.get("type") != "base64" or mime in (None, "application/pdf"):
        return _present(cast("Block", found.part))
    block = _media_block(Media(str(mime), str(data)), f"{found.path}.source", provider)
    about = _present(cast("Block", found.part))
    if block["type"] == "image":
        # It has neither title nor citations.
        about = {name: about[name] for name in ("cache_control",) if name in about}
    return {**about, **block}


def _media_block(media: Media, path: str, provider: Provider) -> Block:
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
            f"{path}: {provider.title} takes {', '.join(sorted(IMAGE_TYPES))}, application/pdf "
            f"and text in UTF-8, got {mime}",
            provider.name,
            param=path,
        ) from None
    source = {"type": "text", "media_type": "text/plain", "data": text}
    return {"type": "document", "source": source}


_ENCODERS: dict[str, Callable[[Part, Provider], Block]] = {
    "text": _text,
    "refusal": _text,
    "image_url": _image,
    "file": _file,
    "document": _document,
}


def _tool_result(turn: Turn, provider: Provider) -> Block:
    message = turn.message
    block: Block = {
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
    """Return an id in the letters that the API takes; other providers use more."""
    if not value:
        raise BadRequestError(f"{path}: missing; it ties a call to its result", param=path)
    return _BAD_ID.sub("_", value)


def _answer(turn: Turn, provider: Provider) -> list[Block]:
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


def _thinking_block(block: Block) -> Block | None:
    """Return a block as it came; without a signature it is another provider's, and refused."""
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


def _tool_uses(turn: Turn, provider: Provider) -> list[Block]:
    uses: list[Block] = []
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


def _native_content(message: MessageParam) -> list[Block] | None:
    """Return the blocks of an answer of ours, if its text and calls are still what they were."""
    fields = message.get("provider_specific_fields") or {}
    blocks = as_array(fields.get(NATIVE_CONTENT))
    if not blocks or any(as_object(block) is None for block in blocks):
        return None
    text = "".join(block.get("text", "") for block in blocks if block.get("type") == "text")
    calls = [block.get("id") for block in blocks if block.get("type") == "tool_use"]
    content = message.get("content") or ""
    same = content == text and calls == [call.get("id") for call in message.get("tool_calls") or ()]
    # An answer may hold text without a letter, which the API refuses in a request.
    kept = [block for block in blocks if block.get("type") != "text" or block["text"].strip()]
    return [dict(block) for block in kept] if same else None
