"""What providers add to messages and chunks, and reasoning under its many names."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.answers import MESSAGES, chunk_body, completion_body
from tests.support.server import Server, answer_events, answer_json
from trunkline import Client, Message, ModelResponseStream
from trunkline.pipeline.json_values import JSON


def _stream(
    server: Server, deltas: list[JSON], model: str = "github_copilot/m"
) -> tuple[list[ModelResponseStream], Message]:
    server.reply(answer_events([*map(chunk_body, deltas), chunk_body({}, "stop")]))
    with Client() as client:
        stream = client.completion(
            model, MESSAGES, stream=True, api_key="k", base_url=server.url, wire="chat"
        )
        return list(stream), stream.response.choices[0].message


NAMES = ["reasoning_text", "reasoning", "reasoning_content", "thinking", "thought", "cot_summary"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("content", [{}, {"content": None}, {"content": ""}])
def test_reasoning_by_any_name(server: Server, name: str, content: JSON) -> None:
    deltas = [{**content, name: "thi"}, {**content, name: "nk"}, {"content": "Hi"}]
    deltas[0]["role"] = "assistant"
    chunks, message = _stream(server, deltas)
    pieces = [chunk.choices[0].delta.reasoning_content for chunk in chunks if chunk.choices]
    assert pieces[:2] == ["thi", "nk"]
    assert (message.content, message.reasoning_content) == ("Hi", "think")
    assert message[name] == "think"
    assert message.model_dump()[name] == "think"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("first", [{"role": "assistant"}, {"role": "assistant", "content": ""}])
def test_reasoning_next_to_text(server: Server, name: str, first: JSON) -> None:
    deltas: list[JSON] = [
        first,
        {"content": "H", name: "thi"},
        {"content": "i", name: "nk"},
        {"content": "!"},
    ]
    chunks, message = _stream(server, deltas)
    assert [chunk.choices[0].delta.reasoning_content for chunk in chunks[1:3]] == ["thi", "nk"]
    assert (message.content, message.reasoning_content) == ("Hi!", "think")
    assert message[name] == "think"


@pytest.mark.parametrize("name", NAMES)
def test_reasoning_by_any_name_in_a_response(server: Server, name: str) -> None:
    server.reply(answer_json(completion_body(**{name: "think"})))
    with Client() as client:
        message = (
            client.completion("github_copilot/m", MESSAGES, api_key="k", base_url=server.url)
            .choices[0]
            .message
        )
    assert message.reasoning_content == "think"
    assert message[name] == "think"


def test_other_names_are_no_reasoning(server: Server) -> None:
    chunks, message = _stream(server, [{"reasoning_opaque": "xx"}, {"reasoning_opaque": "yy"}])
    assert chunks[0].choices[0].delta.reasoning_content is None
    assert message.reasoning_content is None
    assert message["reasoning_opaque"] == "xxyy"


def test_pieces_between_text_are_joined(server: Server) -> None:
    deltas: list[JSON] = [
        {"content": "", "plan": "one, "},
        {"content": "a"},
        {"content": "b", "plan": "two, "},
        {"plan": "three"},
    ]
    _, message = _stream(server, deltas)
    assert (message.content, message["plan"]) == ("ab", "one, two, three")


def test_pieces_from_the_first_text_on_are_joined(server: Server) -> None:
    deltas: list[JSON] = [
        {"role": "assistant", "content": ""},
        {"content": "a", "plan": "one, "},
        {"content": "b", "plan": "two"},
    ]
    _, message = _stream(server, deltas)
    assert (message.content, message["plan"]) == ("ab", "one, two")


@pytest.mark.parametrize("model", ["deepseek/deepseek-reasoner", "moonshot/kimi-k2.6"])
def test_empty_reasoning_comes_back(server: Server, model: str, mode: str) -> None:
    call: dict[str, Any] = {"id": "c", "type": "function", "function": {"name": "f"}}
    if mode == "stream":
        deltas: list[JSON] = [
            {"role": "assistant", "content": None, "reasoning_content": ""},
            {"tool_calls": [{**call, "index": 0}]},
        ]
        chunks, message = _stream(server, deltas, model)
        assert chunks[0].choices[0].delta.reasoning_content == ""
    else:
        server.reply(answer_json(completion_body(None, reasoning_content="", tool_calls=[call])))
        with Client() as client:
            message = (
                client.completion(model, MESSAGES, api_key="k", base_url=server.url)
                .choices[0]
                .message
            )
    assert message.reasoning_content == ""
    server.reply(answer_json(completion_body()))
    with Client() as client:
        result = {"role": "tool", "tool_call_id": "c", "content": "1"}
        client.completion(model, [*MESSAGES, message, result], api_key="k", base_url=server.url)
    assert server.seen[-1].json["messages"][1]["reasoning_content"] == ""


def test_pieces_beside_text(server: Server) -> None:
    deltas: list[JSON] = [
        {"role": "assistant", "content": "H", "note": "thi", "items": [1], "facts": {"a": 1}},
        {"content": "i", "note": "n", "items": [2]},
        {"content": "!", "facts": {"a": 2}},
    ]
    server.reply(answer_events([*map(chunk_body, deltas), chunk_body({"note": "k"}, "stop")]))
    with Client() as client:
        stream = client.completion(
            "openai/m", MESSAGES, stream=True, api_key="k", base_url=server.url
        )
        list(stream)
    message = stream.response.choices[0].message.model_dump()
    assert message["content"] == "Hi!"
    assert (message["note"], message["items"], message["facts"]) == ("think", [1, 2], {"a": 2})
