"""A required tool call for Ollama, whose API has no `tool_choice`.

Ollama's `format` makes the text match a schema. Here it is the schema of a tool call, a system
message lists the tools, and the text becomes a call when the response is decoded. The text is
recognized by its only key, so decoding does not depend on the request.

https://docs.ollama.com/capabilities/structured-outputs
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from ....pipeline.errors import BadRequestError
from ....pipeline.json_values import JSON, as_array, as_object
from .schema import NativeFunction

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


class _Forced(Struct):
    """The text that is a required call."""

    forced_tool_call: NativeFunction


_forced = msgspec.json.Decoder(_Forced)


def named_call(function: NativeFunction) -> Call:
    """Return a call's name, and its arguments as text."""
    return Call(function.name, msgspec.json.encode(function.arguments or {}).decode())


def call_schema(tools: list[JSON]) -> JSON:
    """Return the schema of a call of one of these tools, given in OpenAI's form.

    Raises:
        BadRequestError: the list is empty.
    """
    if not tools:
        raise BadRequestError(
            "tool_choice: requires a tool call, but there are no tools; pass tools", param="tools"
        )
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
    """Return a schema moved to `path`: references to its root point there."""
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
    """Return the messages with a system message that lists the tools."""
    functions = [msgspec.json.encode(tool["function"]).decode() for tool in tools]
    listed = {"role": "system", "content": "\n".join([_INSTRUCTION, *functions])}
    start = 0
    while start < len(messages) and messages[start]["role"] == "system":
        start += 1
    return [*messages[:start], listed, *messages[start:]]


class CallReader:
    """Takes a required call out of the text of a response; other text passes at once."""

    def __init__(self) -> None:
        self._held = ""
        self._passes = False

    def feed(self, text: str) -> str:
        """Return text for the caller; text that may be a call is held back."""
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
        """Return the held text, or the call that it is.

        A call that was cut off at the token limit is text.
        """
        held, self._held = self._held, ""
        if not held:
            return "", None
        try:
            call = _forced.decode(held).forced_tool_call
        except (msgspec.DecodeError, RecursionError):
            return held, None
        return "", named_call(call)
