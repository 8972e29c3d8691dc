"""The deprecated `functions`, `function_call` and role "function", for wires without them.

They become `tools`, `tool_choice` and role "tool". The response has its tool call as
`function_call` too, where old callers expect it. OpenAI's own wire sends them unchanged.
https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

import warnings
from collections.abc import Awaitable, Callable
from typing import Any, cast

from ..pipeline.call.messages import MessageParam, only_text
from ..pipeline.call.request import Reply, Request, replace
from ..pipeline.errors import BadRequestError
from ..pipeline.json_values import JSON, as_object
from ..pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ..pipeline.schema.parts import Function
from .table.routes import find_route
from .wire import load_wire

_PARAMS = ("functions", "function_call")
_WARNING = (
    "functions, function_call and messages of role 'function' are deprecated: "
    "use tools, tool_choice and role 'tool'"
)


def is_legacy(request: Request) -> bool:
    """Return whether a request uses functions, OpenAI's predecessor of tools."""
    params = request.params
    if "functions" in params or "function_call" in params:
        return True
    return not only_text(request.messages) and any(map(_is_old, request.messages))


def _is_old(message: MessageParam) -> bool:
    return message["role"] == "function" or message.get("function_call") is not None


async def answer_legacy(answer: Callable[[Request], Awaitable[Reply]], request: Request) -> Reply:
    """Answer a request that `is_legacy`.

    Raises:
        BadRequestError: both old and new forms are given, or a result does not match a call.
    """
    from ..pipeline.frames import outer_level  # noqa: PLC0415  # few calls have the old forms

    warnings.warn(_WARNING, DeprecationWarning, stacklevel=outer_level())
    if _has_functions(request):
        return await answer(request)
    reply = await answer(modernize(request))
    if "functions" not in request.params:
        return reply
    if isinstance(reply, ModelResponse):
        _add_function_calls(reply)
        return reply
    return reply.map(_add_function_call)


def _has_functions(request: Request) -> bool:
    """Return whether the wire of a request has functions; they count as tools for its choice."""
    params = request.params
    if "functions" in params:
        params = {**params, "tools": params["functions"]}
    return "functions" in load_wire(find_route(replace(request, params=params)).wire).PARAMS


def modernize(request: Request) -> Request:
    """Return a copy of the request with tools instead of functions.

    Raises: as `answer_legacy`.
    """
    params = dict(request.params)
    for old, new in (("functions", "tools"), ("function_call", "tool_choice")):
        if old in params and new in params:
            raise BadRequestError(
                f"{old}: is the old form of {new}; pass only one of them", param=old
            )
    functions: list[Any] | None = params.pop("functions", None)
    if functions is not None:
        params["tools"] = [{"type": "function", "function": function} for function in functions]
    choice: object = params.pop("function_call", None)
    if choice is not None:
        named = as_object(choice)
        params["tool_choice"] = {"type": "function", "function": named} if named else choice
    return replace(request, params=params, messages=_modern_messages(request.messages))


def _modern_messages(messages: tuple[MessageParam, ...]) -> tuple[MessageParam, ...]:
    modern: list[MessageParam] = []
    ids: dict[str, str] = {}
    for position, message in enumerate(messages):
        if not _is_old(message):
            modern.append(message)
            continue
        changed: JSON = {
            key: value for key, value in message.items() if key not in ("function_call", "name")
        }
        if message["role"] == "function":
            changed |= {"role": "tool", "tool_call_id": _call_of(message, ids, position)}
        else:
            calls = message.get("tool_calls") or [_call(message, position)]
            changed["tool_calls"] = calls
            for call in calls:
                ids[call.get("function", {}).get("name", "")] = call.get("id") or ""
        modern.append(cast("MessageParam", changed))
    return tuple(modern)


def _call(message: MessageParam, position: int) -> Any:
    # A conversation gets the same ids each time it is sent.
    return {"id": f"call_{position}", "type": "function", "function": message.get("function_call")}


def _call_of(message: MessageParam, ids: dict[str, str], position: int) -> str:
    name = message.get("name") or ""
    if name not in ids:
        place = f"messages[{position}].name"
        raise BadRequestError(
            f"{place}: no earlier message has a function_call of {name!r}", param=place
        )
    return ids[name]


def _add_function_calls(response: ModelResponse) -> None:
    for choice in response.choices:
        calls = choice.message.tool_calls
        if calls:
            choice.message.function_call = Function(
                name=calls[0].function.name, arguments=calls[0].function.arguments
            )
        if choice.finish_reason == "tool_calls":
            choice.finish_reason = "function_call"


def _add_function_call(chunk: ModelResponseStream) -> ModelResponseStream:
    for choice in chunk.choices:
        for piece in choice.delta.tool_calls or ():
            if not piece.index:
                choice.delta.function_call = piece.function
        if choice.finish_reason == "tool_calls":
            choice.finish_reason = "function_call"
    return chunk
