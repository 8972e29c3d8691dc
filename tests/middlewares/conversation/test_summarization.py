"""Summarization: older turns become a summary, which is written once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.middlewares.conversation.talks import MODEL, SYSTEM, count_words, first_words, talk, user
from tests.support.calls.wire_answers import claudes_answer
from tests.support.server import Answer, Seen, Server
from tests.support.worlds import World
from trunkline import (
    Client,
    Cost,
    InternalServerError,
    RedisStore,
    Request,
    SQLiteStore,
    Summarization,
    default_middlewares,
)
from trunkline.middlewares.conversation.summarization import PREFIX
from trunkline.testing import FakeProvider

SMALL = "openai/gpt-4o-mini"


def is_summary(request: Request) -> bool:
    return "Summarize the conversation" in str(request.messages[0].get("content"))


def provider(text: Callable[[int], Any] = lambda number: f"summary {number}") -> FakeProvider:
    """Answers questions for a summary and calls."""
    return FakeProvider(_items(text))


def _items(text: Callable[[int], Any]) -> Any:
    count = 0

    def item(request: Request) -> Any:
        nonlocal count
        if not is_summary(request):
            return "Hello"
        count += 1
        return text(count)

    while True:
        yield item


def layer(**given: Any) -> Summarization:
    arguments: dict[str, Any] = {"model": SMALL, "max_tokens": 12, "count": count_words, **given}
    return Summarization(**arguments)


def calls(fake: FakeProvider) -> list[Request]:
    return [request for request in fake.requests if not is_summary(request)]


def summaries(fake: FakeProvider) -> list[Request]:
    return [request for request in fake.requests if is_summary(request)]


class TestSummary:
    def test_it_takes_the_place_of_older_turns(self, world: World, mode: str) -> None:
        fake = provider()
        client = fake.client([layer()])
        answer = world.answer(client, mode, MODEL, talk(5), temperature=1, max_tokens=5)
        assert answer.choices[0].message.content == "Hello"
        asked, called = fake.requests
        assert (asked.model, asked.stream, dict(asked.params)) == (SMALL, False, {})
        assert "user: u0 u0\n\nassistant: a0 a0" in str(asked.messages[1].get("content"))
        assert first_words(called.messages) == ["s", "Summary", "u3", "a3", "u4"]
        assert str(called.messages[1].get("content")).endswith("\n\nsummary 1")
        assert dict(called.params) == {"temperature": 1, "max_tokens": 5}
        assert answer.attempts == 2

    def test_a_short_conversation_stays_as_it_is(self, world: World, mode: str) -> None:
        fake = provider()
        world.answer(fake.client([layer()]), mode, MODEL, talk(3))
        assert [list(request.messages) for request in fake.requests] == [talk(3)]

    def test_it_is_written_once(self, world: World, mode: str) -> None:
        fake = provider()
        client = fake.client([layer()])
        for _ in range(2):
            world.answer(client, mode, MODEL, talk(5))
        answer = world.answer(client, mode, MODEL, talk(5))
        assert len(summaries(fake)) == 1
        assert answer.attempts == 1
        notes = [note.event for note in answer.call.trail.notes if note.layer == "Summarization"]
        assert notes == ["hit"]

    def test_it_serves_while_the_conversation_goes_on(self, world: World) -> None:
        fake = provider()
        client = fake.client([layer(max_tokens=20)])
        for turns in range(4, 12):
            world.complete(client, MODEL, talk(turns))
        # 18 words fit; each summary makes room for several more turns.
        assert len(summaries(fake)) == 3
        for request in calls(fake):
            assert count_words(request.messages) <= 20 + count_words([user(PREFIX)])
        _, second, _ = (str(each.messages[1].get("content")) for each in summaries(fake))
        assert second.startswith("Summary of what was said before:\nsummary 1\n\nuser: u")

    def test_the_same_model_by_default(self, world: World) -> None:
        fake = provider()
        client = fake.client([layer(model=None)])
        world.complete(client, MODEL, talk(5), api_key="sk-own", base_url="http://own.example.com")
        [asked] = summaries(fake)
        assert (asked.model, asked.base_url) == (MODEL, "http://own.example.com")

    def test_another_provider_does_not_get_the_key(self) -> None:
        fake = provider()
        client = fake.client([layer(model="groq/llama-3.3-70b")])
        client.completion(
            MODEL,
            talk(5),
            api_key="sk-own",
            base_url="http://own.example.com",
            extra_headers={"a": "b"},
        )
        [asked] = summaries(fake)
        assert (asked.api_key, asked.base_url, dict(asked.extra_headers)) == (None, None, {})

    def test_its_cost_is_part_of_the_calls(self, world: World, mode: str) -> None:
        prices = {"input_cost_per_token": 1e-6, "output_cost_per_token": 0.0}
        fake = provider()
        client = fake.client([layer(), Cost({MODEL: prices, SMALL: prices})])
        assert world.answer(client, mode, MODEL, talk(5)).cost == pytest.approx(2e-5)
        assert world.answer(client, mode, MODEL, talk(5)).cost == pytest.approx(1e-5)


class TestFailures:
    def test_without_a_summary_the_conversation_is_sent(
        self, world: World, mode: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        fake = provider(lambda _number: InternalServerError("no"))
        client = fake.client([layer()])
        with caplog.at_level(logging.WARNING, "trunkline"):
            for _ in range(2):
                answer = world.answer(client, mode, MODEL, talk(5))
                assert answer.attempts == 2
        assert [list(request.messages) for request in calls(fake)] == [talk(5)] * 2
        assert len(caplog.records) == 1
        assert "cannot summarize a conversation: InternalServerError" in caplog.text

    def test_an_empty_summary_is_none(self, caplog: pytest.LogCaptureFixture) -> None:
        fake = provider(lambda _number: {"choices": [{"message": {"content": ""}}]})
        with caplog.at_level(logging.WARNING, "trunkline"):
            fake.client([layer()]).completion(MODEL, talk(5))
        assert list(calls(fake)[0].messages) == talk(5)

    def test_a_store_that_fails(
        self, world: World, mode: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        store = RedisStore.from_url("redis://:secret@127.0.0.1:1")
        fake = provider()
        client = fake.client([layer(store=store)])
        with caplog.at_level(logging.WARNING, "trunkline"):
            for _ in range(2):
                world.answer(client, mode, MODEL, talk(5))
        assert len(summaries(fake)) == 2
        assert len(caplog.records) == 1
        assert "secret" not in caplog.text

    def test_a_file_of_summaries(self, world: World, mode: str, tmp_path: Path) -> None:
        fakes = [provider(), provider()]
        for fake in fakes:
            store = SQLiteStore(tmp_path / "summaries.db")
            world.answer(fake.client([layer(store=store)]), mode, MODEL, talk(5))
            store.close()
        assert [len(summaries(fake)) for fake in fakes] == [1, 0]

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"keep_turns": 0}, "keep_turns: expected an int of 1 or more"),
            ({"max_tokens": 0}, "max_tokens: expected"),
        ],
    )
    def test_arguments_out_of_range(self, given: dict[str, Any], message: str) -> None:
        with pytest.raises(ValueError, match=message):
            Summarization(**given)

    def test_a_chain_has_one(self) -> None:
        with pytest.raises(ValueError, match="two Summarization layers"):
            Client([layer(), layer()])


def test_few_turns_cannot_be_summarized() -> None:
    fake = provider()
    messages = [SYSTEM, user(*["long"] * 50)]
    fake.client([layer()]).completion(MODEL, messages)
    assert list(fake.requests[0].messages) == messages


def test_a_native_wire(world: World, mode: str, server: Server) -> None:
    def reply(seen: Seen) -> Answer:
        asked = "Summarize" in str(seen.json.get("system"))
        text = "It was about tides." if asked else "Hello"
        kind = "plain" if asked else mode
        return claudes_answer(kind, [{"type": "text", "text": text}], "end_turn")

    server.reply(reply)
    with Client([layer(model=None), *default_middlewares()]) as client:
        where = {"base_url": server.url, "api_key": "sk-ant-1"}
        answer = world.answer(client, mode, "anthropic/claude-sonnet-4-5", talk(5), **where)
    assert answer.choices[0].message.content == "Hello"
    first = server.seen[1].json["messages"][0]["content"]
    assert "It was about tides." in str(first)
