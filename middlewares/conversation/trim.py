"""Leave out the oldest turns of a conversation that is too long for the model."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import ClassVar

from ...pipeline.call.request import Handler, Reply, Request, replace
from ...pipeline.errors import ContextWindowExceededError
from .room import Count, Room, Size
from .turns import Conversation, estimate_tokens, split_turns


class Trim:
    """Leaves out the oldest turns of a conversation until it fits into the model's window.

    A turn is a message of the user and everything up to the next one. Turns are left out as a
    whole, so that calls of tools stay with their results; system messages and the last turn always
    stay. Tokens are counted like `token_counter` does, tools included. Where a provider cannot
    count, they are estimated, rather too high. A conversation that is certainly short enough is
    not counted.

    Args:
        max_tokens: tokens of the prompt at most; None means the window of the model, as in
            `get_model_info`, without `reserve`. A model without known window is not trimmed, and a
            warning is logged once.
        reserve: tokens to keep free for the response if `max_tokens` is None; None means the
            call's own limit, else an eighth of the window.
        count: returns the tokens of messages, instead of the provider's own count.

    Raises:
        ContextWindowExceededError: the system messages and the last turn by themselves are too
            long, and their tokens were counted, not estimated. Nothing was sent.
        InvalidArgumentError: an argument is out of its range.
    """

    single: ClassVar[bool] = True

    def __init__(
        self,
        max_tokens: int | None = None,
        *,
        reserve: int | None = None,
        count: Count | None = None,
    ) -> None:
        self._room = Room(max_tokens, reserve, count, "Trim")

    def __repr__(self) -> str:
        limit = self._room.max_tokens
        return "Trim()" if limit is None else f"Trim(max_tokens={limit})"

    def __call__(self, request: Request, call_next: Handler) -> Awaitable[Reply]:
        """Call the next layer with as many of the latest turns as fit."""
        if self._room.is_short(request):
            return call_next(request)
        return self._call(request, call_next)

    async def _call(self, request: Request, call_next: Handler) -> Reply:
        limit = self._room.limit(request)
        if limit is None or self._room.certainly_fits(request, limit):
            return await call_next(request)
        size = await self._room.measure(request)
        if size.tokens > limit:
            request = await self._trim(request, size, limit)
        return await call_next(request)

    async def _trim(self, request: Request, size: Size, limit: int) -> Request:
        conversation = split_turns(request.messages)
        most = len(conversation.turns) - 1
        sizes = [
            estimate_tokens(conversation.of(number, number + 1)) for number in range(max(most, 0))
        ]
        # By how much the estimates of this conversation are wrong.
        scale = size.tokens / max(1, estimate_tokens(request.messages, request.params.get("tools")))
        left_out, trimmed = 0, request
        while size.tokens > limit:
            if left_out >= most:
                if size.counted:
                    raise _too_long(request, size, limit)
                break
            excess = (size.tokens - limit) / scale
            while left_out < most:
                excess -= sizes[left_out]
                left_out += 1
                if excess <= 0:
                    break
            trimmed = _leave_out(request, conversation, left_out)
            size = await self._room.measure(trimmed)
        else:
            left_out, trimmed = await self._restore(request, conversation, left_out, trimmed, limit)
        request.trail.add("Trim", "trimmed", turns=left_out)
        return trimmed

    async def _restore(
        self,
        request: Request,
        conversation: Conversation,
        left_out: int,
        trimmed: Request,
        limit: int,
    ) -> tuple[int, Request]:
        """Take back turns that fit after all."""
        while left_out > 1:
            longer = _leave_out(request, conversation, left_out - 1)
            if (await self._room.measure(longer)).tokens > limit:
                break
            left_out, trimmed = left_out - 1, longer
        return left_out, trimmed


def _leave_out(request: Request, conversation: Conversation, count: int) -> Request:
    return replace(request, messages=conversation.without(count))


def _too_long(request: Request, size: Size, limit: int) -> ContextWindowExceededError:
    return ContextWindowExceededError(
        f"the system messages and the last turn have {size.tokens} tokens, and the limit is "
        f"{limit}, so leaving out older turns does not help",
        model=request.model,
        param="messages",
    )
