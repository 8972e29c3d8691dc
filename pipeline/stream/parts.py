"""Several responses that make one: their usage, attempts and costs are those of all together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from typing import TypeVar

from ..schema.call_info import CallInfo
from ..schema.hybrid import Hybrid
from ..schema.model_response import ModelResponse
from ..schema.parts import CompletionTokensDetails, PromptTokensDetails, Usage

DetailsT = TypeVar("DetailsT", PromptTokensDetails, CompletionTokensDetails)


def sum_usage(usages: Iterable[Usage | None]) -> Usage | None:
    """Return the sum of token counts, None if there are none; a single one is returned as it is."""
    known = [usage for usage in usages if usage is not None]
    if len(known) <= 1:
        return known[0] if known else None
    total = Usage(
        prompt_tokens=sum(usage.prompt_tokens for usage in known),
        completion_tokens=sum(usage.completion_tokens for usage in known),
        total_tokens=sum(usage.total_tokens for usage in known),
    )
    prompt = [usage.prompt_tokens_details for usage in known]
    completion = [usage.completion_tokens_details for usage in known]
    total.prompt_tokens_details = _sum_fields(PromptTokensDetails, prompt)
    total.completion_tokens_details = _sum_fields(CompletionTokensDetails, completion)
    return total


def _sum_fields(kind: type[DetailsT], details: Sequence[DetailsT | None]) -> DetailsT | None:
    known = [each for each in details if each is not None]
    if not known:
        return None
    total = kind()
    for name in _declared(total):
        counts = [count for each in known if (count := getattr(each, name)) is not None]
        if counts:
            setattr(total, name, sum(counts))
    return total


def _declared(details: Hybrid) -> list[str]:
    return [name for name in details.__struct_fields__ if not name.endswith("_")]


def join_calls(call: CallInfo, following: CallInfo) -> None:
    """Add the details of a further part to those of the call so far."""
    call.cost = None  # it is calculated from the parts
    call.attempts += following.attempts
    call.tried = [*call.tried, *following.tried]
    dropped = [name for name in following.dropped_params if name not in call.dropped_params]
    call.dropped_params = [*call.dropped_params, *dropped]
    call.headers = following.headers
    call.provider = following.provider
    call.model = following.model
    call.api_base = following.api_base
    call.deployment = following.deployment
    call.fallback = following.fallback or call.fallback
    call.cache_hit = call.cache_hit and following.cache_hit
    saved = [each for each in (call.saved_cost, following.saved_cost) if each is not None]
    call.saved_cost = sum(saved) if saved else None
    call.price = following.price or call.price
    call.parse = following.parse or call.parse


def join_responses(parts: Sequence[ModelResponse]) -> ModelResponse:
    """Return the last of several responses of one call, with the usage and the costs of all.

    A middleware that calls on more than once in one call returns this; each response counts its
    own requests in `attempts`.
    """
    *earlier, last = parts
    if not earlier:
        return last
    own = copy(last)
    own.call = last.call
    call = copy(parts[0].call)
    call.side_calls = ()  # the parts have their own
    for part in parts[1:]:
        join_calls(call, part.call)
    call.response_ms = sum(part.call.response_ms or 0.0 for part in parts)
    call.parts = [*earlier, own]
    last.usage = sum_usage(part.usage for part in parts)
    last.call = call
    return last
