"""Cache: equal calls get the cached response, and no other call does."""

from __future__ import annotations

import contextlib
from itertools import repeat
from typing import Any

import msgspec
import pytest

from tests.support.answers import MESSAGES, USAGE, completion_body
from tests.support.chain.caching import FAKE_USAGE, MODEL, Ledger, numbered, text
from tests.support.worlds import World
from trunkline import (
    APIError,
    Client,
    Fallback,
    Handler,
    InternalServerError,
    RateLimitError,
    Reply,
    Request,
    Retry,
    StreamInterruptedError,
)
from trunkline.middlewares.cache import Cache
from trunkline.middlewares.stores.memory import MemoryStore
from trunkline.testing import Cut, FakeProvider, Item, tool_call

CALL = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}


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
        # Text, finish reason, usage: a caller who stops earlier misses what a later one wants.
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


def test_broken_streams_raise_as_ever(world: World) -> None:
    client = FakeProvider(repeat(["Half", Cut()])).client([Cache(MemoryStore())])
    for _ in range(2):
        with pytest.raises(StreamInterruptedError):
            world.stream(client, MODEL, MESSAGES)
