"""Frameworks over the network: the OpenAI Agents SDK, and LangChain's clients of OpenAI."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.integrations import weather
from tests.integrations.asgi.conftest import KEY
from tests.support.server import Server

MODE = pytest.mark.parametrize("mode", ["plain", "stream"])


@MODE
@pytest.mark.parametrize("kind", ["OpenAIChatCompletionsModel", "OpenAIResponsesModel"])
def test_the_agents_sdk(url: str, providers: Server, mode: str, kind: str) -> None:
    agents: Any = pytest.importorskip("agents", reason="openai-agents is not installed")
    openai: Any = pytest.importorskip("openai")
    providers.reply(weather.claude_calls(mode), weather.claude_says(mode))
    agents.set_tracing_disabled(True)

    def get_weather(city: str) -> str:
        """Tell the weather in a city."""
        assert city == "Paris"
        return weather.RESULT

    async def main() -> str:
        async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key=KEY) as client:
            model = getattr(agents, kind)(model=weather.FALLBACK, openai_client=client)
            tool = agents.function_tool(get_weather, name_override="weather")
            agent = agents.Agent(name="a", model=model, tools=[tool])
            if mode == "plain":
                return str((await agents.Runner.run(agent, weather.QUESTION)).final_output)
            run = agents.Runner.run_streamed(agent, weather.QUESTION)
            async for _ in run.stream_events():
                pass
            return str(run.final_output)

    assert asyncio.run(main()) == weather.ANSWER
    assert [seen.path for seen in providers.seen] == ["/v1/messages"] * 2


@MODE
@pytest.mark.parametrize("responses", [False, True])
def test_langchain(url: str, providers: Server, mode: str, responses: bool) -> None:
    langchain: Any = pytest.importorskip("langchain_openai", reason="it is not installed")
    providers.reply(weather.claude_says(mode))
    model = langchain.ChatOpenAI(
        model=weather.FALLBACK, base_url=f"{url}/v1", api_key=KEY, use_responses_api=responses
    )
    if mode == "plain":
        said = str(model.invoke(weather.QUESTION).text)
    else:
        said = "".join(str(chunk.text) for chunk in model.stream(weather.QUESTION))
    assert said == weather.ANSWER
