"""The OpenAI Agents SDK over trunkline."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.integrations import sdk, weather
from tests.integrations.competent import SIGNATURE, TEXT, THOUGHT, answer_anthropic
from tests.support.server import Server

agents: Any = pytest.importorskip("agents", reason="openai-agents is not installed")

pytestmark = sdk.DROPPED_GENERATORS


def model_of_chat(name: str, client: Any) -> Any:
    return agents.OpenAIChatCompletionsModel(model=name, openai_client=client)


def default_model(name: str, client: Any) -> Any:
    """Return the model that the SDK makes of a name: one of the Responses API."""
    model = agents.OpenAIProvider(openai_client=client).get_model(name)
    assert isinstance(model, agents.OpenAIResponsesModel)
    return model


MODELS = [
    (model_of_chat, weather.ASKED, "/v1/chat/completions"),
    (default_model, weather.ASKED, "/v1/chat/completions"),
    (default_model, weather.ASKED_RESPONSES, weather.RESPONSES_PATH),
]


@pytest.mark.parametrize("mode", ["plain", "stream"])
@pytest.mark.parametrize(("model_of", "name", "path"), MODELS)
def test_an_agent_uses_a_tool(
    server: Server,
    mode: str,
    model_of: Callable[[str, Any], Any],
    name: str,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    weather.play(server, mode, monkeypatch)
    agents.set_tracing_disabled(True)
    asked: list[str] = []

    def get_weather(city: str) -> str:
        """Tell the weather in a city."""
        asked.append(city)
        return weather.RESULT

    async def main() -> str:
        own = weather.arguments()
        async with own["client"], sdk.asynchronous(**own) as client:
            agent = agents.Agent(
                name="Weather",
                model=model_of(name, client),
                tools=[agents.function_tool(get_weather, name_override="weather")],
            )
            if mode == "plain":
                result = await agents.Runner.run(agent, weather.QUESTION)
            else:
                result = agents.Runner.run_streamed(agent, weather.QUESTION)
                events = [event.type async for event in result.stream_events()]
                assert "raw_response_event" in events
            usage = result.context_wrapper.usage
            assert usage.total_tokens == 16
            return str(result.final_output)

    assert asyncio.run(main()) == weather.ANSWER
    assert asked == ["Paris"]
    weather.check(server, path)


def test_reasoning_goes_back_with_its_signature(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    weather.use_server(server, monkeypatch)
    server.reply(answer_anthropic)
    agents.set_tracing_disabled(True)

    def get_weather(city: str) -> str:
        """Tell the weather in a city."""
        return f"{weather.RESULT} in {city}"

    async def main() -> str:
        own = weather.arguments()
        async with own["client"], sdk.asynchronous(**own) as client:
            agent = agents.Agent(
                name="Weather",
                model=default_model(weather.FALLBACK, client),
                model_settings=agents.ModelSettings(reasoning={"effort": "low", "summary": "auto"}),
                tools=[agents.function_tool(get_weather)],
            )
            return str((await agents.Runner.run(agent, weather.QUESTION)).final_output)

    assert asyncio.run(main()) == TEXT
    _first, second = server.seen
    thinking, _call = second.json["messages"][1]["content"]
    assert (thinking["thinking"], thinking["signature"]) == (THOUGHT, SIGNATURE)
