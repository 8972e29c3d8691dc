"""RedisStore: both kinds of client, expiry, and a Redis that fails."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.chain.stores import answer, ask, caching, get, put
from tests.support.servers.redis_server import connect, connect_asyncio, redis_server
from tests.support.worlds import World
from trunkline.middlewares.cache import Cache
from trunkline.middlewares.stores.redis_store import RedisStore
from trunkline.testing import FakeProvider


class TestRedis:
    def test_from_an_address(self, redis_url: str, redis_client: Any, world: World) -> None:
        store = RedisStore.from_url(redis_url)
        assert store.blocking
        client = caching(store)
        assert [ask(client, world) for _ in range(2)] == ["answer 1"] * 2
        assert ask(caching(RedisStore(redis_client)), World("sync"), "stream") == "answer 1"

    def test_an_asynchronous_client(self, redis_url: str, redis_client: Any, mode: str) -> None:
        async def main() -> list[str | None]:
            async with connect_asyncio(redis_url) as connection:
                store = RedisStore(connection)
                assert not store.blocking
                client = caching(store)
                return [await answer(client, mode) for _ in range(2)]

        assert asyncio.run(main()) == ["answer 1"] * 2
        assert len(redis_client.keys("trunkline:*")) == 1

    def test_times(self, redis_client: Any) -> None:
        store = RedisStore(redis_client)
        put(store, "ever", b"1", None)
        put(store, "long", b"2", 100)
        put(store, "soon", b"3", 0.0001)
        assert redis_client.ttl("ever") == -1
        assert 0 < redis_client.pttl("long") <= 100_000
        while get(store, "soon") is not None:
            pass
        assert get(store, "long") == b"2"

    def test_keys_are_in_their_namespace(self, redis_client: Any, world: World) -> None:
        cache = Cache(RedisStore(redis_client), namespace="tenant-a")
        ask(FakeProvider(["Hi"]).client([cache]), world)
        [name] = redis_client.keys()
        assert name.startswith(b"tenant-a:")

    def test_rubbish(self, redis_client: Any, world: World, caplog: Any) -> None:
        client = caching(RedisStore(redis_client))
        ask(client, world)
        [name] = redis_client.keys()
        redis_client.set(name, b"rubbish")
        assert ask(client, world) == "answer 2"
        assert ask(client, world) == "answer 2"
        redis_client.delete(name)
        redis_client.lpush(name, b"a list")
        assert ask(client, world) == "answer 3"
        assert [record.getMessage() for record in caplog.records] == [
            "the cache contains invalid data: ValidationError (logged only once)",
            "cannot read from the cache: ResponseError (logged only once)",
        ]

    def test_down(self, tmp_path: Path, world: World, mode: str, caplog: Any) -> None:
        with redis_server(tmp_path) as url:
            store = RedisStore.from_url(url)
            client = caching(store)
            assert [ask(client, world, mode) for _ in range(2)] == ["answer 1"] * 2
        assert [ask(client, world, mode) for _ in range(2)] == ["answer 2", "answer 3"]
        assert [record.getMessage() for record in caplog.records] == [
            "cannot read from the cache: ConnectionError (logged only once)",
            "cannot write to the cache: ConnectionError (logged only once)",
        ]

    def test_a_client_that_decodes(self, redis_url: str) -> None:
        wrong = pytest.raises(ValueError, match="create it without decode_responses")
        with connect(f"{redis_url}?decode_responses=True") as client, wrong:
            RedisStore(client)

    def test_without_the_extra(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "redis", None)
        with pytest.raises(ImportError, match=r'pip install "trunkline\[redis\]"'):
            RedisStore.from_url("redis://localhost")

    def test_no_password_is_shown(self) -> None:
        assert "hunter2" not in repr(RedisStore.from_url("redis://:hunter2@localhost"))
