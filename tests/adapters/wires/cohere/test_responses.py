"""Responses, streams and errors of Cohere."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cohere.types.assistant_message_response import AssistantMessageResponse
from pydantic import TypeAdapter

from tests.support.calls.cohere_calls import MODEL, THINKER
from tests.support.calls.weather_tool import USER, WEATHER
from tests.support.chunks import decode_cut
from tests.support.server import Answer, Server, answer_json
from tests.support.vendors.cohere_types import check_request
from tests.support.worlds import World
from trunkline import (
    APIError,
    APIResponseValidationError,
    AuthenticationError,
    BadRequestError,
    Client,
    ContextWindowExceededError,
    InternalServerError,
    ModelResponse,
    RateLimitError,
    StreamInterruptedError,
    Timeout,
)
from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wire import load_wire
from trunkline.adapters.wires import cohere
from trunkline.pipeline.json_values import JSON
from trunkline.pipeline.port import HTTPResponse

PROVIDER = find_provider("cohere")
WIRE = load_wire("cohere")


def answer(content: Any = None, finish: str = "COMPLETE", **fields: Any) -> JSON:
    message = {"role": "assistant", "content": content, **fields.pop("message", {})}
    return {
        "id": "answer-1",
        "message": message,
        "finish_reason": finish,
        "usage": {"tokens": {"input_tokens": 7.0, "output_tokens": 4.0}, "cached_tokens": 2.0},
        **fields,
    }


def decode(native: JSON) -> ModelResponse:
    response = HTTPResponse(
        status=200,
        headers={"date": "Tue, 15 Nov 1994 08:12:31 GMT"},
        body=json.dumps(native).encode(),
    )
    return cohere.decode(response, PROVIDER)


def test_answer() -> None:
    response = decode(
        answer(
            [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Yes"}],
            message={
                "citations": [
                    {
                        "start": 0,
                        "end": 3,
                        "text": "Yes",
                        "sources": [
                            {"type": "document", "id": "1", "document": {"url": "https://a.org"}},
                            {"type": "tool", "id": "2", "tool_output": {"title": "T"}},
                        ],
                    },
                    {
                        "start": 0,
                        "end": 2,
                        "type": "THINKING_CONTENT",
                        "sources": [{"type": "document", "document": {"url": "https://b.org"}}],
                    },
                ]
            },
            logprobs=[{"text": "Yes", "token_ids": [1, 2], "logprobs": [-0.5, -0.25]}],
        )
    )
    message = response.choices[0].message
    assert response.created == 784887151
    assert message.content == "Yes"
    assert message.reasoning_content == "Hm."
    assert message.thinking_blocks is not None
    assert message.thinking_blocks[0].thinking == "Hm."
    assert message.annotations == [
        {
            "type": "url_citation",
            "url_citation": {
                "url": "https://a.org",
                "title": "",
                "start_index": 0,
                "end_index": 3,
            },
        }
    ]
    assert message.provider_specific_fields is not None
    assert len(message.provider_specific_fields["citations"]) == 2
    assert response.usage is not None
    assert response.usage.model_dump() == {
        "prompt_tokens": 7,
        "completion_tokens": 4,
        "total_tokens": 11,
        "prompt_tokens_details": {"cached_tokens": 2},
        "native": {
            "tokens": {"input_tokens": 7.0, "output_tokens": 4.0},
            "cached_tokens": 2.0,
        },
        "tokens": {"input_tokens": 7.0, "output_tokens": 4.0},
        "cached_tokens": 2.0,
    }
    logprobs = response.choices[0].logprobs
    assert logprobs is not None
    assert logprobs.content is not None
    assert (logprobs.content[0].token, logprobs.content[0].logprob) == ("Yes", -0.75)


@pytest.mark.parametrize(
    ("native", "expected"),
    [
        ("COMPLETE", "stop"),
        ("STOP_SEQUENCE", "stop"),
        ("MAX_TOKENS", "length"),
        ("TOOL_CALL", "tool_calls"),
    ],
)
def test_finish_reasons(native: str, expected: str) -> None:
    choice = decode(answer([{"type": "text", "text": "x"}], native)).choices[0]
    assert choice.finish_reason == expected
    assert choice.provider_specific_fields == {"native_finish_reason": native}


def test_failures_in_a_success() -> None:
    with pytest.raises(InternalServerError, match="the generation failed"):
        decode(answer(finish="ERROR"))
    with pytest.raises(Timeout):
        decode(answer(finish="TIMEOUT"))
    with pytest.raises(APIResponseValidationError, match="expected a JSON object"):
        cohere.decode(HTTPResponse(status=200, headers={}, body=b"[]"), PROVIDER)
    with pytest.raises(APIResponseValidationError, match="expected JSON"):
        cohere.decode(HTTPResponse(status=200, headers={}, body=b"<html>"), PROVIDER)
    with pytest.raises(APIResponseValidationError, match=r"a response of Cohere .*content\[0\]"):
        decode(answer([3]))
    with pytest.raises(InternalServerError, match="out of order"):
        decode({"message": "out of order"})


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (400, "invalid request", BadRequestError),
        (400, "too many tokens: total number of tokens", ContextWindowExceededError),
        (401, "invalid api token", AuthenticationError),
        (429, "trial limit", RateLimitError),
        (498, "invalid token in the text", BadRequestError),
        (500, "internal server error", InternalServerError),
    ],
)
def test_errors(status: int, message: str, kind: type[APIError], server: Server) -> None:
    server.reply(answer_json({"id": "x", "message": message}, status, retry_after="7"))
    with pytest.raises(kind, match=message) as caught:
        Client(middlewares=[]).completion(MODEL, USER, base_url=server.url, api_key="k" * 9)
    assert caught.value.status_code == status
    assert caught.value.retry_after == 7.0


def events(*bodies: JSON) -> Answer:
    pieces = [f"event: {b['type']}\ndata: {json.dumps(b)}\n\n".encode() for b in bodies]
    return Answer(pieces, headers={"content-type": "text/event-stream"})


def delta(kind: str, index: int = 0, **message: Any) -> JSON:
    return {"type": kind, "index": index, "delta": {"message": message}}


START: JSON = {"type": "message-start", "id": "s1", "delta": {"message": {"role": "assistant"}}}
USAGE = {"tokens": {"input_tokens": 3, "output_tokens": 2}}


def end(reason: str, **fields: Any) -> JSON:
    ended = {"finish_reason": reason, "usage": USAGE, **fields}
    return {"type": "message-end", "delta": ended}


def test_stream_that_breaks_off(server: Server, world: World) -> None:
    server.reply(events(START, delta("content-delta", content={"text": "Hel"})))
    with pytest.raises(StreamInterruptedError) as caught:
        world.stream(Client(), MODEL, USER, base_url=server.url, api_key="k" * 9)
    assert caught.value.partial is not None
    assert caught.value.partial.choices[0].message.content == "Hel"


def test_error_at_the_end_of_a_stream(server: Server, world: World) -> None:
    server.reply(events(START, delta("content-delta", content={"text": "Hel"}), end("TIMEOUT")))
    with pytest.raises(Timeout, match="took too long") as caught:
        world.stream(Client(), MODEL, USER, base_url=server.url, api_key="k" * 9)
    assert caught.value.partial is not None
    assert caught.value.partial.choices[0].message.content == "Hel"


def test_odd_events() -> None:
    odd = events(
        START,
        {"type": "debug", "prompt": "x"},
        {"type": "citation-end", "index": 0},
        delta("content-delta", wrong=1),
    )
    chunks, decoder = decode_cut(WIRE, PROVIDER, b"".join(odd.pieces))
    assert isinstance(decoder.error, APIResponseValidationError)
    assert len(chunks) == 1


def test_usage_is_shown_where_asked_for(server: Server, world: World) -> None:
    script = events(START, delta("content-delta", content={"text": "Hi"}), end("COMPLETE"))
    server.reply(script)
    arguments: JSON = {"base_url": server.url, "api_key": "k" * 9}
    chunks, stream = world.stream(Client(), MODEL, USER, **arguments)
    assert all(chunk.usage is None for chunk in chunks)
    assert stream.response.usage is not None
    assert stream.response.usage.prompt_tokens == 3
    shown = {"stream_options": {"include_usage": True}}
    chunks, _ = world.stream(Client(), MODEL, USER, **arguments, **shown)
    assert chunks[-1].usage is not None
    assert chunks[-1].choices == []


def turn_of(mode: str, thinks: bool, call: bool) -> Answer:
    """A response that calls a tool after reasoning, or has the final text."""
    plan = "I will look."
    function = {"name": "weather", "arguments": '{"city": "Rome"}'}
    tool_call = {"id": "weather_1", "type": "function", "function": function}
    content: list[JSON] = [{"type": "thinking", "thinking": plan}] if thinks else []
    if not call:
        content.append({"type": "text", "text": "Sunny."})
    message: JSON = {"content": content, "tool_calls": [tool_call] if call else None}
    if call and not thinks:
        message["tool_plan"] = plan
    finish = "TOOL_CALL" if call else "COMPLETE"
    if mode == "plain":
        return answer_json(answer(finish=finish, message=message))
    sent = [START]
    for index, part in enumerate(content):
        key = part["type"]
        sent.append(delta("content-start", index, content={"type": key, key: ""}))
        for piece in (part[key][:3], part[key][3:]):
            sent.append(delta("content-delta", index, content={key: piece}))
    if call and not thinks:
        sent += [delta("tool-plan-delta", tool_plan=plan[:4])]
        sent += [delta("tool-plan-delta", tool_plan=plan[4:])]
    if call:
        begun = {**tool_call, "function": {"name": "weather", "arguments": ""}}
        rest = {"function": {"arguments": function["arguments"]}}
        sent += [
            delta("tool-call-start", tool_calls=begun),
            delta("tool-call-delta", tool_calls=rest),
        ]
    return events(*sent, end(finish))


@pytest.mark.parametrize("thinks", [True, False])
def test_three_turns_with_tools_and_reasoning(
    server: Server, world: World, mode: str, thinks: bool
) -> None:
    model = THINKER if thinks else MODEL
    server.reply(
        turn_of(mode, thinks, True), turn_of(mode, thinks, True), turn_of(mode, thinks, False)
    )
    messages: list[Any] = [{"role": "user", "content": "Rome?"}]
    client = Client()
    for _ in range(2):
        message = (
            world.answer(
                client, mode, model, messages, tools=[WEATHER], base_url=server.url, api_key="k" * 9
            )
            .choices[0]
            .message
        )
        assert message.reasoning_content == "I will look."
        assert message.tool_calls is not None
        messages += [
            message,
            {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "sun"},
        ]
    last = world.answer(
        client, mode, model, messages, tools=[WEATHER], base_url=server.url, api_key="k" * 9
    )
    assert last.choices[0].message.content == "Sunny."
    sent = server.seen[2].json
    check_request(sent)
    for assistant in (sent["messages"][1], sent["messages"][3]):
        if thinks:
            assert assistant["content"] == [{"type": "thinking", "thinking": "I will look."}]
            assert "tool_plan" not in assistant
        else:
            assert assistant["tool_plan"] == "I will look."
            assert "content" not in assistant
        assert assistant["tool_calls"][0]["id"] == "weather_1"
        assert assistant["tool_calls"][0]["function"]["arguments"] == '{"city": "Rome"}'
    TypeAdapter(AssistantMessageResponse).validate_python(sent["messages"][1] | {"content": None})
