"""Settings in `toolConfig` that follow from the tools of a request.

https://ai.google.dev/api/caching#ToolConfig
"""

from __future__ import annotations

from typing import Any

from ....pipeline.json_values import JSON, as_array, as_object

# Fields of a tool whose calls the client makes, not Google.
_OF_THE_CLIENT = frozenset(
    {"functionDeclarations", "function_declarations", "computerUse", "computer_use"}
)


def has_strict_function(tools: Any) -> bool:
    """Return whether any function has OpenAI's `strict`, which applies to a single function."""
    functions = [(as_object(tool) or {}).get("function") for tool in as_array(tools) or ()]
    return any((as_object(function) or {}).get("strict") is True for function in functions)


def with_validated_calls(body: JSON) -> JSON:
    """Return a body whose calling mode makes the model follow the schemas of functions.

    Mode AUTO, the default, becomes VALIDATED. The others stay: in mode ANY the model follows the
    schemas anyway. https://ai.google.dev/gemini-api/docs/function-calling#function_calling_modes
    """
    config = as_object(body.get("toolConfig")) or {}
    calling = as_object(config.get("functionCallingConfig")) or {}
    if calling.get("mode", "AUTO") != "AUTO":
        return body
    calling = {**calling, "mode": "VALIDATED"}
    return {**body, "toolConfig": {**config, "functionCallingConfig": calling}}


def with_server_tools_shown(body: JSON) -> JSON:
    """Return a body that lets the model use functions and Google's own tools together.

    AI Studio accepts both only if the response includes the calls of Google's tools.
    https://ai.google.dev/gemini-api/docs/tool-combination
    """
    fields = [as_object(tool) or {} for tool in as_array(body.get("tools")) or ()]
    names = {name for tool in fields for name, value in tool.items() if value is not None}
    declares = bool(names & {"functionDeclarations", "function_declarations"})
    if not declares or names <= _OF_THE_CLIENT:
        return body
    config = as_object(body.get("toolConfig")) or {}
    return {**body, "toolConfig": {"includeServerSideToolInvocations": True, **config}}
