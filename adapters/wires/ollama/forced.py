"""A tool call that must be made, for Ollama, whose API has no `tool_choice`.

What it does have is `format`: text that must fit a schema. So the schema is that of a call, the
system prompt says which tools there are, and the text becomes a call on the way back. It is known
by its one key alone, so that decoding needs to know nothing of the request.

https://docs.ollama.com/capabilities/structured-outputs
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from ....pipeline.errors import BadRequestError
from ....pipeline.json_values import JSON, as_array, as_object

KEY = "forced_tool_call"
_BEGINNING = f'{{"{KEY}":'
_INSTRUCTION = (
    "Call one of the tools below. Answer with nothing but the call, as JSON: "
    f'{{"{KEY}": {{"name": ..., "arguments": {{...}}}}}}'
)
_NO_PARAMETERS: JSON = {"type": "object", "properties": {}}


class Call(NamedTuple):
    """A call: a tool's name, and its arguments as JSON text."""

    name: str
    arguments: str


def call_schema(tools: list[JSON]) -> JSON:
    """Return the schema of a call of one of these tools, given in OpenAI's form.

    Raises:
        BadRequestError: there are none.
    """
    if not tools:
        raise BadRequestError("tool_choice: there is no tool that could be called", param="tools")
    functions: list[JSON] = [tool["function"] for tool in tools]
    calls = [_object(name={"const": one["name"]}, arguments=_ref(one)) for one in functions]
    parameters = {one["name"]: _rooted(_parameters(one), _path(one)) for one in functions}
    return {**_object(**{KEY: {"anyOf": calls}}), "$defs": parameters}


def _object(**properties: JSON) -> JSON:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _parameters(function: JSON) -> JSON:
    return function.get("parameters") or _NO_PARAMETERS


def _path(function: JSON) -> str:
    return f"#/$defs/{function['name']}"


def _ref(function: JSON) -> JSON:
    return {"$ref": _path(function)}


def _rooted(schema: Any, path: str) -> Any:
    """Return a schema for another place: what points to its root points to `path` instead."""
    if (items := as_array(schema)) is not None:
        return [_rooted(item, path) for item in items]
    fields = as_object(schema)
    if fields is None:
        return schema
    moved = {key: _rooted(value, path) for key, value in fields.items()}
    target = fields.get("$ref")
    if isinstance(target, str) and target.startswith("#"):
        moved["$ref"] = path + target[1:]
    return moved


def instruct(messages: list[JSON], tools: list[JSON]) -> list[JSON]:
    """Return the messages with one more of the system, which tells the tools."""
    functions = [msgspec.json.encode(tool["function"]).decode() for tool in tools]
    told = {"role": "system", "content": "\n".join([_INSTRUCTION, *functions])}
    start = 0
    while start < len(messages) and messages[start]["role"] == "system":
        start += 1
    return [*messages[:start], told, *messages[start:]]


class CallReader:
    """Takes a forced call out of the text of an answer; other text passes as it comes."""

    def __init__(self) -> None:
        self._held = ""
        self._passes = False

    def feed(self, text: str) -> str:
        """Return what is text for the caller; what may be a call is held."""
        if self._passes:
            return text
        self._held += text
        start = "".join(self._held.split())[: len(_BEGINNING)]
        if _BEGINNING.startswith(start):
            return ""
        self._passes = True
        text, self._held = self._held, ""
        return text

    def close(self) -> tuple[str, Call | None]:
        """Return the text that was held and is no call, or the call.

        A call that was cut off, because there were no more tokens, is text.
        """
        held, self._held = self._held, ""
        try:
            decoded = as_object(msgspec.json.decode(held)) if held else None
        except msgspec.DecodeError:
            decoded = None
        call = as_object((decoded or {}).get(KEY)) or {}
        name = call.get("name")
        if not isinstance(name, str):
            return held, None
        return "", Call(name, msgspec.json.encode(call.get("arguments") or {}).decode())
