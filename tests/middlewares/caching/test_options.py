"""The `cache` option of a call, and the settings of a cache."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.answers import MESSAGES
from tests.support.chain.caching import MODEL, Ledger, numbered, text
from tests.support.worlds import World
from trunkline import BadRequestError, Client
from trunkline.middlewares.cache import Cache
from trunkline.middlewares.stores.memory import MemoryStore
from trunkline.middlewares.stores.store import Store


class TestOptions:
    def ask(self, client: Client, world: World, mode: str, cache: Any = None) -> str | None:
        return text(world.answer(client, mode, MODEL, MESSAGES, cache=cache))

    def test_without_a_store_nothing_happens(self, world: World, mode: str) -> None:
        cache = Cache()
        client = numbered().client([cache])
        assert [self.ask(client, world, mode) for _ in range(2)] == ["answer 1", "answer 2"]
        both = {"no-cache": True, "no-store": True}
        assert self.ask(client, world, mode, both) == "answer 3"
        assert self.ask(client, world, mode, False) == "answer 4"

    def test_a_call_may_ask_for_it(self, world: World, mode: str) -> None:
        client = numbered().client([Cache()])
        assert [self.ask(client, world, mode, True) for _ in range(2)] == ["answer 1"] * 2
        assert self.ask(client, world, mode, {"ttl": 60}) == "answer 1"
        assert self.ask(client, world, mode) == "answer 2"

    def test_a_call_may_do_without(self, world: World, mode: str) -> None:
        ledger = Ledger()
        client = numbered().client([Cache(ledger)])
        assert [self.ask(client, world, mode, False) for _ in range(2)] == ["answer 1", "answer 2"]
        assert ledger.asked == []

    def test_no_cache_asks_anew_and_keeps_the_answer(self, world: World, mode: str) -> None:
        client = numbered().client([Cache(MemoryStore())])
        assert self.ask(client, world, mode) == "answer 1"
        assert self.ask(client, world, mode, {"no-cache": True}) == "answer 2"
        assert self.ask(client, world, mode) == "answer 2"
        assert self.ask(client, world, mode, {"no-cache": False}) == "answer 2"

    def test_no_store_keeps_nothing(self, world: World, mode: str) -> None:
        client = numbered().client([Cache(MemoryStore())])
        assert self.ask(client, world, mode, {"no-store": True}) == "answer 1"
        assert self.ask(client, world, mode) == "answer 2"
        assert self.ask(client, world, mode, {"no-store": True}) == "answer 2"

    def test_ttl(self, world: World, mode: str) -> None:
        ledger = Ledger()
        client = numbered().client([Cache(ledger, ttl=5)])
        for cache in (None, {"ttl": 7}, {"ttl": None}):
            world.answer(client, mode, MODEL, MESSAGES, cache=cache, seed=len(ledger))
        assert ledger.ttls == [5, 7, None]

    def test_namespaces(self, world: World, mode: str) -> None:
        ledger = Ledger()
        client = numbered().client([Cache(ledger, namespace="mine")])
        for namespace in ("a", "b", "a"):
            self.ask(client, world, mode, {"namespace": namespace})
        self.ask(client, world, mode)
        assert [key.partition(":")[0] for key in ledger.kept] == ["a", "b", "mine"]

    @pytest.mark.parametrize(
        ("wrong", "match"),
        [
            ("yes", "cache: expected bool or dict, got 'yes'"),
            (1, "cache: expected bool or dict, got 1"),
            (
                {"nocache": True},
                r"cache\.nocache: unknown setting; expected one of no-cache, no-store",
            ),
            ({"no-cache": 1}, r"cache\.no-cache: expected bool, got 1"),
            ({"ttl": 0}, r"cache\.ttl: expected a number of seconds above 0, or None, got 0"),
            ({"ttl": True}, r"cache\.ttl: expected"),
            ({"ttl": "60"}, r"cache\.ttl: expected"),
            ({"namespace": ""}, r"cache\.namespace: expected a non-empty str"),
        ],
    )
    def test_what_is_wrong(self, wrong: Any, match: str, world: World, mode: str) -> None:
        fake = numbered()
        with pytest.raises(BadRequestError, match=match) as caught:
            self.ask(fake.client([Cache(True)]), world, mode, wrong)
        assert caught.value.param == "cache"
        assert fake.requests == []

    def test_wrong_arguments(self) -> None:
        with pytest.raises(ValueError, match="ttl: expected a number of seconds above 0"):
            Cache(ttl=-1)
        with pytest.raises(ValueError, match="namespace: expected a non-empty str"):
            Cache(namespace="")

    def test_settings_that_change(self, world: World, mode: str) -> None:
        settings: list[Store | bool | None] = [None]
        client = numbered().client([Cache(defaults=lambda: settings[0])])
        ledger = Ledger()
        assert self.ask(client, world, mode) == "answer 1"
        settings[0] = ledger
        assert [self.ask(client, world, mode) for _ in range(2)] == ["answer 2"] * 2
        settings[0] = True
        assert [self.ask(client, world, mode) for _ in range(2)] == ["answer 3"] * 2
        settings[0] = False
        assert self.ask(client, world, mode) == "answer 4"
        assert len(ledger) == 1

    def test_it_prints(self) -> None:
        assert repr(Cache(True, ttl=5)) == "Cache(True, ttl=5, namespace='trunkline')"
