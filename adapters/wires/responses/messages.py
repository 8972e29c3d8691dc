"""A conversation as input items of the Responses API.

https://platform.openai.com/docs/api-reference/responses/create#responses-create-input
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, cast

import msgspec

from ....pipeline.call.messages import ContentPart, MessageParam, ToolCallParam
from ....pipeline.json_values import JSON, as_array, as_object
from ...encode.conversation import (
    Part,
    Turn,
    list_turns,
    part_error,
    parts,
    unsupported_part,
    url_of,
)
from ...encode.files import as_file, with_data_url
from .reasoning_state import without_own_reasoning
from .response import OUTPUT_ITEMS, OUTPUT_ORIGIN

#: https://developers.openai.com/api/docs/guides/prompt-caching
CACHE_BREAKPOINT = "prompt_cache_breakpoint"
#: Keys that a file part may have, as items call them.
_FILE_FIELDS = ("file_id", "file_data", "filename", "file_url")


class Way(NamedTuple):
    """The home of items without a known origin, and the home that they are sent to."""

    called: str
    home: str


def input_items(
    messages: tuple[MessageParam, ...], provider: str, way: Way | None = None
) -> list[JSON]:
    """Return the messages as input items.

    Args:
        messages: the conversation.
        provider: for errors.
        way: where the items come from and go to, None if that is not known; see origin.py.

    Raises:
        BadRequestError: the API has no place for a content part, or a tool result lacks its id.
    """
    return [item for items in items_by_message(messages, provider, way) for item in items]


def items_by_message(
    messages: tuple[MessageParam, ...], provider: str, way: Way | None = None
) -> list[list[JSON]]:
    """Return the input items of each message; see `input_items`."""
    custom = frozenset(_custom_calls(messages))
    return [_items(turn, custom, provider, way) for turn in list_turns(messages)]


def _custom_calls(messages: tuple[MessageParam, ...]) -> Iterator[str]:
    """Yield the ids of calls of custom tools, whose results are items of another type."""
    for message in messages:
        for call in message.get("tool_calls") or ():
            if call.get("type") == "custom":
                yield str(call.get("id"))


def _items(turn: Turn, custom: frozenset[str], provider: str, way: Way | None) -> list[JSON]:
    role = turn.message["role"]
    if role == "assistant":
        return _assistant_items(turn, provider, way)
    if role in ("tool", "function"):
        return [_result(turn, custom, provider)]
    content = turn.message.get("content")
    if isinstance(content, str):
        return [{"role": role, "content": content}]
    return [{"role": role, "content": [_input_part(part, provider) for part in parts(turn)]}]


def _input_part(found: Part, provider: str) -> JSON:
    """Return a content part of a user or of a tool's result, with its mark for the prompt cache."""
    part = _unmarked_part(found, provider)
    mark = (as_object(found.part) or {}).get(CACHE_BREAKPOINT)
    return {**part, CACHE_BREAKPOINT: mark} if mark else part


def _unmarked_part(found: Part, provider: str) -> JSON:
    part = found.part
    match part["type"]:
        case "text":
            return {"type": "input_text", "text": part.get("text", "")}
        case "image_url":
            return _image(found)
        case "file":
            return _file(found)
        case "document":
            return _document(found, provider)
        case "input_audio":
            return {"type": "input_audio", "input_audio": part.get("input_audio")}
        case "input_text" | "input_image" | "input_file":
            # Already in the API's own form.
            return cast("JSON", part)
        case _:
            raise unsupported_part(found, provider)


def _image(found: Part) -> JSON:
    image: JSON = {"type": "input_image", "image_url": url_of(found, "image_url")}
    given = as_object(found.part.get("image_url")) or {}
    # The API requires a level of detail; "auto" is its default.
    image["detail"] = given.get("detail") or "auto"
    return image


def _file(found: Part) -> JSON:
    given = as_object(found.part.get("file")) or {}
    data = given.get("file_data")
    if isinstance(data, str) and data.startswith(("http://", "https://")):
        return {"type": "input_file", "file_url": data}
    if data:
        given = with_data_url(given)
    fields = {name: given[name] for name in _FILE_FIELDS if given.get(name)}
    if not fields.keys() - {"filename"}:
        raise part_error(f"{found.path}.file", "expected file_id, file_data or file_url")
    return {"type": "input_file", **fields}


def _document(found: Part, provider: str) -> JSON:
    """Return a document, for which Anthropic has a part of its own, as a file or as text."""
    fitted = as_file(found, provider)
    if fitted["type"] == "document":
        raise part_error(f"{found.path}.source", "expected a source of base64, url, file or text")
    return _input_part(Part(cast("ContentPart", fitted), found.path), provider)


def _assistant_items(turn: Turn, provider: str, way: Way | None) -> list[JSON]:
    """Return the items that an assistant's message came from, else items that say the same."""
    message = turn.message
    fields = message.get("provider_specific_fields") or {}
    kept = as_array(fields.get(OUTPUT_ITEMS))
    foreign = way is not None and (fields.get(OUTPUT_ORIGIN) or way.called) != way.home
    if kept and not foreign and _says_the_same(message, kept):
        return without_own_reasoning(kept)
    content = [_output_part(part, provider) for part in parts(turn)]
    items: list[JSON] = []
    if all(part["type"] == "output_text" for part in content):
        text = "".join(part["text"] for part in content)
        if text:
            # Parts would need an id, which only the API's own messages have.
            items.append({"role": "assistant", "content": text})
    else:
        items.append({"type": "message", "role": "assistant", "content": content})
    for number, call in enumerate(message.get("tool_calls") or ()):
        items.append(_call(call, f"{turn.path}.tool_calls[{number}]"))
    return items


def _says_the_same(message: MessageParam, items: list[Any]) -> bool:
    """Return whether a message still has the text and the calls of its items.

    A caller may have changed it since, for example to hide something.
    """
    said: list[str] = []
    calls: list[JSON] = []
    for item in items:
        fields = as_object(item) or {}
        if fields.get("type") == "message":
            content = [as_object(part) or {} for part in as_array(fields.get("content")) or ()]
            said += [part["text"] for part in content if isinstance(part.get("text"), str)]
        elif fields.get("type") in ("function_call", "custom_tool_call"):
            calls.append(fields)
    mine = message.get("tool_calls") or ()
    return (
        "".join(said) == (_text(message) or "")
        and len(calls) == len(mine)
        and all(map(_is_same_call, calls, mine))
    )


def _is_same_call(item: JSON, call: ToolCallParam) -> bool:
    name, said = _said_by(call)
    if (item.get("call_id"), item.get("name")) != (call.get("id"), name):
        return False
    if item["type"] == "custom_tool_call":
        return bool(item.get("input") == said)
    arguments = item.get("arguments") or "{}"
    # Frameworks decode arguments and encode them again, with other spaces.
    return bool(arguments == said) or _canonical(arguments) == _canonical(said)


def _canonical(arguments: object) -> object:
    """Return arguments without differences in spaces and order; what is not JSON stays."""
    if not isinstance(arguments, str):
        return arguments
    try:
        return msgspec.json.encode(msgspec.json.decode(arguments), order="deterministic")
    except msgspec.DecodeError:
        return arguments


def _said_by(call: ToolCallParam) -> tuple[object, object]:
    custom = call.get("custom")
    if custom is not None:
        return custom.get("name"), custom.get("input")
    function = call.get("function", {})
    return function.get("name"), function.get("arguments")


def _text(message: MessageParam) -> str | None:
    content = message.get("content")
    if isinstance(content, list):
        return "".join(part.get("text", "") for part in content)
    return content


def _output_part(found: Part, provider: str) -> JSON:
    part = found.part
    if part["type"] == "text":
        return {"type": "output_text", "text": part.get("text", ""), "annotations": []}
    if part["type"] == "refusal":
        return {"type": "refusal", "refusal": part.get("refusal", "")}
    raise unsupported_part(found, provider)


def _call(call: ToolCallParam, path: str) -> JSON:
    name, said = _said_by(call)
    if not call.get("id"):
        raise part_error(f"{path}.id", "expected the id that the tool's result names")
    if call.get("type") == "custom":
        return {"type": "custom_tool_call", "call_id": call.get("id"), "name": name, "input": said}
    return {
        "type": "function_call",
        "call_id": call.get("id"),
        "name": name,
        "arguments": said or "{}",
    }


def _result(turn: Turn, custom: frozenset[str], provider: str) -> JSON:
    message = turn.message
    call_id = message.get("tool_call_id")
    if not call_id:
        place = f"{turn.path}.tool_call_id"
        raise part_error(place, "missing; set it to the id of the tool call")
    content = message.get("content")
    output: object = content or ""
    if isinstance(content, list):
        output = [_input_part(part, provider) for part in parts(turn)]
    kind = "custom_tool_call_output" if call_id in custom else "function_call_output"
    return {"type": kind, "call_id": call_id, "output": output}
