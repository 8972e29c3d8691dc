"""Trim: the oldest turns are left out, as a whole, until the conversation fits."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.middlewares.conversation.talks import (
    MODEL,
    SYSTEM,
    assistant,
    count_words,
    first_words,
    talk,
    user,
)
from tests.support.calls.wire_answers import claudes_answer
from tests.support.server import Answer, Seen, Server, answer_json
from tests.support.worlds import World
from trunkline import Client, ContextWindowExceededError, Fallback, Trim, default_middlewares
from trunkline.middlewares.conversation.turns import split_turns
from trunkline.testing import FakeProvider

CALL = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def sent(
    world: World, mode: str, messages: Any, trim: Trim, model: str = MODEL, **given: Any
) -> list[Any]:
    fake = FakeProvider(["Hello"])
    world.answer(fake.client([trim]), mode, model, messages, **given)
    return list(fake.requests[0].messages)


class TestTurns:
    @pytest.mark.parametrize(
        ("limit", "kept"),
        [
            (100, ["s", "u0", "a0", "u1", "a1", "u2"]),
            (12, ["s", "u0", "a0", "u1", "a1", "u2"]),
            (11, ["s", "u1", "a1", "u2"]),
            (8, ["s", "u1", "a1", "u2"]),
            (7, ["s", "u2"]),
            (4, ["s", "u2"]),
        ],
    )
    def test_the_oldest_are_left_out(
        self, world: World, mode: str, limit: int, kept: list[str]
    ) -> None:
        trim = Trim(limit, count=count_words)
        assert first_words(sent(world, mode, talk(3), trim)) == kept

    def test_calls_of_tools_stay_with_their_results(self, world: World, mode: str) -> None:
        messages = [
            user("u0"),
            {"role": "assistant", "content": None, "tool_calls": [CALL]},
            user("while", "it", "runs"),
            {"role": "tool", "tool_call_id": "a", "content": "found"},
            assistant("a0"),
            user("u1"),
            user("u1b"),
        ]
        assert sent(world, mode, messages, Trim(5, count=count_words)) == messages[5:]
        assert sent(world, mode, messages, Trim(8, count=count_words)) == messages

    def test_system_messages_stay_wherever_they_are(self, world: World) -> None:
        late = {"role": "developer", "content": "late"}
        messages = [SYSTEM, user("u0"), late, assistant("a0"), user("u1")]
        kept = sent(world, "plain", messages, Trim(4, count=count_words))
        assert kept == [SYSTEM, late, messages[-1]]

    def test_what_never_fits_is_an_error(self, world: World, mode: str) -> None:
        fake = FakeProvider()
        client = fake.client([Trim(3, count=count_words)])
        message = "the system messages and the last turn have 4 tokens, and the limit is 3"
        with pytest.raises(ContextWindowExceededError, match=message) as raised:
            world.answer(client, mode, MODEL, talk(3))
        assert (raised.value.attempts, fake.requests) == (0, [])

    def test_a_fallback_with_a_larger_window_takes_over(self, world: World, mode: str) -> None:
        fake = FakeProvider(["Hello"])
        chain: list[Any] = [Fallback(), Trim(count=count_words)]
        messages = [user(*["word"] * 8000)]
        larger = {"openai/gpt-4": "openai/gpt-4.1"}
        answer = world.answer(
            fake.client(chain),
            mode,
            "openai/gpt-4",
            messages,
            context_window_fallback_dict=larger,
        )
        assert [request.model for request in fake.requests] == ["openai/gpt-4.1"]
        assert answer.call.fallback == "openai/gpt-4.1"

    def test_the_trail_tells(self) -> None:
        client = FakeProvider(["Hello"]).client([Trim(8, count=count_words)])
        notes = client.completion(MODEL, talk(3)).call.trail.notes
        assert [(note.event, dict(note.attributes)) for note in notes if note.layer == "Trim"] == [
            ("trimmed", {"turns": 1})
        ]


ROLES = st.sampled_from(["system", "user", "assistant", "call", "tool"])


def conversation(roles: list[str]) -> tuple[Any, ...]:
    """Return messages in which each result follows its call, with messages in between."""
    messages: list[Any] = []
    open_calls: list[str] = []
    for number, role in enumerate(roles):
        if role == "call":
            messages.append({"role": "assistant", "tool_calls": [{**CALL, "id": str(number)}]})
            open_calls.append(str(number))
        elif role != "tool":
            messages.append({"role": role, "content": f"{number}"})
        elif open_calls:
            messages.append({"role": "tool", "tool_call_id": open_calls.pop(0), "content": "x"})
    return tuple(messages)


@given(st.lists(ROLES, max_size=12), st.integers(0, 12))
def test_whatever_is_left_out_calls_and_results_stay_together(roles: list[str], count: int) -> None:
    messages = conversation(roles)
    split = split_turns(messages)
    kept = split.without(min(count, len(split.turns)))
    calls = {call.get("id") for each in kept for call in each.get("tool_calls") or ()}
    results = {each.get("tool_call_id") for each in kept if each["role"] == "tool"}
    lost = {each.get("tool_call_id") for each in messages if each["role"] == "tool"} - results
    assert results <= calls
    assert not lost & calls
    assert [each for each in kept if each["role"] == "system"] == [
        each for each in messages if each["role"] == "system"
    ]
    positions = [messages.index(each) for each in kept]
    assert positions == sorted(positions)


class TestLimits:
    def test_the_window_of_the_model(self, world: World, mode: str) -> None:
        # GPT-4 reads 8,192 tokens; an eighth is for the response.
        word = "word " * 1000
        messages = [user(word), assistant(word), user(word), assistant(word), user("last")]
        long = sent(world, mode, messages * 2, Trim(), "openai/gpt-4")
        assert 1 < len(long) < 10
        assert long == (messages * 2)[-len(long) :]
        assert sent(world, mode, messages * 2, Trim(), "openai/gpt-4o") == messages * 2

    def test_room_for_the_response(self) -> None:
        word = "word " * 1500
        messages = [user(word), assistant(word), user("last")]
        world = World("sync")
        assert len(sent(world, "plain", messages, Trim(), "openai/gpt-4")) == 3
        few = sent(world, "plain", messages, Trim(), "openai/gpt-4", max_tokens=7000)
        assert few == [messages[-1]]
        assert sent(world, "plain", messages, Trim(reserve=7000), "openai/gpt-4") == few

    def test_a_model_without_known_window(
        self, world: World, mode: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        trim = Trim()
        with caplog.at_level(logging.WARNING, "trunkline"):
            for _ in range(2):
                assert sent(world, mode, talk(3), trim, "vllm/mine") == talk(3)
        assert [record.message for record in caplog.records] == [
            "Trim: the context window of vllm/mine is not known: pass max_tokens, or add it with "
            "register_model() (logged once)"
        ]

    def test_an_estimate_never_refuses(self) -> None:
        # No provider counts for a fake adapter.
        messages = [user("word " * 1000)]
        assert sent(World("sync"), "plain", messages, Trim(10), "anthropic/claude") == messages

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"max_tokens": 0}, "max_tokens: expected an int of 1 or more"),
            ({"reserve": -1}, "reserve: expected an int of 0 or more"),
        ],
    )
    def test_arguments_out_of_range(self, given: dict[str, Any], message: str) -> None:
        with pytest.raises(ValueError, match=message):
            Trim(**given)


def react(mode: str) -> Any:
    """Anthropic's API: it counts words, and answers."""

    def reply(seen: Seen) -> Answer:
        if not seen.path.endswith("count_tokens"):
            return claudes_answer(mode, [{"type": "text", "text": "Hi"}], "end_turn")
        texts = [block["text"] for message in seen.json["messages"] for block in message["content"]]
        return answer_json({"input_tokens": len(" ".join(texts).split())})

    return reply


def test_a_native_wire_counts(world: World, mode: str, server: Server) -> None:
    server.reply(react(mode))
    messages = [user(*["old"] * 30), assistant("a0"), user("u1"), assistant("a1"), user("u2")]
    with Client([Trim(10), *default_middlewares()]) as client:
        where = {"base_url": server.url, "api_key": "sk-ant-1"}
        world.answer(client, mode, "anthropic/claude-sonnet-4-5", messages, **where)
    *counts, last = server.seen
    assert [message["content"][0]["text"] for message in last.json["messages"]] == [
        "u1",
        "a1",
        "u2",
    ]
    assert {seen.path for seen in counts} == {"/v1/messages/count_tokens"}
    assert len(counts) <= 3
