"""Encode the messages of a conversation for Cohere's chat API.

https://docs.cohere.com/reference/chat (messages) and https://docs.cohere.com/docs/tool-use
"""

from __future__ import annotations

from typing import NamedTuple

from ....pipeline.call.messages import MessageParam
from ....pipeline.errors import BadRequestError
from ....pipeline.json_values import JSON, as_array, as_object
from ...encode.called import called_function
from ...encode.conversation import (
    REASONING_PARTS,
    SHOWN_BELOW,
    SYSTEM_ROLES,
    Part,
    Turn,
    called_name,
    list_turns,
    part_error,
    parts,
    reasoning_of,
    result_label,
    text_of,
    text_part,
    unsupported_part,
)

PROVIDER = "cohere"


class Conversation(NamedTuple):
    """Messages, and the documents in them, which Cohere takes in a field of their own."""

    messages: list[JSON]
    documents: list[JSON]


def encode_conversation(messages: tuple[MessageParam, ...], *, thinks: bool) -> Conversation:
    """Return a conversation in Cohere's form.

    Models that do not reason refuse reasoning, so the reasoning of other models is left out for
    them. A plan that Cohere made before its tool calls goes back as `tool_plan`.

    Args:
        messages: OpenAI's messages.
        thinks: whether the model reasons.

    Raises:
        BadRequestError: Cohere does not support a part's type, or a result has no `tool_call_id`.
    """
    written: list[JSON] = []
    documents: list[JSON] = []
    shown: list[JSON] = []
    for turn in list_turns(messages):
        role = turn.message["role"]
        if shown and role != "tool":
            written.append({"role": "user", "content": shown})
            shown = []
        if role in SYSTEM_ROLES:
            content = text_of(turn, PROVIDER)
            # Cohere refuses messages without text.
            written.extend([{"role": "system", "content": content}] if content else [])
        elif role == "assistant":
            message = _assistant(turn, thinks=thinks)
            written.extend([message] if len(message) > 1 else [])
        elif role == "tool":
            written.append(_tool(turn, shown))
        else:
            written.append(_user(turn, documents))
    if shown:
        written.append({"role": "user", "content": shown})
    return Conversation(written, documents)


def _user(turn: Turn, documents: list[JSON]) -> JSON:
    content: list[JSON] = []
    for found in parts(turn):
        kind = found.part["type"]
        if kind == "image_url":
            content.append(_image(found))
        elif kind == "document":
            documents.append(_document(found))
        else:
            content.append({"type": "text", "text": text_part(found, PROVIDER)})
    return {"role": "user", "content": _simple(content)}


def _image(found: Part) -> JSON:
    image: object = found.part.get("image_url")
    fields = as_object(image) or {"url": image}
    if not fields.get("url"):
        raise part_error(f"{found.path}.image_url.url", "is empty")
    kept = {key: fields[key] for key in ("url", "detail") if fields.get(key)}
    return {"type": "image_url", "image_url": kept}


def _simple(content: list[JSON]) -> str | list[JSON]:
    """Return content as a string where it is one text, or empty."""
    if not content:
        return ""
    only = content[0] if len(content) == 1 else {}
    return str(only["text"]) if only.get("type") == "text" else content


def _document(found: Part) -> JSON:
    """Return a text document; Cohere reads no files."""
    part = found.part
    source = as_object(part.get("source")) or {}
    given: object = source.get("data") if source.get("type") == "text" else source.get("content")
    pieces = as_array(given) or [{"type": "text", "text": given}]
    texts: list[object] = [(as_object(piece) or {}).get("text") for piece in pieces]
    if not all(isinstance(text, str) for text in texts):
        raise unsupported_part(found, PROVIDER)
    about = {"title": part.get("title"), "context": part.get("context")}
    data = {key: value for key, value in about.items() if value}
    return {"data": {**data, "text": "".join(map(str, texts))}}


def _tool(turn: Turn, shown: list[JSON]) -> JSON:
    """Return a result; its images are added to `shown`, a user message after the results."""
    call_id = turn.message.get("tool_call_id")
    if not call_id:
        place = f"{turn.path}.tool_call_id"
        raise BadRequestError(
            f"{place}: missing; it links a result to its tool call", PROVIDER, param=place
        )
    images = [_image(found) for found in parts(turn) if found.part["type"] == "image_url"]
    if images:
        shown += [{"type": "text", "text": result_label(call_id)}, *images]
    content = [
        {"type": "document", "document": _document(found)}
        if found.part["type"] == "document"
        else {"type": "text", "text": text_part(found, PROVIDER)}
        for found in parts(turn)
        if found.part["type"] != "image_url"
    ]
    if images and not content:
        content.append({"type": "text", "text": SHOWN_BELOW})
    return {"role": "tool", "tool_call_id": call_id, "content": _simple(content)}


def _assistant(turn: Turn, *, thinks: bool) -> JSON:
    message = turn.message
    texts = [
        {"type": "text", "text": text_part(found, PROVIDER)}
        for found in parts(turn)
        if found.part["type"] not in REASONING_PARTS
    ]
    specific: JSON = message.get("provider_specific_fields") or {}
    plan: object = specific.get("tool_plan")
    # Without blocks, reasoning_content may be only the plan.
    planned = bool(plan) and not message.get("thinking_blocks")
    thoughts = [
        {"type": "thinking", "thinking": text}
        for text in reasoning_of(turn)
        if thinks and not planned
    ]
    written: JSON = {"role": "assistant"}
    if texts or thoughts:
        written["content"] = _simple([*thoughts, *texts])
    calls = [
        {
            "id": call.get("id"),
            "type": "function",
            "function": {
                "name": called_name(call, f"{turn.path}.tool_calls[{number}]"),
                "arguments": called_function(call).get("arguments") or "{}",
            },
        }
        for number, call in enumerate(message.get("tool_calls") or ())
    ]
    if calls:
        written["tool_calls"] = calls
        written.update({"tool_plan": plan} if plan else {})
    return written
