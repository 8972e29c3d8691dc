"""How much room a conversation has: the limit of its prompt, and its size."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

from msgspec import Struct

from ...pipeline.call.messages import MessageParam
from ...pipeline.call.prompt_size import count_prompt, window_of
from ...pipeline.call.request import Request
from ...pipeline.errors import BadRequestError
from ..checked_arguments import (
    check_count,
    check_plain_function,
    is_number,
    refuse_awaitable,
)
from .turns import MESSAGE, estimate_tokens, largest_size

_log = logging.getLogger("trunkline")

#: The share of an unlimited response in a model's window.
_RESERVE = 1 / 8
#: Tokens of a message besides its content, at most.
_FIELDS = 2 * MESSAGE
#: Of how many models limits are remembered.
_MODELS = 1000
# Parameters that make a prompt longer or its limit lower.
_WITHOUT_LIMIT = frozenset({"tools", "functions", "max_tokens", "max_completion_tokens"})

#: Returns the tokens of messages.
Count = Callable[[Sequence[MessageParam]], int]


class Size(Struct, frozen=True):
    """The tokens of a prompt, and whether they were counted or estimated."""

    tokens: int
    counted: bool


class Room:
    """The room that a middleware leaves to a conversation.

    Args:
        max_tokens: tokens of the prompt at most; None means the model's window without `reserve`.
        reserve: tokens for the response; None means the call's own limit, else an eighth of the
            window.
        count: returns the tokens of messages; None counts as `token_counter`.
        name: the middleware's name, for its warning.

    Raises:
        InvalidArgumentError: `max_tokens` is not above zero, or `reserve` is negative.
    """

    def __init__(
        self, max_tokens: int | None, reserve: int | None, count: Count | None, name: str
    ) -> None:
        if max_tokens is not None:
            check_count("max_tokens", max_tokens)
        if reserve is not None:
            check_count("reserve", reserve, least=0)
        if count is not None:
            check_plain_function("count", count, "messages")
        self.max_tokens = max_tokens
        self._reserve = reserve
        self._count = count
        self._name = name
        self._lock = Lock()
        self._warned: set[str] = set()
        # By model: a limit that is certainly not too high for calls that set none.
        self._low: dict[str, int] = {}

    def is_short(self, request: Request) -> bool:
        """Return whether a prompt is so short that nothing else need be looked at."""
        low = self._low.get(request.model)
        if low is None:
            return False
        params = request.params
        if params and not _WITHOUT_LIMIT.isdisjoint(params):
            return False
        try:
            for message in request.messages:
                content = message["content"]  # pyright: ignore[reportTypedDictNotRequiredAccess]  # below
                if type(content) is not str or len(message) != 2:
                    return False
                # A character has up to four bytes, and a token at least one.
                low -= 4 * len(content) + _FIELDS
        except KeyError:
            return False
        return low >= 0

    def limit(self, request: Request) -> int | None:
        """Return the tokens that the prompt may have, None if the model's window is not known."""
        if self.max_tokens is not None:
            self._remember(request, self.max_tokens)
            return self.max_tokens
        window = window_of(request).max_input_tokens
        if window is None:
            self._warn(request.model)
            return None
        reserve = self._reserve
        self._remember(request, window - (round(window * _RESERVE) if reserve is None else reserve))
        if reserve is None:
            params = request.params
            given: Any = params.get("max_completion_tokens") or params.get("max_tokens")
            reserve = given if isinstance(given, int) else round(window * _RESERVE)
        return max(1, window - reserve)

    def _remember(self, request: Request, limit: int) -> None:
        if self._count is None and request.provider is None and len(self._low) < _MODELS:
            self._low[request.model] = limit

    def certainly_fits(self, request: Request, limit: int) -> bool:
        """Return whether a prompt is so short that it need not be counted."""
        if self._count is not None:
            return False
        largest = largest_size(request.messages, request.params.get("tools"))
        return largest is not None and largest <= limit

    async def measure(self, request: Request) -> Size:
        """Return the size of a request's prompt."""
        if self._count is not None:
            return Size(_read_count(self._count(request.messages)), counted=True)
        counted = await count_prompt(request)
        if counted is not None:
            return Size(counted, counted=True)
        return Size(estimate_tokens(request.messages, request.params.get("tools")), counted=False)

    def _warn(self, model: str) -> None:
        with self._lock:
            if model in self._warned or len(self._warned) >= 100:
                return
            self._warned.add(model)
        _log.warning(
            "%s: the context window of %s is not known: pass max_tokens, or add it with "
            "register_model() (logged once)",
            self._name,
            model,
        )


def _read_count(count: object) -> int:
    """Return a user's count; one that is an estimate may have a fraction.

    Raises:
        BadRequestError: it is not a number of 0 or more.
    """
    refuse_awaitable("count", count)
    if not is_number(count) or not 0 <= count < math.inf:
        raise BadRequestError(
            f"count: expected a function that returns an int of 0 or more, got {count!r}",
            param="count",
        )
    return math.ceil(count)
