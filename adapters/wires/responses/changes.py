"""What a middleware changed in a message, carried over to the items that the message came from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from ....pipeline.call.native import native_of
from ....pipeline.json_values import JSON, as_array, as_object
from ....pipeline.schema.model_response import ModelResponse
from ....pipeline.schema.parts import Choice, Message, ToolCall
from .items import call_item, message_item, new_id, text_part

_decode = msgspec.json.Decoder(dict[str, Any]).decode


def native_response(completion: ModelResponse) -> JSON | None:
    """Return the response that a completion came from, with what has changed since.

    None where the provider does not speak the Responses API.
    """
    kept = native_of(completion)
    if kept is None:
        return None
    raw, unchanged = kept
    body = _decode(raw)
    if not unchanged:
        choice = completion.choices[0] if completion.choices else Choice()
        body["output"] = changed_items(body.get("output") or [], choice.message)
    return body


def changed_items(items: list[JSON], message: Message) -> list[JSON]:
    """Return items with the texts and the calls that the message has now."""
    thoughts = message.reasoning_content or message.reasoning or ""
    field = "summary" if _texts(items, "reasoning", "summary", "text") else "content"
    items = _with_text(items, ("reasoning", field, "text"), thoughts)
    items = _with_text(items, ("message", "content", "refusal"), message.refusal or "")
    text = message.content or ""
    if text and not _texts(items, "message", "content", "text"):
        items = [*items, message_item(new_id("msg"), [text_part("")])]
    items = _with_text(items, ("message", "content", "text"), text)
    return list(_with_calls(items, message.tool_calls or []))


def _texts(items: list[JSON], kind: str, field: str, key: str) -> list[str]:
    parts = [
        as_object(part) or {}
        for item in items
        if item.get("type") == kind
        for part in as_array(item.get(field)) or ()
    ]
    return [part[key] for part in parts if isinstance(part.get(key), str)]


def _with_text(items: list[JSON], place: tuple[str, str, str], text: str) -> list[JSON]:
    """Return items whose parts say a text; the first such part has all of it if it is new."""
    kind, field, key = place
    if "".join(_texts(items, kind, field, key)) == text:
        return items
    changed: list[JSON] = []
    for item in items:
        parts = as_array(item.get(field)) if item.get("type") == kind else None
        if parts is None:
            changed.append(item)
            continue
        kept: list[Any] = []
        for part in parts:
            if key not in part:
                kept.append(part)
            elif text:
                kept.append({**part, key: text})
                text = ""
        if kept or kind != "message":
            changed.append({**item, field: kept})
    return changed


def _with_calls(items: list[JSON], calls: list[ToolCall]) -> Iterator[JSON]:
    left = {call.id: call for call in calls}
    for item in items:
        kind = item.get("type")
        if kind not in ("function_call", "custom_tool_call"):
            yield item
            continue
        call = left.pop(item.get("call_id"), None)
        if call is None:
            continue
        if call.custom is not None:
            name, field, said = call.custom.name, "input", call.custom.input
        else:
            name, field, said = call.function.name, "arguments", call.function.arguments
        known = item.get(field) or ("{}" if field == "arguments" else "")
        yield item if said == known else {**item, field: said, "name": name}
    yield from map(call_item, left.values())
