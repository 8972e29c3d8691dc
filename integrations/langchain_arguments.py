"""What a model is made with and called with: names, credentials, notes of a run."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any, cast

from langchain_core.runnables import RunnableConfig, ensure_config
from pydantic import SecretStr

from .. import BadRequestError

#: How the metadata of a run gets to the call: LangChain hands it to plain calls alone.
RUN_METADATA = "_run_metadata"

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


def split_model(model: str, arguments: Mapping[str, Any]) -> tuple[str, str]:
    """Return the provider's prefix and the model's own name."""
    given = arguments.get("custom_llm_provider")
    prefix, slash, name = model.partition("/")
    if given:
        return str(given), name if slash and prefix == given else model
    return (prefix, name) if slash else ("openai", model)


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
