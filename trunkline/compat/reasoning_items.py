"""`reasoning_items` and `annotations` of chat calls that go to the Responses API, as in litellm.

Such a call gets items. trunkline keeps all of them in the message's `provider_specific_fields`;
code for litellm sends `reasoning_items` back in a message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from ..adapters.wires.responses.response import OUTPUT_ITEMS
from ..pipeline.json_values import JSON, as_array, as_object

_NAME = "reasoning_items"
_FIELDS = "provider_specific_fields"


def show_reasoning_items(message: JSON) -> None:
    """Add the reasoning items to the fields of a message, or of the changes of a chunk."""
    fields: JSON = message.get(_FIELDS) or {}
    items = as_array(fields.get(OUTPUT_ITEMS)) or ()
    found = [item for item in items if (as_object(item) or {}).get("type") == "reasoning"]
    if found:
        message[_NAME] = found


def show_annotations(message: JSON) -> None:
    """Give the annotations of a message the form of the Responses API, as in litellm.

    The fields are in the annotation itself, not under its type, as chat completions have them.
    """
    given = as_array(message.get("annotations"))
    if given and OUTPUT_ITEMS in (message.get(_FIELDS) or {}):
        message["annotations"] = [_flat(each) for each in given]


def _flat(annotation: object) -> object:
    fields = as_object(annotation) or {}
    inner = as_object(fields.get(str(fields.get("type"))))
    return annotation if inner is None else {"type": fields["type"], **inner}


def take_reasoning_items(messages: Any) -> Any:
    """Return messages with their reasoning items where trunkline looks for items."""
    if not isinstance(messages, list):
        return messages
    given = cast("list[object]", messages)
    if not any(isinstance(message, Mapping) and _NAME in message for message in given):
        return given
    return [
        _taken(cast("Mapping[str, Any]", message)) if isinstance(message, Mapping) else message
        for message in given
    ]


def _taken(message: Mapping[str, Any]) -> Mapping[str, Any]:
    fields: Mapping[str, Any] = message.get(_FIELDS) or {}
    items: Sequence[Any] = message.get(_NAME) or ()
    taken = {name: value for name, value in message.items() if name != _NAME}
    if items and OUTPUT_ITEMS not in fields:
        taken[_FIELDS] = {**fields, OUTPUT_ITEMS: [*items, *_said(message)]}
    return taken


def _said(message: Mapping[str, Any]) -> list[JSON]:
    """Return the items of a message's text and tool calls."""
    text = message.get("content")
    part = {"type": "output_text", "text": text}
    said: list[JSON] = [{"type": "message", "role": "assistant", "content": [part]}] if text else []
    for call in message.get("tool_calls") or ():
        function: JSON = call.get("function") or {}
        arguments = {name: function.get(name) for name in ("name", "arguments")}
        said.append({"type": "function_call", "call_id": call.get("id"), **arguments})
    return said
