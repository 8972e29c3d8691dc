"""`functions`, `function_call` and role "function", which OpenAI has deprecated."""

from __future__ import annotations

import json
import warnings
from typing import Any

import pytest

from tests.support.answers import chunk_bodies, chunk_body, completion_body
from tests.support.server import Answer, Server, answer_events, answer_json
from tests.support.worlds import World
from trunkline import BadRequestError, Client, get_supported_openai_params
from trunkline.pipeline.json_values import JSON

USER = [{"role": "user", "content": "Weather in Rome?"}]
WEATHER: JSON = {"name": "weather", "parameters": {"type": "object", "properties": {}}}
CALL: JSON = {"name": "weather", "arguments": '{"city": "Rome"}'}


def native(mode: str, **message: Any) -> Answer:
    """An answer of Ollama's."""
    answer = {"model": "m", "message": {"role": "assistant", **message}, "done": True}
    if mode == "plain":
        return answer_json(answer)
    return Answer([json.dumps(answer).encode() + b"\n"])


def calling(mode: str) -> Answer:
    function = {"name": "weather", "arguments": {"city": "Rome"}}
    return native(mode, content="", tool_calls=[{"id": "c1", "function": function}])


@pytest.mark.parametrize("choice", [None, "auto", "none"])
def test_native_wires_get_tools(server: Server, world: World, mode: str, choice: Any) -> None:
    server.reply(native(mode, content="Hi"))
    given = {} if choice is None else {"function_call": choice}
    with pytest.warns(DeprecationWarning, match="use tools, tool_choice") as caught:
        world.answer(
            Client(), mode, "ollama/m", USER, base_url=server.url, functions=[WEATHER], **given
        )
    assert len(caught) == 1
    sent = server.seen[0].json
    tool = {"type": "function", "function": WEATHER}
    assert sent["tools"] == ([] if choice == "none" else [tool])
    assert "functions" not in sent
    assert "function_call" not in sent


def test_a_named_function_must_be_called(server: Server) -> None:
    answer = {
        "id": "x",
        "message": {"role": "assistant", "content": [{"type": "text", "text": "Hi"}]},
        "finish_reason": "COMPLETE",
    }
    server.reply(answer_json(answer))
    with pytest.warns(DeprecationWarning, match="role 'tool'"):
        Client().completion(
            "cohere/command-a-03-2025",
            USER,
            base_url=server.url,
            api_key="k" * 9,
            functions=[WEATHER, {**WEATHER, "name": "time"}],
            function_call={"name": "time"},
        )
    sent = server.seen[0].json
    assert sent["tool_choice"] == "REQUIRED"
    assert [tool["function"]["name"] for tool in sent["tools"]] == ["time"]


def test_the_call_comes_back_as_function_call(server: Server, world: World, mode: str) -> None:
    """A loop of that time goes round: call, result, answer."""
    server.reply(calling(mode), native(mode, content="Sunny."))
    arguments: JSON = {"base_url": server.url, "functions": [WEATHER]}
    client = Client()
    with pytest.warns(DeprecationWarning, match="role 'tool'"):
        choice = world.answer(client, mode, "ollama/m", USER, **arguments).choices[0]
    assert choice.finish_reason == "function_call"
    assert choice.message.function_call is not None
    assert choice.message.function_call.name == "weather"
    assert json.loads(choice.message.function_call.arguments) == {"city": "Rome"}
    messages = [
        *USER,
        choice.message,
        {"role": "function", "name": "weather", "content": "sun"},
    ]
    with pytest.warns(DeprecationWarning, match="role 'tool'"):
        last = world.answer(client, mode, "ollama/m", messages, **arguments)
    assert last.choices[0].message.content == "Sunny."
    call, result = server.seen[1].json["messages"][1:]
    assert call["tool_calls"][0]["function"] == {"name": "weather", "arguments": {"city": "Rome"}}
    assert call["tool_calls"][0]["id"] == "c1"
    assert result == {
        "role": "tool",
        "content": "sun",
        "tool_call_id": "c1",
        "tool_name": "weather",
    }


def test_chunks_have_the_call_too(server: Server, world: World) -> None:
    server.reply(calling("stream"))
    with pytest.warns(DeprecationWarning, match="role 'tool'"):
        chunks, _ = world.stream(
            Client(), "ollama/m", USER, base_url=server.url, functions=[WEATHER]
        )
    deltas = [choice.delta for chunk in chunks for choice in chunk.choices]
    calls = [delta.function_call for delta in deltas if delta.function_call is not None]
    assert [call.name for call in calls] == ["weather"]
    assert chunks[-1].choices[0].finish_reason == "function_call"


OLD: list[JSON] = [
    *USER,
    {"role": "assistant", "content": None, "function_call": CALL},
    {"role": "function", "name": "weather", "content": "sun"},
    {"role": "assistant", "content": None, "function_call": CALL},
    {"role": "function", "name": "weather", "content": "rain"},
]


def test_old_messages_alone(server: Server, world: World, mode: str) -> None:
    server.reply(calling(mode))
    before = json.dumps(OLD)
    with pytest.warns(DeprecationWarning, match="role 'tool'"):
        response = world.answer(Client(), mode, "ollama/m", OLD, base_url=server.url)
    assert json.dumps(OLD) == before
    sent = server.seen[0].json["messages"]
    assert [message["role"] for message in sent] == [
        "user",
        "assistant",
        "tool",
        "assistant",
        "tool",
    ]
    assert sent[1]["tool_calls"][0]["id"] == sent[2]["tool_call_id"] == "call_1"
    assert sent[3]["tool_calls"][0]["id"] == sent[4]["tool_call_id"] == "call_3"
    # Who sends no functions reads tool calls.
    assert response.choices[0].finish_reason == "tool_calls"
    assert response.choices[0].message.function_call is None


def test_openai_gets_what_it_still_takes(server: Server, world: World, mode: str) -> None:
    whole = completion_body(None, "function_call", function_call=CALL)
    chunks = [chunk_body({"function_call": CALL}), *chunk_bodies("")[1:]]
    server.reply(answer_json(whole) if mode == "plain" else answer_events(chunks))
    with pytest.warns(DeprecationWarning, match="role 'tool'"):
        response = world.answer(
            Client(),
            mode,
            "openai/gpt-4o",
            OLD,
            base_url=server.url,
            api_key="k" * 9,
            functions=[WEATHER],
            function_call="auto",
        )
    sent = server.seen[0].json
    assert sent["functions"] == [WEATHER]
    assert sent["function_call"] == "auto"
    assert sent["messages"] == OLD
    assert response.choices[0].message.function_call is not None


def test_the_warning_points_at_the_caller(server: Server) -> None:
    server.reply(native("plain", content="Hi"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        Client().completion("ollama/m", USER, base_url=server.url, functions=[WEATHER])
    assert [warning.filename for warning in caught] == [__file__]


def test_nobody_else_is_warned(server: Server) -> None:
    server.reply(native("plain", content="Hi"))
    tools = [{"type": "function", "function": WEATHER}]
    # Warnings are errors here.
    Client().completion("ollama/m", USER, base_url=server.url, tools=tools)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("messages", "params", "match"),
    [
        (USER, {"functions": [WEATHER], "tools": []}, "functions: is the old form of tools"),
        (
            USER,
            {"functions": [WEATHER], "function_call": "auto", "tool_choice": "auto"},
            "function_call: is the old form of tool_choice",
        ),
        (
            [*USER, {"role": "function", "name": "time", "content": "noon"}],
            {},
            r"messages\[1\]\.name: no earlier message has a function_call of 'time'",
        ),
        (USER, {"functions": [3]}, r"functions\[0\]"),
    ],
)
def test_what_cannot_be_meant(server: Server, messages: Any, params: JSON, match: str) -> None:
    with pytest.raises(BadRequestError, match=match):
        Client().completion("ollama/m", messages, base_url=server.url, **params)
    assert server.seen == []


def test_supported_params() -> None:
    assert {"functions", "function_call"} <= set(get_supported_openai_params("ollama/m"))
    assert "functions" in get_supported_openai_params("openai/gpt-4o")
    assert "functions" not in get_supported_openai_params("replicate/meta/llama")


@pytest.mark.parametrize("model", ["openai/gpt-5.6", "openai/gpt-5-pro", "openai/responses/gpt-4o"])
def test_they_become_tools_in_the_responses_api(server: Server, model: str) -> None:
    item = {"type": "function_call", "call_id": "c1", "name": "weather", "arguments": "{}"}
    body = {"id": "resp_1", "object": "response", "status": "completed", "output": [item]}
    server.reply(answer_json(body))
    with pytest.warns(DeprecationWarning, match="functions"):
        answer = Client(wire="responses").completion(
            model,
            USER,
            stream=False,
            functions=[WEATHER],
            function_call={"name": "weather"},
            base_url=server.url,
            api_key="sk-1234",
        )
    sent = server.seen[0].json
    assert server.seen[0].path == "/responses"
    assert [tool["name"] for tool in sent["tools"]] == ["weather"]
    assert sent["tool_choice"] == {"type": "function", "name": "weather"}
    assert "functions" not in sent
    called = answer.choices[0].message.function_call
    assert called is not None
    assert called.name == "weather"
