"""Frameworks over the network: the OpenAI Agents SDK, and LangChain's client of OpenAI.

Each with a tool, streams, errors, and leaving in the middle.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import openai
import pytest

from tests.integrations import weather
from tests.integrations.asgi.conftest import KEY
from tests.support.answers import failing
from tests.support.calls.wire_answers import named_events
from tests.support.server import Answer, Server
from trunkline.pipeline.json_values import JSON

MODE = pytest.mark.parametrize("mode", ["plain", "stream"])
KIND = pytest.mark.parametrize("kind", ["OpenAIChatCompletionsModel", "OpenAIResponsesModel"])
RESPONSES = pytest.mark.parametrize("responses", [False, True])
BEGUN: list[JSON] = [
    {"type": "message_start", "message": weather.MESSAGE | {"content": [], "usage": weather.USAGE}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {
        "type": "content_block_delta",
        "index": 0,
        "delta": {"type": "text_delta", "text": "It is "},
    },
]
OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "too much to do"}}


def endless() -> Answer:
    pieces = named_events(BEGUN).pieces
    return Answer(pieces, headers={"content-type": "text/event-stream"}, ending="endless")


def framework(name: str) -> Any:
    return pytest.importorskip(name, reason=f"{name} is not installed")


def get_weather(city: str) -> str:
    """Tell the weather in a city."""
    assert city == "Paris"
    return weather.RESULT


@asynccontextmanager
async def an_agent(url: str, kind: str) -> AsyncGenerator[tuple[Any, Any]]:
    """Yield the Agents SDK, and an agent with a tool whose calls go to the server."""
    agents = framework("agents")
    agents.set_tracing_disabled(True)
    async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key=KEY, max_retries=0) as client:
        model = getattr(agents, kind)(model=weather.FALLBACK, openai_client=client)
        tool = agents.function_tool(get_weather, name_override="weather")
        yield agents, agents.Agent(name="a", model=model, tools=[tool])


async def run_agent(url: str, kind: str, mode: str) -> str:
    async with an_agent(url, kind) as (agents, agent):
        if mode == "plain":
            return str((await agents.Runner.run(agent, weather.QUESTION)).final_output)
        run = agents.Runner.run_streamed(agent, weather.QUESTION)
        async for _ in run.stream_events():
            pass
        return str(run.final_output)


@MODE
@KIND
def test_an_agent_uses_a_tool(url: str, providers: Server, mode: str, kind: str) -> None:
    framework("agents")
    providers.reply(weather.claude_calls(mode), weather.claude_says(mode))
    assert asyncio.run(run_agent(url, kind, mode)) == weather.ANSWER
    assert [seen.path for seen in providers.seen] == ["/v1/messages"] * 2


@MODE
@KIND
def test_an_agents_call_fails(url: str, providers: Server, mode: str, kind: str) -> None:
    framework("agents")
    providers.reply(failing(429, retry_after="7"))
    with pytest.raises(openai.RateLimitError) as limited:
        asyncio.run(run_agent(url, kind, mode))
    assert limited.value.response.headers["retry-after"] == "7"
    assert len(providers.seen) == 1


@KIND
def test_an_agents_stream_fails_in_the_middle(url: str, providers: Server, kind: str) -> None:
    framework("agents")
    providers.reply(named_events([*BEGUN, OVERLOADED]))
    with pytest.raises(openai.APIError, match="too much to do"):
        asyncio.run(run_agent(url, kind, "stream"))


@KIND
def test_an_agents_stream_is_left(url: str, providers: Server, kind: str) -> None:
    framework("agents")
    providers.reply(endless())

    async def main() -> None:
        async with an_agent(url, kind) as (agents, agent):
            run = agents.Runner.run_streamed(agent, weather.QUESTION)
            async for event in run.stream_events():
                if event.type == "raw_response_event" and event.data.type.endswith(".delta"):
                    run.cancel()
            await asyncio.to_thread(providers.wait_until_gone)

    asyncio.run(main())


def langchain_model(url: str, responses: bool) -> Any:
    return framework("langchain_openai").ChatOpenAI(
        model=weather.FALLBACK,
        base_url=f"{url}/v1",
        api_key=KEY,
        use_responses_api=responses,
        max_retries=0,
    )


def ask_langchain(model: Any, mode: str, messages: Any = weather.QUESTION) -> Any:
    """Return a message, from a stream if that is the mode."""
    if mode == "plain":
        return model.invoke(messages)
    whole: Any = None
    for chunk in model.stream(messages):
        whole = chunk if whole is None else whole + chunk
    return whole


@MODE
@RESPONSES
def test_langchain_uses_a_tool(url: str, providers: Server, mode: str, responses: bool) -> None:
    providers.reply(weather.claude_calls(mode, "get_weather"), weather.claude_says(mode))
    model = langchain_model(url, responses).bind_tools([get_weather])
    called = ask_langchain(model, mode)
    [call] = called.tool_calls
    assert (call["name"], call["args"]) == ("get_weather", {"city": "Paris"})
    told = {"role": "tool", "tool_call_id": call["id"], "content": weather.RESULT}
    asked = {"role": "user", "content": weather.QUESTION}
    assert str(ask_langchain(model, mode, [asked, called, told]).text) == weather.ANSWER


@MODE
@RESPONSES
def test_langchains_call_fails(url: str, providers: Server, mode: str, responses: bool) -> None:
    model = langchain_model(url, responses)
    providers.reply(failing(429, retry_after="7"))
    with pytest.raises(openai.RateLimitError) as limited:
        ask_langchain(model, mode)
    assert limited.value.response.headers["retry-after"] == "7"
    assert len(providers.seen) == 1


@RESPONSES
def test_langchains_stream_fails_in_the_middle(
    url: str, providers: Server, responses: bool
) -> None:
    model = langchain_model(url, responses)
    providers.reply(named_events([*BEGUN, OVERLOADED]))
    with pytest.raises(openai.APIError, match="too much to do"):
        ask_langchain(model, "stream")


@RESPONSES
def test_langchains_stream_is_left(url: str, providers: Server, responses: bool) -> None:
    model = langchain_model(url, responses)
    providers.reply(endless())
    stream = model.stream(weather.QUESTION)
    assert "It is " in {str(next(stream).text) for _ in range(3)}
    stream.close()
    providers.wait_until_gone()
