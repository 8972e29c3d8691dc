"""AutoGen over trunkline."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.integrations import sdk, weather
from tests.support.server import Server
from trunkline.integrations.openai import async_http_client

chat: Any = pytest.importorskip(
    "autogen_agentchat.agents", reason="autogen-agentchat is not installed"
)
ext: Any = pytest.importorskip(
    "autogen_ext.models.openai", reason="autogen-ext[openai] is not installed"
)

pytestmark = [
    sdk.DROPPED_GENERATORS,
    # AutoGen expects the model that it asked for; a fallback answers with its own name.
    pytest.mark.filterwarnings("ignore:Resolved model mismatch:UserWarning"),
]

INFO = {
    "vision": False,
    "function_calling": True,
    "json_output": True,
    "structured_output": True,
    "family": "unknown",
}


@pytest.mark.parametrize("mode", ["plain", "stream"])
def test_an_agent_uses_a_tool(server: Server, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    weather.play(server, mode, monkeypatch)
    asked: list[str] = []

    async def get_weather(city: str) -> str:
        asked.append(city)
        return weather.RESULT

    get_weather.__name__ = "weather"

    async def main() -> str:
        own = weather.arguments()
        async with own["client"]:
            model = ext.OpenAIChatCompletionClient(
                model=weather.ASKED,
                api_key=weather.UNUSED_KEY,
                http_client=async_http_client(**own),
                model_info=INFO,
            )
            agent = chat.AssistantAgent(
                "weather_agent",
                model_client=model,
                tools=[get_weather],
                reflect_on_tool_use=True,
                model_client_stream=mode == "stream",
                system_message=None,
            )
            result = await agent.run(task=weather.QUESTION)
            await model.close()
            return str(result.messages[-1].content)

    assert asyncio.run(main()) == weather.ANSWER
    assert asked == ["Paris"]
    weather.check(server)
