"""What is known of the deployments of a route, for one process or for several."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from time import time
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from ...pipeline.port import IO

MINUTE = 60.0
#: How much of an average one new value makes up.
SHARE = 0.2


class Quota(Struct, frozen=True, kw_only=True):
    """What a deployment may be asked for; None means no limit.

    Attributes:
        rpm: requests within one minute of the clock.
        tpm: tokens within one minute of the clock, counted when an answer has ended.
        max_parallel_requests: requests at the same time, streams until their end.
    """

    rpm: int | None = None
    tpm: int | None = None
    max_parallel_requests: int | None = None


class Load(Struct, frozen=True, kw_only=True):
    """What a deployment has to do, and how it has fared.

    Attributes:
        active: requests under way.
        requests, tokens, fails: those of this minute.
        seconds: average until a whole answer, None where there was none yet.
        first_seconds: average until the first content of a stream.
        blocked: seconds for which the provider wants no request (Retry-After).
        cooling: seconds for which it is left alone after a failure.
        resets: seconds until the next minute.
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
    """What became of one request.

    Attributes:
        tokens: those of prompt and answer.
        failed: whether the deployment is to blame that there was no answer.
        seconds: until the whole answer, None where there was none.
        first_seconds: until the first content of a stream.
        blocked, cooling: seconds for which to leave the deployment alone, as in `Load`.
    """

    tokens: int = 0
    failed: bool = False
    seconds: float | None = None
    first_seconds: float | None = None
    blocked: float = 0.0
    cooling: float = 0.0


class RouteState(Protocol):
    """Where a route keeps its counts. Every method takes the port of the call's world."""

    async def read(self, io: IO, deployments: Sequence[str]) -> list[Load]:
        """Return the load of each deployment, by id."""
        ...

    async def begin(self, io: IO, deployment: str, quota: Quota) -> str | None:
        """Count a request that begins; return what `end` wants, None where a quota is used up."""
        ...

    async def end(self, io: IO, deployment: str, ticket: str, result: Result) -> None:
        """Count what became of it."""
        ...


def is_full(load: Load, quota: Quota) -> bool:
    """Tell whether a quota is used up."""
    return (
        (quota.rpm is not None and load.requests >= quota.rpm)
        or (quota.tpm is not None and load.tokens >= quota.tpm)
        or (quota.max_parallel_requests is not None and load.active >= quota.max_parallel_requests)
    )


def average(old: float | None, new: float | None) -> float | None:
    """Return a moving average with one value more."""
    if old is None or new is None:
        return old if new is None else new
    return old + SHARE * (new - old)


class MemoryState:
    """The state of one process.

    Args:
        clock: seconds since the epoch, another one is for tests.
    """

    def __init__(self, *, clock: Callable[[], float] = time) -> None:
        self._clock = clock
        self._lock = Lock()
        self._loads: dict[str, Load] = {}
        self._read_at: dict[str, float] = {}

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
            self._loads[deployment] = replace(
                load, active=load.active + 1, requests=load.requests + 1
            )
            return ""

    async def end(self, io: IO, deployment: str, ticket: str, result: Result) -> None:  # noqa: ARG002  # the protocol's
        """See `RouteState.end`."""
        with self._lock:
            load = self._load(deployment)
            self._loads[deployment] = replace(
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
        """Return a deployment's load as it is now."""
        now = self._clock()
        load = self._loads.get(deployment, Load())
        then = self._read_at.get(deployment, now)
        same_minute = now // MINUTE == then // MINUTE
        load = replace(
            load,
            requests=load.requests if same_minute else 0,
            tokens=load.tokens if same_minute else 0,
            fails=load.fails if same_minute else 0,
            blocked=max(0.0, load.blocked - (now - then)),
            cooling=max(0.0, load.cooling - (now - then)),
            resets=MINUTE - now % MINUTE,
        )
        self._loads[deployment], self._read_at[deployment] = load, now
        return load
