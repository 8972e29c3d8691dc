"""The state of circuits: which deployments fail, in one process or shared through Redis."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import Protocol, cast

from cachetools import LRUCache
from msgspec import Struct

from ...pipeline.port import IO
from ..redis_client import text_of
from ..routing.redis_state import RedisState

_KEYS = 10_000
#: Seconds after which a call that is refused during a probe may try again.
PROBE_SECONDS = 1.0


class Thresholds(Struct, frozen=True, kw_only=True):
    """When a circuit opens, and for how long.

    Attributes:
        failure_rate: the share of failed calls at which it opens.
        window: how many of the latest calls count.
        min_calls: how many calls there must be before it may open.
        open_for: seconds until the first probe.
    """

    failure_rate: float
    window: int
    min_calls: int
    open_for: float


class Admission(Struct, frozen=True):
    """Whether a call may be sent.

    Attributes:
        refused_for: seconds until a call may be sent again; None if this one may be.
        probe: whether the call decides if the circuit closes.
    """

    refused_for: float | None = None
    probe: bool = False


class Result(Struct, frozen=True, kw_only=True):
    """How a call ended.

    Attributes:
        failed: whether the deployment failed; None if the call does not tell.
        probe: whether it was a probe.
        retry_after: seconds that the provider asks to wait.
    """

    failed: bool | None
    probe: bool = False
    retry_after: float | None = None


_ADMITTED = Admission()
_PROBE = Admission(probe=True)


class Circuits(Protocol):
    """Where the state of circuits is stored."""

    async def enter(self, io: IO, key: str) -> Admission | None:
        """Return whether a call may be sent; None if the state cannot be reached."""
        ...

    async def leave(self, io: IO, key: str, result: Result) -> None:
        """Count the end of a call that was admitted."""
        ...


class _Circuit(Struct):
    """The latest calls of a closed circuit, or when an open one is probed."""

    failures: deque[bool]
    open_until: float | None = None
    probing: bool = False


class MemoryCircuits:
    """Stores the state in memory. A deployment that has not failed lately has no circuit."""

    def __init__(self, thresholds: Thresholds, clock: Callable[[], float]) -> None:
        self._thresholds = thresholds
        self._clock = clock
        self._lock = Lock()
        self._circuits: LRUCache[str, _Circuit] = LRUCache(_KEYS)
        #: Whether there is no circuit at all; read before each call.
        self.idle = True

    async def enter(self, io: IO, key: str) -> Admission:  # noqa: ARG002  # the protocol's
        """See `Circuits.enter`."""
        with self._lock:
            circuit = self._circuits.get(key)
            if circuit is None or circuit.open_until is None:
                return _ADMITTED
            seconds = circuit.open_until - self._clock()
            if seconds > 0:
                return Admission(seconds)
            if circuit.probing:
                return Admission(PROBE_SECONDS)
            circuit.probing = True
            return _PROBE

    async def leave(self, io: IO, key: str, result: Result) -> None:  # noqa: ARG002  # the protocol's
        """See `Circuits.leave`."""
        self.count(key, result)

    def count(self, key: str, result: Result) -> None:
        """Count the end of a call, for code that cannot await."""
        with self._lock:
            circuit = self._circuits.get(key)
            if result.probe:
                self._end_probe(key, circuit, result)
            elif result.failed is not None and not (circuit and circuit.open_until is not None):
                # A call that was sent before the circuit opened does not count.
                self._count(key, circuit, result)
            self.idle = not self._circuits

    def _end_probe(self, key: str, circuit: _Circuit | None, result: Result) -> None:
        if circuit is None:
            return
        circuit.probing = False
        if result.failed:
            self._open(circuit, result)
        elif result.failed is False:
            del self._circuits[key]

    def _count(self, key: str, circuit: _Circuit | None, result: Result) -> None:
        if circuit is None:
            if not result.failed:
                return
            latest = deque[bool](maxlen=self._thresholds.window)
            circuit = self._circuits[key] = _Circuit(failures=latest)
        circuit.failures.append(bool(result.failed))
        calls, failed = len(circuit.failures), sum(circuit.failures)
        if not failed:
            del self._circuits[key]
        elif (
            calls >= self._thresholds.min_calls and failed >= calls * self._thresholds.failure_rate
        ):
            self._open(circuit, result)

    def _open(self, circuit: _Circuit, result: Result) -> None:
        seconds = max(self._thresholds.open_for, result.retry_after or 0)
        circuit.open_until = self._clock() + seconds
        circuit.failures.clear()


# KEYS: the hash of an open circuit, and the list of a closed one's latest calls, 1 for a failure.
# A reply is a word and seconds. A probe whose process dies is forgotten after its lease.
_ENTER = """
local now, lease = tonumber(ARGV[1]), tonumber(ARGV[2])
local found = redis.call('HMGET', KEYS[1], 'open_until', 'probe_until')
if not found[1] then return {'admitted', '0'} end
local wait = tonumber(found[1]) - now
if wait > 0 then return {'refused', tostring(wait)} end
if found[2] and tonumber(found[2]) > now then return {'refused', ARGV[3]} end
redis.call('HSET', KEYS[1], 'probe_until', tostring(now + lease))
return {'probe', '0'}
"""
_LEAVE = """
local now, failed, probe = tonumber(ARGV[1]), ARGV[2], ARGV[3] == '1'
local seconds = tonumber(ARGV[4])
local window, least, rate = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local function open()
  redis.call('DEL', KEYS[2])
  redis.call('HSET', KEYS[1], 'open_until', tostring(now + seconds))
  redis.call('EXPIRE', KEYS[1], math.ceil(seconds) + tonumber(ARGV[8]))
end
if probe then
  redis.call('HDEL', KEYS[1], 'probe_until')
  if failed == '1' then open() elseif failed == '0' then redis.call('DEL', KEYS[1], KEYS[2]) end
  return 1
end
if failed == '' or redis.call('EXISTS', KEYS[1]) == 1 then return 1 end
if failed == '0' and redis.call('EXISTS', KEYS[2]) == 0 then return 1 end
redis.call('LPUSH', KEYS[2], failed)
redis.call('LTRIM', KEYS[2], 0, window - 1)
redis.call('EXPIRE', KEYS[2], ARGV[8])
local calls, failures = 0, 0
for _, each in ipairs(redis.call('LRANGE', KEYS[2], 0, -1)) do
  calls, failures = calls + 1, failures + tonumber(each)
end
if failures == 0 then redis.call('DEL', KEYS[2])
elseif calls >= least and failures >= calls * rate then open() end
return 1
"""
# Seconds after which Redis forgets a circuit that no call uses.
_EXPIRE_AFTER = 3600


class RedisCircuits:
    """Stores the state in Redis, for all processes that use it."""

    def __init__(self, thresholds: Thresholds, state: RedisState) -> None:
        self._thresholds = thresholds
        self._state = state

    async def enter(self, io: IO, key: str) -> Admission | None:
        """See `Circuits.enter`."""
        arguments = [self._state.now(), self._thresholds.open_for, PROBE_SECONDS]
        found = await self._state.evaluate(io, _ENTER, _keys(key), arguments)
        if found is None:
            return None
        word, seconds = (text_of(each) for each in cast("list[bytes | str]", found))
        if word == "refused":
            return Admission(float(seconds))
        return _PROBE if word == "probe" else _ADMITTED

    async def leave(self, io: IO, key: str, result: Result) -> None:
        """See `Circuits.leave`."""
        limits = self._thresholds
        arguments: list[float | str] = [
            self._state.now(),
            "" if result.failed is None else str(int(result.failed)),
            int(result.probe),
            max(limits.open_for, result.retry_after or 0),
            limits.window,
            limits.min_calls,
            limits.failure_rate,
            _EXPIRE_AFTER,
        ]
        await self._state.evaluate(io, _LEAVE, _keys(key), arguments)


def _keys(key: str) -> tuple[str, str]:
    # The braces keep both keys on the same node of a cluster.
    return f"circuit:{{{key}}}", f"circuit:{{{key}}}:calls"
