"""Store vectors in Redis: compared by the server where it can, else here."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, cast
from uuid import uuid4

from cachetools import LRUCache

from ..checked_arguments import check_count
from ..redis_client import check_bytes, connect, is_blocking, text_of
from .vector_store import VectorMatch
from .vectors import VectorIndex, check_numpy, from_bytes

if TYPE_CHECKING:
    from redis import Redis
    from redis.asyncio import Redis as AsyncRedis

    from .vectors import Vector

MAX_ITEMS = 1000
#: How many scopes are kept in memory, with their vectors.
_SCOPES = 100
#: How many of the nearest entries are looked at, in case some have expired.
_NEAREST = 5
_ROUNDS = 20

#: How vectors are compared: here, with Redis 8's vector sets, or with the search module.
Search = Literal["here", "VSIM", "FT.SEARCH"]


class RedisVectors:
    """Stores responses with their vectors in Redis, for all processes that use it.

    Where the server has a vector search, `VSIM` or else `FT.SEARCH`, it finds the nearest entry.
    Otherwise vectors are compared here with numpy: those of recent scopes stay in memory, and each
    lookup fetches the list of keys and the new vectors. Which of these applies is determined once.

    A blocking client works in blocking and asynchronous calls; the latter run it in a thread. An
    asynchronous client belongs to one asyncio event loop and works only for calls made there.

    Args:
        client: a redis-py client without `decode_responses`. Set a `socket_timeout`, so that an
            unresponsive Redis delays calls only briefly.
        max_items: responses of a scope at most; the oldest are dropped.
        prefix: prefix of all keys.
        search: how vectors are compared, instead of finding that out.

    Raises:
        ImportError: numpy is not installed.
        InvalidArgumentError: the client decodes responses as text, or `max_items` is not above
            zero.
    """

    def __init__(
        self,
        client: Redis | AsyncRedis,
        *,
        max_items: int = MAX_ITEMS,
        prefix: str = "trunkline:semantic:",
        search: Search | None = None,
    ) -> None:
        check_count("max_items", max_items)
        check_numpy()
        # redis-py types what a client returns as the union of blocking and asynchronous results.
        self._client: Any = client
        check_bytes(client)
        self.blocking = is_blocking(client)
        self.max_items = max_items
        self._prefix = prefix
        self._search: Search | None = search
        self._chosen = search is not None
        self._lock = Lock()
        self._indexes: LRUCache[tuple[str, int], VectorIndex] = LRUCache(_SCOPES)
        self._created: set[str] = set()

    def __repr__(self) -> str:
        return f"RedisVectors(prefix={self._prefix!r})"

    @classmethod
    def from_url(cls, url: str, **settings: Any) -> RedisVectors:
        """Return a store with a blocking client and short timeouts.

        Args:
            url: a URL that redis-py's `from_url` accepts.
            settings: further arguments of RedisVectors.

        Raises:
            ImportError: redis-py is not installed; the message has the pip command.
        """
        missing = "RedisVectors needs redis-py: pip install 'trunkline[redis,semantic]'"
        return cls(connect(url, missing), **settings)

    async def find(self, scope: str, vector: Vector, threshold: float) -> VectorMatch | None:
        """See `VectorStore.find`."""
        place = self._place(scope, vector)
        search = await self._prepare(vector.size)
        if search == "here":
            return await self._find_here(place, vector, threshold)
        for _ in range(_ROUNDS):
            found = await self._find_there(search, place, vector)
            expired: list[str] = []
            for key, similarity in found:
                # The similarity of a damaged vector is NaN, and may come first.
                if not similarity >= threshold:
                    continue
                value = await self._do("HGET", f"{place}:{key}", "value")
                if value is not None:
                    return VectorMatch(cast("bytes", value), similarity)
                expired.append(key)
            if not expired:
                return None
            # Members of a set do not expire with their entries.
            await self._forget(place, search, expired)
        return None

    async def add(self, scope: str, vector: Vector, value: bytes, ttl: float | None) -> None:
        """See `VectorStore.add`."""
        place, key = self._place(scope, vector), uuid4().hex
        entry, order = f"{place}:{key}", f"{place}:order"
        # An index that is older than its entries finds them at once.
        search = await self._prepare(vector.size)
        data = vector.tobytes()
        # The number of additions is the order: clocks of several machines may differ.
        number = await self._do("INCR", f"{place}:count")
        commands: list[tuple[object, ...]] = [
            ("HSET", entry, "vector", data, "value", value, "scope", _tag(place)),
            ("ZADD", order, cast("int", number), key),
        ]
        if search == "VSIM":
            commands.append(("VADD", f"{place}:set", "FP32", data, key, "NOQUANT"))
        if ttl is not None:
            milliseconds = max(1, round(ttl * 1000))
            commands.append(("PEXPIRE", entry, milliseconds))
            shared = (order, f"{place}:count", f"{place}:set")
            # Scopes that nobody uses any longer disappear with their last entry.
            commands += [("PEXPIRE", name, 2 * milliseconds) for name in shared]
        await self._many(commands)
        await self._trim(place, search)

    def _place(self, scope: str, vector: Vector) -> str:
        """Return the prefix of a scope's keys; the braces keep them on one node of a cluster."""
        return f"{self._prefix}{{{scope}:{vector.size}}}"

    async def _find_search(self) -> Search:
        """Return how vectors are compared, which is found out at the first use."""
        if self._search is None:
            # One word, so that redis-py does not parse the reply as that of COMMAND.
            found = await self._do("COMMAND INFO", "VSIM", "FT.SEARCH")
            has_sets, has_search = map(bool, cast("Sequence[object]", found))
            self._search = "VSIM" if has_sets else "FT.SEARCH" if has_search else "here"
        return self._search

    async def _find_here(self, place: str, vector: Vector, threshold: float) -> VectorMatch | None:
        index = await self._read(place, vector.size)
        while True:
            with self._lock:
                found = index.nearest(vector)
            if found is None or not found[1] >= threshold:
                return None
            key, similarity = found
            value = await self._do("HGET", f"{place}:{key}", "value")
            if value is not None:
                return VectorMatch(cast("bytes", value), similarity)
            with self._lock:
                index.remove(key)

    async def _read(self, place: str, size: int) -> VectorIndex:
        """Return the vectors of a scope: those that are known, less the old and with the new."""
        listed = cast("list[bytes]", await self._do("ZRANGE", f"{place}:order", 0, -1))
        keys = [key.decode() for key in listed]
        with self._lock:
            index = self._indexes.get((place, size))
            if index is None:
                index = self._indexes[place, size] = VectorIndex(size)
            for key in set(index.keys).difference(keys):
                index.remove(key)
            new = [key for key in keys if key not in index]
        found = await self._many([("HGET", f"{place}:{key}", "vector") for key in new])
        with self._lock:
            for key, data in zip(new, found, strict=True):
                if data is not None and key not in index:
                    index.add(key, from_bytes(cast("bytes", data)))
        return index

    async def _find_there(
        self, search: Search, place: str, vector: Vector
    ) -> list[tuple[str, float]]:
        """Return the keys of the nearest entries, with their similarities."""
        if search == "VSIM":
            return await self._find_in_set(place, vector)
        return await self._find_in_index(place, vector)

    async def _find_in_set(self, place: str, vector: Vector) -> list[tuple[str, float]]:
        found = await self._do(
            "VSIM", f"{place}:set", "FP32", vector.tobytes(), "WITHSCORES", "COUNT", _NEAREST
        )
        # A score is 1 for the same direction and 0 for the opposite one.
        return [(key, 2 * score - 1) for key, score in _scores(found)]

    async def _find_in_index(self, place: str, vector: Vector) -> list[tuple[str, float]]:
        name = self._index_name(vector.size)
        try:
            found = await self._do(
                *("FT.SEARCH", name),
                f"(@scope:{{{_tag(place)}}})=>[KNN {_NEAREST} @vector $asked AS distance]",
                *("PARAMS", 2, "asked", vector.tobytes()),
                *("SORTBY", "distance", "RETURN", 1, "distance", "DIALECT", 2),
            )
        except Exception as error:
            if not _is_refusal(error) or name in await self._list_indexes():
                raise
            # It was dropped, for example with everything else. A new one knows the entries soon.
            await self._create_index(name, vector.size)
            return []
        begin = len(place) + 1
        return [(key[begin:], 1 - distance) for key, distance in _documents(found)]

    async def _prepare(self, size: int) -> Search:
        """Return how vectors of a length are compared; create the search index if there is none."""
        search = await self._find_search()
        name = self._index_name(size)
        if search != "FT.SEARCH" or name in self._created:
            return search
        try:
            await self._create_index(name, size)
        except Exception as error:
            if self._chosen or not _is_refusal(error):
                raise
            # Only the first database of a server has indexes, and a user may lack the right.
            self._search = search = "here"
        return search

    def _index_name(self, size: int) -> str:
        return f"{self._prefix}index:{size}"

    async def _list_indexes(self) -> list[str]:
        found = cast("Sequence[bytes | str]", await self._do("FT._LIST"))
        return [text_of(name) for name in found]

    async def _create_index(self, name: str, size: int) -> None:
        """Create a search index for vectors of a length, unless there is one."""
        try:
            await self._do(
                *("FT.CREATE", name, "ON", "HASH", "PREFIX", 1, self._prefix, "SCHEMA"),
                *("scope", "TAG", "vector", "VECTOR", "FLAT", 6, "TYPE", "FLOAT32"),
                *("DIM", size, "DISTANCE_METRIC", "COSINE"),
            )
        except Exception as error:
            if not _is_refusal(error) or "exists" not in str(error).lower():
                raise
        self._created.add(name)

    async def _trim(self, place: str, search: Search) -> None:
        """Drop the oldest entries of a scope."""
        old = await self._do("ZRANGE", f"{place}:order", 0, -(self.max_items + 1))
        keys = [key.decode() for key in cast("list[bytes]", old)]
        if keys:
            await self._forget(place, search, keys)

    async def _forget(self, place: str, search: Search, keys: Sequence[str]) -> None:
        commands: list[tuple[object, ...]] = [("ZREM", f"{place}:order", *keys)]
        commands += [("DEL", f"{place}:{key}") for key in keys]
        if search == "VSIM":
            commands += [("VREM", f"{place}:set", key) for key in keys]
        await self._many(commands)

    async def _do(self, *command: object) -> object:
        return await self._result(self._client.execute_command(*command))

    async def _many(self, commands: Sequence[tuple[object, ...]]) -> Sequence[object]:
        if not commands:
            return []
        pipe = self._client.pipeline(transaction=False)
        for command in commands:
            pipe.execute_command(*command)
        return cast("Sequence[object]", await self._result(pipe.execute()))

    async def _result(self, returned: object) -> object:
        return returned if self.blocking else await cast("Awaitable[object]", returned)


def _is_refusal(error: Exception) -> bool:
    """Return whether the server has refused a command."""
    from redis import ResponseError  # noqa: PLC0415  # an extra

    return isinstance(error, ResponseError)


def _tag(place: str) -> str:
    """Return a scope's tag in a search index, without characters that need escapes."""
    from hashlib import blake2b  # noqa: PLC0415  # loads OpenSSL

    return blake2b(place.encode(), digest_size=16).hexdigest()


def _scores(found: object) -> list[tuple[str, float]]:
    """Return the elements of a VSIM reply with their scores: a list, or a dict in RESP3."""
    if isinstance(found, dict):
        pairs = list(cast("dict[bytes, float]", found).items())
    else:
        items = cast("Sequence[Any]", found or ())
        pairs = list(zip(items[::2], items[1::2], strict=True))
    return [(text_of(key), float(score)) for key, score in pairs]


def _documents(found: object) -> list[tuple[str, float]]:
    """Return the keys of an FT.SEARCH reply with their distances.

    The reply is [count, key, [field, value], key, ...], in RESP3 a dict with the key `results`.
    """
    if isinstance(found, dict):
        results = cast("Sequence[object]", _field(cast("object", found), "results"))
        return [
            (
                text_of(cast("bytes | str", _field(each, "id"))),
                float(cast("bytes | str", _field(_field(each, "extra_attributes"), "distance"))),
            )
            for each in results
        ]
    items = list(cast("Sequence[Any]", found))[1:]
    return [
        (text_of(key), float(fields[fields.index(b"distance") + 1]))
        for key, fields in zip(items[::2], items[1::2], strict=True)
    ]


def _field(found: object, name: str) -> object:
    """Return the value of a field, whose name is bytes or text."""
    fields = cast("dict[object, object]", found)
    return fields.get(name.encode()) if name.encode() in fields else fields.get(name)
