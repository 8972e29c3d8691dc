"""Tools, the choice among them, and schemas of answers, from LangChain's many forms to OpenAI's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, cast

from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage
from langchain_core.output_parsers import JsonOutputParser, PydanticOutputParser
from langchain_core.output_parsers.base import OutputParserLike
from langchain_core.output_parsers.openai_tools import (
    JsonOutputKeyToolsParser,
    PydanticToolsParser,
)
from langchain_core.runnables import Runnable, RunnableMap, RunnablePassthrough
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from langchain_core.utils.pydantic import is_basemodel_subclass
from pydantic import BaseModel

from .. import BadRequestError

JSON = dict[str, Any]
#: All that LangChain lets stand for a tool.
ToolLike = JSON | type | Callable[..., Any] | BaseTool

# What shows that a dictionary describes a function, in one of the forms that LangChain reads.
_DESCRIBES = {"function", "input_schema", "parameters", "properties", "title", "toolSpec"}


def encode_tool(tool: ToolLike, strict: bool | None) -> JSON:
    """Return a tool in OpenAI's form; a provider's own, as {"type": "web_search_..."}, stays.

    Marks for a provider that OpenAI's form has no place for (`cache_control` of a tool in
    Anthropic's form, `extras` of one of LangChain's) stand beside the function.

    Raises:
        ValueError: LangChain cannot make a function of it.
    """
    given = _as_dict(tool)
    if given is not None:
        if given.keys().isdisjoint(_DESCRIBES) and ("type" in given or "name" not in given):
            return given
        tool = given
        marks = {name: given[name] for name in ("cache_control",) if name in given}
    else:
        marks = (tool.extras if isinstance(tool, BaseTool) else None) or {}
    return {**convert_to_openai_tool(tool, strict=strict), **marks}


def _as_dict(value: object) -> JSON | None:
    return cast("JSON", value) if isinstance(value, dict) else None


def encode_tool_choice(choice: object, tools: Sequence[JSON]) -> str | JSON | None:
    """Return a choice in OpenAI's form, None where it leaves the model free.

    It may be a tool's name, "auto", "none", "any" or "required", a boolean, or OpenAI's or
    Anthropic's dictionary.

    Raises:
        BadRequestError: it is none of these, or names a tool that is not among the tools.
    """
    if choice is None or choice is False:
        return None
    if choice is True or choice in ("any", "required"):
        return "required"
    if choice in ("auto", "none"):
        return str(choice)
    if isinstance(choice, str):
        return _named(choice, tools)
    if isinstance(choice, Mapping):
        fields = cast("Mapping[str, Any]", choice)
        kind = fields.get("type")
        if kind in ("auto", "any", "none"):
            return encode_tool_choice(kind, tools)
        return _named(str(fields.get("name")), tools) if kind == "tool" else dict(fields)
    raise BadRequestError(
        f"tool_choice: expected a tool's name, 'auto', 'none', 'any', a boolean or a dictionary, "
        f"got {choice!r}",
        param="tool_choice",
    )


def _named(name: str, tools: Sequence[JSON]) -> JSON:
    names = [str((tool.get("function") or tool).get("name")) for tool in tools]
    if name not in names:
        raise BadRequestError(
            f"tool_choice: no tool is called {name!r}; there are {', '.join(names)}",
            param="tool_choice",
        )
    return {"type": "function", "function": {"name": name}}


def encode_schema(schema: JSON | type, strict: bool | None) -> JSON:
    """Return OpenAI's `response_format` for a class, a JSON schema, or a format as it is.

    Raises:
        ValueError: LangChain can make no schema of it.
    """
    if isinstance(schema, dict) and schema.get("type") == "json_schema":
        return schema
    function: JSON = convert_to_openai_tool(schema, strict=strict)["function"]
    empty: JSON = {"type": "object", "properties": {}}
    described: JSON = {"name": function["name"], "schema": function.get("parameters") or empty}
    for name in ("description", "strict"):
        if name in function:
            described[name] = function[name]
    return {"type": "json_schema", "json_schema": described}


def parser_of_text(schema: JSON | type | None) -> OutputParserLike[Any]:
    """Return what reads the object out of an answer's text."""
    if isinstance(schema, type) and is_basemodel_subclass(schema):
        return PydanticOutputParser(pydantic_object=cast("type[BaseModel]", schema))
    return JsonOutputParser()


def parser_of_call(schema: JSON | type, name: str) -> OutputParserLike[Any]:
    """Return what reads the object out of the arguments of the call of `name`."""
    if isinstance(schema, type) and is_basemodel_subclass(schema):
        kind = cast("type[BaseModel]", schema)
        return PydanticToolsParser(tools=[kind], first_tool_only=True)
    return JsonOutputKeyToolsParser(key_name=name, first_tool_only=True)


def with_parser(
    model: Runnable[LanguageModelInput, AIMessage], parser: OutputParserLike[Any], raw: bool
) -> Runnable[LanguageModelInput, Any]:
    """Return model and parser as one; with `raw` a dictionary of raw, parsed and parsing_error."""
    if not raw:
        return model | parser
    parsed = RunnablePassthrough.assign(
        parsed=itemgetter("raw") | parser, parsing_error=lambda _: None
    )
    failed = RunnablePassthrough.assign(parsed=lambda _: None)
    return RunnableMap(raw=model) | parsed.with_fallbacks([failed], exception_key="parsing_error")
