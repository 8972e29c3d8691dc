"""Structured output for APIs without it: a tool that the model must call with its answer.

`force_json` adds the tool to the parameters in OpenAI's form, so that a wire translates it like
any other tool. In the response, the tool's call becomes the message's content. Decoding finds the
call by the tool's name only, so it does not need the request.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...pipeline.errors import BadRequestError
from ...pipeline.json_values import as_object
from ...pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ...pipeline.schema.parts import Choice, DeltaToolCall, StreamingChoice
from .response_format import object_schema

TOOL_NAME = "json_answer"

_DESCRIPTION = (
    "Give the final answer to the user, as the arguments of this tool. Write no other text."
)


def force_json(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters with `response_format` turned into a tool that must be called.

    If the caller has tools too, the model must call one of them or this one. If the format is text
    or absent, this only removes `response_format`.

    Raises:
        BadRequestError: the schema is not that of an object, or a tool has the name used here.
    """
    changed = {name: value for name, value in params.items() if name != "response_format"}
    schema = object_schema(params.get("response_format"))
    if schema is None:
        return changed
    tools: list[dict[str, Any]] = list(params.get("tools") or ())
    if any(_field(tool, "function").get("name") == TOOL_NAME for tool in tools):
        raise BadRequestError(
            f"tools: response_format needs a tool named {TOOL_NAME!r} here; rename yours",
            param="tools",
        )
    named = {"type": "function", "function": {"name": TOOL_NAME}}
    free_choice = bool(tools) and params.get("tool_choice") in (None, "auto", "required")
    changed["tools"] = [*tools, _tool(params["response_format"], schema)]
    changed["tool_choice"] = "required" if free_choice else params.get("tool_choice")
    if not free_choice and not isinstance(params.get("tool_choice"), dict):
        changed["tool_choice"] = named
    return changed


def offer_json(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of `force_json` for a model whose tool calls cannot be forced.

    With `tool_choice="none"`, the caller's tools are left out.

    Raises: as `force_json`.
    """
    changed = force_json(params)
    choice = params.get("tool_choice")
    if object_schema(params.get("response_format")) is None:
        return changed
    if choice == "none":
        changed["tools"] = changed["tools"][-1:]
    if choice in (None, "auto", "none"):
        # "auto" is the default.
        del changed["tool_choice"]
    else:
        changed["tool_choice"] = choice
    return changed


def _field(fields: Mapping[str, Any], name: str) -> dict[str, Any]:
    return as_object(fields.get(name)) or {}


def _tool(response_format: Mapping[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    about = _field(response_format, "json_schema").get("description")
    description = f"{_DESCRIPTION} {about}" if about else _DESCRIPTION
    function = {"name": TOOL_NAME, "description": description, "parameters": schema}
    return {"type": "function", "function": function}


def restore_content(answer: ModelResponse) -> None:
    """Move the arguments of a forced tool call into the content of its message."""
    for choice in answer.choices:
        calls = choice.message.tool_calls or []
        forced = [call for call in calls if call.function.name == TOOL_NAME]
        if not forced:
            continue
        others = [call for call in calls if call.function.name != TOOL_NAME]
        choice.message.content = "".join(call.function.arguments for call in forced)
        choice.message.tool_calls = others or None
        _finish(choice, others=bool(others))


class ContentRestorer:
    """Moves the pieces of a forced tool call into the content, in the chunks of one stream.

    Text that the model writes before the call stays before it.
    """

    def __init__(self) -> None:
        self._forced: set[int] = set()
        self._others: dict[int, int] = {}

    def restore(self, chunks: list[ModelResponseStream]) -> list[ModelResponseStream]:
        """Return the chunks after changing those that contain the call in place."""
        for chunk in chunks:
            for choice in chunk.choices:
                if choice.delta.tool_calls:
                    self._take(choice)
                if choice.finish_reason is not None and self._forced:
                    _finish(choice, others=bool(self._others))
        return chunks

    def _take(self, choice: StreamingChoice) -> None:
        delta = choice.delta
        others: list[DeltaToolCall] = []
        for piece in delta.tool_calls or ():
            index = piece.index or 0
            function = piece.function
            if function is not None and function.name == TOOL_NAME:
                self._forced.add(index)
            if index in self._forced:
                text = (function.arguments if function is not None else None) or ""
                delta.content = (delta.content or "") + text
            else:
                piece.index = self._others.setdefault(index, len(self._others))
                others.append(piece)
        delta.tool_calls = others or None


def _finish(choice: Choice | StreamingChoice, *, others: bool) -> None:
    """Report "stop" instead of "tool_calls" unless the model called other tools too."""
    if choice.finish_reason == "tool_calls" and not others:
        choice.finish_reason = "stop"
