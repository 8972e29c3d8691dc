"""The vector searches of Redis servers, whose replies are scripted here: few servers have them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy
import pytest

from tests.middlewares.semantic.blocking_store import Store
from tests.support.servers.resp_server import RESPServer
from trunkline import RedisVectors
from trunkline.pipeline.sync import drive

redis: Any = pytest.importorskip("redis", reason="the extra `redis` is not installed")


class Search:
    """The commands of a Redis with a vector search, over one dictionary of hashes."""

    def __init__(self, command: bytes, protocol: int = 2) -> None:
        self.command = command
        self.protocol = protocol
        self.hashes: dict[bytes, dict[bytes, bytes]] = {}
        self.elements: dict[bytes, bytes] = {}
        self.order: list[bytes] = []
        self.indexes: list[bytes] = []
        self.creates = True

    def __call__(self, command: list[bytes]) -> Any:
        name, *arguments = command
        answer = getattr(self, f"do_{name.decode().lower().replace('.', '_')}", None)
        return 1 if answer is None else answer(*arguments)

    def do_command(self, _info: bytes, *names: bytes) -> Any:
        return [[name] if name == self.command else None for name in names]

    def do_hset(self, key: bytes, *pairs: bytes) -> int:
        self.hashes[key] = dict(zip(pairs[::2], pairs[1::2], strict=True))
        return 1

    def do_hget(self, key: bytes, name: bytes) -> bytes | None:
        return self.hashes.get(key, {}).get(name)

    def do_del(self, key: bytes) -> int:
        self.hashes.pop(key, None)
        return 1

    def do_zadd(self, _key: bytes, _score: bytes, member: bytes) -> int:
        self.order.append(member)
        return 1

    def do_zrange(self, _key: bytes, first: bytes, last: bytes) -> list[bytes]:
        end = len(self.order) + int(last) + 1
        return self.order[int(first) : max(0, end)]

    def do_zrem(self, _key: bytes, *members: bytes) -> int:
        self.order = [each for each in self.order if each not in members]
        return 1

    def do_vadd(self, _key: bytes, _kind: bytes, vector: bytes, member: bytes, *_: bytes) -> int:
        self.elements[member] = vector
        return 1

    def do_vrem(self, _key: bytes, member: bytes) -> int:
        self.elements.pop(member, None)
        return 1

    def do_vsim(self, _key: bytes, _kind: bytes, vector: bytes, *_: bytes) -> Any:
        scored = sorted((-cosine(vector, each), key) for key, each in self.elements.items())
        found = [(key, (1 - score) / 2) for score, key in scored[:5]]
        if self.protocol == 3:
            return dict(found)
        return [item for pair in found for item in pair]

    def do_ft_create(self, index: bytes, *_: bytes) -> Any:
        if not self.creates:
            return RuntimeError("Cannot create index on db != 0")
        if index in self.indexes:
            return RuntimeError("Index already exists")
        self.indexes.append(index)
        return "OK"

    def do_ft__list(self) -> list[bytes]:
        return list(self.indexes)

    def do_ft_search(self, index: bytes, query: bytes, *given: bytes) -> Any:
        if index not in self.indexes:
            return RuntimeError("No such index")
        vector = given[given.index(b"asked") + 1]
        tag = query.partition(b"{")[2].partition(b"}")[0]
        found = [
            (1 - cosine(vector, fields[b"vector"]), key)
            for key, fields in self.hashes.items()
            if fields[b"scope"] == tag
        ]
        if self.protocol == 3:
            return {
                "results": [
                    {"id": key, "extra_attributes": {"distance": distance}}
                    for distance, key in sorted(found)
                ]
            }
        return [len(found)] + [
            item for distance, key in sorted(found) for item in (key, [b"distance", distance])
        ]


def cosine(one: bytes, other: bytes) -> float:
    return float(numpy.frombuffer(one, numpy.float32) @ numpy.frombuffer(other, numpy.float32))


@pytest.mark.parametrize("command", [b"VSIM", b"FT.SEARCH"])
@pytest.mark.parametrize("protocol", [2, 3])
class TestServerSearch:
    @pytest.fixture
    def there(self, command: bytes, protocol: int) -> Iterator[tuple[Search, RESPServer, Store]]:
        search = Search(command, protocol)
        server = RESPServer(search, protocol)
        yield search, server, Store(RedisVectors.from_url(server.url, max_items=2))
        server.close()

    def test_it_finds_the_nearest(
        self, command: bytes, there: tuple[Search, RESPServer, Store]
    ) -> None:
        _, server, store = there
        store.add("a", [1, 0], "east", 60)
        store.add("a", [0, 1], "north", 60)
        assert store.find("a", [2, 0.2]) == ("east", 0.995)
        assert store.find("a", [1, 1]) is None
        names = [seen[0] for seen in server.seen]
        # It is found out once what the server has.
        assert names.count(b"COMMAND") == 1
        assert command in names
        assert (b"FT.CREATE" in names) is (command == b"FT.SEARCH")

    def test_a_damaged_vector_may_come_first(self, there: tuple[Search, RESPServer, Store]) -> None:
        _, _, store = there
        damaged = numpy.array([numpy.nan, 0], dtype=numpy.float32)
        drive(store.store.add("a", damaged, b"anything", None))
        assert store.find("a", [1, 0]) is None
        store.add("a", [1, 0], "east")
        assert store.find("a", [1, 0]) == ("east", 1.0)

    def test_the_oldest_are_dropped(self, there: tuple[Search, RESPServer, Store]) -> None:
        search, _, store = there
        for number, direction in enumerate([[1, 0, 0], [0, 1, 0], [0, 0, 1]]):
            store.add("a", direction, str(number))
        if search.command == b"VSIM":
            assert len(search.elements) == 2
        assert store.find("a", [1, 0, 0]) is None
        assert store.find("a", [0, 0, 1]) == ("2", 1.0)


class TestSearchIndex:
    """FT.SEARCH finds what an index knows, and a new index learns of old entries later."""

    @pytest.fixture
    def search(self) -> Search:
        return Search(b"FT.SEARCH")

    @pytest.fixture
    def server(self, search: Search) -> Iterator[RESPServer]:
        made = RESPServer(search)
        yield made
        made.close()

    @pytest.fixture
    def store(self, server: RESPServer) -> Store:
        return Store(RedisVectors.from_url(server.url))

    def test_it_is_older_than_the_entries(self, server: RESPServer, store: Store) -> None:
        store.add("a", [1, 0], "east")
        store.add("a", [0, 1], "north")
        names = [seen[0] for seen in server.seen]
        assert names.count(b"FT.CREATE") == 1
        assert names.index(b"FT.CREATE") < names.index(b"HSET")

    def test_another_process_may_have_created_it(self, server: RESPServer, store: Store) -> None:
        other = Store(RedisVectors.from_url(server.url))
        other.add("a", [1, 0], "east")
        assert store.find("a", [1, 0]) == ("east", 1.0)

    def test_one_that_was_dropped_is_created_again(self, search: Search, store: Store) -> None:
        store.add("a", [1, 0], "east")
        search.indexes.clear()
        assert store.find("a", [1, 0]) is None
        assert store.find("a", [1, 0]) == ("east", 1.0)

    def test_without_one_vectors_are_compared_here(
        self, search: Search, server: RESPServer, store: Store
    ) -> None:
        search.creates = False
        store.add("a", [1, 0], "east")
        assert store.find("a", [1, 0]) == ("east", 1.0)
        names = [seen[0] for seen in server.seen]
        assert names.count(b"FT.CREATE") == 1
        assert b"FT.SEARCH" not in names
        chosen = Store(RedisVectors.from_url(server.url, search="FT.SEARCH"))
        with pytest.raises(redis.ResponseError, match="Cannot create index"):
            chosen.find("a", [1, 0])

    def test_other_refusals_are_errors(
        self, search: Search, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store.add("a", [1, 0], "east")

        def fail(*_: bytes) -> Exception:
            return RuntimeError("timed out")

        monkeypatch.setattr(search, "do_ft_search", fail)
        with pytest.raises(redis.ResponseError, match="timed out"):
            store.find("a", [1, 0])


def test_elements_whose_entries_expired_are_forgotten() -> None:
    search = Search(b"VSIM")
    server = RESPServer(search)
    store = Store(RedisVectors.from_url(server.url))
    for number in range(12):
        store.add("a", [1, 0], str(number))
    kept = list(search.hashes)[-1]
    search.hashes = {kept: search.hashes[kept]}
    assert store.find("a", [1, 0]) == ("11", 1.0)
    search.hashes = {}
    assert store.find("a", [1, 0]) is None
    assert search.elements == {}
    server.close()
