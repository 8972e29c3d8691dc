"""Store cached responses in Redis, for all processes that use it."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, cast

from ..redis_client import check_bytes, connect, is_blocking

if TYPE_CHECKING:
    from redis import Redis
    from redis.asyncio import Redis as AsyncRedis


class RedisStore:
    """Stores responses in Redis, under the cache's own keys.

    A blocking client works in blocking and asynchronous calls; the latter run it in a thread. An
    asynchronous client belongs to one asyncio event loop and works only for calls made there.

    Args:
        client: a redis-py client without `decode_responses`. Set a `socket_timeout`, so that an
            unresponsive Redis delays calls only briefly.

    Raises:
        InvalidArgumentError: the client decodes responses as text.
    """

    def __init__(self, client: Redis | AsyncRedis) -> None:
        # redis-py types what a client returns as the union of blocking and asynchronous results.
        self._client: Any = client
        check_bytes(client)
        #: Whether asynchronous calls run it in a thread.
        self.blocking = is_blocking(client)

    def __repr__(self) -> str:
        return "RedisStore()"

    @classmethod
    def from_url(cls, url: str) -> RedisStore:
        """Return a store with a blocking client and short timeouts.

        Args:
            url: a URL that redis-py's `from_url` accepts.

        Raises:
            ImportError: redis-py is not installed; the message has the pip command.
        """
        missing = 'RedisStore needs redis-py: pip install "trunkline[redis]"'
        # One retry replaces an idle connection that was closed; if Redis is down, the call
        # continues without a cache.
        return cls(connect(url, missing, retries=1))

    async def get(self, key: str) -> bytes | None:
        """See `Store.get`."""
        return cast("bytes | None", await self._result(self._client.get(key)))

    async def set(self, key: str, value: bytes, ttl: float | None) -> None:
        """See `Store.set`."""
        milliseconds = None if ttl is None else max(1, round(ttl * 1000))
        await self._result(self._client.set(key, value, px=milliseconds))

    async def _result(self, returned: object) -> object:
        return returned if self.blocking else await cast("Awaitable[object]", returned)
