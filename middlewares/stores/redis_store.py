"""Answers kept in Redis, for all processes that use it."""

from __future__ import annotations

from collections.abc import Awaitable
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from redis import Redis
    from redis.asyncio import Redis as AsyncRedis

SOCKET_TIMEOUT = 1.0


class RedisStore:
    """Keeps answers in Redis, under the keys that they have here.

    A blocking client serves all worlds, in a thread where blocking would stop others. An
    asynchronous one belongs to one event loop of asyncio's, and serves the calls made there.

    Args:
        client: of redis-py, without `decode_responses`, and better with a `socket_timeout`, so
            that a Redis that hangs costs little.

    Raises:
        ValueError: the client would decode answers as text.
    """

    def __init__(self, client: Redis | AsyncRedis) -> None:
        # redis-py types what a client returns as either of its two worlds.
        self._client: Any = client
        if self._client.get_connection_kwargs().get("decode_responses"):
            raise ValueError("client: answers are bytes; make it without decode_responses=True")
        #: Whether asynchronous calls use it in a thread.
        self.blocking = not iscoroutinefunction(self._client.execute_command)

    def __repr__(self) -> str:
        return "RedisStore()"

    @classmethod
    def from_url(cls, url: str) -> RedisStore:
        """Return a store with a blocking client that never waits for long.

        Args:
            url: address, as redis-py's `from_url` takes it.

        Raises:
            ImportError: redis-py is not installed; the text has the pip command.
        """
        try:
            from redis import Redis  # noqa: PLC0415  # an extra
            from redis.backoff import NoBackoff  # noqa: PLC0415
            from redis.retry import Retry  # noqa: PLC0415
        except ImportError as error:
            raise ImportError(
                'RedisStore needs redis-py: pip install "trunkline[redis]"'
            ) from error
        # redis-py leaves the arguments of from_url without types.
        client: Redis = cast("Any", Redis).from_url(
            url,
            socket_timeout=SOCKET_TIMEOUT,
            socket_connect_timeout=SOCKET_TIMEOUT,
            # Once more for a connection that idled away; where Redis is down, the call goes on.
            retry=Retry(NoBackoff(), 1),
        )
        return cls(client)

    async def get(self, key: str) -> bytes | None:
        """See `Store.get`."""
        return cast("bytes | None", await self._result(self._client.get(key)))

    async def set(self, key: str, value: bytes, ttl: float | None) -> None:
        """See `Store.set`."""
        milliseconds = None if ttl is None else max(1, round(ttl * 1000))
        await self._result(self._client.set(key, value, px=milliseconds))

    async def _result(self, returned: object) -> object:
        return returned if self.blocking else await cast("Awaitable[object]", returned)
