"""The Responses API through `litellm`: calls, types, streams, errors, costs."""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import openai
import pytest
from openai.types import responses as openai_types
from pydantic import BaseModel

import trunkline
from tests.integrations import weather
from tests.integrations.competent import SIGNATURE, TEXT, THOUGHT, answer_anthropic
from tests.support.answers import failing
from tests.support.server import Server
from tests.support.worlds import World
from tests.trunkline.compat.stand_in import installed
from trunkline import Client
from trunkline.testing import Cut, FakeProvider

MODEL = "anthropic/claude-sonnet-4-5"
TOOL = {
    "type": "function",
    "name": "weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}


@pytest.fixture
def litellm(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    weather.use_server(server, monkeypatch)
    with installed() as module:
        yield module


def call(litellm: Any, world: World, **given: Any) -> Any:
    """Call responses() or aresponses(), and read a stream into a list of events."""
    given = {"model": MODEL, "input": "Say hello.", **given}
    if world.blocking:
        reply = litellm.responses(**given)
        return list(reply) if given.get("stream") else reply

    async def ask() -> Any:
        reply = await litellm.aresponses(**given)
        return [event async for event in reply] if given.get("stream") else reply

    return world.run(ask)


def test_functions_are_found_where_litellm_has_them(litellm: Any) -> None:
    main = import_module("litellm.responses.main")
    assert main.responses == litellm.responses == litellm.main.responses
    assert main.aresponses == litellm.aresponses
    assert callable(litellm.responses)
    assert litellm.types.responses.main.OutputFunctionToolCall


def test_a_response_has_litellms_types(litellm: Any, server: Server, world: World) -> None:
    server.reply(answer_anthropic)
    asked = {"tools": [TOOL], "reasoning": {"effort": "low"}, "input": "What is it in 'Paris'?"}
    response = call(litellm, world, **asked)
    types = litellm.types.llms.openai
    assert type(response) is litellm.ResponsesAPIResponse is types.ResponsesAPIResponse
    assert issubclass(type(response), BaseModel)
    assert type(response).__module__ == "litellm.types.llms.openai"
    assert isinstance(response.usage, types.ResponseAPIUsage)
    assert response.usage.output_tokens_details.reasoning_tokens == 3
    reasoning, called = response.output
    assert isinstance(reasoning, openai_types.ResponseReasoningItem)
    assert reasoning.summary[0].text == THOUGHT
    assert isinstance(called, litellm.ResponseFunctionToolCall)
    assert json.loads(called.arguments) == weather.ARGUMENTS
    assert response["status"] == response.get("status") == "completed"
    assert response._hidden_params["custom_llm_provider"] == "anthropic"
    assert response._response_headers["request-id"] == "req_1"
    assert pickle.loads(pickle.dumps(response)) == response == copy.deepcopy(response)


def test_a_dumped_response_goes_back_as_input(litellm: Any, server: Server) -> None:
    """Of mini-swe-agent, which keeps responses as dictionaries; others keep their items."""
    server.reply(answer_anthropic)
    asked: dict[str, Any] = {"role": "user", "content": "What is it in 'Paris'?"}
    params = {"model": MODEL, "tools": [TOOL], "reasoning": {"effort": "low"}}
    response = litellm.responses(input=[asked], **params)
    dumped = response.model_dump()
    assert dumped["object"] == "response"
    [called] = [item for item in dumped["output"] if item["type"] == "function_call"]
    assert None not in called.values()
    result = {"type": "function_call_output", "call_id": called["call_id"], "output": "21"}
    for items in (dumped["output"], response.output):
        again = litellm.responses(input=[asked, *items, result], **params)
        assert again.output_text == TEXT
        thinking, used = server.seen[-1].json["messages"][1]["content"]
        assert (thinking["thinking"], thinking["signature"]) == (THOUGHT, SIGNATURE)
        assert used["id"] == called["call_id"]


def test_events_have_litellms_types(litellm: Any, server: Server, world: World) -> None:
    server.reply(answer_anthropic)
    types = litellm.types.llms.openai
    names = types.ResponsesAPIStreamEvents
    events = call(litellm, world, stream=True, reasoning={"effort": "low"})
    text = [event for event in events if isinstance(event, types.OutputTextDeltaEvent)]
    assert "".join(event.delta for event in text) == TEXT
    assert {event.type for event in text} == {names.OUTPUT_TEXT_DELTA}
    thought = [e for e in events if isinstance(e, types.ReasoningSummaryTextDeltaEvent)]
    assert "".join(event.delta for event in thought) == THOUGHT
    done = [event.item for event in events if event.type == names.OUTPUT_ITEM_DONE]
    assert {item.type for item in done} == {"message", "reasoning"}
    last = events[-1]
    assert type(last) is types.ResponseCompletedEvent
    assert type(last.response) is litellm.ResponsesAPIResponse
    assert last.response.output_text == TEXT
    assert last.response._hidden_params["custom_llm_provider"] == "anthropic"


def test_a_stream_has_the_event_that_ended_it(litellm: Any, server: Server) -> None:
    server.reply(weather.claude_says("stream", TEXT))
    with litellm.responses("Hi", MODEL, stream=True) as stream:
        assert not stream.completed_response
        first = next(stream)
        assert first.type == "response.created"
        assert list(stream)[-1] is stream.completed_response
    assert stream.completed_response.response.output_text == TEXT


def test_a_refusal(litellm: Any) -> None:
    event = trunkline.ResponseStreamEvent.model_validate(
        {"type": "response.refusal.delta", "delta": "No", "content_index": 0}
    )
    conversion = import_module("trunkline.compat.conversion")
    types = litellm.types.llms.openai
    assert isinstance(conversion.give(event), types.RefusalDeltaEvent)


def test_what_litellm_sends_to_the_responses_api(litellm: Any) -> None:
    find = import_module("litellm.utils").ProviderConfigManager.get_provider_responses_api_config
    assert find(provider="openai", model="gpt-4o")
    assert find(provider="anthropic", model="claude-sonnet-4-5") is None
    assert find(provider="nobody", model="x") is None
    check = import_module("litellm.main").responses_api_bridge_check
    assert check(model="responses/gpt-4o", custom_llm_provider="openai") == (
        {"mode": "responses"},
        "gpt-4o",
    )
    assert check(model="gpt-5-pro", custom_llm_provider="openai")[0] == {"mode": "responses"}
    assert check(model="gpt-4o", custom_llm_provider="openai") == ({"mode": "chat"}, "gpt-4o")
    assert check(model="responses/x", custom_llm_provider="anthropic")[0] == {"mode": "chat"}


def test_objects_are_made_by_name(litellm: Any) -> None:
    """Of OpenHands' tests, which make them with the fields that they need."""
    types = litellm.types.llms.openai
    item = litellm.types.responses.main.OutputFunctionToolCall(
        type="function_call", name="x", arguments="{}", call_id="c", id="fc", status="completed"
    )
    usage = types.ResponseAPIUsage(input_tokens=10, output_tokens=5, total_tokens=15)
    response = types.ResponsesAPIResponse(id="r1", created_at=0, output=[item], usage=usage)
    assert response.output == [item]
    event = types.ResponseCompletedEvent(
        type=types.ResponsesAPIStreamEvents.RESPONSE_COMPLETED, response=response
    )
    assert event.response is response
    generic = litellm.types.llms.base.BaseLiteLLMOpenAIResponseObject.model_construct(type="odd")
    assert response.model_copy(update={"output": [generic]}).output[0].type == "odd"


def test_items_of_unknown_types_are_objects(litellm: Any) -> None:
    odd = {"type": "telepathy_call", "id": "t1", "thought": {"of": "tea"}}
    types = litellm.types.llms.openai
    response = types.ResponsesAPIResponse(id="r1", created_at=0, output=[odd])
    [item] = response.output
    assert (item.type, item.thought) == ("telepathy_call", {"of": "tea"})
    assert response.model_dump()["output"] == [odd]


def test_what_a_response_costs(litellm: Any, server: Server) -> None:
    server.reply(answer_anthropic)
    response = litellm.responses("Hi", MODEL)
    prices = {"input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6}
    made = litellm.types.llms.openai.ResponsesAPIResponse(
        id="r1", created_at=0, output=[], usage=response.usage
    )
    for each in (response, made):
        cost = litellm.cost_calculator.completion_cost(
            each, model=MODEL, custom_cost_per_token=prices
        )
        assert cost == pytest.approx(40e-6)


def test_a_fallback_answers(server: Server, litellm: Any, world: World) -> None:
    server.reply(failing(503), weather.claude_says("plain", TEXT))
    response = call(litellm, world, model=weather.ASKED_RESPONSES, fallbacks=[MODEL], num_retries=0)
    assert response.output_text == TEXT
    assert [seen.path for seen in server.seen] == [weather.RESPONSES_PATH, "/v1/messages"]


def test_errors_are_litellms(server: Server, litellm: Any, world: World) -> None:
    server.reply(failing(429, retry_after="0"))
    with pytest.raises(litellm.RateLimitError) as caught:
        call(litellm, world, num_retries=0, stream=True)
    assert isinstance(caught.value, openai.RateLimitError)
    assert isinstance(caught.value, trunkline.RateLimitError)
    with pytest.raises(litellm.BadRequestError, match="input: expected str or list"):
        call(litellm, world, input=3)


def test_a_stream_that_breaks_off(world: World) -> None:
    with (
        installed(Client(adapter=FakeProvider([["Half an ", Cut()]]))) as litellm,
        pytest.raises(trunkline.StreamInterruptedError) as caught,
    ):
        call(litellm, world, stream=True)
    assert type(caught.value).__module__ == "litellm.exceptions"


def test_leaving_an_asynchronous_stream_closes_it(litellm: Any, server: Server) -> None:
    server.reply(weather.claude_says("stream", TEXT))

    async def main() -> str:
        stream = await litellm.aresponses("Hi", MODEL, stream=True)
        async for _event in stream:
            break
        await stream.aclose()
        return repr(stream._opened)

    assert "abandoned" in asyncio.run(main())


def test_a_router_has_responses_too(litellm: Any, server: Server) -> None:
    server.reply(weather.claude_says("plain", TEXT))
    router = litellm.Router([{"model_name": "chat", "litellm_params": {"model": MODEL}}])
    assert router.responses("Hi", "chat").output_text == TEXT


def test_without_the_openai_package_items_are_litellms_own() -> None:
    program = f"""
import sys
sys.modules["openai"] = None
import trunkline.compat
from trunkline import Client
from trunkline.testing import FakeProvider, tool_call
trunkline.compat.install(Client(adapter=FakeProvider(["Hi", tool_call("weather", city="Rome")])))
import litellm
from litellm import ResponseFunctionToolCall, ResponseInputParam
from litellm.types.responses.main import GenericResponseOutputItem, OutputFunctionToolCall
said = litellm.responses("Hi", {MODEL!r})
assert type(said.output[0]) is GenericResponseOutputItem, said.output
assert said.output_text == "Hi"
called = litellm.responses("Hi", {MODEL!r}, tools=[{{"type": "function", "name": "weather"}}])
assert type(called.output[0]) is OutputFunctionToolCall is ResponseFunctionToolCall, called.output
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
