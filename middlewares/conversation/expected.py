"""What a response must be like: the format and the tools that a request names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec
from msgspec import Struct

from ...pipeline.call.request import Request
from ...pipeline.errors import JSONSchemaValidationError
from ...pipeline.json_values import JSON, as_array, as_object
from ...pipeline.schema.model_response import ModelResponse
from ...pipeline.schema.parts import Message, ToolCall
from .json_schema import find_misfit

_SILENT = ("tool_calls", "function_call", "content_filter")


class Misfit(Struct, frozen=True):
    """Why a response does not fit: its text, or some of its tool calls by their position."""

    text: str = ""
    calls: Mapping[int, str] = {}

    @property
    def reason(self) -> str:
        """Everything that is wrong, as one line."""
        return self.text or "; ".join(self.calls.values())


class Expected(Struct, frozen=True):
    """What a request expects of the response.

    Attributes:
        wants_class: whether the response is parsed into an object of a class.
        wants_json: whether its text must be JSON.
        schema: the schema of that JSON, None for any.
        tools: the schemas of the tools' arguments by name.
    """

    wants_class: bool
    wants_json: bool
    schema: JSON | None
    tools: Mapping[str, JSON]

    def __bool__(self) -> bool:
        return self.wants_class or self.wants_json or bool(self.tools)

    def find_misfit(self, response: ModelResponse) -> Misfit | None:
        """Return why a response does not fit, None if it does."""
        for choice in response.choices:
            message = choice.message
            calls = self._misfit_of_calls(message.tool_calls or ())
            if calls:
                return Misfit(calls=calls)
            text = message.content or ""
            silent = not text and (message.tool_calls or choice.finish_reason in _SILENT)
            if message.refusal or silent or message.tool_calls:
                continue
            reason = self._misfit_of_text(message, text)
            if reason:
                cut = " (it was cut off)" if choice.finish_reason == "length" else ""
                return Misfit(text=f"{reason}{cut}")
        return None

    def _misfit_of_text(self, message: Message, text: str) -> str:
        if self.wants_class:
            try:
                _ = message.parsed
            except JSONSchemaValidationError as error:
                return error.message
        elif self.wants_json:
            try:
                value = msgspec.json.decode(text)
            except msgspec.DecodeError as error:
                return f"the text is not JSON: {error}"
            if self.schema is not None:
                return find_misfit(value, self.schema)
            if as_object(value) is None:
                return "the text is not a JSON object"
        return ""

    def _misfit_of_calls(self, calls: Sequence[ToolCall]) -> dict[int, str]:
        found: dict[int, str] = {}
        for number, call in enumerate(calls):
            name = call.function.name or ""
            if call.custom is not None or name not in self.tools:
                continue
            try:
                value = msgspec.json.decode(call.function.arguments or "{}")
            except msgspec.DecodeError as error:
                found[number] = f"{name}: the arguments are not JSON: {error}"
                continue
            misfit = find_misfit(value, self.tools[name])
            if misfit:
                found[number] = f"{name}: {misfit}"
        return found


def expected_of(request: Request) -> Expected:
    """Return what a request expects of the response."""
    wanted: object = request.params.get("response_format")
    as_dict = as_object(wanted) or {}
    kind: object = as_dict.get("type")
    schema = as_object((as_object(as_dict.get("json_schema")) or {}).get("schema"))
    tools: dict[str, JSON] = {}
    for tool in as_array(request.params.get("tools")) or ():
        function = cast("Mapping[str, Any]", (as_object(tool) or {}).get("function") or {})
        parameters = as_object(function.get("parameters"))
        if parameters:
            tools[str(function.get("name"))] = parameters
    return Expected(
        wants_class=isinstance(wanted, type),
        wants_json=kind == "json_object" or schema is not None,
        schema=schema,
        tools=tools,
    )
