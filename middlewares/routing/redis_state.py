"""Share the load and limits of deployments between processes through Redis."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from time import monotonic, time
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

from ...pipeline.errors import InvalidArgumentError
from ...pipeline.port import IO
from ..bounded import SKIP_SECONDS, TooSlowError, ask_redis
from ..redis_client import connect, is_blocking
from .releases import Releases
from .state import AVERAGE_WEIGHT, MINUTE, Load, Quota, Result

if TYPE_CHECKING:
    from redis import Redis
    from redis.asyncio import Redis as AsyncRedis

_log = logging.getLogger("trunkline")

# The ticket of a request that Redis was not asked to count.
_UNCOUNTED = ""

LEASE = 600.0
# Seconds after which Redis deletes the counts of a deployment that is no longer used.
_EXPIRE_AFTER = 86_400

# KEYS: the deployment's hash, and its sorted set of requests in progress, scored by the end of
# their lease. Redis returns false for a missing field. Counts of an earlier minute are reset.
_BEGIN = """
local now, minute, lease = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])
local rpm, tpm, parallel = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local held = redis.call('HMGET', KEYS[1], 'minute', 'requests', 'tokens')
if held[1] ~= minute then
  redis.call('HSET', KEYS[1], 'minute', minute, 'requests', 0, 'tokens', 0, 'fails', 0)
  held = {minute, 0, 0}
end
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
if rpm and tonumber(held[2]) >= rpm then return 0 end
if tpm and tonumber(held[3]) >= tpm then return 0 end
if parallel and redis.call('ZCARD', KEYS[2]) >= parallel then return 0 end
redis.call('HINCRBY', KEYS[1], 'requests', 1)
redis.call('ZADD', KEYS[2], now + lease, ARGV[4])
redis.call('EXPIRE', KEYS[1], ARGV[8])
redis.call('EXPIRE', KEYS[2], ARGV[8])
return 1
"""
_END = """
redis.call('ZREM', KEYS[2], ARGV[1])
if redis.call('HGET', KEYS[1], 'minute') == ARGV[2] then
  redis.call('HINCRBY', KEYS[1], 'tokens', ARGV[3])
  redis.call('HINCRBY', KEYS[1], 'fails', ARGV[10])
else
  redis.call(
    'HSET', KEYS[1], 'minute', ARGV[2], 'requests', 0, 'tokens', ARGV[3], 'fails', ARGV[10]
  )
end
for number, name in ipairs({'seconds', 'first_seconds'}) do
  local new = tonumber(ARGV[3 + number])
  if new then
    local old = tonumber(redis.call('HGET', KEYS[1], name) or '')
    local share = tonumber(ARGV[8])
    redis.call('HSET', KEYS[1], name, tostring(old and old + share * (new - old) or new))
  end
end
for number, name in ipairs({'blocked', 'cooling'}) do
  local new = tonumber(ARGV[5 + number])
  local old = tonumber(redis.call('HGET', KEYS[1], name) or '0')
  if new > old then redis.call('HSET', KEYS[1], name, ARGV[5 + number]) end
end
redis.call('EXPIRE', KEYS[1], ARGV[9])
return 1
"""


class RedisState:
    """Shares the counts of a route between all processes that use the same Redis.

    A blocking client works in blocking and asynchronous calls; the latter run it in a thread. An
    asynchronous client works only with asyncio. If Redis cannot be reached, calls continue
    without shared counts, and a warning is logged once. Each look-up waits for half a second at
    most; if there is no reply by then, calls do without Redis for the next five seconds. What a
    request held is given back when Redis replies again.

    Args:
        client: a redis-py client. Set a `socket_timeout`, so that an unresponsive Redis delays
            calls only briefly.
        prefix: prefix of all keys.
        lease: seconds after which a request counts as ended even if its process did not report
            that, because it died or closed the event loop of a stream in progress.
        clock: seconds since the epoch, roughly the same in all processes.
    """

    def __init__(
        self,
        client: Redis | AsyncRedis,
        *,
        prefix: str = "trunkline:route:",
        lease: float = LEASE,
        clock: Callable[[], float] = time,
    ) -> None:
        from redis import RedisError  # noqa: PLC0415  # an extra

        self._errors = (RedisError, OSError)
        # redis-py types what a client returns as the union of blocking and asynchronous results.
        self._client: Any = client
        self._asynchronous = not is_blocking(client)
        self._prefix = prefix
        self._lease = lease
        self._clock = clock
        self._begin: Any = client.register_script(_BEGIN)
        self._end: Any = client.register_script(_END)
        self._scripts: dict[str, Any] = {}
        # An asynchronous client leaves nothing behind in a thread.
        self._releases = None if self._asynchronous else Releases(client, self._errors, lease)
        self._down = False
        self._skip_until = 0.0

    def __repr__(self) -> str:
        return f"RedisState(prefix={self._prefix!r})"

    @classmethod
    def from_url(cls, url: str, **settings: Any) -> RedisState:
        """Return a state with a blocking client for a `redis://` URL.

        Args:
            url: a URL that redis-py's `from_url` accepts.
            settings: further arguments of RedisState.

        Raises:
            ImportError: redis-py is not installed; the message has the pip command.
        """
        client = connect(url, "RedisState needs redis-py: pip install 'trunkline[redis]'")
        return cls(client, **settings)

    async def read(self, io: IO, deployments: Sequence[str]) -> list[Load]:
        """See `RouteState.read`."""
        now = self._clock()

        def fetch() -> Any:
            pipe = self._client.pipeline(transaction=False)
            for deployment in deployments:
                counts, active = self._keys(deployment)
                pipe.hmget(counts, _FIELDS)
                pipe.zcount(active, f"({now}", "+inf")
            return pipe.execute()

        found = cast("list[Any] | None", await self._run(io, fetch))
        if found is None:
            return [Load()] * len(deployments)
        return [
            _load(now, fields, active)
            for fields, active in zip(found[::2], found[1::2], strict=True)
        ]

    async def begin(self, io: IO, deployment: str, quota: Quota) -> str | None:
        """See `RouteState.begin`."""
        now, ticket = self._clock(), uuid4().hex
        quotas = (quota.rpm, quota.tpm, quota.max_parallel_requests)
        arguments = [
            *(now, _minute(now), self._lease, ticket),
            *("" if limit is None else limit for limit in quotas),
            _EXPIRE_AFTER,
        ]
        keys = self._keys(deployment)
        if self._is_skipped():
            return _UNCOUNTED

        def ask() -> object:
            return self._begin(keys=keys, args=arguments)

        counted = ask if self._releases is None else self._releases.asking(keys[1], ticket, ask)
        try:
            taken = await self._ask(io, counted)
        except Exception:
            raise
        except BaseException:
            # Cancelled: Redis may have counted the request already.
            await io.shield(lambda: self.end(io, deployment, ticket, Result()))
            raise
        return None if taken == 0 else ticket

    async def end(self, io: IO, deployment: str, ticket: str, result: Result) -> None:
        """See `RouteState.end`."""
        now = self._clock()
        averages = (result.seconds, result.first_seconds)
        waits = (result.blocked, result.cooling)
        arguments = [
            *(ticket, _minute(now), result.tokens),
            *("" if seconds is None else seconds for seconds in averages),
            *(now + seconds if seconds else 0 for seconds in waits),
            *(AVERAGE_WEIGHT, _EXPIRE_AFTER, int(result.failed)),
        ]
        keys = self._keys(deployment)
        if self._releases is not None and self._releases.is_asking(ticket):
            return
        ended = await self._run(io, lambda: self._end(keys=keys, args=arguments))
        if ended is None and self._releases is not None and ticket != _UNCOUNTED:
            self._releases.add(keys[1], ticket)

    def now(self) -> float:
        """Return the time of the state's clock, seconds since the epoch."""
        return self._clock()

    async def evaluate(
        self, io: IO, script: str, keys: Sequence[str], arguments: Sequence[float | str]
    ) -> object:
        """Run a Lua script; return its reply, None if Redis cannot be reached.

        Middlewares share counts of other kinds this way. `keys` get the state's prefix.
        """
        registered = self._scripts.get(script)
        if registered is None:
            registered = self._scripts[script] = self._client.register_script(script)
        prefixed = [f"{self._prefix}{key}" for key in keys]
        return await self._run(io, lambda: registered(keys=prefixed, args=arguments))

    def _keys(self, deployment: str) -> list[str]:
        # The braces keep both keys on the same node of a cluster.
        key = f"{self._prefix}{{{deployment}}}"
        return [key, f"{key}:active"]

    def _is_skipped(self) -> bool:
        return self._skip_until > monotonic()

    async def _run(self, io: IO, function: Callable[[], object]) -> object:
        """Return the reply of Redis, or None if it cannot be reached, or is skipped."""
        return None if self._is_skipped() else await self._ask(io, function)

    async def _ask(self, io: IO, function: Callable[[], object]) -> object:
        """Return the reply of Redis, or None if it cannot be reached, or not soon enough."""
        try:
            found = await ask_redis(io, function, asynchronous=self._asynchronous)
        except (TooSlowError, *self._errors) as error:
            if isinstance(error, TooSlowError):
                self._skip_until = monotonic() + SKIP_SECONDS
            if not self._down:
                _log.warning(
                    "cannot reach Redis, so limits and cooldowns are not shared: %s",
                    type(error).__name__,
                )
            self._down = True
            return None
        self._down = False
        return found


def check_redis_state(state: object) -> None:
    """Raise InvalidArgumentError unless an argument `state` is a RedisState or None."""
    if state is not None and not isinstance(state, RedisState):
        raise InvalidArgumentError(
            f"state: expected RedisState or None, got {type(state).__name__}"
        )


_FIELDS = [
    *("minute", "requests", "tokens", "fails"),
    *("seconds", "first_seconds", "blocked", "cooling"),
]


def _load(now: float, fields: Sequence[bytes | str | None], active: int) -> Load:
    minute, requests, tokens, fails, seconds, first_seconds, blocked, cooling = fields
    current = minute is not None and int(minute) == _minute(now)
    return Load(
        active=active,
        requests=int(requests or 0) if current else 0,
        tokens=int(tokens or 0) if current else 0,
        fails=int(fails or 0) if current else 0,
        seconds=None if seconds is None else float(seconds),
        first_seconds=None if first_seconds is None else float(first_seconds),
        blocked=max(0.0, float(blocked or 0) - now),
        cooling=max(0.0, float(cooling or 0) - now),
        resets=MINUTE - now % MINUTE,
    )


def _minute(now: float) -> int:
    return int(now // MINUTE)
