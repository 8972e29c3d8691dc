"""PromptCaching: marks where models take them, and numbers from the usage of responses."""

from __future__ import annotations

from itertools import repeat
from typing import Any

import pytest

from tests.support.answers import MESSAGES, good
from tests.support.calls.wire_answers import claudes_answer
from tests.support.server import Server
from tests.support.worlds import World
from trunkline import Client, PromptCaching, Usage, default_middlewares
from trunkline.testing import FakeProvider

MARK = {"type": "ephemeral"}
BREAKPOINT = {"mode": "explicit"}
CALL = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
TOOLS: list[Any] = [
    {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}
    for name in ("e", "f")
]
CONVERSATION: list[Any] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "one"},
    {"role": "assistant", "content": "1"},
    {"role": "user", "content": [{"type": "text", "text": "two"}, {"type": "text", "text": "!"}]},
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "a", "content": "found"},
]
CLAUDE = "anthropic/claude-sonnet-4-5"
GPT = "openai/gpt-5.6-sol"


def marked(messages: Any, name: str) -> list[tuple[int, int, Any]]:
    """Return message, part (-1 for the message itself) and value of each mark."""
    found = [(n, -1, message[name]) for n, message in enumerate(messages) if name in message]
    found += [
        (position, number, part[name])
        for position, message in enumerate(messages)
        if isinstance(message.get("content"), list)
        for number, part in enumerate(message["content"])
        if name in part
    ]
    return sorted(found, key=lambda each: each[0])


def sent(world: World, mode: str, model: str, **given: Any) -> Any:
    """Return the request that arrives at the end of a chain."""
    fake = FakeProvider(["Hello"])
    chain = [given.pop("caching", PromptCaching())]
    world.answer(fake.client(chain), mode, model, given.pop("messages", CONVERSATION), **given)
    return fake.requests[0]


@pytest.mark.parametrize(
    "model",
    [
        CLAUDE,
        "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "bedrock/amazon.nova-pro-v1:0",
        "vertex_ai/claude-opus-4-5",
        "azure_ai/claude-opus-4-5",
        "openrouter/anthropic/claude-sonnet-4.5",
    ],
)
def test_models_with_anthropics_marks(model: str, world: World, mode: str) -> None:
    request = sent(world, mode, model, tools=TOOLS)
    assert marked(request.messages, "cache_control") == [(0, 0, MARK), (3, 1, MARK), (5, -1, MARK)]
    assert request.params["tools"] == [TOOLS[0], {**TOOLS[1], "cache_control": MARK}]
    # What the caller passed stays as it was.
    assert CONVERSATION[0]["content"] == "Be brief."
    assert "cache_control" not in TOOLS[1]


@pytest.mark.parametrize("model", [GPT, "openai/gpt-6.1-sol", "openrouter/openai/gpt-5.6"])
def test_models_with_openais_breakpoints(model: str, world: World, mode: str) -> None:
    request = sent(world, mode, model, tools=TOOLS)
    found = marked(request.messages, "prompt_cache_breakpoint")
    assert found == [(0, 0, BREAKPOINT), (3, 1, BREAKPOINT), (5, 0, BREAKPOINT)]
    assert request.params["tools"] == TOOLS


@pytest.mark.parametrize(
    "model", ["openai/gpt-4o", "openai/gpt-5.5", "groq/llama-3.3-70b", "gemini/gemini-2.5-pro"]
)
def test_other_models_get_none(model: str, world: World, mode: str) -> None:
    request = sent(world, mode, model, tools=TOOLS)
    assert list(request.messages) == CONVERSATION
    assert request.params["tools"] == TOOLS


@pytest.mark.parametrize(
    "own",
    [
        {"role": "user", "content": [{"type": "text", "text": "x", "cache_control": MARK}]},
        {"role": "user", "content": "x", "cache_control": MARK},
    ],
)
def test_marks_of_the_caller_stay_alone(own: Any) -> None:
    messages = [CONVERSATION[0], own]
    request = sent(World("sync"), "plain", CLAUDE, messages=messages, tools=TOOLS)
    assert list(request.messages) == messages
    assert request.params["tools"] == TOOLS


def test_what_to_mark() -> None:
    caching = PromptCaching(system=False, tools=False, turns=1, ttl="1h")
    request = sent(World("sync"), "plain", CLAUDE, caching=caching, tools=TOOLS)
    value = {"type": "ephemeral", "ttl": "1h"}
    assert marked(request.messages, "cache_control") == [(5, -1, value)]
    assert request.params["tools"] == TOOLS


def test_a_message_without_text_has_nothing_to_mark() -> None:
    messages: list[Any] = [{"role": "user", "content": ""}, {"role": "user", "content": []}]
    request = sent(World("sync"), "plain", CLAUDE, messages=messages)
    assert list(request.messages) == messages


def test_hits_are_reported(world: World, mode: str) -> None:
    usage = Usage.model_validate(
        {
            "prompt_tokens": 100,
            "completion_tokens": 1,
            "total_tokens": 101,
            "prompt_tokens_details": {"cached_tokens": 75, "cache_write_tokens": 20},
        }
    )
    caching = PromptCaching()
    client = FakeProvider(repeat("Hello"), usage=usage).client([caching])
    world.answer(client, mode, GPT, CONVERSATION)
    answer = world.answer(client, mode, GPT, CONVERSATION)
    use = caching.use
    assert (use.calls, use.prompt_tokens, use.read_tokens, use.written_tokens) == (2, 200, 150, 40)
    assert use.hit_rate == 0.75
    notes = [note for note in answer.call.trail.notes if note.layer == "PromptCaching"]
    assert [(note.event, dict(note.attributes)) for note in notes] == [
        ("hit", {"read": 75, "written": 20})
    ]
    caching.reset()
    assert (caching.use.calls, caching.use.hit_rate) == (0, 0)


@pytest.mark.parametrize("place", ["outermost", "innermost"])
def test_anthropics_wire(place: str, world: World, mode: str, server: Server) -> None:
    server.reply(claudes_answer(mode, [{"type": "text", "text": "Hi"}], "end_turn"))
    layers = default_middlewares()
    chain: list[Any] = [PromptCaching(), *layers] if place == "outermost" else [*layers]
    if place == "innermost":
        chain.insert(len(chain) - 1, PromptCaching())
    with Client(chain) as client:
        where = {"base_url": server.url, "api_key": "sk-ant-1"}
        answer = world.answer(client, mode, CLAUDE, CONVERSATION, tools=TOOLS, **where)
    assert answer.choices[0].message.content == "Hi"
    body = server.seen[0].json
    assert body["system"][0]["cache_control"] == MARK
    assert [tool.get("cache_control") for tool in body["tools"]] == [None, MARK]
    assert [message["content"][-1].get("cache_control") for message in body["messages"]] == [
        None,
        None,
        MARK,
        None,
        MARK,
    ]


def test_openais_wires(server: Server) -> None:
    server.reply(good("plain"))
    with Client([PromptCaching()]) as client:
        where: Any = {"base_url": server.url, "api_key": "sk-0123456"}
        client.completion(GPT, MESSAGES, wire="chat", **where)
    [message] = server.seen[0].json["messages"]
    assert message["content"][0]["prompt_cache_breakpoint"] == BREAKPOINT


def test_the_responses_api_gets_the_breakpoints() -> None:
    from trunkline.adapters.wires.responses.messages import input_items  # noqa: PLC0415

    request = sent(World("sync"), "plain", GPT)
    items = input_items(request.messages, "openai")
    assert items[0]["content"][0]["prompt_cache_breakpoint"] == BREAKPOINT
    assert items[-1]["output"][0]["prompt_cache_breakpoint"] == BREAKPOINT


@pytest.mark.parametrize(
    ("given", "message"),
    [({"turns": 3}, "turns: expected 0, 1 or 2"), ({"ttl": "2h"}, 'ttl: expected "5m", "1h"')],
)
def test_arguments_with_other_values(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PromptCaching(**given)


def test_a_chain_has_one() -> None:
    with pytest.raises(ValueError, match="two PromptCaching layers"):
        Client([PromptCaching(), *default_middlewares(), PromptCaching()])
