"""Cohere's wire: its documentation, its recorded exchanges, and its own package's models."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pytest
from cohere.types.assistant_message_response import AssistantMessageResponse
from cohere.types.chat_message_v2 import ChatMessageV2
from cohere.types.citation_options import CitationOptions
from cohere.types.document import Document
from cohere.types.response_format_v2 import ResponseFormatV2
from cohere.types.thinking import Thinking
from cohere.types.tool_v2 import ToolV2
from cohere.v2.raw_client import RawV2Client
from pydantic import BaseModel, TypeAdapter

from tests.chunks import check_cuts, decode_cut
from tests.expectations import check_answer
from tests.openai_requests import (
    PICTURE,
    encode_all,
    encode_body,
    make_request,
    part_types,
    tool_types,
)
from tests.recordings import Row, body_of, rows
from tests.server import Answer, Server, answer_json
from tests.worlds import World
from trunkline import (
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
    fold_chunks,
    get_supported_openai_params,
)
from trunkline.adapters import cohere
from trunkline.adapters.table import find_provider
from trunkline.pipeline.port import HTTPResponse

JSON = dict[str, Any]
PROVIDER = find_provider("cohere")
MODEL = "cohere/command-a-03-2025"
THINKER = "cohere/command-a-reasoning-08-2025"
USER = [{"role": "user", "content": "Hello"}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tell the weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}
TIME = {"type": "function", "function": {"name": "time"}}


def body(messages: Any = USER, model: str = MODEL, **params: Any) -> JSON:
    """The body of a request that Cohere's own package would send too."""
    encoded = encode_body(make_request(model, messages, **params))
    check_request(encoded)
    return encoded


_KINDS: dict[str, Any] = {
    "messages": list[ChatMessageV2],
    "tools": list[ToolV2],
    "response_format": ResponseFormatV2,
    "thinking": Thinking,
    "documents": list[str | Document],
    "citation_options": CitationOptions,
    "temperature": float,
    "seed": int,
    "max_tokens": int,
    "stop_sequences": list[str],
    "k": int,
    "p": float,
    "logprobs": bool,
    "stream": bool,
    "strict_tools": bool,
    "model": str,
    "frequency_penalty": float,
    "presence_penalty": float,
    "safety_mode": str,
    "tool_choice": str,
}
_ADAPTERS = {name: TypeAdapter[Any](kind) for name, kind in _KINDS.items()}


def check_request(request: JSON) -> None:
    """Assert that Cohere's package knows every field, and that each is of its type."""
    known = set(inspect.signature(RawV2Client.chat).parameters) | {"stream"}
    assert set(request) <= known
    for name, value in request.items():
        assert_known(_ADAPTERS[name].validate_python(value, strict=name != "temperature"))
    assert request.get("tool_choice") in (None, "REQUIRED", "NONE")


def assert_known(value: object) -> None:
    """Assert that no model in a validated value has fields that its class does not declare."""
    if isinstance(value, BaseModel):
        assert not value.model_extra, value
        for name in type(value).model_fields:
            assert_known(getattr(value, name))
    elif isinstance(value, list):
        for item in value:
            assert_known(item)


def with_plan(row: Row) -> Row:
    """The plan before tool calls is reasoning to us."""
    expect = row["expect"]
    reasoning = (expect.get("reasoning") or "") + (expect.get("tool_plan") or "")
    return {**row, "expect": {**expect, "reasoning": reasoning}}


@rows("cohere", stream=False, status=200)
def test_recorded_answers(row: Row) -> None:
    response = decode(json.loads(body_of(row)))
    check_answer(response, with_plan(row))
    choice = response.choices[0]
    assert choice.provider_specific_fields == {
        "native_finish_reason": row["expect"]["finish_reason"]
    }
    assert response.usage is not None
    assert response.usage.native == row["expect"]["usage_native"]
    native = json.loads(body_of(row))["message"].get("citations")
    assert (choice.message.provider_specific_fields or {}).get("citations") == (native or None)


@rows("cohere", stream=True, status=200)
def test_recorded_streams(row: Row) -> None:
    chunks, decoder = decode_cut(cohere, PROVIDER, body_of(row))
    response = fold_chunks(chunks)
    check_answer(response, with_plan(row))
    failed = row["expect"].get("error_in_200")
    assert (decoder.error and decoder.error.message) == failed
    assert decoder.done or failed or b"[DONE]" not in body_of(row)
    for chunk in chunks:
        assert chunk.id
    # The same answer as a whole gives the same response.
    if not failed:
        whole = decode(json.loads(json.dumps(to_whole(row))))
        assert folded(response) == folded(whole)


def folded(response: ModelResponse) -> JSON:
    return response.model_dump(exclude={"created"})


def to_whole(row: Row) -> JSON:
    """The whole answer that a recorded stream is in pieces."""
    message: JSON = {"role": "assistant"}
    content: dict[int, JSON] = {}
    calls: dict[int, JSON] = {}
    whole: JSON = {"message": message}
    for line in body_of(row).decode().splitlines():
        if not line.startswith("data: {"):
            continue
        event = json.loads(line[6:])
        kind, delta = event["type"], event.get("delta", {})
        if kind == "message-start":
            whole["id"] = event["id"]
        elif kind in ("content-start", "content-delta"):
            part = content.setdefault(event["index"], {})
            for key, value in delta["message"]["content"].items():
                part[key] = value if key == "type" else part.get(key, "") + value
        elif kind == "tool-plan-delta":
            message["tool_plan"] = message.get("tool_plan", "") + delta["message"]["tool_plan"]
        elif kind == "tool-call-start":
            calls[event["index"]] = delta["message"]["tool_calls"]
        elif kind == "tool-call-delta":
            more = delta["message"]["tool_calls"]["function"]["arguments"]
            calls[event["index"]]["function"]["arguments"] += more
        elif kind == "citation-start":
            message.setdefault("citations", []).append(delta["message"]["citations"])
        elif kind == "message-end":
            whole.update(delta)
    if content:
        message["content"] = [content[index] for index in sorted(content)]
    if calls:
        message["tool_calls"] = [calls[index] for index in sorted(calls)]
    return whole


@rows("cohere", stream=True, status=200)
def test_recorded_streams_cut_anywhere(row: Row) -> None:
    check_cuts(cohere, PROVIDER, row)


@rows("cohere", status=lambda status: status >= 400)
def test_recorded_errors(row: Row) -> None:
    response = HTTPResponse(status=row["status"], headers={}, body=body_of(row))
    error = cohere.error(response, PROVIDER)
    assert type(error) is AuthenticationError
    assert error.message == row["expect"]["error_message"]


@rows("cohere", request=lambda request: request is not None, status=200)
def test_recorded_requests_would_be_sent_alike(row: Row) -> None:
    """What other clients send as messages is what we make of the same messages."""
    messages = [m for m in row["request"]["messages"] if m["role"] in ("user", "system")]
    ours = encode_body(make_request(MODEL, messages))["messages"]
    for one, other in zip(ours, messages, strict=True):
        assert as_parts(one["content"]) == as_parts(other["content"])


def as_parts(content: Any) -> Any:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


@pytest.mark.parametrize("model", [MODEL, THINKER])
def test_requests_for_openai_fit_cohere(model: str) -> None:
    taken = {"text", "image_url", "refusal", "thinking", "document"}

    def unfit(request: JSON) -> bool:
        names = [tool.get("function", {}).get("name") for tool in request.get("tools") or ()]
        results = [m for m in request["messages"] if m["role"] == "tool"]
        return (
            not part_types(request) <= taken
            or not tool_types(request) <= {"function", None}
            or request.get("tool_choice") == "any"
            or any(not result.get("tool_call_id") for result in results)
            or (isinstance(request.get("tool_choice"), dict) and not names)
        )

    encoded, refused = encode_all(model, unfit, check_request)
    if encoded or refused:
        assert encoded > 500
        assert refused > 10


def test_parameters() -> None:
    assert body(
        max_completion_tokens=9,
        temperature=0.5,
        top_p=0.9,
        top_k=5,
        stop="END",
        seed=3,
        frequency_penalty=0.1,
        presence_penalty=0.2,
        logprobs=True,
        safety_mode="STRICT",
        citation_options={"mode": "FAST"},
        documents=["a text"],
        stream=True,
        stream_options={"include_usage": True},
    ) == {
        "model": "command-a-03-2025",
        "messages": USER,
        "max_tokens": 9,
        "temperature": 0.5,
        "p": 0.9,
        "k": 5,
        "stop_sequences": ["END"],
        "seed": 3,
        "frequency_penalty": 0.1,
        "presence_penalty": 0.2,
        "logprobs": True,
        "safety_mode": "STRICT",
        "citation_options": {"mode": "FAST"},
        "documents": ["a text"],
        "stream": True,
    }
    assert body(stop=["a", "b"])["stop_sequences"] == ["a", "b"]


def test_system_messages_wherever_they_stand() -> None:
    messages = [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
        {"role": "system", "content": [{"type": "text", "text": "Be kind."}]},
        {"role": "user", "content": "Still there?"},
        {"role": "system", "content": ""},
        {"role": "assistant", "content": ""},
        {"role": "user", "content": ""},
    ]
    assert body(messages)["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Still there?"},
        {"role": "user", "content": ""},
    ]


def test_content_parts() -> None:
    content = [
        {"type": "text", "text": "Look", "cache_control": {"type": "ephemeral"}},
        {"type": "image_url", "image_url": {"url": PICTURE, "detail": "low", "format": "png"}},
        {"type": "image_url", "image_url": "https://example.com/a.png"},
        {
            "type": "document",
            "title": "Facts",
            "source": {"type": "text", "media_type": "text/plain", "data": "It is so."},
        },
        {
            "type": "document",
            "source": {"type": "content", "content": [{"type": "text", "text": "And so."}]},
        },
    ]
    encoded = body([{"role": "user", "content": content}], documents=["first"])
    assert encoded["messages"] == [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Look"},
                {"type": "image_url", "image_url": {"url": PICTURE, "detail": "low"}},
                {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
            ],
        }
    ]
    assert encoded["documents"] == [
        "first",
        {"data": {"title": "Facts", "text": "It is so."}},
        {"data": {"text": "And so."}},
    ]


@pytest.mark.parametrize(
    "part",
    [
        {"type": "input_audio", "input_audio": {"data": "aa", "format": "wav"}},
        {"type": "video_url", "video_url": {"url": "https://example.com/a.mp4"}},
        {"type": "file", "file": {"file_data": "data:application/pdf;base64,aa"}},
        {"type": "document", "source": {"type": "base64", "data": "aa"}},
    ],
)
@pytest.mark.parametrize("role", ["user", "tool", "system"])
def test_parts_that_cohere_cannot_take(part: JSON, role: str) -> None:
    message = {"role": role, "tool_call_id": "a", "content": [{"type": "text", "text": "x"}, part]}
    with pytest.raises(BadRequestError, match=r"messages\[1\]\.content\[1\]: cohere takes no"):
        body([*USER, message])


def test_tool_results() -> None:
    messages = [
        {"role": "tool", "tool_call_id": "a", "content": "sunny"},
        {
            "role": "tool",
            "tool_call_id": "b",
            "content": [
                {"type": "text", "text": "1"},
                {"type": "document", "title": "T", "source": {"type": "text", "data": "2"}},
            ],
        },
        {"role": "tool", "tool_call_id": "c", "content": ""},
    ]
    assert body(messages)["messages"] == [
        {"role": "tool", "tool_call_id": "a", "content": "sunny"},
        {
            "role": "tool",
            "tool_call_id": "b",
            "content": [
                {"type": "text", "text": "1"},
                {"type": "document", "document": {"data": {"title": "T", "text": "2"}}},
            ],
        },
        {"role": "tool", "tool_call_id": "c", "content": ""},
    ]
    image = {"type": "image_url", "image_url": {"url": PICTURE}}
    with pytest.raises(BadRequestError, match=r"messages\[0\]\.content\[0\]"):
        body([{"role": "tool", "tool_call_id": "a", "content": [image]}])
    with pytest.raises(BadRequestError, match=r"messages\[0\]\.tool_call_id: is missing"):
        body([{"role": "tool", "content": "sunny"}])


@pytest.mark.parametrize(
    ("choice", "expected", "names"),
    [
        (None, None, ["weather", "time"]),
        ("auto", None, ["weather", "time"]),
        ("none", "NONE", ["weather", "time"]),
        ("required", "REQUIRED", ["weather", "time"]),
        ({"type": "function", "function": {"name": "time"}}, "REQUIRED", ["time"]),
        (
            {
                "type": "allowed_tools",
                "allowed_tools": {
                    "mode": "auto",
                    "tools": [{"type": "function", "function": {"name": "weather"}}],
                },
            },
            None,
            ["weather"],
        ),
        (
            {
                "type": "allowed_tools",
                "allowed_tools": {
                    "mode": "required",
                    "tools": [{"type": "function", "function": {"name": "weather"}}],
                },
            },
            "REQUIRED",
            ["weather"],
        ),
    ],
)
def test_tool_choice(choice: Any, expected: str | None, names: list[str]) -> None:
    given = {} if choice is None else {"tool_choice": choice}
    encoded = body(tools=[WEATHER, TIME], **given)
    assert encoded.get("tool_choice") == expected
    assert [tool["function"]["name"] for tool in encoded["tools"]] == names


def test_tools() -> None:
    encoded = body(tools=[WEATHER, TIME])
    assert encoded["tools"][0] == WEATHER
    assert encoded["tools"][1]["function"]["parameters"] == {"type": "object", "properties": {}}
    assert "strict_tools" not in encoded
    strict = {"type": "function", "function": {**WEATHER["function"], "strict": True}}  # type: ignore[dict-item]
    encoded = body(tools=[strict])
    assert encoded["strict_tools"] is True
    assert encoded["tools"] == [WEATHER]
    assert "tools" not in body(tools=[])


@pytest.mark.parametrize(
    ("params", "place"),
    [
        ({"tools": [{"type": "custom", "custom": {"name": "x"}}]}, r"tools\[0\]"),
        ({"tools": [{"type": "function", "function": {}}]}, r"tools\[0\]\.function\.name"),
        ({"tools": [WEATHER], "tool_choice": "any"}, "tool_choice"),
        (
            {"tools": [WEATHER], "tool_choice": {"type": "function", "function": {"name": "no"}}},
            r"tool_choice\.function\.name: 'no'",
        ),
        ({"response_format": {"type": "xml"}}, "response_format"),
    ],
)
def test_what_cannot_be_sent(params: JSON, place: str) -> None:
    with pytest.raises(BadRequestError, match=place):
        body(**params)


def test_response_format() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    assert body(response_format=wanted)["response_format"] == {
        "type": "json_object",
        "json_schema": schema,
    }
    assert body(response_format={"type": "json_object"})["response_format"] == {
        "type": "json_object"
    }
    assert body(response_format={"type": "text"})["response_format"] == {"type": "text"}


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"reasoning_effort": "none"}, {"type": "disabled"}),
        ({"reasoning_effort": "low"}, {"type": "enabled", "token_budget": 1024}),
        ({"reasoning_effort": "high"}, {"type": "enabled"}),
        (
            {"thinking": {"type": "enabled", "token_budget": 99}},
            {"type": "enabled", "token_budget": 99},
        ),
        (
            {"thinking": {"type": "enabled", "budget_tokens": 99}, "reasoning_effort": "low"},
            {"type": "enabled", "token_budget": 99},
        ),
        ({"thinking": {"type": "disabled"}}, {"type": "disabled"}),
    ],
)
def test_reasoning(params: JSON, expected: JSON) -> None:
    assert body(model=THINKER, **params)["thinking"] == expected


def test_reasoning_of_others_stays_away_from_models_that_refuse_it() -> None:
    message = {"role": "assistant", "content": "4", "reasoning_content": "2 and 2"}
    assert body([*USER, message])["messages"][1] == {"role": "assistant", "content": "4"}
    assert body([*USER, message], THINKER)["messages"][1]["content"] == [
        {"type": "thinking", "thinking": "2 and 2"},
        {"type": "text", "text": "4"},
    ]


def test_supported_params() -> None:
    plain = get_supported_openai_params(MODEL)
    assert {"tools", "tool_choice", "response_format", "logprobs", "functions"} <= set(plain)
    assert "reasoning_effort" not in plain
    assert "n" not in plain
    assert "reasoning_effort" in get_supported_openai_params(THINKER)
    assert "tool_choice" not in get_supported_openai_params("cohere/command-r-08-2024")
    assert "tool_choice" in get_supported_openai_params("cohere/command-r7b-12-2024")


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
    with pytest.raises(APIResponseValidationError, match="no answer of Cohere's"):
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
def test_errors(status: int, message: str, kind: type[Exception], server: Server) -> None:
    server.reply(answer_json({"id": "x", "message": message}, status, retry_after="7"))
    with pytest.raises(kind, match=message) as caught:
        Client(middlewares=[]).completion(MODEL, USER, base_url=server.url, api_key="k" * 9)
    assert caught.value.status_code == status  # type: ignore[attr-defined]
    assert caught.value.retry_after == 7.0  # type: ignore[attr-defined]


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
    chunks, decoder = decode_cut(cohere, PROVIDER, b"".join(odd.pieces))
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
    """An answer that calls a tool after reasoning, or gives the text."""
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
