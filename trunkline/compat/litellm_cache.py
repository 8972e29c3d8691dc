"""litellm's Cache: a store with litellm's arguments, for `litellm.cache`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from ..clients.router_arguments import redis_address
from ..middlewares.cache import TTL
from ..middlewares.stores.memory import MemoryStore
from ..middlewares.stores.redis_store import RedisStore
from ..middlewares.stores.sqlite import SQLiteStore
from ..middlewares.stores.store import Store

__all__ = ["Cache", "LiteLLMCacheType"]

_CALLS = ("acompletion", "completion")
# litellm's own folder for its disk cache.
_FOLDER = ".litellm_cache"


class LiteLLMCacheType(StrEnum):
    """The types of `Cache`."""

    LOCAL = "local"
    REDIS = "redis"
    DISK = "disk"


class Cache:
    """A store with litellm's arguments: in memory, in Redis, or in a file.

    As in litellm, calls find it in `litellm.cache`. The entries have trunkline's form, so that
    those that litellm wrote are not read. Calls choose with `cache={"no-cache": True, ...}`.

    Args:
        type: "local", "redis" or "disk".
        mode: only "default_on".
        host, port, password: the Redis; None means REDIS_URL, or REDIS_HOST, REDIS_PORT and
            REDIS_PASSWORD.
        namespace: in front of all keys.
        ttl: seconds for which a response is valid; None for as long as the store keeps it.
        default_in_memory_ttl, default_in_redis_ttl: the same for one type.
        supported_call_types: without "completion" and "acompletion", nothing is cached.
        disk_cache_dir: the folder of the file.
        others: `url` and `db` of the Redis.

    Raises:
        NotImplementedError: another type, mode or argument; the error says what to use instead.
        ImportError: redis-py is needed and not installed.
    """

    def __init__(
        self,
        type: str | None = "local",
        mode: str | None = "default_on",
        host: str | None = None,
        port: int | str | None = None,
        password: str | None = None,
        namespace: str | None = None,
        ttl: float | None = None,
        default_in_memory_ttl: float | None = None,
        default_in_redis_ttl: float | None = None,
        similarity_threshold: float | None = None,  # noqa: ARG002  # of types that are refused
        supported_call_types: Sequence[str] | None = _CALLS,
        *,
        disk_cache_dir: str | None = None,
        **others: Any,
    ) -> None:
        kind = str(type or LiteLLMCacheType.LOCAL)
        if kind not in _MAKERS:
            raise NotImplementedError(
                f'litellm.Cache(type={kind!r}) is not available in trunkline: use "local", "redis" '
                'or "disk", or set litellm.cache to a store of your own with get and set'
            )
        if mode not in {None, "default_on"}:
            raise NotImplementedError(
                "litellm.Cache(mode=) is not available in trunkline: leave litellm.cache as None, "
                "and pass cache=True to the calls that are to be cached"
            )
        self.type = kind
        self.namespace = namespace
        own = {"local": default_in_memory_ttl, "redis": default_in_redis_ttl}
        self.ttl = ttl if ttl is not None else own.get(kind)
        self.supported_call_types = list(supported_call_types or ())
        self._active = not {*_CALLS}.isdisjoint(self.supported_call_types)
        parts = {"host": host, "port": port, "password": password, "folder": disk_cache_dir}
        self.cache: Store = _MAKERS[kind]({**parts, **others})
        #: Whether asynchronous calls run it in a thread.
        self.blocking = bool(getattr(self.cache, "blocking", False))

    def __repr__(self) -> str:
        return f"Cache({self.cache!r}, ttl={self.ttl}, namespace={self.namespace!r})"

    async def get(self, key: str) -> bytes | None:
        """See `Store.get`."""
        return await self.cache.get(self._key(key)) if self._active else None

    async def set(self, key: str, value: bytes, ttl: float | None) -> None:
        """See `Store.set`; calls without a ttl of their own get that of the cache."""
        if self._active:
            await self.cache.set(self._key(key), value, self.ttl if ttl == TTL else ttl)

    def _key(self, key: str) -> str:
        return f"{self.namespace}:{key}" if self.namespace else key


def _in_memory(given: Mapping[str, Any]) -> Store:
    _refuse(given, ())
    return MemoryStore()


def _in_redis(given: Mapping[str, Any]) -> Store:
    _refuse(given, ("host", "port", "password", "url", "db"))
    host, port = given["host"], given["port"]
    url = given.get("url")
    if host is None and url is None:
        url = os.environ.get("REDIS_URL")
    if url is not None:
        return RedisStore.from_url(url)
    port = port or os.environ.get("REDIS_PORT")
    password = given["password"] or os.environ.get("REDIS_PASSWORD")
    host = host or os.environ.get("REDIS_HOST") or "localhost"
    address = redis_address(None, host, int(port) if port else None, password, given.get("db"))
    return RedisStore.from_url(str(address))


def _on_disk(given: Mapping[str, Any]) -> Store:
    _refuse(given, ("folder",))
    folder = Path(given["folder"] or _FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    return SQLiteStore(folder / "trunkline.sqlite")


def _refuse(given: Mapping[str, Any], known: Sequence[str]) -> None:
    """Raise for an argument that would have no effect."""
    unknown = [name for name, value in given.items() if value and name not in known]
    if unknown:
        raise NotImplementedError(
            f"litellm.Cache({unknown[0]}=) is not available in trunkline: set litellm.cache to a "
            "store of trunkline's, such as RedisStore(redis.Redis(...))"
        )


_MAKERS: Mapping[str, Callable[[Mapping[str, Any]], Store]] = {
    LiteLLMCacheType.DISK: _on_disk,
    LiteLLMCacheType.LOCAL: _in_memory,
    LiteLLMCacheType.REDIS: _in_redis,
}
for _name in __all__:
    globals()[_name].__module__ = "litellm.caching.caching"
