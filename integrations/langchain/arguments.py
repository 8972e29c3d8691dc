"""What a model is made with and called with: names, credentials, tools, schemas of answers."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any, cast

from langchain_core.language_models import ModelProfile
from langchain_core.runnables import RunnableConfig, ensure_config
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import SecretStr

from ... import BadRequestError, get_model_info
from ...pipeline.json_values import JSON
from ...pipeline.model_names import split_model

#: How the metadata of a run gets to the call: LangChain hands it to plain calls alone.
RUN_METADATA = "_run_metadata"
#: Arguments that are meant for one provider, and sent to no other.
OF_A_PROVIDER = (
    "api_key",
    "api_version",
    "base_url",
    "extra_body",
    "extra_headers",
    "extra_query",
    "headers",
)

# LangChain's standard names of parameters, and others that people know them by.
_ALIASES: Mapping[str, str] = {
    "api_base": "base_url",
    "max_retries": "num_retries",
    "model_name": "model",
    "request_timeout": "timeout",
    "stop_sequences": "stop",
}

# Names of credentials hold one of these.
_WORDS = ("auth", "cookie", "credential", "key", "password", "secret", "token")

# `structured_output` is left out: it would have agents ask for a schema and offer tools in one
# call, which some models only take one at a time.
_PROFILE: Mapping[str, str] = {
    "max_input_tokens": "max_input_tokens",
    "max_output_tokens": "max_output_tokens",
    "image_inputs": "supports_vision",
    "pdf_inputs": "supports_pdf_input",
    "audio_inputs": "supports_audio_input",
    "audio_outputs": "supports_audio_output",
    "reasoning_output": "supports_reasoning",
    "tool_calling": "supports_function_calling",
    "tool_choice": "supports_tool_choice",
}

#: All that LangChain lets stand for a tool.
ToolLike = JSON | type | Callable[..., Any] | BaseTool

# What shows that a dictionary describes a function, in one of the forms that LangChain reads.
_DESCRIBES = {"function", "input_schema", "parameters", "properties", "title", "toolSpec"}


def gather_fields(values: Mapping[str, Any], known: Container[str]) -> dict[str, Any]:
    """Bring names to one, and put what is no field of the model into `model_kwargs`.

    Raises:
        ValueError: something is given under two names.
    """
    fields: dict[str, Any] = {}
    others: dict[str, Any] = {**(values.get("model_kwargs") or {})}
    for given, value in values.items():
        name = _ALIASES.get(given, given)
        if given != name and name in values:
            raise ValueError(f"{given} and {name} are the same; leave one out")
        if name not in known:
            others[given] = value
        elif name != "model_kwargs":
            fields[name] = value
    return {**fields, "model_kwargs": hide(others)}


def called_model(model: str, arguments: Mapping[str, Any]) -> tuple[str, str]:
    """Return the provider's prefix and the model's own name."""
    given = arguments.get("custom_llm_provider")
    return split_model(model, str(given) if given else None)


def check_single(arguments: Mapping[str, Any]) -> None:
    """Refuse to stream several answers, since LangChain would mix them into one.

    Raises:
        BadRequestError: there would be several.
    """
    if (arguments.get("n") or 1) != 1:
        raise BadRequestError("n: LangChain streams one answer at a time", param="n")


def with_metadata(given: dict[str, Any], config: RunnableConfig | None) -> dict[str, Any]:
    """Return a call's arguments with the metadata of its run."""
    return {**given, RUN_METADATA: ensure_config(config).get("metadata")}


def hide(value: Any, name: str = "") -> Any:
    """Return a value with the texts whose names say that they are credentials as `SecretStr`."""
    if isinstance(value, str) and any(word in name.lower() for word in _WORDS):
        return SecretStr(value)
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, Any]", value)
        return {key: hide(inner, str(key)) for key, inner in fields.items()}
    if isinstance(value, list):
        return [hide(inner, name) for inner in cast("Sequence[Any]", value)]
    return value


def reveal(value: Any) -> Any:
    """Return a value with the text of each `SecretStr` in it."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, Any]", value)
        return {key: reveal(inner) for key, inner in fields.items()}
    if isinstance(value, list):
        return [reveal(inner) for inner in cast("Sequence[Any]", value)]
    return value


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


def profile_of(model: str, provider: str | None) -> ModelProfile | None:
    """Return what `get_model_info` knows of a model, None where that is nothing.

    https://docs.langchain.com/oss/python/langchain/models#model-profiles
    """
    try:
        known: dict[str, Any] = get_model_info(model, provider)
    except BadRequestError:
        return None
    found = {
        name: known[theirs] for name, theirs in _PROFILE.items() if known.get(theirs) is not None
    }
    return cast("ModelProfile", found)
