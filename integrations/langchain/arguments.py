"""The arguments of a model and of its calls: names, credentials, tools, response formats."""

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

#: The argument that carries a run's metadata; LangChain passes it to calls that do not stream.
RUN_METADATA = "_run_metadata"
#: Arguments that belong to one provider and are never sent to another.
OF_A_PROVIDER = (
    "api_key",
    "api_version",
    "base_url",
    "extra_body",
    "extra_headers",
    "extra_query",
    "headers",
)

# LangChain's standard names of parameters, and other common names.
_ALIASES: Mapping[str, str] = {
    "api_base": "base_url",
    "max_retries": "num_retries",
    "model_name": "model",
    "request_timeout": "timeout",
    "stop_sequences": "stop",
}

# Words that mark a name as that of a credential.
_CREDENTIAL_WORDS = ("auth", "cookie", "credential", "key", "password", "secret", "token")

# Without `structured_output`: it would make agents send a schema and tools in the same call, which
# some models do not support.
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

#: Everything that LangChain accepts as a tool.
ToolLike = JSON | type | Callable[..., Any] | BaseTool

# Keys of a dictionary that describes a function, in one of the formats that LangChain reads.
_FUNCTION_KEYS = {"function", "input_schema", "parameters", "properties", "title", "toolSpec"}


def gather_fields(values: Mapping[str, Any], known: Container[str]) -> dict[str, Any]:
    """Replace aliases, and move arguments that are not fields of the model into `model_kwargs`.

    Raises:
        ValueError: an argument is given under two names.
    """
    fields: dict[str, Any] = {}
    others: dict[str, Any] = {**(values.get("model_kwargs") or {})}
    for given, value in values.items():
        name = _ALIASES.get(given, given)
        if given != name and name in values:
            raise ValueError(f"{given} and {name} mean the same; omit one of them")
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
    """Refuse to stream several choices, because LangChain would merge them into one.

    Raises:
        BadRequestError: `n` is not 1.
    """
    if (arguments.get("n") or 1) != 1:
        raise BadRequestError(
            "n: LangChain can only stream one choice; omit n, or call invoke()", param="n"
        )


def with_metadata(given: dict[str, Any], config: RunnableConfig | None) -> dict[str, Any]:
    """Return the arguments of a call with the metadata of its run."""
    return {**given, RUN_METADATA: ensure_config(config).get("metadata")}


def hide(value: Any, name: str = "") -> Any:
    """Return a value in which text under the name of a credential is a `SecretStr`."""
    if isinstance(value, str) and any(word in name.lower() for word in _CREDENTIAL_WORDS):
        return SecretStr(value)
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, Any]", value)
        return {key: hide(inner, str(key)) for key, inner in fields.items()}
    if isinstance(value, list):
        return [hide(inner, name) for inner in cast("Sequence[Any]", value)]
    return value


def reveal(value: Any) -> Any:
    """Return a value in which each `SecretStr` is replaced by its text."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Mapping):
        fields = cast("Mapping[str, Any]", value)
        return {key: reveal(inner) for key, inner in fields.items()}
    if isinstance(value, list):
        return [reveal(inner) for inner in cast("Sequence[Any]", value)]
    return value


def encode_tool(tool: ToolLike, strict: bool | None) -> JSON:
    """Return a tool in OpenAI's format; tools that run at a provider stay as they are.

    Settings that OpenAI's format has no field for (`cache_control` of a tool in Anthropic's
    format, `extras` of a LangChain tool) are added next to the function.

    Raises:
        ValueError: LangChain cannot convert it to a function.
    """
    given = _as_dict(tool)
    if given is not None:
        if given.keys().isdisjoint(_FUNCTION_KEYS) and ("type" in given or "name" not in given):
            return given
        tool = given
        marks = {name: given[name] for name in ("cache_control",) if name in given}
    else:
        marks = (tool.extras if isinstance(tool, BaseTool) else None) or {}
    return {**convert_to_openai_tool(tool, strict=strict), **marks}


def _as_dict(value: object) -> JSON | None:
    return cast("JSON", value) if isinstance(value, dict) else None


def encode_tool_choice(choice: object, tools: Sequence[JSON]) -> str | JSON | None:
    """Return a choice in OpenAI's format, None if the model may choose freely.

    The choice is a tool's name, "auto", "none", "any" or "required", a boolean, or a dictionary
    in the format of OpenAI or Anthropic.

    Raises:
        BadRequestError: the choice is none of these, or names a tool that is not in `tools`.
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
        f"tool_choice: expected a tool's name, 'auto', 'none', 'any', bool or dict, got {choice!r}",
        param="tool_choice",
    )


def _named(name: str, tools: Sequence[JSON]) -> JSON:
    names = [str((tool.get("function") or tool).get("name")) for tool in tools]
    if name not in names:
        raise BadRequestError(
            f"tool_choice: unknown tool {name!r}; the tools are {', '.join(names)}",
            param="tool_choice",
        )
    return {"type": "function", "function": {"name": name}}


def encode_schema(schema: JSON | type, strict: bool | None) -> JSON:
    """Return OpenAI's `response_format` for a class or a JSON schema; a format stays as it is.

    Raises:
        ValueError: LangChain cannot convert it to a schema.
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
    """Return the profile of a model from `get_model_info`, None if the model is unknown.

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
