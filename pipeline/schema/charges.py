"""The cost of a response as the provider itself reports it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from math import isfinite
from typing import TypeVar

from ..json_values import as_object
from .hybrid import Hybrid

T = TypeVar("T")

_log = logging.getLogger("trunkline")

# https://docs.litellm.ai/docs/proxy/response_headers
_PROXY_COST = "x-litellm-response-cost"
# https://docs.x.ai/developers/cost-tracking
_TICKS_PER_DOLLAR = 1e10


_unasked: ContextVar[bool] = ContextVar("trunkline_unasked", default=False)


def unasked(read: Callable[[], T]) -> T:
    """Read a cost that the user has not asked for: no warning says that it is unknown.

    For layers that record what a call cost in addition to other things.
    """
    token = _unasked.set(True)
    try:
        return read()
    finally:
        _unasked.reset(token)


def is_unasked() -> bool:
    """Return whether a cost is being read that the user has not asked for."""
    return _unasked.get()


def charged_cost(usage: Hybrid | None, headers: Mapping[str, str]) -> float | None:
    """Return the reported cost in US dollars, None if the provider reports none.

    OpenRouter sends `usage.cost`, Perplexity `usage.cost.total_cost`, xAI
    `usage.cost_in_usd_ticks`, and a LiteLLM proxy a header.
    """
    if _PROXY_COST in headers:
        return _read_dollars(headers[_PROXY_COST])
    if usage is None:
        return None
    ticks = usage.get("cost_in_usd_ticks")
    if isinstance(ticks, int):
        dollars = _read_dollars(ticks)
        return None if dollars is None else dollars / _TICKS_PER_DOLLAR
    cost: object = usage.get("cost")
    fields = as_object(cost)
    if fields is not None:
        cost = fields.get("total_cost")
    return _read_dollars(cost) if isinstance(cost, int | float) else None


def priced_cost(price: Callable[[T], float | None] | None, response: T) -> float | None:
    """Return what a function of the user's computes, None if there is none or it fails.

    It also fails if it returns anything other than a finite number or None: NaN would never reach
    the maximum of a budget. A response that was paid for must not be lost because of it.
    """
    if price is None:
        return None
    try:
        cost = price(response)
        number = None if cost is None else float(cost)
    except Exception as error:  # noqa: BLE001  # whatever the function raises
        problem = f"failed: {type(error).__name__}: {error}"
    else:
        if number is None or isfinite(number):
            return number
        problem = f"returned {number}"
    name = getattr(price, "__qualname__", None) or repr(price)
    _log.warning("the cost is unknown, because %s %s", name, problem)
    return None


def _read_dollars(value: float | str) -> float | None:
    """Return a value as a finite number, None if it is not one."""
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if isfinite(number) else None
