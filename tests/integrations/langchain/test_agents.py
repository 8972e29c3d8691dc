"""LangChain's agents over Anthropic's own wire: tools, middlewares, fallbacks, objects."""

# LangGraph's graphs are typed in part only.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

import trunkline
from tests.integrations.competent import SIGNATURE, TEXT, THOUGHT, answer_anthropic
from tests.support.server import Server, answer_json
from trunkline.pipeline.json_values import JSON
from trunkline.testing import FakeProvider, tool_call

pytest.importorskip("langchain", reason="langchain is not installed")

from langchain.agents import create_agent
from langchain.agents.middleware import (
    AgentMiddleware,
    ModelFallbackMiddleware,
    ModelRetryMiddleware,
    SummarizationMiddleware,
)
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.tools import tool
from pydantic import BaseModel

from trunkline.integrations.langchain import ChatTrunkline

KEY = "key-of-tests"


class Forecast(BaseModel):
    """A forecast."""

    city: str
    degrees: int


@tool
def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"It is sunny in {city}."


class Watch(AgentMiddleware):
    """A middleware of LangChain's around each call of the model."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def wrap_model_call(self, request: Any, handler: Callable[[Any], Any]) -> Any:
        self.calls += 1
        return handler(request)

    async def awrap_model_call(self, request: Any, handler: Callable[[Any], Any]) -> Any:
        self.calls += 1
        return await handler(request)


def overloaded() -> Any:
    body = {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}
    return answer_json(body, 529)


QUESTION: Any = {"messages": [HumanMessage("What is the weather in 'Rome'?")]}


async def _from_stream(agent: Any) -> list[Any]:
    final: JSON = {}
    async for kind, part in agent.astream(QUESTION, stream_mode=["messages", "values"]):
        if kind == "values":
            final = part
    return list(final["messages"])


RUNS: dict[str, Callable[[Any], list[Any]]] = {
    "invoke": lambda agent: list(agent.invoke(QUESTION)["messages"]),
    "ainvoke": lambda agent: list(asyncio.run(agent.ainvoke(QUESTION))["messages"]),
    "stream": lambda agent: [*agent.stream(QUESTION, stream_mode="values")][-1]["messages"],
    "astream of messages": lambda agent: asyncio.run(_from_stream(agent)),
}


@pytest.mark.parametrize("run", RUNS)
def test_an_agent_with_a_tool_a_middleware_and_a_fallback(run: str, server: Server) -> None:
    """The first provider is overloaded at the first call, and the fallback goes on."""
    server.reply(overloaded(), answer_anthropic, answer_anthropic)
    spare = {"model": "anthropic/claude-haiku-4-5", "api_key": KEY, "base_url": server.url}
    model = ChatTrunkline(
        model="anthropic/claude-sonnet-4-5",
        client=trunkline.Client(),
        api_key=KEY,
        base_url=server.url,
        num_retries=0,
        max_tokens=3000,
        reasoning_effort="low",
        fallbacks=[spare],
    )
    watch = Watch()
    agent: Any = create_agent(model, [weather], system_prompt="Be brief.", middleware=[watch])
    _, called, result, answer = RUNS[run](agent)
    assert isinstance(called, AIMessage)
    [call] = called.tool_calls
    assert (call["name"], call["args"]) == ("weather", {"city": "Rome"})
    assert called.response_metadata["fallback"] == "anthropic/claude-haiku-4-5"
    assert isinstance(result, ToolMessage)
    assert result.content == "It is sunny in Rome."
    assert answer.text == TEXT
    assert watch.calls == 2
    failed, first, second = [seen.json for seen in server.seen]
    assert (failed["model"], first["model"]) == ("claude-sonnet-4-5", "claude-haiku-4-5")
    assert first["system"] == [{"type": "text", "text": "Be brief."}]
    assert first["tools"][0]["input_schema"]["required"] == ["city"]
    # What the model thought goes back signed, before the call that it led to.
    thought = {"type": "thinking", "thinking": THOUGHT, "signature": SIGNATURE}
    use = {"type": "tool_use", "id": "toolu_0", "name": "weather", "input": {"city": "Rome"}}
    assert second["messages"][1] == {"role": "assistant", "content": [thought, use]}
    assert second["messages"][2]["content"][0]["tool_use_id"] == "toolu_0"


@pytest.mark.parametrize("strategy", [ToolStrategy, ProviderStrategy, None])
def test_an_agent_that_answers_with_an_object(strategy: Any, server: Server) -> None:
    server.reply(answer_anthropic)
    model = ChatTrunkline(model="anthropic/claude-sonnet-4-5", api_key=KEY, base_url=server.url)
    wanted: Any = strategy(Forecast) if strategy else Forecast
    agent: Any = create_agent(model, response_format=wanted)
    said: Any = {"messages": [HumanMessage("The weather in 'Rome' at 30 degrees")]}
    answer = agent.invoke(said)["structured_response"]
    assert answer == Forecast(city="Rome", degrees=30)


def test_tokens_of_an_agent_arrive_as_they_come() -> None:
    fake = FakeProvider([[tool_call("weather", city="Rome")], "It is sunny."])
    agent: Any = create_agent(ChatTrunkline("openai/gpt-4o", client=fake.client()), [weather])
    texts = [
        chunk.text
        for chunk, where in agent.stream(QUESTION, stream_mode="messages")
        if isinstance(where, dict) and where["langgraph_node"] == "model" and chunk.text
    ]
    assert texts == ["It", " is", " sunny."]


def test_metadata_of_a_graph_reaches_the_chain() -> None:
    fake = FakeProvider(["Hi", "Hi"])
    agent: Any = create_agent(ChatTrunkline(model="openai/gpt-4o", client=fake.client()), [weather])
    config: Any = {"metadata": {"team": "a"}}
    agent.invoke(QUESTION, config)
    list(agent.stream(QUESTION, config, stream_mode="messages"))
    assert [request.metadata["team"] for request in fake.requests] == ["a", "a"]


def test_langchains_own_middlewares_read_our_errors() -> None:
    """They retry what may succeed, fall back, and summarize what is too long."""
    down = trunkline.ServiceUnavailableError("down")
    fake = FakeProvider([down, "Hi", trunkline.AuthenticationError("no"), down, "Ho"])
    model = ChatTrunkline(model="openai/gpt-4o", client=fake.client(), num_retries=0)
    retry = ModelRetryMiddleware(max_retries=1, initial_delay=0, on_failure="error")
    agent: Any = create_agent(model, middleware=[retry])
    assert agent.invoke(QUESTION)["messages"][-1].text == "Hi"
    with pytest.raises(trunkline.AuthenticationError):
        agent.invoke(QUESTION)
    spare = ChatTrunkline(model="groq/llama-3.3-70b-versatile", client=fake.client())
    agent = create_agent(model, middleware=[ModelFallbackMiddleware(spare)])
    assert agent.invoke(QUESTION)["messages"][-1].text == "Ho"


def test_a_conversation_that_grew_too_long_is_summarized() -> None:
    too_long = trunkline.ContextWindowExceededError("too long")
    fake = FakeProvider([too_long, "They talked.", "Hi"])
    model = ChatTrunkline(model="openai/gpt-4o", client=fake.client(), num_retries=0)
    summarize = SummarizationMiddleware(model, trigger=("messages", 3), keep=("messages", 1))
    agent: Any = create_agent(model, middleware=[summarize])
    words = [HumanMessage("word " * 200), AIMessage("word " * 200), HumanMessage("And?")]
    messages = agent.invoke({"messages": words})["messages"]
    assert "They talked." in messages[0].text
    assert messages[-1].text == "Hi"
    assert len(fake.requests) == 3
