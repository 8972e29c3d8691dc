"""Calls that layers make for themselves: part of a call's attempts and cost, not of its usage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from typing import TypeVar

from ..schema.call_info import CallInfo
from ..schema.model_response import ModelResponse, is_response
from .stream import Stream

ReplyT = TypeVar("ReplyT", ModelResponse, Stream, ModelResponse | Stream)


def with_own_call(reply: ReplyT) -> ReplyT:
    """Return a reply whose details can be changed without changing those that inner layers see.

    A budget that is further inside has already counted the side calls when they passed it.
    """
    if isinstance(reply, Stream):
        return reply.then(_no_more)
    own = copy(reply)
    own.call = copy(reply.call)
    return own


def with_side_calls(reply: ReplyT, made: Sequence[ModelResponse]) -> ReplyT:
    """Return a reply with the responses to calls that a layer has made for itself added."""
    if not made:
        return reply
    own = with_own_call(reply)
    add_side_calls(own.call, made)
    return own


def count_attempts(made: Sequence[ModelResponse]) -> int:
    """Return how many requests the calls with these responses made."""
    return sum(each.call.attempts for each in made)


def add_side_calls(call: CallInfo, made: Sequence[ModelResponse]) -> None:
    """Add responses to calls that a layer has made for itself."""
    call.attempts += count_attempts(made)
    call.side_calls = (*call.side_calls, *made)


def has_side_calls(response: ModelResponse) -> bool:
    """Return whether layers made calls for themselves, for a response or a part of it."""
    call = response.call
    if call.side_calls:
        return True
    return any(is_response(part) and has_side_calls(part) for part in call.parts)


def paid_responses(response: ModelResponse) -> Iterator[ModelResponse]:
    """Yield what was paid for: the parts of a response, or itself, and the side calls of each.

    None of them has parts or side calls.
    """
    call = response.call
    parts = [part for part in call.parts if is_response(part)]
    if not parts and not call.cache_hit:
        yield _alone(response)
    for part in parts:
        yield from paid_responses(part)
    for side in call.side_calls:
        if is_response(side):
            yield from paid_responses(side)


def _alone(response: ModelResponse) -> ModelResponse:
    if not response.call.parts and not response.call.side_calls:
        return response
    alone = copy(response)
    alone.call = copy(response.call)
    alone.call.parts = alone.call.side_calls = ()
    return alone


def _no_more(_response: ModelResponse) -> None:
    """Return None: nothing follows the only part of a stream."""
