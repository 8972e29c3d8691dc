"""Which of a route's deployments to ask: each strategy is one small function.

A strategy gets the deployments that are ready, in the order of the list and never empty, the
number of the call within its group, and a source of chance. It returns one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random

from msgspec import Struct

from .deployments import Deployment
from .state import Load


class Option(Struct, frozen=True, kw_only=True):
    """A deployment that may be asked.

    Attributes:
        deployment: with its weight and its limits.
        load: what it has to do now.
        seconds: how long a call of this kind takes on average: until the answer, of a stream
            until its first content; None where that is not known.
    """

    deployment: Deployment
    load: Load
    seconds: float | None


Strategy = Callable[[Sequence[Option], int, Random], Option]


def simple_shuffle(options: Sequence[Option], _number: int, random: Random) -> Option:
    """Choose by chance, weighted by the first of weight, rpm and tpm that all of them have."""
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
    """Choose one after the other."""
    return options[number % len(options)]


def least_busy(options: Sequence[Option], _number: int, _random: Random) -> Option:
    """Choose the one with the fewest requests under way, then within this minute."""
    return min(options, key=lambda option: (option.load.active, option.load.requests))


def lowest_latency(options: Sequence[Option], _number: int, _random: Random) -> Option:
    """Choose the fastest on average; one that was never asked comes first."""
    return min(options, key=lambda option: (option.seconds or 0.0, option.load.active))


def lowest_usage(options: Sequence[Option], _number: int, _random: Random) -> Option:
    """Choose the one with the fewest tokens, then requests, within this minute."""
    return min(options, key=lambda option: (option.load.tokens, option.load.requests))


#: The strategies by name; but for "round-robin" the names are those that users of litellm know.
STRATEGIES: Mapping[str, Strategy] = {
    "simple-shuffle": simple_shuffle,
    "round-robin": round_robin,
    "least-busy": least_busy,
    "latency-based-routing": lowest_latency,
    "usage-based-routing": lowest_usage,
    "usage-based-routing-v2": lowest_usage,
}


def find_strategy(given: str | Strategy) -> Strategy:
    """Return a strategy by its name, a function as it is.

    Raises:
        ValueError: there is none of that name.
    """
    if not isinstance(given, str):
        return given
    try:
        return STRATEGIES[given]
    except KeyError:
        raise ValueError(
            f"routing strategy {given!r}: there are {', '.join(sorted(STRATEGIES))}"
        ) from None
