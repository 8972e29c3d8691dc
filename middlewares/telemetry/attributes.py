"""Attributes of spans and metrics for a request, its response and its outcome."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from ...pipeline.call.request import Endpoint, Request
from ...pipeline.errors import APIError
from ...pipeline.json_values import as_array, as_object
from ...pipeline.model_names import split_model
from ...pipeline.provider_facts import facts_of
from ...pipeline.schema.call_info import CallInfo
from ...pipeline.schema.charges import unasked
from ...pipeline.schema.model_response import ModelResponse
from ...pipeline.schema.parts import Usage
from ...pipeline.stream.outcome import Outcome
from . import conventions as semconv
from .conventions import Conventions, TokenCount

Scalar = str | int | float | bool
Attributes = dict[str, Scalar | list[str]]

#: Attributes of the span that its metrics also have.
SHARED = (
    semconv.OPERATION_NAME,
    semconv.PROVIDER_NAME,
    semconv.REQUEST_MODEL,
    semconv.RESPONSE_MODEL,
    semconv.SERVER_ADDRESS,
    semconv.SERVER_PORT,
    semconv.ERROR_TYPE,
)
_PORTS = {"http": 80, "https": 443}
_CONVERSATION = ("conversation_id", "session_id", "thread_id")


def request_attributes(request: Request, conventions: Conventions) -> Attributes:
    """Return the attributes that are known before anything is sent."""
    attributes: Attributes = {semconv.OPERATION_NAME: semconv.OPERATION, **_target(request)}
    for name, attribute in conventions.params.items():
        value = request.params.get(name)
        if isinstance(value, str | int | float):
            attributes[attribute] = value
    top_k = request.params.get("top_k")
    if isinstance(top_k, int | float):
        number = int(top_k) if conventions.whole_top_k else float(top_k)
        attributes[conventions.params["top_k"]] = number
    attributes.update(_output_attributes(request))
    attributes.update(_metadata_attributes(request))
    return attributes


def end_attributes(outcome: Outcome, conventions: Conventions) -> Attributes:
    """Return the attributes that are known at the end of a call."""
    attributes: Attributes = {}
    response, error = outcome.response, outcome.error
    if response is not None:
        attributes.update(_response_attributes(response))
        if outcome.kind == "completed":
            attributes[semconv.FINISH_REASONS] = [
                choice.finish_reason or "" for choice in response.choices
            ]
        for count, tokens in token_counts(response.usage):
            attributes[conventions.usage[count]] = tokens
    if error is not None:
        attributes[semconv.ERROR_TYPE] = type(error).__name__
        attributes["trunkline.outcome"] = outcome.kind
        if isinstance(error, APIError):
            attributes["trunkline.attempts"] = error.attempts
    elif outcome.kind != "completed":
        attributes["trunkline.outcome"] = outcome.kind
    return attributes


def token_counts(usage: Usage | None) -> Iterator[tuple[TokenCount, int]]:
    """Yield the token counts that the provider reported; nothing is estimated."""
    if usage is None:
        return
    yield "input", usage.prompt_tokens
    yield "output", usage.completion_tokens
    prompt, completion = usage.prompt_tokens_details, usage.completion_tokens_details
    if prompt is not None and prompt.cached_tokens is not None:
        yield "cache_read", prompt.cached_tokens
    if prompt is not None and prompt.cache_creation_tokens is not None:
        yield "cache_write", prompt.cache_creation_tokens
    if completion is not None and completion.reasoning_tokens is not None:
        yield "reasoning", completion.reasoning_tokens


def describe_error(error: BaseException) -> str:
    """Return a span's status text: only the class name of errors that may hold credentials."""
    return str(error) if isinstance(error, APIError) else type(error).__name__


def attempt_attributes(request: Request, error: Exception) -> Attributes:
    """Return the attributes of an attempt that failed."""
    attributes: Attributes = {
        semconv.REQUEST_MODEL: request.model,
        semconv.ERROR_TYPE: type(error).__name__,
    }
    if isinstance(error, APIError):
        if error.provider:
            attributes[semconv.PROVIDER_NAME] = facts_of(error.provider).otel_name
        if error.status_code is not None:
            attributes["http.response.status_code"] = error.status_code
        if error.retry_after is not None:
            attributes["trunkline.retry_after"] = error.retry_after
    return attributes


def _target(request: Request) -> Attributes:
    """Return model, provider and server; a model that cannot be resolved is left as requested."""
    endpoint = _resolve(request)
    if endpoint is None:
        provider, model = split_model(request.model, request.provider)
        return {
            semconv.PROVIDER_NAME: facts_of(provider).otel_name,
            semconv.REQUEST_MODEL: model,
        }
    parts = urlsplit(endpoint.base_url)
    attributes: Attributes = {
        semconv.PROVIDER_NAME: facts_of(endpoint.provider).otel_name,
        semconv.REQUEST_MODEL: endpoint.model,
    }
    if parts.hostname:
        attributes[semconv.SERVER_ADDRESS] = parts.hostname
        attributes[semconv.SERVER_PORT] = parts.port or _PORTS.get(parts.scheme, 443)
    return attributes


def _resolve(request: Request) -> Endpoint | None:
    try:
        return request.adapter.resolve(request)
    except (APIError, ValueError):
        # The adapter raises this error again when it is called; a Route's group has no address.
        return None


def _output_attributes(request: Request) -> Attributes:
    """Return the attributes of the parameters that shape the output."""
    attributes: Attributes = {}
    params = request.params
    if request.stream:
        attributes[semconv.REQUEST_STREAM] = True
    count = params.get("n")
    if isinstance(count, int) and count != 1:
        attributes[semconv.REQUEST_CHOICES] = count
    stop = params.get("stop")
    if isinstance(stop, str):
        attributes[semconv.REQUEST_STOP] = [stop]
    elif (sequences := as_array(stop)) is not None:
        attributes[semconv.REQUEST_STOP] = sequences
    kind = (as_object(params.get("response_format")) or {}).get("type")
    if kind is not None:
        attributes[semconv.OUTPUT_TYPE] = "text" if kind == "text" else "json"
    elif "audio" in (as_array(params.get("modalities")) or ()):
        attributes[semconv.OUTPUT_TYPE] = "speech"
    return attributes


def _metadata_attributes(request: Request) -> Attributes:
    """Return the call's metadata; only str, numbers and lists of str can be attributes."""
    attributes: Attributes = {"trunkline.call_id": request.call_id}
    metadata: Mapping[str, Any] = request.metadata
    for name, value in metadata.items():
        if isinstance(value, str | int | float):
            attributes[f"trunkline.metadata.{name}"] = value
        elif (items := as_array(value)) is not None and all(isinstance(one, str) for one in items):
            attributes[f"trunkline.metadata.{name}"] = items
    user = metadata.get("user", request.params.get("user"))
    if isinstance(user, str):
        attributes[semconv.USER_ID] = user
    for name in _CONVERSATION:
        if isinstance(metadata.get(name), str):
            attributes[semconv.CONVERSATION_ID] = metadata[name]
            break
    return attributes


def cost_attributes(response: ModelResponse) -> Attributes:
    """Return what a response cost, which takes longer to find out than all other attributes."""
    cost = unasked(lambda: response.cost)
    return {} if cost is None else {"trunkline.cost": cost}


def _response_attributes(response: ModelResponse) -> Attributes:
    call: CallInfo = response.call
    attributes: Attributes = {"trunkline.attempts": call.attempts}
    if response.id:
        attributes[semconv.RESPONSE_ID] = response.id
    if response.model:
        attributes[semconv.RESPONSE_MODEL] = response.model
    if call.provider:
        # With fallbacks, the provider may differ from the requested one.
        attributes[semconv.PROVIDER_NAME] = facts_of(call.provider).otel_name
    if call.cache_hit:
        attributes["trunkline.cache_hit"] = True
    return attributes
