"""LlamaIndex over trunkline."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.integrations import sdk, weather
from tests.support.server import Server
from trunkline.integrations.openai import async_http_client, http_client

workflow: Any = pytest.importorskip(
    "llama_index.core.agent.workflow", reason="llama-index-core is not installed"
)
tools: Any = pytest.importorskip("llama_index.core.tools")
like: Any = pytest.importorskip(
    "llama_index.llms.openai_like", reason="llama-index-llms-openai-like is not installed"
)

pytestmark = [
    sdk.DROPPED_GENERATORS,
    # LlamaIndex's workflows look at every attribute of their agents, pydantic's old ones too.
    pytest.mark.filterwarnings("ignore:The `__fields:pydantic.PydanticDeprecatedSince20"),
    pytest.mark.filterwarnings("ignore:Accessing the 'model_:pydantic.PydanticDeprecatedSince211"),
]


def model_of(own: dict[str, Any]) -> Any:
    return like.OpenAILike(
        model=weather.ASKED,
        api_key=weather.UNUSED_KEY,
        api_base="http://trunkline.invalid/v1",
        http_client=http_client(**own),
        async_http_client=async_http_client(**own),
        is_chat_model=True,
        is_function_calling_model=True,
    )


@pytest.mark.parametrize("mode", ["plain", "stream"])
def test_an_agent_uses_a_tool(server: Server, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    weather.play(server, mode, monkeypatch)
    asked: list[str] = []

    def get_weather(city: str) -> str:
        """Tell the weather in a city."""
        asked.append(city)
        return weather.RESULT

    async def main() -> str:
        own = weather.arguments()
        async with own["client"]:
            agent = workflow.FunctionAgent(
                tools=[tools.FunctionTool.from_defaults(get_weather, name="weather")],
                llm=model_of(own),
                streaming=mode == "stream",
            )
            return str(await agent.run(weather.QUESTION))

    assert asyncio.run(main()) == weather.ANSWER
    assert asked == ["Paris"]
    weather.check(server)


def test_a_blocking_completion(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    weather.use_server(server, monkeypatch)
    server.reply(weather.claude_says("plain"))
    own = weather.arguments()
    with own["client"]:
        llm = model_of(own)
        llm.model = weather.FALLBACK
        assert str(llm.complete(weather.QUESTION)) == weather.ANSWER
