"""Requests to Ollama, and its recorded exchanges."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.calls.ollama_calls import body_of_call
from tests.support.calls.openai_requests import (
    PICTURE,
    encode_all,
    part_types,
    tool_types,
)
from tests.support.calls.weather_tool import USER, WEATHER
from tests.support.chunks import check_cuts, decode_cut
from tests.support.recorded.expectations import check_answer
from tests.support.recorded.recordings import Row, body_of, rows
from tests.support.vendors.ollama_types import check_request
from trunkline import BadRequestError, ModelResponse, fold_chunks, get_supported_openai_params
from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wire import load_wire
from trunkline.adapters.wires import ollama
from trunkline.pipeline.json_values import JSON
from trunkline.pipeline.port import HTTPResponse

PROVIDER = find_provider("ollama")
WIRE = load_wire("ollama")


def decode(data: bytes) -> ModelResponse:
    return ollama.decode(HTTPResponse(status=200, headers={}, body=data), PROVIDER)


@rows("ollama", stream=False)
def test_recorded_answers(row: Row) -> None:
    response = decode(body_of(row))
    check_answer(response, row)
    assert response.model == row["model"]
    assert response.created > 1_700_000_000
    assert response.usage is not None
    native = response.usage.native or {}
    for name, value in row["expect"]["usage_native"].items():
        assert native[name] == value


@rows("ollama", stream=True)
def test_recorded_streams(row: Row) -> None:
    chunks, decoder = decode_cut(WIRE, PROVIDER, body_of(row))
    assert decoder.done
    assert decoder.error is None
    check_answer(fold_chunks(chunks), row)
    assert len({chunk.id for chunk in chunks}) == 1


@rows("ollama", stream=True)
def test_recorded_streams_cut_anywhere(row: Row) -> None:
    check_cuts(WIRE, PROVIDER, row)


@rows("ollama", request=lambda request: request is not None)
def test_recorded_requests_would_be_sent_alike(row: Row) -> None:
    given = row["request"]
    messages = json.loads(json.dumps(given["messages"]))
    for message in messages:
        for call in message.get("tool_calls") or ():
            call["function"]["arguments"] = json.dumps(call["function"]["arguments"])
    options: JSON = given.get("options") or {}
    ours = body_of_call(messages, **options)
    assert ours["messages"] == given["messages"]
    # One client sends `think` in a place where the server does not read it.
    assert {**ours.get("options", {}), **({"think": ours["think"]} if "think" in ours else {})} == (
        options
    )


@pytest.mark.usefixtures("recordings")
def test_requests_for_openai_fit_ollama() -> None:
    taken = {"text", "image_url", "refusal", "thinking"}

    def unfit(request: JSON) -> bool:
        tools = request.get("tools") or [
            {"function": function} for function in request.get("functions") or ()
        ]
        choice = request.get("tool_choice", request.get("function_call"))
        unread = any(
            not is_object(call["function"].get("arguments") or "{}")
            for message in request["messages"]
            for call in message.get("tool_calls") or ()
        )
        return (
            not part_types(request) <= taken
            or not tool_types(request) <= {"function", None}
            or any("function" not in tool for tool in tools)
            or choice == "any"
            or unread
        )

    encoded, refused = encode_all("ollama/llama3.2", unfit, check_request)
    assert encoded > 500
    assert refused > 20


def is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def test_parameters() -> None:
    assert body_of_call(
        max_tokens=9,
        temperature=0.5,
        top_p=0.9,
        top_k=5,
        stop="END",
        seed=3,
        frequency_penalty=0.1,
        presence_penalty=0.2,
        num_ctx=4096,
        mirostat=1,
        min_p=0.1,
        repeat_penalty=1.1,
        logprobs=True,
        top_logprobs=2,
        keep_alive="10m",
        think=True,
        format="json",
        stream=True,
        stream_options={"include_usage": True},
    ) == {
        "model": "qwen3",
        "messages": USER,
        "stream": True,
        "keep_alive": "10m",
        "think": True,
        "format": "json",
        "logprobs": True,
        "top_logprobs": 2,
        "options": {
            "num_predict": 9,
            "temperature": 0.5,
            "top_p": 0.9,
            "top_k": 5,
            "stop": ["END"],
            "seed": 3,
            "frequency_penalty": 0.1,
            "presence_penalty": 0.2,
            "num_ctx": 4096,
            "mirostat": 1,
            "min_p": 0.1,
            "repeat_penalty": 1.1,
        },
    }
    assert body_of_call(max_completion_tokens=7)["options"] == {"num_predict": 7}
    assert body_of_call(seed=1, options={"num_ctx": 9})["options"] == {"seed": 1, "num_ctx": 9}
    assert "options" not in body_of_call()
    assert body_of_call(keep_alive=0)["keep_alive"] == 0


def test_messages() -> None:
    messages = [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [
            {"type": "text", "text": "Look: "},
            {"type": "image_url", "image_url": {"url": PICTURE}},
            {"type": "text", "text": "what?"},
        ]},
        {"role": "system", "content": "Be kind."},
        {"role": "assistant", "content": None, "reasoning_content": "Hm.", "tool_calls": [
            {"id": "c1", "type": "function", "function": {
                "name": "weather", "arguments": '{"city": "Rome"}'}},
            {"id": "c2", "type": "function", "function": {"name": "time", "arguments": ""}},
        ]},
        {"role": "tool", "tool_call_id": "c2", "content": "noon"},
        {"role": "tool", "tool_call_id": "c1", "content": [
            {"type": "text", "text": "sun"},
            {"type": "image_url", "image_url": PICTURE},
        ]},
        {"role": "assistant", "content": ""},
        {"role": "user", "content": ""},
    ]  # fmt: skip
    data = PICTURE.partition(",")[2]
    assert body_of_call(messages)["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Look: what?", "images": [data]},
        {"role": "system", "content": "Be kind."},
        {
            "role": "assistant",
            "content": "",
            "thinking": "Hm.",
            "tool_calls": [
                {"id": "c1", "function": {"name": "weather", "arguments": {"city": "Rome"}}},
                {"id": "c2", "function": {"name": "time", "arguments": {}}},
            ],
        },
        {"role": "tool", "content": "noon", "tool_call_id": "c2", "tool_name": "time"},
        {
            "role": "tool",
            "content": "sun",
            "images": [data],
            "tool_call_id": "c1",
            "tool_name": "weather",
        },
        {"role": "assistant", "content": ""},
        {"role": "user", "content": ""},
    ]


@pytest.mark.parametrize(
    "part",
    [
        {"type": "input_audio", "input_audio": {"data": "aa", "format": "wav"}},
        {"type": "video_url", "video_url": {"url": "https://example.com/a.mp4"}},
        {"type": "file", "file": {"file_id": "f"}},
        {"type": "document", "source": {"type": "text", "data": "aa"}},
        {"type": "thinking", "thinking": "hm"},
    ],
)
def test_parts_that_ollama_cannot_take(part: JSON) -> None:
    content = [{"type": "text", "text": "x"}, part]
    with pytest.raises(BadRequestError, match=r"messages\[1\]\.content\[1\]: ollama does not"):
        body_of_call([*USER, {"role": "user", "content": content}])


def test_pictures_have_their_place() -> None:
    picture = {"type": "image_url", "image_url": {"url": PICTURE}}
    with pytest.raises(BadRequestError, match=r"messages\[0\]\.content\[0\]: ollama does not"):
        body_of_call([{"role": "system", "content": [picture]}])
    broken = {"type": "image_url", "image_url": {"url": "data:image/png;base64,???"}}
    with pytest.raises(BadRequestError, match=r"messages\[0\]\.content\[0\].*base64"):
        body_of_call([{"role": "user", "content": [broken]}])


def test_arguments_that_are_no_object() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "[1]"}}
    with pytest.raises(BadRequestError, match=r"messages\[0\]\.tool_calls\[0\]"):
        body_of_call([{"role": "assistant", "content": None, "tool_calls": [call]}])
    with pytest.raises(
        BadRequestError, match=r"\[0\]\.tool_calls\[0\]\.function\.name: is missing"
    ):
        body_of_call([{"role": "assistant", "content": None, "tool_calls": [{}]}])


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (None, [WEATHER]),
        ("auto", [WEATHER]),
        ("none", []),
        (
            {
                "type": "allowed_tools",
                "allowed_tools": {
                    "mode": "auto",
                    "tools": [{"type": "function", "function": {"name": "weather"}}],
                },
            },
            [WEATHER],
        ),
    ],
)
def test_tools(choice: Any, expected: list[JSON]) -> None:
    given = {} if choice is None else {"tool_choice": choice}
    strict = {**WEATHER, "function": {**WEATHER["function"], "strict": True}}
    encoded = body_of_call(tools=[strict], **given)
    assert encoded["tools"] == expected
    assert "tool_choice" not in encoded


def test_response_format() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    assert body_of_call(response_format=wanted)["format"] == schema
    assert body_of_call(response_format={"type": "json_object"})["format"] == "json"
    assert "format" not in body_of_call(response_format={"type": "text"})


@pytest.mark.parametrize(
    ("model", "params", "think"),
    [
        ("qwen3", {"reasoning_effort": "none"}, False),
        ("qwen3", {"reasoning_effort": "low"}, True),
        ("gpt-oss:20b", {"reasoning_effort": "low"}, "low"),
        ("gpt-oss:20b", {"reasoning_effort": "minimal"}, "low"),
        ("gpt-oss:20b", {"reasoning_effort": "xhigh"}, "high"),
        ("gpt-oss:20b", {"reasoning_effort": "none"}, False),
        ("qwen3", {"thinking": {"type": "enabled", "budget_tokens": 9}}, True),
        ("qwen3", {"thinking": {"type": "disabled"}}, False),
        ("qwen3", {"think": "high", "reasoning_effort": "none"}, "high"),
    ],
)
def test_reasoning(model: str, params: JSON, think: object) -> None:
    assert body_of_call(model=f"ollama/{model}", **params)["think"] == think


def test_supported_params() -> None:
    supported = set(get_supported_openai_params("ollama_chat/qwen3"))
    assert {"tools", "reasoning_effort", "response_format", "functions"} <= supported
    assert not supported & {"n", "logit_bias", "user", "parallel_tool_calls"}
