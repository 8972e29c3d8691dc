"""Required tool calls through Ollama's `format`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.calls.ollama_calls import MODEL, body_of_call
from tests.support.calls.weather_tool import USER, WEATHER
from tests.support.chunks import decode_cut
from tests.support.server import Answer, Server, answer_json
from tests.support.worlds import World
from trunkline import BadRequestError, Client, StreamInterruptedError, fold_chunks
from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wire import load_wire
from trunkline.adapters.wires.ollama.forced import KEY, CallReader, call_schema
from trunkline.pipeline.json_values import JSON

NODE: JSON = {"type": "object", "properties": {"next": {"$ref": "#/$defs/Node"}}}
TREE: JSON = {
    "type": "object",
    "properties": {"root": {"$ref": "#/$defs/Node"}, "days": {"type": "integer"}},
    "required": ["days"],
    "$defs": {"Node": NODE},
}
GROW: JSON = {"type": "function", "function": {"name": "grow", "parameters": TREE}}
NOW: JSON = {"type": "function", "function": {"name": "now"}}
NAMED: JSON = {"type": "function", "function": {"name": "weather"}}
CALL = '{ "forced_tool_call": {"name": "weather", "arguments": {"city": "Rome"}} }'


def line(content: str, done: bool = False, reason: str = "stop") -> JSON:
    answer: JSON = {
        "model": "qwen3",
        "message": {"role": "assistant", "content": content},
        "done": done,
    }
    return answer | ({"done_reason": reason, "eval_count": 3} if done else {})


def answered(mode: str, text: str, reason: str = "stop") -> Answer:
    """A response with this text: plain, or streamed letter by letter."""
    if mode == "plain":
        return answer_json(line(text, done=True, reason=reason))
    lines = [*(line(letter) for letter in text), line("", done=True, reason=reason)]
    pieces = [json.dumps(each).encode() + b"\n" for each in lines]
    return Answer(pieces, headers={"content-type": "application/x-ndjson"})


def ask(server: Server, mode: str, **arguments: Any) -> Any:
    with Client(middlewares=[]) as client:
        return World("sync").answer(client, mode, MODEL, USER, base_url=server.url, **arguments)


@pytest.mark.parametrize("choice", ["required", NAMED])
def test_what_is_sent(choice: Any) -> None:
    system = {"role": "system", "content": "Be brief."}
    encoded = body_of_call([system, *USER], tools=[WEATHER, GROW, NOW], tool_choice=choice)
    names = ["weather"] if choice == NAMED else ["weather", "grow", "now"]
    calls = encoded["format"]["properties"][KEY]["anyOf"]
    assert [call["properties"]["name"]["const"] for call in calls] == names
    assert encoded["format"]["required"] == [KEY]
    assert "tools" not in encoded
    assert "tool_choice" not in encoded
    brief, told, user = encoded["messages"]
    assert (brief, user) == (system, USER[0])
    assert told["role"] == "system"
    assert [f'"name":"{name}"' in told["content"] for name in names] == [True] * len(names)


def test_references_lead_to_their_own_tool() -> None:
    schema = call_schema([WEATHER, GROW])
    moved = schema["$defs"]["grow"]
    assert moved["properties"]["root"] == {"$ref": "#/$defs/grow/$defs/Node"}
    assert moved["$defs"]["Node"]["properties"]["next"] == {"$ref": "#/$defs/grow/$defs/Node"}
    assert TREE["properties"]["root"] == {
        "$ref": "#/$defs/Node"
    }  # the caller's schema is not changed


def test_nothing_to_call() -> None:
    with pytest.raises(BadRequestError, match="there are no tools"):
        body_of_call(tool_choice="required")


@pytest.mark.parametrize("tools", [[WEATHER], [GROW], [NOW, GROW]])
def test_llama_cpp_writes_such_a_call(tools: list[JSON], tiny_gguf: Path) -> None:
    """Ollama turns a schema into llama.cpp's grammar, which runs here."""
    wanted = {"name": "call", "schema": call_schema(tools)}
    with Client() as client:
        answer = client.completion(
            f"local/{tiny_gguf}",
            USER,
            temperature=0,
            max_tokens=200,
            response_format={"type": "json_schema", "json_schema": wanted},
        )
    reader = CallReader()
    assert reader.feed(answer.choices[0].message.content or "") == ""
    text, call = reader.close()
    assert text == ""
    assert call is not None
    assert call.name in [tool["function"]["name"] for tool in tools]


def test_the_call_comes_back(mode: str, server: Server) -> None:
    server.reply(answered(mode, CALL))
    response = ask(server, mode, tools=[WEATHER], tool_choice="required")
    choice = response.choices[0]
    assert choice.finish_reason == "tool_calls"
    assert choice.message.content is None
    [call] = choice.message.tool_calls
    assert call.id
    assert call.function.name == "weather"
    assert json.loads(call.function.arguments) == {"city": "Rome"}


@pytest.mark.parametrize(
    "text", ["Hi", " Hi", "{", '{"a": 1}', '{"forced', "", "  ", '{"forced_tool_call": 1}', "{}"]
)
def test_other_text_is_left_alone(text: str, mode: str, server: Server) -> None:
    server.reply(answered(mode, text))
    choice = ask(server, mode).choices[0]
    assert choice.message.content == text
    assert choice.message.tool_calls is None
    assert choice.finish_reason == "stop"


def test_text_comes_as_it_is_written(server: Server) -> None:
    server.reply(answered("stream", "{ no call }"))
    with Client(middlewares=[]) as client:
        stream = client.completion(MODEL, USER, stream=True, base_url=server.url)
        texts = [chunk.choices[0].delta.content for chunk in stream if chunk.choices]
    assert [text for text in texts if text] == ["{ n", *"o call }"]


def test_a_call_that_is_cut_off(mode: str, server: Server) -> None:
    server.reply(answered(mode, CALL[:40], "length"))
    choice = ask(server, mode, tools=[WEATHER], tool_choice="required").choices[0]
    assert choice.finish_reason == "length"
    assert choice.message.content == CALL[:40]


def test_a_stream_that_breaks_off(server: Server) -> None:
    broken = answered("stream", CALL[:40])
    broken.pieces.pop()
    server.reply(broken)
    with pytest.raises(StreamInterruptedError) as caught:
        ask(server, "stream", tools=[WEATHER], tool_choice="required")
    assert caught.value.partial is not None
    assert caught.value.partial.choices[0].message.content == CALL[:40]


def test_cut_anywhere() -> None:
    data = b"".join(answered("stream", CALL).pieces)
    wire, provider = load_wire("ollama"), find_provider("ollama")
    for cut in range(1, len(data), 7):
        folded = fold_chunks(decode_cut(wire, provider, data, [cut])[0])
        [call] = folded.choices[0].message.tool_calls or []
        assert call.function.name == "weather"
