"""Strategies that choose one of a route's deployments, one function each.

A strategy gets the available deployments (at least one, in the order of the list), the number of
the call within its group, and a random number generator. It returns one of the deployments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Literal

from msgspec import Struct

from ...pipeline.errors import InvalidArgumentError
from ..checked_arguments import check_plain_function
from .deployments import Deployment
from .state import Load


class Option(Struct, frozen=True, kw_only=True):
    """An available deployment.

    Attributes:
        deployment: the deployment, with its weight and limits.
        load: its current load.
        seconds: the average time until a response, or until the first content of a stream; None
            if it is not known.
    """

    deployment: Deployment
    load: Load
    seconds: float | None


Strategy = Callable[[Sequence[Option], int, Random], Option]


def simple_shuffle(options: Sequence[Option], _number: int, random: Random) -> Option:
    """Choose at random, weighted by the first of weight, rpm and tpm that all of them have.

    One with the weight 0 is chosen only if all have it.
    """
    options = [option for option in options if option.deployment.weight != 0] or options
    for weights in (
        [option.deployment.weight for option in options],
        [option.deployment.quota.rpm for option in options],
        [option.deployment.quota.tpm for option in options],
    ):
        known = [weight for weight in weights if weight is not None]
        if len(known) == len(options) and sum(known) > 0:
            return random.choices(options, known)[0]
    return random.choice(options)


def round_robin(options: Sequence[Option], number: int, _random: Random) -> Option:
    """Choose each in turn."""
    return options[number % len(options)]


def least_busy(options: Sequence[Option], _number: int, _random: Random) -> Option:
    """Choose the one with the fewest requests in progress, then the fewest in this minute."""
    return min(options, key=lambda option: (option.load.active, option.load.requests))


def lowest_latency(options: Sequence[Option], _number: int, _random: Random) -> Option:
    """Choose the fastest on average; unused deployments come first."""
    return min(options, key=lambda option: (option.seconds or 0.0, option.load.active))


def lowest_usage(options: Sequence[Option], _number: int, _random: Random) -> Option:
    """Choose the one with the fewest tokens, then the fewest requests, in this minute."""
    return min(options, key=lambda option: (option.load.tokens, option.load.requests))


#: The names of the strategies.
StrategyName = Literal[
    "latency-based-routing",
    "least-busy",
    "round-robin",
    "simple-shuffle",
    "usage-based-routing",
    "usage-based-routing-v2",
]
#: The strategies by name; all names except "round-robin" are litellm's.
STRATEGIES: Mapping[StrategyName, Strategy] = {
    "simple-shuffle": simple_shuffle,
    "round-robin": round_robin,
    "least-busy": least_busy,
    "latency-based-routing": lowest_latency,
    "usage-based-routing": lowest_usage,
    "usage-based-routing-v2": lowest_usage,
}


def find_strategy(given: StrategyName | Strategy) -> Strategy:
    """Return a strategy by name, or a function unchanged.

    Raises:
        InvalidArgumentError: no strategy has that name.
    """
    if callable(given):
        check_plain_function("strategy", given, "options", "number", "random")
        return given
    names: Sequence[str] = sorted(STRATEGIES)
    if given in names:
        return STRATEGIES[given]
    from ...pipeline.near_names import explain_slip  # noqa: PLC0415  # only for this error

    raise InvalidArgumentError(
        f"unknown routing strategy {given!r}; {explain_slip(given, names)}",
        param="routing_strategy",
    )
