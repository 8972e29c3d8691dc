"""pydantic-ai over trunkline."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pydantic import BaseModel

from tests.integrations import sdk, weather
from tests.integrations.competent import SIGNATURE, TEXT, THOUGHT, answer_anthropic
from tests.support.server import Server

ai: Any = pytest.importorskip("pydantic_ai", reason="pydantic-ai-slim[openai] is not installed")
infer: Any = pytest.importorskip("pydantic_ai.models")
models: Any = pytest.importorskip("pydantic_ai.models.openai")
providers: Any = pytest.importorskip("pydantic_ai.providers.openai")

pytestmark = sdk.DROPPED_GENERATORS


def model_of(prefix: str, name: str, client: Any) -> Any:
    """Return the model that pydantic-ai makes of a name with this prefix."""
    provider = providers.OpenAIProvider(openai_client=client)

    def provider_of(_name: str) -> Any:
        return provider

    model = infer.infer_model(f"{prefix}:{name}", provider_factory=provider_of)
    assert isinstance(model, getattr(models, CLASSES[prefix]))
    return model


CHAT, RESPONSES = "openai-chat", "openai"
CLASSES = {CHAT: "OpenAIChatModel", RESPONSES: "OpenAIResponsesModel"}
MODELS = [
    (CHAT, weather.ASKED, "/v1/chat/completions"),
    (RESPONSES, weather.ASKED, "/v1/chat/completions"),
    (RESPONSES, weather.ASKED_RESPONSES, weather.RESPONSES_PATH),
]


@pytest.mark.parametrize("mode", ["plain", "stream"])
@pytest.mark.parametrize(("kind", "name", "path"), MODELS)
def test_an_agent_uses_a_tool(
    server: Server, mode: str, kind: str, name: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    weather.play(server, mode, monkeypatch)
    asked: list[str] = []

    def get_weather(city: str) -> str:
        asked.append(city)
        return weather.RESULT

    async def main() -> str:
        own = weather.arguments()
        async with own["client"], sdk.asynchronous(**own) as client:
            tool = ai.Tool(get_weather, name="weather")
            agent = ai.Agent(model_of(kind, name, client), tools=[tool])
            if mode == "plain":
                return str((await agent.run(weather.QUESTION)).output)
            async with agent.run_stream(weather.QUESTION) as result:
                return "".join([piece async for piece in result.stream_text(delta=True)])

    assert asyncio.run(main()) == weather.ANSWER
    assert asked == ["Paris"]
    weather.check(server, path)


class City(BaseModel):
    name: str
    people: int


@pytest.mark.parametrize("kind", [CHAT, RESPONSES])
def test_a_structured_answer(server: Server, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    weather.use_server(server, monkeypatch)
    tokyo = {"name": "Tokyo", "people": 37000000}
    server.reply(weather.claude_calls("plain", "final_result", tokyo))

    async def main() -> object:
        own = weather.arguments()
        async with own["client"], sdk.asynchronous(**own) as client:
            agent = ai.Agent(model_of(kind, weather.FALLBACK, client), output_type=City)
            output: object = (await agent.run("Which city is the largest?")).output
            return output

    assert asyncio.run(main()) == City(name="Tokyo", people=37000000)


def test_reasoning_goes_back_with_its_signature(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    weather.use_server(server, monkeypatch)
    server.reply(answer_anthropic)

    def get_weather(city: str) -> str:
        return f"{weather.RESULT} in {city}"

    async def main() -> str:
        own = weather.arguments()
        async with own["client"], sdk.asynchronous(**own) as client:
            # pydantic-ai knows the names of OpenAI's models only.
            profile = {"openai_supports_encrypted_reasoning_content": True}
            model = models.OpenAIResponsesModel(
                weather.FALLBACK,
                provider=providers.OpenAIProvider(openai_client=client),
                profile=profile,
            )
            settings = {"openai_reasoning_effort": "low", "openai_reasoning_summary": "auto"}
            agent = ai.Agent(model, tools=[get_weather], model_settings=settings)
            return str((await agent.run(weather.QUESTION)).output)

    assert asyncio.run(main()) == TEXT
    _first, second = server.seen
    thinking, _call = second.json["messages"][1]["content"]
    assert (thinking["thinking"], thinking["signature"]) == (THOUGHT, SIGNATURE)
