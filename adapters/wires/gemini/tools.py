"""Tools and the choice among them, as Gemini takes them.

https://ai.google.dev/api/caching#Tool and https://ai.google.dev/api/caching#ToolConfig
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ....pipeline.errors import BadRequestError
from ....pipeline.json_values import JSON, as_array, as_object
from ...encode.tool_choice import parse_tool_choice, refuse_duplicates
from ...structured.dialects import Dialect, translate_schema
from ...structured.shape import check_shape
from .field_names import camel

# Fields of a function that Google has too, or that only Google has.
_IN_DECLARATION = ("description", "behavior", "response", "response_json_schema")
_MODES: Mapping[str, str] = MappingProxyType({"auto": "AUTO", "none": "NONE", "required": "ANY"})


def encode_tool_choice(value: Any) -> JSON:
    """Return the calling mode; "VALIDATED" lets the model choose among the named functions.

    https://ai.google.dev/api/caching#FunctionCallingConfig
    """
    choice = parse_tool_choice(value)
    config: JSON = {"mode": _MODES[choice.mode]}
    if choice.name is not None:
        config["allowedFunctionNames"] = [choice.name]
    elif choice.allowed is not None:
        config["mode"] = "ANY" if choice.mode == "required" else "VALIDATED"
        config["allowedFunctionNames"] = choice.allowed
    return {"toolConfig": {"functionCallingConfig": config}}


def encode_tools(tools: Any, provider: str, dialect: Dialect) -> JSON:
    """Return function declarations in one tool, and Google's own tools as they are."""
    declarations: list[JSON] = []
    own: list[JSON] = []
    for number, tool in enumerate(as_array(tools) or ()):
        fields = as_object(tool) or {}
        function = as_object(fields.get("function"))
        if fields.get("type", "function") == "function" and function is not None:
            path = f"tools[{number}].function"
            declarations.append(_declaration(function, dialect, path))
        elif fields and "type" not in fields:
            own.append(fields)
        else:
            raise BadRequestError(
                f"tools[{number}]: {provider} takes functions, and Google's own tools such as "
                f'{{"googleSearch": {{}}}}; got type {fields.get("type")!r}',
                param=f"tools[{number}]",
            )
    refuse_duplicates(declarations)
    found: list[JSON] = [{"functionDeclarations": declarations}] if declarations else []
    found += own
    return {"tools": found} if found else {}


def _declaration(function: JSON, dialect: Dialect, path: str) -> JSON:
    name: object = function.get("name")
    if not name:
        raise BadRequestError(f"{path}.name: is missing", param=f"{path}.name")
    declared: JSON = {"name": name}
    declared |= {camel(key): function[key] for key in _IN_DECLARATION if function.get(key)}
    place = f"{path}.parameters"
    parameters = check_shape(function.get("parameters"), place)
    # In both dialects, a function without parameters has no schema.
    if parameters.get("properties") or set(parameters) - {"type", "properties", "required"}:
        schema = {"type": "object", **parameters}
        declared[dialect.parameters_field] = translate_schema(schema, dialect, place)
    return declared
