"""The texts of messages: read them, and change them in copies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import cast

import msgspec

from ...pipeline.call.messages import MessageParam
from ...pipeline.json_values import JSON, as_array, as_object, change_texts

#: Fields with text of a message and of a content part.
_TEXTS = ("text", "refusal", "title", "context")
_MESSAGE_TEXTS = ("content", "refusal", "reasoning_content")

Change = Callable[[str], str]


def texts_of(messages: Iterable[MessageParam]) -> Iterator[str]:
    """Yield all texts of messages, the strings in arguments of tool calls included."""
    collected: list[str] = []

    def collect(text: str) -> str:
        collected.append(text)
        return text

    for message in messages:
        change_message(message, collect)
    yield from collected


def change_message(message: MessageParam, change: Change) -> MessageParam:
    """Return a message with changed texts: itself if nothing changes, else a copy."""
    fields = cast("JSON", message)
    changed: JSON = {}
    for name in _MESSAGE_TEXTS:
        value: object = fields.get(name)
        new = change(value) if isinstance(value, str) else _change_parts(value, change)
        if new is not value:
            changed[name] = new
    calls = as_array(fields.get("tool_calls"))
    if calls:
        new_calls = [_change_call(call, change) for call in calls]
        if any(new is not old for new, old in zip(new_calls, calls, strict=True)):
            changed["tool_calls"] = new_calls
    old_call = as_object(fields.get("function_call"))
    if old_call is not None:
        new_call = _change_arguments(old_call, change)
        if new_call is not old_call:
            changed["function_call"] = new_call
    return cast("MessageParam", {**fields, **changed}) if changed else message


def _change_parts(value: object, change: Change) -> object:
    parts = as_array(value)
    if not parts:
        return value
    new = [_change_part(part, change) for part in parts]
    return new if any(one is not other for one, other in zip(new, parts, strict=True)) else value


def _change_part(part: object, change: Change) -> object:
    fields = as_object(part)
    if fields is None:
        return part
    changed: JSON = {}
    for name in _TEXTS:
        text: object = fields.get(name)
        if isinstance(text, str):
            new = change(text)
            if new != text:
                changed[name] = new
    source = as_object(fields.get("source"))
    if source is not None and source.get("type") == "text" and isinstance(source.get("data"), str):
        data = change(source["data"])
        if data != source["data"]:
            changed["source"] = {**source, "data": data}
    return {**fields, **changed} if changed else part


def _change_call(call: object, change: Change) -> object:
    fields = as_object(call)
    if fields is None:
        return call
    function, custom = as_object(fields.get("function")), as_object(fields.get("custom"))
    if custom is not None and isinstance(custom.get("input"), str):
        new = change(custom["input"])
        return call if new == custom["input"] else {**fields, "custom": {**custom, "input": new}}
    if function is None:
        return call
    changed = _change_arguments(function, change)
    return call if changed is function else {**fields, "function": changed}


def _change_arguments(function: JSON, change: Change) -> JSON:
    """Change the strings in a function's arguments; they stay as they are if nothing changes."""
    given: object = function.get("arguments")
    if not isinstance(given, str) or not given:
        return function
    try:
        value = msgspec.json.decode(given)
    except msgspec.DecodeError:
        # Cut off, for example: it is a text like any other.
        new = change(given)
        return function if new == given else {**function, "arguments": new}
    changed = change_texts(value, change)
    if changed == value:
        return function
    return {**function, "arguments": msgspec.json.encode(changed).decode()}
