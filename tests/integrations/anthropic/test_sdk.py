"""Anthropic's SDK in this process, in each world, with any provider behind it."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import anthropic
import pytest
from anthropic import Anthropic, AsyncAnthropic

from tests.integrations import weather
from tests.integrations.competent import SIGNATURE, TEXT, THOUGHT, answer_anthropic, answer_openai
from tests.support.answers import chunk_body, failing
from tests.support.server import Answer, Server, answer_events
from tests.support.worlds import World
from trunkline import APIConnectionError, Client, ContextWindowExceededError
from trunkline.integrations.anthropic import async_http_client, http_client
from trunkline.testing import FakeProvider, tool_call

CLAUDE, GPT = "anthropic/claude-sonnet-4-5", "openai/gpt-4o"
HI: list[Any] = [{"role": "user", "content": "Say hello."}]

pytestmark = pytest.mark.filterwarnings(
    r"ignore:Async generator '(anthropic|httpx2?)\.:ResourceWarning"
)


def call(world: World, client: Client, function: Callable[[Any], Any], **own: Any) -> Any:
    """Run `function` of an SDK client in a world."""
    key = weather.UNUSED_KEY
    if world.blocking:
        with Anthropic(http_client=http_client(client, **own), api_key=key) as sdk, client:
            return function(sdk)

    async def main() -> Any:
        http = async_http_client(client, **own)
        async with AsyncAnthropic(http_client=http, api_key=key) as sdk, client:
            return await function(sdk)

    return world.run(main)


def create(world: World, client: Client, /, **params: Any) -> Any:
    given: dict[str, Any] = {"model": CLAUDE, "max_tokens": 100, "messages": HI, **params}
    return call(world, client, lambda sdk: sdk.messages.create(**given))


def stream(world: World, client: Client, /, **params: Any) -> Any:
    """Return the message that a stream adds up to."""
    given: dict[str, Any] = {"model": CLAUDE, "max_tokens": 100, "messages": HI, **params}

    def read(sdk: Any) -> Any:
        if world.blocking:
            with sdk.messages.stream(**given) as events:
                return events.get_final_message()
        return read_async(sdk)

    async def read_async(sdk: Any) -> Any:
        async with sdk.messages.stream(**given) as events:
            return await events.get_final_message()

    return call(world, client, read)


@pytest.mark.parametrize("ask", [create, stream])
@pytest.mark.parametrize("model", [CLAUDE, GPT])
def test_an_answer(
    server: Server, world: World, monkeypatch: pytest.MonkeyPatch, ask: Any, model: str
) -> None:
    weather.use_server(server, monkeypatch)
    server.reply(answer_anthropic if model == CLAUDE else answer_openai)
    message = ask(world, Client(), model=model)
    [block] = message.content
    assert block.text == TEXT
    assert message.stop_reason == "end_turn"
    assert message.usage.cache_read_input_tokens == 4
    assert message.usage.output_tokens == 10
    assert weather.UNUSED_KEY not in str(server.seen[0].headers)


@pytest.mark.parametrize("ask", [create, stream])
def test_thinking_comes_signed(server: Server, monkeypatch: pytest.MonkeyPatch, ask: Any) -> None:
    weather.use_server(server, monkeypatch)
    server.reply(answer_anthropic)
    thinking = {"type": "enabled", "budget_tokens": 1024}
    message = ask(World("sync"), Client(), max_tokens=2000, thinking=thinking)
    thought, said = message.content
    assert (thought.thinking, thought.signature) == (THOUGHT, SIGNATURE)
    turns = [*HI, {"role": "assistant", "content": message.content}, *HI]
    create(World("sync"), Client(), max_tokens=2000, thinking=thinking, messages=turns)
    [sent, _] = server.seen[-1].json["messages"][1]["content"]
    assert sent == {"type": "thinking", "thinking": THOUGHT, "signature": SIGNATURE}
    assert said.text == TEXT


def test_thinking_becomes_an_effort_elsewhere() -> None:
    fake = FakeProvider(["Hello!"] * 4)
    thinking = {"type": "enabled", "budget_tokens": 4096}
    create(World("sync"), fake.client(), model="openai/gpt-5", thinking=thinking)
    create(World("sync"), fake.client(), model=GPT, thinking=thinking)
    create(World("sync"), fake.client(), model="openai/gpt-5", output_config={"effort": "low"})
    efforts = [request.params.get("reasoning_effort") for request in fake.requests]
    assert efforts == ["medium", None, "low"]
    assert all("thinking" not in request.params for request in fake.requests)


def test_what_other_providers_need_back_goes_with_the_reasoning() -> None:
    call_id = "call_1"
    signed: Any = {
        "role": "assistant",
        "content": None,
        "reasoning_content": "Hm.",
        "tool_calls": [
            {
                "id": call_id,
                "type": "function",
                "function": {"name": "weather", "arguments": "{}"},
                "extra_content": {"google": {"thought_signature": "c2ln"}},
            }
        ],
    }
    choice = {"index": 0, "message": signed, "finish_reason": "tool_calls"}
    fake = FakeProvider([{"choices": [choice]}, "Done."])
    message = create(World("sync"), fake.client(), model="gemini/gemini-2.5-pro")
    result = {"type": "tool_result", "tool_use_id": call_id, "content": "rain"}
    turns = [
        *HI,
        {"role": "assistant", "content": message.content},
        {"role": "user", "content": [result]},
    ]
    create(World("sync"), fake.client(), model="gemini/gemini-2.5-pro", messages=turns)
    sent: Any = fake.requests[1].messages[1]
    assert sent["tool_calls"][0]["extra_content"] == signed["tool_calls"][0]["extra_content"]
    assert sent["reasoning_content"] == "Hm."


def test_arguments_of_trunkline_go_in_extra_body(world: World) -> None:
    fake = FakeProvider([APIConnectionError("down"), "Hello!"])
    body = {"fallbacks": [GPT], "num_retries": 0}
    message = create(world, fake.client(), extra_body=body)
    assert message.content[0].text == "Hello!"
    assert [request.model for request in fake.requests] == [CLAUDE, GPT]


def test_betas_are_sent_to_claude_only(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    weather.use_server(server, monkeypatch)
    server.reply(answer_anthropic, answer_openai)
    for model in (CLAUDE, GPT):
        given: Any = {"model": model, "max_tokens": 9, "messages": HI, "betas": ["a-feature"]}
        call(World("sync"), Client(), partial(_create_beta, given))
    first, second = server.seen
    assert first.headers["anthropic-beta"] == "a-feature"
    assert "anthropic-beta" not in second.headers
    assert "a-feature" not in json.dumps(second.json)


def _create_beta(given: dict[str, Any], sdk: Any) -> Any:
    return sdk.beta.messages.create(**given)


STATUSES = [
    (400, anthropic.BadRequestError),
    (401, anthropic.AuthenticationError),
    (404, anthropic.NotFoundError),
    (429, anthropic.RateLimitError),
    (500, anthropic.InternalServerError),
]


@pytest.mark.parametrize(("status", "kind"), STATUSES)
def test_errors_are_the_sdks_own(
    server: Server, monkeypatch: pytest.MonkeyPatch, status: int, kind: type[Exception]
) -> None:
    weather.use_server(server, monkeypatch)
    server.reply(failing(status))
    with pytest.raises(kind):
        create(World("sync"), Client(num_retries=0), model=GPT)
    assert len(server.seen) == 1


def test_no_connection(world: World) -> None:
    fake = FakeProvider([APIConnectionError("cannot connect")])
    # The SDK would send it again after its own APIConnectionError.
    with pytest.raises(anthropic.InternalServerError, match="cannot connect") as caught:
        create(world, fake.client(), extra_body={"num_retries": 0})
    assert caught.value.status_code == 502
    assert len(fake.requests) == 1


def test_a_prompt_that_is_too_long() -> None:
    fake = FakeProvider([ContextWindowExceededError("prompt is too long")])
    with pytest.raises(anthropic.BadRequestError) as caught:
        create(World("sync"), fake.client())
    body: Any = caught.value.body
    assert body["error"]["type"] == "invalid_request_error"
    assert body["error"]["code"] == "context_length_exceeded"


def test_leaving_a_stream_closes_it(
    server: Server, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    weather.use_server(server, monkeypatch)
    pieces = answer_events([chunk_body({"content": "more "})], done=False).pieces
    headers = {"content-type": "text/event-stream"}
    server.reply(Answer(pieces, headers=headers, ending="endless"))
    given: Any = {"model": GPT, "max_tokens": 9, "messages": HI}

    def leave(sdk: Any) -> Any:
        if world.blocking:
            with sdk.messages.stream(**given) as events:
                return next(iter(events.text_stream))
        return leave_async(sdk)

    async def leave_async(sdk: Any) -> Any:
        async with sdk.messages.stream(**given) as events:
            return await anext(events.text_stream)

    assert call(world, Client(), leave) == "more "
    server.wait_until_gone()


@pytest.mark.parametrize("ask", [create, stream])
def test_several_calls_of_tools(ask: Any) -> None:
    fake = FakeProvider([[tool_call("weather", city="Oslo"), tool_call("weather", city="Rome")]])
    tool = {"name": "weather", "input_schema": {"type": "object"}}
    message = ask(World("sync"), fake.client(), model=GPT, tools=[tool])
    assert [block.input for block in message.content] == [{"city": "Oslo"}, {"city": "Rome"}]
    assert message.stop_reason == "tool_use"


ONLY_CLAUDE: list[dict[str, Any]] = [
    {"tools": [{"type": "bash_20250124", "name": "bash"}]},
    {"extra_body": {"container": "c"}},
    {"extra_body": {"mcp_servers": [{"type": "url", "url": "https://x", "name": "x"}]}},
    {"inference_geo": "us"},
]


@pytest.mark.parametrize("more", ONLY_CLAUDE)
def test_what_only_claude_has_is_refused_elsewhere(more: dict[str, Any]) -> None:
    fake = FakeProvider(["Hello!"] * 2)
    with pytest.raises(anthropic.BadRequestError, match="only Claude has it"):
        create(World("sync"), fake.client(), model=GPT, **more)
    assert fake.requests == []
    create(World("sync"), fake.client(), model=GPT, **_dropping(more))
    assert len(fake.requests) == 1


def _dropping(more: dict[str, Any]) -> dict[str, Any]:
    return {**more, "extra_body": {**more.get("extra_body", {}), "drop_params": True}}


def test_a_client_of_another_library() -> None:
    with pytest.raises(TypeError, match="expected a trunkline Client or Router, got str"):
        http_client("x")  # type: ignore[arg-type]


def test_the_http_client_can_be_used_after_it_was_closed() -> None:
    fake = FakeProvider(["Hello.", "Again."])
    http = http_client(Client(adapter=fake))
    for _ in range(2):
        with Anthropic(http_client=http, api_key="unused") as own:
            own.messages.create(model=CLAUDE, max_tokens=9, messages=HI)
    assert len(fake.requests) == 2
