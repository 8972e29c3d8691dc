"""Convert between trunkline's types and those of the `litellm` namespace."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from pydantic import BaseModel

from ..pipeline.errors import APIError
from ..pipeline.schema import model_response as schema
from ..pipeline.schema import parts
from ..pipeline.schema.call_info import CallInfo
from ..pipeline.schema.hybrid import Hybrid
from .errors import to_litellm
from .response_types import ModelResponse, ModelResponseStream, Usage

HybridT = TypeVar("HybridT", bound=Hybrid)


def give(value: object) -> Any:
    """Return the object of the namespace for an object of trunkline.

    Lists are looked through; everything else is returned as it is.
    """
    if isinstance(value, schema.ModelResponse):
        response = ModelResponse.model_validate(_fields(value))
        _note(response, value)
        return response
    if isinstance(value, schema.ModelResponseStream):
        return ModelResponseStream.model_validate(_fields(value))
    if isinstance(value, parts.Usage):
        return Usage.model_validate(_usage_fields(value))
    if isinstance(value, APIError):
        return to_litellm(value)
    if isinstance(value, list):
        return [give(item) for item in cast("list[object]", value)]
    return value


def take(value: object) -> Any:
    """Return the object of trunkline for an object of the namespace."""
    if isinstance(value, ModelResponse):
        response = _validate(schema.ModelResponse, value)
        response.call = _call_of(value)
        return response
    if isinstance(value, ModelResponseStream):
        return _validate(schema.ModelResponseStream, value)
    if isinstance(value, Usage):
        return _validate(parts.Usage, value)
    if isinstance(value, list):
        return [take(item) for item in cast("list[object]", value)]
    return value


def _validate(kind: type[HybridT], value: BaseModel) -> HybridT:
    return kind.model_validate(value.model_dump(exclude_none=True))


def _call_of(response: ModelResponse) -> CallInfo:
    """Return the details that are needed to price a response of the namespace."""
    hidden = response._hidden_params  # pyright: ignore[reportPrivateUsage]  # see `_note`
    return CallInfo(
        provider=hidden.get("custom_llm_provider") or "",
        model=hidden.get("litellm_model_name") or response.model or "",
        cost=hidden.get("response_cost"),
    )


def _fields(answer: schema.ModelResponse | schema.ModelResponseStream) -> dict[str, Any]:
    fields = answer.model_dump()
    if answer.usage is not None:
        fields["usage"] = _usage_fields(answer.usage)
    for choice in fields["choices"]:
        for piece in choice.get("delta", {}).get("tool_calls") or ():
            piece.setdefault("id", None)
    return fields


def _usage_fields(usage: parts.Usage) -> dict[str, Any]:
    """Return usage with the cache counts that litellm has outside the details."""
    fields = usage.model_dump(exclude={"native"})
    for name in ("cache_read_input_tokens", "cache_creation_input_tokens"):
        tokens = usage.get(name)
        if tokens is not None:
            fields[name] = tokens
    return fields


def _note(response: ModelResponse, answer: schema.ModelResponse) -> None:
    """Set litellm's private attributes with the details of the call."""
    response._hidden_params = dict(answer._hidden_params)  # pyright: ignore[reportPrivateUsage]  # users of litellm read it
    response._response_headers = dict(answer.call.headers)  # pyright: ignore[reportPrivateUsage]  # the same
