"""The OpenAI Agents SDK over trunkline."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.integrations import sdk, weather
from tests.support.server import Server

agents: Any = pytest.importorskip("agents", reason="openai-agents is not installed")

pytestmark = sdk.DROPPED_GENERATORS


@pytest.mark.parametrize("mode", ["plain", "stream"])
def test_an_agent_uses_a_tool(server: Server, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
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
                model=agents.OpenAIChatCompletionsModel(model=weather.ASKED, openai_client=client),
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
    weather.check(server)
