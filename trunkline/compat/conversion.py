"""Convert between trunkline's types and those of the `litellm` namespace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from pydantic import BaseModel

from ..adapters.wires.responses.response import read_usage
from ..pipeline.errors import APIError
from ..pipeline.json_values import JSON
from ..pipeline.model_names import split_model
from ..pipeline.schema import model_response as schema
from ..pipeline.schema import parts
from ..pipeline.schema.call_info import CallInfo
from ..pipeline.schema.charges import unasked
from ..pipeline.schema.hybrid import Hybrid
from ..pipeline.schema.litellm_names import hidden_params
from ..pipeline.schema.responses import Response, ResponseStreamEvent
from .errors import to_litellm
from .litellm_types.response import ModelResponse, ModelResponseStream, Usage
from .litellm_types.responses import EVENTS, GenericEvent, ResponsesAPIResponse
from .providers import spell
from .reasoning_items import show_annotations, show_reasoning_items

# What Gemini says in addition to the text, with litellm's attributes for it.
_GROUNDING = {
    "grounding_metadata": "vertex_ai_grounding_metadata",
    "url_context_metadata": "vertex_ai_url_context_metadata",
}
HybridT = TypeVar("HybridT", bound=Hybrid)


def give(value: object) -> Any:
    """Return the object of the namespace for an object of trunkline.

    Lists are looked through; everything else is returned as it is.
    """
    if isinstance(value, list):
        return [give(item) for item in cast("list[object]", value)]
    for kind, convert in _GIVERS:
        if isinstance(value, kind):
            return convert(value)
    return value


def take(value: object) -> Any:
    """Return the object of trunkline for an object of the namespace."""
    if isinstance(value, ModelResponse):
        response = _validate(schema.ModelResponse, value)
        response.call = _call_of(value)
        return response
    if isinstance(value, ResponsesAPIResponse):
        return _as_completion(value)
    if isinstance(value, ModelResponseStream):
        return _validate(schema.ModelResponseStream, value)
    if isinstance(value, Usage):
        return _validate(parts.Usage, value)
    if isinstance(value, list):
        return [take(item) for item in cast("list[object]", value)]
    return value


def plain_items(value: object) -> Any:
    """Return input of the Responses API with each pydantic model as what was sent."""
    if isinstance(value, BaseModel):
        return value.model_dump(exclude_unset=True, by_alias=True)
    if isinstance(value, list):
        return [plain_items(item) for item in cast("list[object]", value)]
    if isinstance(value, dict):
        return {name: plain_items(item) for name, item in cast("JSON", value).items()}
    return value


def _validate(kind: type[HybridT], value: BaseModel) -> HybridT:
    # What has a wrong type is refused; pydantic's warnings of it would only come first.
    return kind.model_validate(value.model_dump(exclude_none=True, warnings=False))


def _as_completion(response: ResponsesAPIResponse) -> schema.ModelResponse:
    """Return what is needed to price a response of the Responses API, as a chat completion."""
    native = None if response.usage is None else response.usage.model_dump(exclude_none=True)
    completion = schema.ModelResponse(model=response.model or "", usage=read_usage(native, b""))
    completion.service_tier = response.get("service_tier")
    completion.call = _call_of(response)
    return completion


def _call_of(response: ModelResponse | ResponsesAPIResponse) -> CallInfo:
    """Return the details that are needed to price a response of the namespace.

    One that a program made has no details; its model says whose it is.
    """
    hidden = response._hidden_params  # pyright: ignore[reportPrivateUsage]  # see `_note`
    model: str = hidden.get("litellm_model_name") or response.model or ""
    provider: str = hidden.get("custom_llm_provider") or ""
    if model and not provider:
        provider = split_model(spell(model))[0]
    return CallInfo(
        provider=provider,
        model=model,
        cost=hidden.get("response_cost"),
    )


def _fields(answer: schema.ModelResponse | schema.ModelResponseStream) -> dict[str, Any]:
    fields = answer.model_dump()
    if answer.usage is not None:
        fields["usage"] = _usage_fields(answer.usage)
    for choice in fields["choices"]:
        said = choice.get("message") or choice.get("delta")
        if said and said.get("provider_specific_fields"):
            show_reasoning_items(said)
            show_annotations(said)
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


def _note(
    given: ModelResponse | ResponsesAPIResponse, call: CallInfo, hidden: dict[str, Any]
) -> None:
    """Set litellm's private attributes with the details of the call."""
    given._hidden_params = hidden  # pyright: ignore[reportPrivateUsage]  # users of litellm read it
    given._response_headers = dict(call.headers)  # pyright: ignore[reportPrivateUsage]  # the same


def _give_response(response: Response) -> ResponsesAPIResponse:
    given = ResponsesAPIResponse.model_validate(response.model_dump())
    _note(given, response.call, hidden_params(response.call, unasked(lambda: response.cost)))
    return given


def _give_event(event: ResponseStreamEvent) -> GenericEvent:
    given = EVENTS.get(event.type, GenericEvent).model_validate(event.model_dump())
    response = getattr(given, "response", None)
    if event.response is not None and isinstance(response, ResponsesAPIResponse):
        own = event.response
        _note(response, own.call, hidden_params(own.call, unasked(lambda: own.cost)))
    return given


def _give_completion(completion: schema.ModelResponse) -> ModelResponse:
    given = ModelResponse.model_validate(_fields(completion))
    _note(given, completion.call, dict(completion._hidden_params))  # pyright: ignore[reportPrivateUsage]  # the same attribute
    _ground(given, completion)
    for choice in given.choices:
        _fill(choice, "logprobs")
        _fill(choice.get("message"), "refusal")
    return given


def _fill(owner: Any, name: str) -> None:
    """Set a field that OpenAI always sends, and that litellm's users read without looking."""
    if owner is not None and not hasattr(owner, name):
        setattr(owner, name, None)


def _give_chunk(chunk: schema.ModelResponseStream) -> ModelResponseStream:
    given = ModelResponseStream.model_validate(_fields(chunk))
    _ground(given, chunk)
    return given


def _ground(
    given: ModelResponse | ModelResponseStream,
    answer: schema.ModelResponse | schema.ModelResponseStream,
) -> None:
    """Set what Gemini says about its sources where litellm's users look for it."""
    for name, other in _GROUNDING.items():
        found = [
            choice.provider_specific_fields[name]
            for choice in answer.choices
            if choice.provider_specific_fields and name in choice.provider_specific_fields
        ]
        if found:
            setattr(given, other, found)


# Chunks and events first: a call has many of them.
_GIVERS: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (schema.ModelResponseStream, _give_chunk),
    (ResponseStreamEvent, _give_event),
    (schema.ModelResponse, _give_completion),
    (Response, _give_response),
    (parts.Usage, lambda usage: Usage.model_validate(_usage_fields(usage))),
    (APIError, to_litellm),
)
