"""Input items of the Responses API as messages of a chat completion.

https://platform.openai.com/docs/api-reference/responses/create#responses-create-input
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from ....pipeline.call.messages import MessageParam
from ....pipeline.json_values import JSON, as_array, as_object
from .reasoning_state import restore_state
from .response import OUTPUT_ITEMS, image_part

#: Says what is wrong with an item: its path, and why.
Refuse = Callable[[str, str], None]

#: Items in which built-in tools of the provider report; the text after them has their outcome.
_REPORTS = frozenset(
    {
        "code_interpreter_call",
        "computer_call",
        "file_search_call",
        "image_generation_call",
        "mcp_approval_request",
        "mcp_call",
        "mcp_list_tools",
        "tool_search_call",
        "tool_search_output",
        "web_search_call",
    }
)
_CALLS = frozenset({"function_call", "custom_tool_call"})
_RESULTS = frozenset({"function_call_output", "custom_tool_call_output"})


class InputReader:
    """Collects input items into messages; what one model turn said becomes one message."""

    def __init__(self, refuse: Refuse, *, continues: bool) -> None:
        """Create a reader; where the input `continues` a conversation, calls may be in there."""
        self._refuse = refuse
        self._continues = continues
        self._messages: list[MessageParam] = []
        self._turn: list[tuple[JSON, str]] = []
        self._numbers: list[int] = []
        self._calls: set[str] = set()
        #: By the path of a message, or of a part of it, the path of what it was read from.
        self.places: dict[str, str] = {"messages": "input"}
        #: For each message the numbers of its items, None for `instructions`.
        self.sources: list[tuple[int, ...] | None] = []

    def instruct(self, instructions: object) -> None:
        """Begin with a system message of the parameter `instructions`, if there is one."""
        if isinstance(instructions, str):
            if instructions:
                self._add_message({"role": "system", "content": instructions}, "instructions")
                self.sources[-1] = None
        elif instructions is not None:
            self._refuse("instructions", f"expected str, got {type(instructions).__name__}")

    def read(self, items: object, earlier: int = 0) -> list[MessageParam]:
        """Return the messages of `input`, which may be text; its first items may be `earlier`."""
        if isinstance(items, str):
            self._numbers = [0]
            self._add_message({"role": "user", "content": items}, "input")
            return self._messages
        for number, item in enumerate(as_array(items) or ()):
            place = f"input[{number - earlier}]" if number >= earlier else f"earlier[{number}]"
            fields = as_object(item)
            if fields is None:
                self._refuse(place, f"expected an item, got {type(item).__name__}")
            else:
                self._add(fields, place, number)
        self._end_turn()
        return self._messages

    def _add(self, item: JSON, path: str, number: int) -> None:
        kind: object = item.get("type", "message")
        if not isinstance(kind, str):
            self._refuse(f"{path}.type", f"expected str, got {type(kind).__name__}")
        elif kind == "message" and item.get("role") != "assistant":
            self._end_turn()
            self._numbers = [number]
            self._add_message(self._message(item, path), path, f"{path}.content")
        elif kind in _RESULTS:
            self._end_turn()
            self._numbers = [number]
            self._add_message(self._result(item, path), path, f"{path}.output")
        elif kind in ("message", "reasoning") or kind in _CALLS or kind in _REPORTS:
            if kind in _CALLS:
                self._check_call(item, path)
            elif kind == "message":
                self._check_content(item.get("content"), f"{path}.content")
            self._turn.append((item, path))
            self._numbers.append(number)
        else:
            self._refuse(path, f"items of type {kind!r} cannot be translated for this provider")

    def _add_message(self, message: JSON, path: str, content_path: str = "") -> str:
        """Add a message that was read from a path; return its path among the messages."""
        own = f"messages[{len(self._messages)}]"
        self.places[own] = path
        self.places[f"{own}.content"] = content_path or path
        self._messages.append(cast("MessageParam", message))
        self.sources.append(tuple(self._numbers))
        self._numbers = []
        return own

    def _check_content(self, content: object, path: str) -> None:
        if not isinstance(content, str) and as_array(content) is None:
            self._refuse(path, f"expected str or list, got {type(content).__name__}")

    def _check_call(self, item: JSON, path: str) -> None:
        for name in ("call_id", "name"):
            if not isinstance(item.get(name), str) or not item[name]:
                self._refuse(f"{path}.{name}", "expected str")
        self._calls.add(str(item.get("call_id")))

    def _message(self, item: JSON, path: str) -> JSON:
        role = item.get("role")
        if role not in ("user", "system", "developer"):
            self._refuse(f"{path}.role", f"expected user, system, developer or assistant: {role!r}")
            role = "user"
        content: object = item.get("content")
        self._check_content(content, f"{path}.content")
        parts = as_array(content)
        if parts is not None:
            content = self._parts(parts, f"{path}.content")
        return {"role": role, "content": content}

    def _parts(self, parts: list[Any], path: str) -> list[JSON]:
        read = [self._part(as_object(part) or {}, f"{path}[{n}]") for n, part in enumerate(parts)]
        return [part for part in read if part is not None]

    def _part(self, part: JSON, path: str) -> JSON | None:
        match part.get("type"):
            case "input_text" | "output_text" | "text" | "summary_text":
                return {"type": "text", "text": part.get("text") or ""}
            case "refusal":
                return {"type": "refusal", "refusal": part.get("refusal") or ""}
            case "input_image":
                return self._image(part, path)
            case "input_file":
                return _file(part)
            case "input_audio":
                return {"type": "input_audio", "input_audio": part.get("input_audio")}
            case kind:
                self._refuse(path, f"parts of type {kind!r} cannot be translated for this provider")
                return None

    def _image(self, part: JSON, path: str) -> JSON | None:
        if part.get("image_url"):
            image = {"url": part["image_url"]}
            if part.get("detail"):
                image["detail"] = part["detail"]
            return {"type": "image_url", "image_url": image}
        if part.get("file_id"):
            return {"type": "file", "file": {"file_id": part["file_id"]}}
        self._refuse(path, "expected image_url or file_id")
        return None

    def _result(self, item: JSON, path: str) -> JSON:
        call_id = item.get("call_id")
        if not isinstance(call_id, str) or not call_id:
            self._refuse(f"{path}.call_id", "expected str")
        elif call_id not in self._calls and not self._continues:
            self._refuse(f"{path}.call_id", f"no earlier function call has the id {call_id!r}")
        output: object = item.get("output")
        parts = as_array(output)
        content = self._parts(parts, f"{path}.output") if parts is not None else output or ""
        return {"role": "tool", "tool_call_id": str(call_id), "content": content}

    def _end_turn(self) -> None:
        """Add what the model said in one turn as a message of the assistant."""
        if not self._turn:
            return
        message: JSON = {"role": "assistant", "content": None}
        texts: list[str] = []
        refusals: list[str] = []
        thoughts: list[str] = []
        for item, _ in self._turn:
            match item.get("type", "message"):
                case "message":
                    texts += _texts(item.get("content"))
                    refusals += _texts(item.get("content"), "refusal")
                case "reasoning":
                    thoughts += _texts(item.get("summary")) or _texts(item.get("content"))
                case "function_call" | "custom_tool_call":
                    message.setdefault("tool_calls", []).append(_call(item))
                case "image_generation_call" if isinstance(item.get("result"), str):
                    image = image_part(item["result"], item.get("output_format"))
                    message.setdefault("images", []).append(image)
                case _:
                    pass
        items = [item for item, _ in self._turn]
        for item in items:
            restore_state(message, item)
        message["content"] = "".join(texts) or None
        if refusals:
            message["refusal"] = "".join(refusals)
        if thoughts:
            message["reasoning_content"] = "".join(thoughts)
        own: Mapping[str, Any] = message.get("provider_specific_fields") or {}
        message["provider_specific_fields"] = {**own, OUTPUT_ITEMS: items}
        place = self._add_message(message, self._turn[0][1])
        called = [path for item, path in self._turn if item.get("type") in _CALLS]
        for number, path in enumerate(called):
            self.places[f"{place}.tool_calls[{number}]"] = path
            self.places[f"{place}.tool_calls[{number}].function"] = path
        self._turn = []


def _texts(content: object, key: str = "text") -> list[str]:
    if isinstance(content, str):
        return [content] if key == "text" else []
    parts = [as_object(part) or {} for part in as_array(content) or ()]
    return [part[key] for part in parts if isinstance(part.get(key), str)]


def _file(part: JSON) -> JSON:
    names = ("file_id", "file_data", "filename")
    file = {name: part[name] for name in names if part.get(name)}
    if part.get("file_url"):
        file["file_data"] = part["file_url"]
    return {"type": "file", "file": file}


def _call(item: JSON) -> JSON:
    if item["type"] == "custom_tool_call":
        custom = {"name": item.get("name"), "input": item.get("input") or ""}
        return {"id": item.get("call_id"), "type": "custom", "custom": custom}
    function = {"name": item.get("name"), "arguments": item.get("arguments") or "{}"}
    return {"id": item.get("call_id"), "type": "function", "function": function}
