"""Responses, streams and errors of Ollama."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ollama._types import ChatResponse

from tests.support.calls.ollama_calls import MODEL
from tests.support.calls.weather_tool import USER, WEATHER
from tests.support.chunks import decode_cut
from tests.support.server import Answer, Server, answer_json
from tests.support.vendors.ollama_types import check_request
from tests.support.worlds import World
from trunkline import (
    APIResponseValidationError,
    BadRequestError,
    Client,
    InternalServerError,
    ModelResponse,
    NotFoundError,
    StreamInterruptedError,
)
from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wire import load_wire
from trunkline.adapters.wires import ollama
from trunkline.pipeline.json_values import JSON
from trunkline.pipeline.port import HTTPResponse

PROVIDER = find_provider("ollama")
WIRE = load_wire("ollama")


def decode(data: bytes) -> ModelResponse:
    return ollama.decode(HTTPResponse(status=200, headers={}, body=data), PROVIDER)


def test_pictures_are_fetched(server: Server, world: World) -> None:
    png = b"\x89PNG\r\n\x1a\n"
    server.reply(Answer([png], headers={"content-type": "image/png"}), whole("A pig."))
    picture = {"type": "image_url", "image_url": {"url": f"{server.url}/pig.png"}}
    response = world.complete(
        Client(),
        MODEL,
        [{"role": "user", "content": [picture]}],
        base_url=server.url,
        allow_private_urls=True,
    )
    assert response.choices[0].message.content == "A pig."
    assert server.seen[1].json["messages"][0]["images"] == ["iVBORw0KGgo="]


CREATED = "2025-07-07T20:22:19.184789123-07:00"


def line(done: bool = False, **message: Any) -> JSON:
    answer: JSON = {
        "model": "qwen3",
        "created_at": CREATED,
        "message": {"role": "assistant", "content": "", **message},
        "done": done,
    }
    if done:
        answer |= {"done_reason": "stop", "prompt_eval_count": 5, "eval_count": 3}
    return answer


def whole(content: str = "", **message: Any) -> Answer:
    return answer_json(line(done=True, content=content, **message))


def lines(*answers: JSON) -> Answer:
    pieces = [json.dumps(answer).encode() + b"\n" for answer in answers]
    return Answer(pieces, headers={"content-type": "application/x-ndjson"})


def test_where_it_goes(server: Server, monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    monkeypatch.setenv("OLLAMA_API_BASE", server.url)
    for model in ("ollama/qwen3", "ollama_chat/qwen3"):
        server.reply(whole("Hi"))
        response = world.complete(Client(), model, USER)
        assert response.choices[0].message.content == "Hi"
        assert response.model == "qwen3"
        assert (server.seen[0].method, server.seen[0].path) == ("POST", "/api/chat")
        assert "authorization" not in server.seen[0].headers
    server.reply(whole("Hi"))
    world.complete(Client(), MODEL, USER, api_key="cloud-key-123")
    assert server.seen[0].headers["authorization"] == "Bearer cloud-key-123"


# As in https://docs.ollama.com/capabilities/tool-calling and .../thinking
CALLS: list[JSON] = [
    {"function": {"name": "get_temperature", "arguments": {"city": "New York"}}},
    {"id": "call_x1", "function": {"index": 1, "name": "get_time", "arguments": {}}},
]


def test_tool_calls(server: Server, world: World, mode: str) -> None:
    plain = whole("", thinking="Let me look.", tool_calls=CALLS)
    stream = lines(
        line(thinking="Let me "),
        line(thinking="look."),
        line(tool_calls=CALLS[:1]),
        line(tool_calls=CALLS[1:]),
        line(done=True),
    )
    server.reply(plain if mode == "plain" else stream)
    response = world.answer(Client(), mode, MODEL, USER, base_url=server.url, tools=[WEATHER])
    choice = response.choices[0]
    assert choice.finish_reason == "tool_calls"
    assert choice.provider_specific_fields == {"native_finish_reason": "stop"}
    assert choice.message.reasoning_content == "Let me look."
    assert choice.message.content is None
    assert choice.message.tool_calls is not None
    first, second = choice.message.tool_calls
    assert (first.function.name, first.function.arguments) == (
        "get_temperature",
        '{"city":"New York"}',
    )
    assert first.id
    assert first.id.startswith("call_")
    assert (second.id, second.function.arguments) == ("call_x1", "{}")
    assert response.created == 1751944939
    assert response.id.startswith("chatcmpl-")
    assert response.usage is not None
    assert response.usage.total_tokens == 8
    assert response.usage.native == {"prompt_eval_count": 5, "eval_count": 3}


def test_tool_call_indexes_count_on() -> None:
    script = lines(line(tool_calls=CALLS), line(tool_calls=CALLS[:1]), line(done=True))
    chunks, _ = decode_cut(WIRE, PROVIDER, b"".join(script.pieces))
    pieces = [
        piece.index
        for chunk in chunks
        for choice in chunk.choices
        for piece in choice.delta.tool_calls or ()
    ]
    assert pieces == [0, 1, 2]


@pytest.mark.parametrize("reason", ["length", "stop"])
def test_finish_reasons(reason: str) -> None:
    answer = {**line(done=True, content="x"), "done_reason": reason}
    choice = decode(json.dumps(answer).encode()).choices[0]
    assert choice.finish_reason == reason
    assert choice.provider_specific_fields is None


def test_logprobs_and_pictures(server: Server, world: World, mode: str) -> None:
    logprobs = [
        {
            "token": "Hi",
            "logprob": -0.5,
            "bytes": [72, 105],
            "top_logprobs": [{"token": "Hi", "logprob": -0.5}],
        }
    ]
    answer = {**line(content="Hi", images=["aaaa"]), "logprobs": logprobs}
    last = line(done=True)
    server.reply(
        answer_json({**last, **answer, "done": True}) if mode == "plain" else lines(answer, last)
    )
    choice = world.answer(Client(), mode, MODEL, USER, base_url=server.url).choices[0]
    assert choice.logprobs is not None
    assert choice.logprobs.model_dump() == {"content": logprobs}
    assert choice.message.images == [
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,aaaa"}}
    ]


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (404, "model 'qwen3' not found", NotFoundError),
        (400, "qwen3 does not support thinking", BadRequestError),
        (500, "llama runner process has terminated", InternalServerError),
    ],
)
def test_errors(
    status: int, message: str, kind: type[Exception], server: Server, world: World, mode: str
) -> None:
    server.reply(answer_json({"error": message}, status))
    with pytest.raises(kind, match=message):
        world.answer(Client(middlewares=[]), mode, MODEL, USER, base_url=server.url)


def test_error_in_a_stream(server: Server, world: World) -> None:
    server.reply(lines(line(content="Hel"), {"error": "an error was encountered"}))
    with pytest.raises(StreamInterruptedError, match="an error was encountered") as caught:
        world.stream(Client(), MODEL, USER, base_url=server.url)
    assert caught.value.partial is not None
    assert caught.value.partial.choices[0].message.content == "Hel"


def test_error_before_any_content_is_an_error_of_the_call(server: Server, world: World) -> None:
    server.reply(lines({"error": "out of memory"}))
    with pytest.raises(InternalServerError, match="out of memory"):
        world.stream(Client(middlewares=[]), MODEL, USER, base_url=server.url)


def test_error_in_a_success() -> None:
    with pytest.raises(InternalServerError, match="no memory"):
        decode(b'{"error": "no memory"}')


@pytest.mark.parametrize("data", [b"", b"<html>", b"[]", b"{}", b'{"message": 3}'])
def test_bodies_that_are_no_answer(data: bytes) -> None:
    with pytest.raises(APIResponseValidationError):
        decode(data)


def test_stream_that_breaks_off(server: Server, world: World) -> None:
    server.reply(lines(line(content="Hel")))
    with pytest.raises(StreamInterruptedError):
        world.stream(Client(), MODEL, USER, base_url=server.url)


def test_our_answers_are_as_their_package_reads_them() -> None:
    """Ollama's own package accepts the hand-written responses above."""
    ChatResponse.model_validate(line(done=True, thinking="x", tool_calls=CALLS), strict=True)


def test_three_turns_with_tools_and_reasoning(server: Server, world: World, mode: str) -> None:
    def turn(*answers: JSON) -> Answer:
        last = {**line(done=True), **answers[-1], "done": True}
        return answer_json(last) if mode == "plain" else lines(*answers, line(done=True))

    calling = turn(line(thinking="Hm.", tool_calls=CALLS[:1]))
    server.reply(calling, calling, turn(line(content="Mild.")))
    messages: list[Any] = [{"role": "user", "content": "New York?"}]
    client = Client()
    for _ in range(2):
        message = (
            world.answer(client, mode, MODEL, messages, base_url=server.url, tools=[WEATHER])
            .choices[0]
            .message
        )
        assert message.tool_calls is not None
        messages += [
            message,
            {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "22"},
        ]
    last = world.answer(client, mode, MODEL, messages, base_url=server.url, tools=[WEATHER])
    assert last.choices[0].message.content == "Mild."
    sent = server.seen[2].json
    check_request(sent)
    for assistant, result in ((1, 2), (3, 4)):
        call, tool = sent["messages"][assistant], sent["messages"][result]
        assert call["thinking"] == "Hm."
        assert call["tool_calls"][0]["function"] == CALLS[0]["function"]
        assert tool["tool_name"] == "get_temperature"
        assert tool["tool_call_id"] == call["tool_calls"][0]["id"]
