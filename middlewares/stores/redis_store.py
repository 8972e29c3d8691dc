"""Store cached responses in Redis, for all processes that use it."""

from __future__ import annotations

from collections.abc import Awaitable
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from redis import Redis
    from redis.asyncio import Redis as AsyncRedis

SOCKET_TIMEOUT = 1.0


class RedisStore:
    """Stores responses in Redis, under the cache's own keys.

    A blocking client works in blocking and asynchronous calls; the latter run it in a thread. An
    asynchronous client belongs to one asyncio event loop and works only for calls made there.

    Args:
        client: a redis-py client without `decode_responses`. Set a `socket_timeout`, so that an
            unresponsive Redis delays calls only briefly.

    Raises:
        ValueError: the client decodes responses as text.
    """

    def __init__(self, client: Redis | AsyncRedis) -> None:
        # redis-py types what a client returns as the union of blocking and asynchronous results.
        self._client: Any = client
        if self._client.get_connection_kwargs().get("decode_responses"):
            raise ValueError("client: stored values are bytes; create it without decode_responses")
        #: Whether asynchronous calls run it in a thread.
        self.blocking = not iscoroutinefunction(self._client.execute_command)

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
        try:
            from redis import Redis  # noqa: PLC0415  # an extra
            from redis.backoff import NoBackoff  # noqa: PLC0415
            from redis.retry import Retry  # noqa: PLC0415
        except ImportError as error:
            raise ImportError(
                'RedisStore needs redis-py: pip install "trunkline[redis]"'
            ) from error
        # redis-py does not annotate the arguments of from_url.
        client: Redis = cast("Any", Redis).from_url(
            url,
            socket_timeout=SOCKET_TIMEOUT,
            socket_connect_timeout=SOCKET_TIMEOUT,
            # One retry replaces an idle connection that was closed; if Redis is down, the call
            # continues without a cache.
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
