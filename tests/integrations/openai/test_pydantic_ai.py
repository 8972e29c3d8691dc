"""pydantic-ai over trunkline."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic import BaseModel

from tests.integrations import sdk, weather
from tests.support.server import Server

ai: Any = pytest.importorskip("pydantic_ai", reason="pydantic-ai-slim[openai] is not installed")
models: Any = pytest.importorskip("pydantic_ai.models.openai")
providers: Any = pytest.importorskip("pydantic_ai.providers.openai")

pytestmark = sdk.DROPPED_GENERATORS


def model_of(name: str, client: Any) -> Any:
    return models.OpenAIChatModel(name, provider=providers.OpenAIProvider(openai_client=client))


@pytest.mark.parametrize("mode", ["plain", "stream"])
def test_an_agent_uses_a_tool(server: Server, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    weather.play(server, mode, monkeypatch)
    asked: list[str] = []

    def get_weather(city: str) -> str:
        asked.append(city)
        return weather.RESULT

    async def main() -> str:
        own = weather.arguments()
        async with own["client"], sdk.asynchronous(**own) as client:
            tool = ai.Tool(get_weather, name="weather")
            agent = ai.Agent(model_of(weather.ASKED, client), tools=[tool])
            if mode == "plain":
                return str((await agent.run(weather.QUESTION)).output)
            async with agent.run_stream(weather.QUESTION) as result:
                return "".join([piece async for piece in result.stream_text(delta=True)])

    assert asyncio.run(main()) == weather.ANSWER
    assert asked == ["Paris"]
    weather.check(server)


class City(BaseModel):
    name: str
    people: int


def test_a_structured_answer(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    weather.use_server(server, monkeypatch)
    tokyo = {"name": "Tokyo", "people": 37000000}
    server.reply(weather.claude_calls("plain", "final_result", tokyo))

    async def main() -> object:
        own = weather.arguments()
        async with own["client"], sdk.asynchronous(**own) as client:
            agent = ai.Agent(model_of(weather.FALLBACK, client), output_type=City)
            output: object = (await agent.run("Which city is the largest?")).output
            return output

    assert asyncio.run(main()) == City(name="Tokyo", people=37000000)
