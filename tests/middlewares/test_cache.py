"""Cache: an answer given again, and never one that answers something else."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from itertools import repeat
from typing import Any

import msgspec
import pytest

from tests.support.answers import MESSAGES, USAGE, completion_body
from tests.support.worlds import World
from trunkline import (
    APIError,
    BadRequestError,
    Client,
    Fallback,
    Handler,
    InternalServerError,
    ModelResponse,
    RateLimitError,
    Reply,
    Request,
    Retry,
    StreamInterruptedError,
    SuspendedError,
    Usage,
)
from trunkline.middlewares.cache import Cache
from trunkline.middlewares.caching.entry import decode_entry, encode_entry
from trunkline.middlewares.stores.memory import MemoryStore
from trunkline.middlewares.stores.store import Store
from trunkline.testing import Cut, FakeProvider, Item, tool_call

MODEL = "openai/gpt-4o"
FAKE_USAGE = Usage(prompt_tokens=10, completion_tokens=5, total_tokens=15)
CALL = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def numbered(count: int = 100) -> FakeProvider:
    """A provider whose every answer is another."""
    return FakeProvider([f"answer {number}" for number in range(1, count)])


def text(response: ModelResponse) -> str | None:
    return response.choices[0].message.content


class Ledger:
    """A store that says what was asked of it."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.ttls: list[float | None] = []
        self.asked: list[str] = []

    def __len__(self) -> int:
        return len(self.kept)

    async def get(self, key: str) -> bytes | None:
        self.asked.append(key)
        return self.kept.get(key)

    async def set(self, key: str, value: bytes, ttl: float | None) -> None:
        self.kept[key] = value
        self.ttls.append(ttl)


class TestHits:
    @pytest.mark.parametrize("again", ["plain", "stream"])
    def test_a_second_call_is_not_made(self, world: World, mode: str, again: str) -> None:
        fake = numbered()
        client = fake.client([Cache(MemoryStore())])
        first = world.answer(client, mode, MODEL, MESSAGES, temperature=0)
        second = world.answer(client, again, MODEL, MESSAGES, temperature=0)
        assert len(fake.requests) == 1
        assert second.model_dump() == first.model_dump()
        assert second is not first

    def test_a_hit_is_marked_and_costs_nothing(self, world: World, mode: str) -> None:
        fake = numbered()
        client = fake.client([Cache(True), Retry()])
        first = world.answer(client, mode, MODEL, MESSAGES)
        hit = world.answer(client, mode, MODEL, MESSAGES, metadata={"trace": "2"})
        assert (first.call.cache_hit, first.attempts) == (False, 1)
        assert (hit.call.cache_hit, hit.attempts, hit.call.cost) == (True, 0, 0.0)
        assert (hit.call.provider, hit.call.model) == ("openai", "gpt-4o")
        assert hit.usage == first.usage == FAKE_USAGE
        assert hit.call.metadata == {"trace": "2"}
        assert hit.response_ms is not None
        assert hit.call.call_id != first.call.call_id

    def test_the_usage_chunk_is_shown_to_those_who_want_it(self, world: World) -> None:
        client = numbered().client([Cache(True)])
        world.complete(client, MODEL, MESSAGES)
        shown, _ = world.stream(client, MODEL, MESSAGES, stream_options={"include_usage": True})
        hidden, stream = world.stream(client, MODEL, MESSAGES)
        assert shown[-1].usage is not None
        assert all(chunk.usage is None for chunk in hidden)
        assert stream.response.usage == shown[-1].usage

    def test_nothing_of_an_answer_is_lost(self, world: World, mode: str) -> None:
        message = {"reasoning_content": "Why", "x_message": 1, "tool_calls": [CALL]}
        body: dict[str, Any] = completion_body("Text", "tool_calls", **message)
        body["usage"] = {**USAGE, "prompt_tokens_details": {"cached_tokens": 2}, "x_usage": 3}
        body["x_root"] = [1]
        client = FakeProvider([body]).client([Cache(True)])
        first = world.answer(client, mode, MODEL, MESSAGES)
        for again in ("plain", "stream"):
            hit = world.answer(client, again, MODEL, MESSAGES)
            assert hit.call.cache_hit
            assert hit.model_dump() == first.model_dump()
            assert hit.choices[0].message.reasoning_content == "Why"
            assert (hit.x_root, hit.choices[0].message.x_message) == ([1], 1)
            assert hit.usage is not None
            assert hit.usage.prompt_tokens_details is not None
            assert hit.usage.prompt_tokens_details.cached_tokens == 2

    def test_no_answer_is_another_ones(self, world: World, mode: str) -> None:
        client = FakeProvider([["Look", tool_call("f")]]).client([Cache(True)])
        kept = [world.answer(client, mode, MODEL, MESSAGES) for _ in range(3)]
        for response in kept:
            [choice] = response.choices
            assert choice.message.content == "Look"
            choice.message.content = "spoilt"
            assert choice.message.tool_calls is not None
            choice.message.tool_calls.clear()
            response["extra"] = "spoilt"
            assert response.usage is not None
            response.usage.total_tokens = -1
        last = world.answer(client, mode, MODEL, MESSAGES)
        assert text(last) == "Look"
        assert len(last.choices[0].message.tool_calls or []) == 1
        assert "extra" not in last
        assert last.usage is not None
        assert last.usage.total_tokens == 15

    def test_a_class_as_response_format(self, world: World, mode: str) -> None:
        class Person(msgspec.Struct):
            name: str

        fake = FakeProvider(['{"name": "Ada"}'])
        client = fake.client([Cache(True)])
        for again in (mode, "plain", "stream"):
            response = world.answer(client, again, MODEL, MESSAGES, response_format=Person)
            assert response.parsed == Person("Ada")
        assert len(fake.requests) == 1

    def test_dropped_params_are_still_told(self, world: World, mode: str) -> None:
        async def drop(request: Request, call_next: Handler) -> Reply:
            reply = await call_next(request)
            reply.call.dropped_params = ["logprobs"]
            return reply

        client = numbered().client([Cache(True), drop])
        for _ in range(2):
            assert world.answer(client, mode, MODEL, MESSAGES).dropped_params == ["logprobs"]

    def test_two_tiers(self, world: World, mode: str) -> None:
        fake = numbered()
        front, back = Ledger(), Ledger()
        client = fake.client([Cache(front), Cache(back)])
        world.answer(client, mode, MODEL, MESSAGES)
        front.kept.clear()
        assert world.answer(client, mode, MODEL, MESSAGES).call.cache_hit
        assert (len(fake.requests), len(front), len(back)) == (1, 1, 1)


class TestWhatIsNotKept:
    def kept(self, item: Item, world: World, mode: str, **arguments: Any) -> int:
        ledger = Ledger()
        client = FakeProvider([item]).client([Cache(ledger)])
        with contextlib.suppress(APIError):
            world.answer(client, mode, MODEL, MESSAGES, **arguments)
        return len(ledger)

    def test_this_can_fail(self, world: World, mode: str) -> None:
        assert self.kept("whole", world, mode) == 1

    def test_failures(self, world: World, mode: str) -> None:
        assert self.kept(RateLimitError("no"), world, mode) == 0

    def test_answers_that_broke_off(self, world: World, mode: str) -> None:
        assert self.kept(["Half", Cut()], world, mode) == 0
        assert self.kept(["Half", InternalServerError("no")], world, mode) == 0

    def test_answers_that_do_not_fit_their_class(self, world: World, mode: str) -> None:
        class Person(msgspec.Struct):
            name: str

        assert self.kept('{"age": 1}', world, mode, response_format=Person) == 0

    @pytest.mark.parametrize("read", [1, 2, 3])
    def test_streams_that_were_left(self, read: int, world: World) -> None:
        ledger = Ledger()
        # Text, finish reason, usage: whoever stops earlier misses what a later caller wants.
        client = FakeProvider(["one"]).client([Cache(ledger)])
        shown = {"include_usage": True}
        if world.blocking:
            with client.completion(MODEL, MESSAGES, stream=True, stream_options=shown) as stream:
                for _ in range(read):
                    next(stream)
        else:

            async def leave() -> None:
                call = client.acompletion(MODEL, MESSAGES, stream=True, stream_options=shown)
                async with await call as stream:
                    for _ in range(read):
                        await anext(stream)

            world.run(leave)
        assert len(ledger) == 0

    def test_what_a_fallback_answered(self, world: World, mode: str) -> None:
        fake = FakeProvider([InternalServerError("down"), "one", "two"])
        client = Client([Cache(MemoryStore()), Fallback()], adapter=fake)
        arguments: dict[str, Any] = {"fallbacks": ["groq/other"], "api_key": "k" * 9}
        texts = [text(world.answer(client, mode, MODEL, MESSAGES, **arguments)) for _ in range(2)]
        # The first model cools down, so that the second call begins with the other.
        assert texts == ["one", "two"]
        assert [request.model for request in fake.requests] == [MODEL, "groq/other", "groq/other"]

    def test_streams_that_were_dropped(self) -> None:
        ledger = Ledger()
        client = FakeProvider(["one two"]).client([Cache(ledger)])
        stream = client.completion(MODEL, MESSAGES, stream=True)
        next(stream)
        del stream
        assert len(ledger) == 0


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


class Broken:
    """A store in trouble."""

    def __init__(
        self, *, get: Exception | bytes | None = None, set: Exception | None = None
    ) -> None:
        self._get = get
        self._set = set

    async def get(self, key: str) -> bytes | None:
        if isinstance(self._get, Exception):
            raise self._get
        return self._get

    async def set(self, key: str, value: bytes, ttl: float | None) -> None:
        if self._set is not None:
            raise self._set


class TestTrouble:
    def warnings(self, store: Store, world: World, mode: str, caplog: Any) -> list[str]:
        fake = numbered()
        client = fake.client([Cache(store)])
        for number in (1, 2, 3):
            assert text(world.answer(client, mode, MODEL, MESSAGES)) == f"answer {number}"
        assert all(record.levelno == logging.WARNING for record in caplog.records)
        assert all(record.name == "trunkline" for record in caplog.records)
        return [record.getMessage() for record in caplog.records]

    def test_a_store_that_is_down(self, world: World, mode: str, caplog: Any) -> None:
        down = Broken(get=ConnectionError("redis://:hunter2@host"), set=TimeoutError("hunter2"))
        said = self.warnings(down, world, mode, caplog)
        assert said == [
            "cannot read from the cache: ConnectionError (logged only once)",
            "cannot write to the cache: TimeoutError (logged only once)",
        ]
        assert "hunter2" not in caplog.text

    @pytest.mark.parametrize(
        "rubbish",
        [b"", b"\xc1rubbish", b"cos\nsystem\n(S'x'\ntR.", msgspec.msgpack.encode({"body": b"{}"})],
    )
    def test_rubbish(self, rubbish: bytes, world: World, mode: str, caplog: Any) -> None:
        [said] = self.warnings(Broken(get=rubbish), world, mode, caplog)
        assert said.startswith("the cache contains invalid data: ")

    def test_every_cut_of_an_entry_is_rubbish(self) -> None:
        data = encode_entry(msgspec.convert(completion_body(), ModelResponse))
        assert decode_entry(data)[1].choices
        for end in range(len(data)):
            with pytest.raises(msgspec.DecodeError):
                decode_entry(data[:end])

    def test_an_answer_that_is_no_data(self, world: World, mode: str, caplog: Any) -> None:
        async def add(request: Request, call_next: Handler) -> Reply:
            reply = await call_next(request)
            if isinstance(reply, ModelResponse):
                reply["score"] = object()
                return reply

            def change(chunk: Any) -> Any:
                chunk.provider_specific_fields = {"score": object()}
                return chunk

            return reply.map(change)

        client = numbered().client([Cache(MemoryStore()), add])
        for number in (1, 2):
            assert text(world.answer(client, mode, MODEL, MESSAGES)) == f"answer {number}"
        [record] = caplog.records
        assert record.getMessage() == "cannot cache a response: TypeError (logged only once)"

    def test_a_request_that_is_no_data(self, world: World, mode: str, caplog: Any) -> None:
        client = numbered().client([Cache(MemoryStore())])
        for number in (1, 2):
            response = world.answer(client, mode, MODEL, MESSAGES, extra_body={"x": object()})
            assert text(response) == f"answer {number}"
        [record] = caplog.records
        assert (
            record.getMessage()
            == "cannot cache a request: cannot serialize object (logged only once)"
        )

    def test_a_store_that_needs_a_loop(self, mode: str) -> None:
        class Slow:
            async def get(self, key: str) -> bytes | None:
                await asyncio.sleep(0)
                return None

            async def set(self, key: str, value: bytes, ttl: float | None) -> None:
                await asyncio.sleep(0)

        client = numbered().client([Cache(Slow())])
        with pytest.raises(SuspendedError, match="give it a store or client that blocks"):
            World("sync").answer(client, mode, MODEL, MESSAGES)
        assert text(World("asyncio").answer(client, mode, MODEL, MESSAGES)) == "answer 1"

    def test_a_blocking_store_is_used_in_a_thread(self, world: World, mode: str) -> None:
        threads: set[int] = set()

        class Blocking(Ledger):
            blocking = True

            async def get(self, key: str) -> bytes | None:
                threads.add(threading.get_ident())
                return await super().get(key)

            async def set(self, key: str, value: bytes, ttl: float | None) -> None:
                threads.add(threading.get_ident())
                await super().set(key, value, ttl)

        fake = numbered()
        client = fake.client([Cache(Blocking())])
        assert [text(world.answer(client, mode, MODEL, MESSAGES)) for _ in range(2)] == [
            "answer 1"
        ] * 2
        assert (threading.get_ident() in threads) is world.blocking


def test_broken_streams_raise_as_ever(world: World) -> None:
    client = FakeProvider(repeat(["Half", Cut()])).client([Cache(MemoryStore())])
    for _ in range(2):
        with pytest.raises(StreamInterruptedError):
            world.stream(client, MODEL, MESSAGES)
