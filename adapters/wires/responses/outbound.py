"""A chat completion as a response of the Responses API, for callers who speak it.

https://platform.openai.com/docs/api-reference/responses/object
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ....pipeline.json_values import JSON, as_array, as_object
from ....pipeline.schema.model_response import ModelResponse
from ....pipeline.schema.parts import Choice, Usage
from .changes import changed_items
from .items import call_item, image_items, message_item, new_id, reasoning_item, text_part
from .reasoning_state import write_state
from .response import OUTPUT_ITEMS

#: Parameters that a response repeats, with their values where the caller gave none.
_REPEATED: Mapping[str, Any] = {
    "instructions": None,
    "max_output_tokens": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "reasoning": None,
    "service_tier": None,
    "temperature": None,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_logprobs": 0,
    "top_p": None,
    "truncation": "disabled",
    "user": None,
}
#: Names of other providers for the tier that OpenAI calls "default".
_DEFAULT_TIERS = frozenset({"on_demand", "standard"})
#: https://platform.openai.com/docs/api-reference/responses/object#responses/object-service_tier
_TIERS = frozenset({"auto", "default", "fast", "flex", "priority", "scale", "ultrafast"})
_INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}


def write_response(completion: ModelResponse, request: Mapping[str, Any], response_id: str) -> JSON:
    """Return the response that says what a chat completion says.

    Args:
        completion: what the provider answered.
        request: the body of the Responses request, whose parameters a response repeats; `store`
            is whether the response is stored.
        response_id: its id.
    """
    choice = completion.choices[0] if completion.choices else Choice()
    response = head(completion.model, completion.created, request, response_id)
    response["output"] = list(output_items(choice))
    return response | ending(choice.finish_reason, completion.usage, completion.service_tier)


def head(model: str, created: int, request: Mapping[str, Any], response_id: str) -> JSON:
    """Return a response that has just begun."""
    repeated = {
        name: default if request.get(name) is None else request[name]
        for name, default in _REPEATED.items()
    }
    return {
        "id": response_id,
        "object": "response",
        "created_at": created,
        "status": "in_progress",
        "background": False,
        "error": None,
        "incomplete_details": None,
        "model": model,
        "output": [],
        "store": request.get("store") is True,
        "usage": None,
        **repeated,
    }


def ending(finish_reason: str | None, usage: Usage | None, service_tier: str | None) -> JSON:
    """Return the fields that a response has at its end."""
    incomplete = _INCOMPLETE.get(finish_reason or "")
    fields: JSON = {
        "status": "incomplete" if incomplete else "completed",
        "incomplete_details": {"reason": incomplete} if incomplete else None,
        "usage": None if usage is None else write_usage(usage),
    }
    tier = "default" if service_tier in _DEFAULT_TIERS else service_tier
    if tier in _TIERS:
        fields["service_tier"] = tier
    return fields


def write_usage(usage: Usage) -> JSON:
    """Return token counts by their names in the Responses API."""
    prompt, completion = usage.prompt_tokens_details, usage.completion_tokens_details
    inner: JSON = {
        "cached_tokens": (prompt.cached_tokens if prompt else None) or 0,
        "cache_write_tokens": (prompt.cache_creation_tokens if prompt else None) or 0,
    }
    reasoning = (completion.reasoning_tokens if completion else None) or 0
    return {
        "input_tokens": usage.prompt_tokens,
        "input_tokens_details": inner,
        "output_tokens": usage.completion_tokens,
        "output_tokens_details": {"reasoning_tokens": reasoning},
        "total_tokens": usage.total_tokens,
    }


def output_items(choice: Choice) -> Iterator[JSON]:
    """Yield the items of a choice: reasoning, text, images, then calls."""
    message = choice.message
    kept = as_array((message.provider_specific_fields or {}).get(OUTPUT_ITEMS))
    if kept:
        yield from changed_items([as_object(item) or {} for item in kept], message)
        return
    reasoning = message.reasoning_content or message.reasoning
    state = write_state(message)
    if reasoning:
        yield reasoning_item(reasoning, state)
    content = list(message_content(choice))
    images = image_items(message.images)
    if content or not (message.tool_calls or images):
        yield message_item(new_id("msg"), content or [text_part("")])
    yield from images
    for call in message.tool_calls or ():
        yield call_item(call)
    if state and not reasoning:
        # At the end, as in a stream, where it is not known before.
        yield reasoning_item("", state)


def message_content(choice: Choice) -> Iterator[JSON]:
    """Yield the parts of a message."""
    message = choice.message
    if message.content:
        part = text_part(message.content, response_annotations(message.annotations))
        if choice.logprobs is not None:
            tokens = choice.logprobs.content or ()
            part["logprobs"] = [{"top_logprobs": [], **each.model_dump()} for each in tokens]
        yield part
    if message.refusal:
        yield {"type": "refusal", "refusal": message.refusal}


def response_annotations(given: list[JSON] | None) -> list[JSON]:
    """Return citations of web pages in the form of the Responses API."""
    annotations: list[JSON] = []
    for annotation in given or ():
        kind = annotation.get("type")
        fields = as_object(annotation.get(kind)) if isinstance(kind, str) else None
        if kind == "url_citation" and fields is not None:
            defaults = {"start_index": 0, "end_index": 0, "title": "", "url": ""}
            annotations.append({"type": kind, **defaults, **fields})
    return annotations
