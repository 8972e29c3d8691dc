"""Messages of the Messages API, and their blocks, as messages of a chat completion.

https://platform.claude.com/docs/en/api/messages/create
"""

from __future__ import annotations

from typing import Any, cast

import msgspec

from ....pipeline.call.messages import MessageParam
from ....pipeline.errors import BadRequestError
from ....pipeline.json_values import JSON, as_array, as_object
from ...encode.provider_state import is_state, unpack_state
from .blocks import NATIVE_CONTENT

_ROLES = ("user", "assistant", "system")
# Fields of a result, and of a system message, that keep their names.
_OF_RESULTS = ("cache_control", "is_error", "toolset_name")
_OF_SYSTEM = ("clear_at", "output_config")


class BlockReader:
    """Collects messages; a user's message with tool results becomes several.

    Attributes:
        messages: the chat messages so far.
        places: by paths of messages and their parts, the paths of what they were made of.
    """

    def __init__(self) -> None:
        self.messages: list[MessageParam] = []
        self.places: dict[str, str] = {}

    def instruct(self, system: object) -> None:
        """Begin with the system prompt: text, or a list of blocks."""
        if system is None:
            return
        if not isinstance(system, str) and as_array(system) is None:
            raise wrong_value("system", "str or list", system)
        content = _content(system, "system")
        if content:
            self._add({"role": "system", "content": content}, "system", "system")

    def read(self, value: object, path: str) -> None:
        """Add a message.

        Raises:
            BadRequestError: it is malformed; the text has the path.
        """
        message = expect_object(value, path)
        role, content = message.get("role"), message.get("content")
        if role not in _ROLES:
            raise BadRequestError(
                f"{path}.role: expected user, assistant or system, got {role!r}",
                param=f"{path}.role",
            )
        place = f"{path}.content"
        blocks = as_array(content)
        if role == "system":
            self._add_system(message, path)
        elif isinstance(content, str):
            self._add({"role": role, "content": content}, path, place)
        elif blocks is None:
            raise wrong_value(place, "str or list", content)
        elif role == "user":
            self._add_user(blocks, path)
        else:
            self._add_response(blocks, path)

    def _add(self, message: JSON, path: str, content_path: str) -> str:
        own = f"messages[{len(self.messages)}]"
        self.places[own] = path
        self.places[f"{own}.content"] = content_path
        self.messages.append(cast("MessageParam", message))
        return own

    def _add_system(self, message: JSON, path: str) -> None:
        content = _content(message.get("content"), f"{path}.content")
        own = {name: message[name] for name in _OF_SYSTEM if message.get(name) is not None}
        self._add({"role": "system", "content": content, **own}, path, f"{path}.content")

    def _add_user(self, blocks: list[Any], path: str) -> None:
        """Add the tool results, then the rest: chat completions want results first, too."""
        rest: list[tuple[JSON, str]] = []
        for number, value in enumerate(blocks):
            place = f"{path}.content[{number}]"
            part = _part(value, place)
            if part["type"] == "tool_result":
                self._add(_result(part, place), place, f"{place}.content")
            else:
                rest.append((part, place))
        if rest or not blocks:
            parts = [part for part, _ in rest]
            own = self._add({"role": "user", "content": parts}, path, f"{path}.content")
            for number, (_, place) in enumerate(rest):
                self.places[f"{own}.content[{number}]"] = place

    def _add_response(self, values: list[Any], path: str) -> None:
        blocks = [_block(value, f"{path}.content[{n}]") for n, value in enumerate(values)]
        texts = [str(block.get("text") or "") for block in blocks if block["type"] == "text"]
        calls = [
            (_call(block, f"{path}.content[{number}]"), f"{path}.content[{number}]")
            for number, block in enumerate(blocks)
            if block["type"] == "tool_use"
        ]
        message: JSON = {"role": "assistant", "content": "".join(texts) or None}
        if calls:
            message["tool_calls"] = [call for call, _ in calls]
        thoughts = [block for block in blocks if block["type"] in ("thinking", "redacted_thinking")]
        _add_thoughts(message, thoughts)
        kept = [block for block in blocks if not _is_foreign(block)]
        if kept:
            specific: JSON = message.get("provider_specific_fields") or {}
            message["provider_specific_fields"] = {NATIVE_CONTENT: kept, **specific}
        own = self._add(message, path, f"{path}.content")
        for number, (_, place) in enumerate(calls):
            self.places[f"{own}.tool_calls[{number}]"] = place
            self.places[f"{own}.tool_calls[{number}].function"] = place


def _add_thoughts(message: JSON, blocks: list[JSON]) -> None:
    """Add the reasoning, with what its provider needs back."""
    text = "".join(str(block.get("thinking") or "") for block in blocks)
    if text:
        message["reasoning_content"] = text
    signed = [block for block in blocks if not _is_foreign(block)]
    if signed:
        message["thinking_blocks"] = signed
    for block in blocks:
        unpack_state(message, block.get("signature") or block.get("data"))


def _is_foreign(block: JSON) -> bool:
    """Return whether a block is reasoning that Anthropic's API did not sign, and refuses."""
    if block["type"] == "redacted_thinking":
        return is_state(block.get("data"))
    if block["type"] != "thinking":
        return False
    signature = block.get("signature")
    return not signature or is_state(signature)


def wrong_value(path: str, expected: str, value: object) -> BadRequestError:
    """Return the error of a value of a wrong type; the message does not show the value."""
    got = "nothing" if value is None else type(value).__name__
    return BadRequestError(f"{path}: expected {expected}, got {got}", param=path)


def expect_object(value: object, path: str) -> JSON:
    """Return a value that must be an object.

    Raises:
        BadRequestError: it is something else; the text has the path.
    """
    fields = as_object(value)
    if fields is None:
        raise wrong_value(path, "dict", value)
    return fields


def _block(value: object, path: str) -> JSON:
    """Return a block without nulls."""
    block = expect_object(value, path)
    if not isinstance(block.get("type"), str):
        raise wrong_value(f"{path}.type", "str", block.get("type"))
    return {name: item for name, item in block.items() if item is not None}


def _content(value: object, path: str) -> object:
    """Return content with its blocks as parts; text stays as it is."""
    blocks = as_array(value)
    if blocks is None:
        return value
    return [_part(block, f"{path}[{number}]") for number, block in enumerate(blocks)]


def _part(value: object, path: str) -> JSON:
    """Return a block as a content part; kinds that only Claude has stay as they are."""
    block = _block(value, path)
    if block["type"] == "text" and not isinstance(block.get("text"), str):
        raise wrong_value(f"{path}.text", "str", block.get("text"))
    return _image(block, path) if block["type"] == "image" else block


def _image(block: JSON, path: str) -> JSON:
    source = expect_object(block.get("source"), f"{path}.source")
    rest = {name: item for name, item in block.items() if name not in ("type", "source")}
    match source.get("type"):
        case "base64":
            url = f"data:{source.get('media_type')};base64,{source.get('data')}"
            return {"type": "image_url", "image_url": {"url": url}, **rest}
        case "url":
            return {"type": "image_url", "image_url": {"url": source.get("url")}, **rest}
        case _:
            # Files that were uploaded to Anthropic.
            return block


def _result(block: JSON, path: str) -> JSON:
    call = block.get("tool_use_id")
    if not isinstance(call, str) or not call:
        raise wrong_value(f"{path}.tool_use_id", "str", call)
    content = _content(block.get("content"), f"{path}.content")
    own = {name: block[name] for name in _OF_RESULTS if name in block}
    return {"role": "tool", "tool_call_id": call, "content": content or "", **own}


def _call(block: JSON, path: str) -> JSON:
    for name in ("id", "name"):
        if not isinstance(block.get(name), str):
            raise wrong_value(f"{path}.{name}", "str", block.get(name))
    given = block.get("input")
    arguments = expect_object({} if given is None else given, f"{path}.input")
    text = msgspec.json.encode(arguments).decode()
    call: JSON = {"id": block["id"], "type": "function"}
    call["function"] = {"name": block["name"], "arguments": text}
    mark = block.get("cache_control")
    return {**call, "cache_control": mark} if mark else call
