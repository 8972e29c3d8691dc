"""A request of the Messages API as a chat call, for every provider.

https://platform.claude.com/docs/en/api/messages/create

Parameters that only Claude has keep their names and values. `trunkline/inbound/messages_adapter.py`
translates them for the models of other vendors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from ....pipeline.call.messages import MessageParam
from ....pipeline.errors import BadRequestError
from ....pipeline.json_values import JSON, as_array
from .inbound_blocks import BlockReader, expect_object, wrong_value

#: The parameters of the API, those in beta included; `betas` is the header `anthropic-beta`.
INBOUND_PARAMS = frozenset(
    {
        "betas",
        "billing_policy",
        "cache_control",
        "compaction",
        "container",
        "context_management",
        "diagnostics",
        "inference_geo",
        "max_tokens",
        "mcp_servers",
        "messages",
        "metadata",
        "model",
        "output_config",
        "output_format",
        "service_tier",
        "speed",
        "stop_sequences",
        "stream",
        "system",
        "temperature",
        "thinking",
        "thread",
        "tool_choice",
        "tools",
        "top_k",
        "top_p",
    }
)
_CHOICES = {"auto": "auto", "any": "required", "none": "none"}
# Fields of a tool that have other names in chat completions.
_OF_TOOLS = frozenset({"description", "input_schema", "name", "strict", "type"})
_NOT_PARAMS = frozenset({"messages", "model", "stream", "system"})


class MessagesCall(Struct, frozen=True):
    """A request of the Messages API as a chat call.

    Attributes:
        messages: the conversation, with the system prompt first.
        params: the parameters, by their names in chat completions if they have one there.
        places: by paths of messages and their parts, the paths of what they were made of.
    """

    messages: tuple[MessageParam, ...]
    params: dict[str, Any]
    places: Mapping[str, str]


def read_messages(body: Mapping[str, Any]) -> MessagesCall:
    """Return a request's body as a chat call.

    Raises:
        BadRequestError: something is missing or malformed; the text has its path.
    """
    reader = BlockReader()
    reader.instruct(body.get("system"))
    messages = as_array(body.get("messages"))
    if not messages:
        raise wrong_value("messages", "a list with at least one message", body.get("messages"))
    for number, message in enumerate(messages):
        reader.read(message, f"messages[{number}]")
    params: JSON = {}
    for name, value in body.items():
        if name in _NOT_PARAMS or value is None:
            continue
        read = _READERS.get(name)
        params |= {name: value} if read is None else read(value)
    return MessagesCall(tuple(reader.messages), params, reader.places)


def _read_tools(value: object) -> JSON:
    tools = as_array(value)
    if tools is None:
        raise wrong_value("tools", "list", value)
    read = [_read_tool(tool, f"tools[{number}]") for number, tool in enumerate(tools)]
    return {"tools": read} if read else {}


def _read_tool(value: object, path: str) -> JSON:
    """Return a tool of the caller as a function; Anthropic's own tools stay as they are."""
    tool = expect_object(value, path)
    if tool.get("type") not in (None, "custom"):
        return tool
    if not isinstance(tool.get("name"), str):
        raise wrong_value(f"{path}.name", "str", tool.get("name"))
    function: JSON = {"name": tool["name"]}
    if tool.get("description") is not None:
        function["description"] = tool["description"]
    function["parameters"] = expect_object(tool.get("input_schema"), f"{path}.input_schema")
    if tool.get("strict") is not None:
        function["strict"] = tool["strict"]
    rest = {name: item for name, item in tool.items() if name not in _OF_TOOLS and item is not None}
    return {"type": "function", "function": function, **rest}


def _read_choice(value: object) -> JSON:
    choice = expect_object(value, "tool_choice")
    kind = choice.get("type")
    params: JSON = {}
    if choice.get("disable_parallel_tool_use"):
        params["parallel_tool_calls"] = False
    if kind == "tool":
        params["tool_choice"] = {"type": "function", "function": {"name": choice.get("name")}}
    elif isinstance(kind, str) and kind in _CHOICES:
        params["tool_choice"] = _CHOICES[kind]
    else:
        raise BadRequestError(
            f"tool_choice.type: expected auto, any, tool or none, got {kind!r}", param="tool_choice"
        )
    return params


def _read_metadata(value: object) -> JSON:
    """Return the id of the end user, which is all that the API's metadata holds."""
    user = expect_object(value, "metadata").get("user_id")
    return {} if user is None else {"user": user}


def _read_stops(value: object) -> JSON:
    stops = as_array(value)
    if stops is None:
        raise wrong_value("stop_sequences", "list", value)
    return {"stop": stops} if stops else {}


_READERS: Mapping[str, Callable[[object], JSON]] = {
    "metadata": _read_metadata,
    "stop_sequences": _read_stops,
    "tool_choice": _read_choice,
    "tools": _read_tools,
}
