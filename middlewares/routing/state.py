"""The load and limits of deployments, in one process or shared by several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from time import time
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from ...pipeline.port import IO
from ..limit_counters import PerKey

MINUTE = 60.0
#: Weight of a new value in a moving average.
AVERAGE_WEIGHT = 0.2


class Quota(Struct, frozen=True, kw_only=True):
    """The limits of a deployment; None means no limit.

    Attributes:
        rpm: requests per calendar minute.
        tpm: tokens per calendar minute, counted when a response has ended.
        max_parallel_requests: requests at the same time; a stream counts until its end.
    """

    rpm: int | None = None
    tpm: int | None = None
    max_parallel_requests: int | None = None


class Load(Struct, frozen=True, kw_only=True):
    """The current load of a deployment, and its recent performance.

    Attributes:
        active: requests in progress.
        requests, tokens, fails: counts of this calendar minute.
        seconds: average time until a complete response, None if there was none yet.
        first_seconds: average time until the first content of a stream.
        blocked: remaining seconds of the provider's Retry-After.
        cooling: remaining seconds of its cooldown.
        resets: seconds until the next calendar minute.
    """

    active: int = 0
    requests: int = 0
    tokens: int = 0
    fails: int = 0
    seconds: float | None = None
    first_seconds: float | None = None
    blocked: float = 0.0
    cooling: float = 0.0
    resets: float = MINUTE


class Result(Struct, frozen=True, kw_only=True):
    """The result of one request.

    Attributes:
        tokens: tokens of prompt and completion.
        failed: whether the request failed because of the deployment.
        seconds: time until the complete response, None if there was none.
        first_seconds: time until the first content of a stream.
        blocked, cooling: seconds during which not to use the deployment, as in `Load`.
    """

    tokens: int = 0
    failed: bool = False
    seconds: float | None = None
    first_seconds: float | None = None
    blocked: float = 0.0
    cooling: float = 0.0


class RouteState(Protocol):
    """Stores the counts of a route; each method gets the `IO` of the call."""

    async def read(self, io: IO, deployments: Sequence[str]) -> list[Load]:
        """Return the load of each deployment ID."""
        ...

    async def begin(self, io: IO, deployment: str, quota: Quota) -> str | None:
        """Count the start of a request; return a ticket for `end`, None if a limit is reached."""
        ...

    async def end(self, io: IO, deployment: str, ticket: str, result: Result) -> None:
        """Count the end of a request and its result."""
        ...


def is_full(load: Load, quota: Quota) -> bool:
    """Return whether a limit is reached."""
    return (
        (quota.rpm is not None and load.requests >= quota.rpm)
        or (quota.tpm is not None and load.tokens >= quota.tpm)
        or (quota.max_parallel_requests is not None and load.active >= quota.max_parallel_requests)
    )


def average(old: float | None, new: float | None) -> float | None:
    """Return a moving average including one new value."""
    if old is None or new is None:
        return old if new is None else new
    return old + AVERAGE_WEIGHT * (new - old)


class _Counts(Struct):
    """The load of a deployment, and when it was computed."""

    load: Load = Load()
    at: float = 0.0


def _is_idle(load: Load) -> bool:
    """Return whether a load differs from that of a new deployment only in its clock."""
    return replace(load, resets=MINUTE) == Load()


class MemoryState:
    """Stores the counts of a route in this process's memory.

    Deployments that are idle, and of which no time is known, are forgotten.

    Args:
        clock: seconds since the epoch; tests pass their own.
    """

    def __init__(self, *, clock: Callable[[], float] = time) -> None:
        self._clock = clock
        self._lock = Lock()
        self._counts = PerKey(lambda: _Counts(at=clock()), self._idle)

    def __repr__(self) -> str:
        return "MemoryState()"

    async def read(self, io: IO, deployments: Sequence[str]) -> list[Load]:  # noqa: ARG002  # the protocol's
        """See `RouteState.read`."""
        with self._lock:
            return [self._load(deployment) for deployment in deployments]

    async def begin(self, io: IO, deployment: str, quota: Quota) -> str | None:  # noqa: ARG002  # the protocol's
        """See `RouteState.begin`."""
        with self._lock:
            load = self._load(deployment)
            if is_full(load, quota):
                return None
            self._counts.get(deployment).load = replace(
                load, active=load.active + 1, requests=load.requests + 1
            )
            return ""

    async def end(self, io: IO, deployment: str, ticket: str, result: Result) -> None:  # noqa: ARG002  # the protocol's
        """See `RouteState.end`."""
        with self._lock:
            load = self._load(deployment)
            self._counts.get(deployment).load = replace(
                load,
                active=load.active - 1,
                tokens=load.tokens + result.tokens,
                fails=load.fails + result.failed,
                seconds=average(load.seconds, result.seconds),
                first_seconds=average(load.first_seconds, result.first_seconds),
                blocked=max(load.blocked, result.blocked),
                cooling=max(load.cooling, result.cooling),
            )

    def _load(self, deployment: str) -> Load:
        """Return a deployment's load at this time."""
        return self._now(self._counts.get(deployment))

    def _idle(self, counts: _Counts) -> bool:
        return _is_idle(self._now(counts))

    def _now(self, counts: _Counts) -> Load:
        now, then, load = self._clock(), counts.at, counts.load
        same_minute = now // MINUTE == then // MINUTE
        counts.at = now
        counts.load = replace(
            load,
            requests=load.requests if same_minute else 0,
            tokens=load.tokens if same_minute else 0,
            fails=load.fails if same_minute else 0,
            blocked=max(0.0, load.blocked - (now - then)),
            cooling=max(0.0, load.cooling - (now - then)),
            resets=MINUTE - now % MINUTE,
        )
        return counts.load
