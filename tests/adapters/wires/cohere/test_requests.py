"""Requests to Cohere: every field as documented."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.calls.cohere_calls import MODEL, THINKER, body_of_call
from tests.support.calls.openai_requests import PICTURE
from tests.support.calls.weather_tool import USER, WEATHER
from trunkline import BadRequestError, get_supported_openai_params
from trunkline.pipeline.json_values import JSON

TIME = {"type": "function", "function": {"name": "time"}}


def test_parameters() -> None:
    assert body_of_call(
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
    assert body_of_call(stop=["a", "b"])["stop_sequences"] == ["a", "b"]


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
    assert body_of_call(messages)["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hi"},
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Still there?"},
        {"role": "user", "content": ""},
    ]


def test_content_parts() -> None:
    content: list[JSON] = [
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
    encoded = body_of_call([{"role": "user", "content": content}], documents=["first"])
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
    with pytest.raises(BadRequestError, match=r"messages\[1\]\.content\[1\]: cohere does not"):
        body_of_call([*USER, message])


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
    assert body_of_call(messages)["messages"] == [
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
    with pytest.raises(BadRequestError, match=r"messages\[0\]\.tool_call_id: missing"):
        body_of_call([{"role": "tool", "content": "sunny"}])
    with pytest.raises(
        BadRequestError, match=r"\[0\]\.tool_calls\[0\]\.function\.name: is missing"
    ):
        body_of_call([{"role": "assistant", "tool_calls": [{}]}])


@pytest.mark.parametrize("image", ["", {"url": ""}])
def test_an_image_without_a_url(image: Any) -> None:
    content = [{"type": "image_url", "image_url": image}]
    with pytest.raises(BadRequestError, match=r"\.content\[0\]\.image_url\.url: is empty"):
        body_of_call([{"role": "user", "content": content}])


def test_pictures_in_tool_results_come_behind_them() -> None:
    image = {"type": "image_url", "image_url": {"url": PICTURE}}
    shown = [{"type": "text", "text": "as seen"}, image]
    messages = [
        {"role": "tool", "tool_call_id": "a", "content": [image]},
        {"role": "tool", "tool_call_id": "b", "content": shown},
        *USER,
    ]
    user = {
        "role": "user",
        "content": [
            {"type": "text", "text": "Result of the tool call a:"},
            image,
            {"type": "text", "text": "Result of the tool call b:"},
            image,
        ],
    }
    below = "The result is in the next message."
    results = [
        {"role": "tool", "tool_call_id": "a", "content": below},
        {"role": "tool", "tool_call_id": "b", "content": "as seen"},
    ]
    assert body_of_call(messages)["messages"] == [*results, user, *USER]
    assert body_of_call(messages[:2])["messages"] == [*results, user]


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
    encoded = body_of_call(tools=[WEATHER, TIME], **given)
    assert encoded.get("tool_choice") == expected
    assert [tool["function"]["name"] for tool in encoded["tools"]] == names


def test_tools() -> None:
    encoded = body_of_call(tools=[WEATHER, TIME])
    assert encoded["tools"][0] == WEATHER
    assert encoded["tools"][1]["function"]["parameters"] == {"type": "object", "properties": {}}
    assert "strict_tools" not in encoded
    assert "tools" not in body_of_call(tools=[])


def test_strict_tools() -> None:
    count = {"type": "integer", "minimum": 1}
    schema = {"type": "object", "properties": {"n": count}, "required": ["n"]}
    function = {"name": "roll", "strict": True, "parameters": schema}
    encoded = body_of_call(tools=[{"type": "function", "function": function}])
    assert encoded["strict_tools"] is True
    properties = encoded["tools"][0]["function"]["parameters"]["properties"]
    # Cohere has no such choice.
    assert properties == {"n": {"type": "integer", "description": "(minimum: 1)"}}
    # All tools must be strict, and a strict tool must have a required property.
    for other in (TIME["function"], {**function, "parameters": {**schema, "required": []}}):
        tools = [{"type": "function", "function": one} for one in (function, other)]
        encoded = body_of_call(tools=tools)
        assert "strict_tools" not in encoded
        assert encoded["tools"][0]["function"]["parameters"] == schema


UNSENDABLE: list[tuple[JSON, str]] = [
    ({"tools": [{"type": "custom", "custom": {"name": "x"}}]}, r"tools\[0\]"),
    ({"tools": [{"type": "function", "function": {}}]}, r"tools\[0\]\.function\.name"),
    ({"tools": [WEATHER], "tool_choice": "any"}, "tool_choice"),
    (
        {"tools": [WEATHER], "tool_choice": {"type": "function", "function": {"name": "no"}}},
        r"tool_choice\.function\.name: 'no'",
    ),
    ({"response_format": {"type": "xml"}}, "response_format"),
]


@pytest.mark.parametrize(("params", "place"), UNSENDABLE)
def test_what_cannot_be_sent(params: JSON, place: str) -> None:
    with pytest.raises(BadRequestError, match=place):
        body_of_call(**params)


def test_response_format() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
    wanted: JSON = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    assert body_of_call(response_format=wanted)["response_format"] == {
        "type": "json_object",
        "json_schema": schema,
    }
    assert body_of_call(response_format={"type": "json_object"})["response_format"] == {
        "type": "json_object"
    }
    words = {"oneOf": [{"type": "string", "maxLength": 9}, {"type": "null"}], "default": None}
    named = {"name": "x", "schema": {**schema, "properties": {"a": words}}}
    wanted = {"type": "json_schema", "json_schema": named}
    written = body_of_call(response_format=wanted)["response_format"]["json_schema"]
    assert written["properties"]["a"]["anyOf"] == [
        {"type": "string", "description": "(maxLength: 9)"},
        {"type": "null"},
    ]
    assert body_of_call(response_format={"type": "text"})["response_format"] == {"type": "text"}


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
    assert body_of_call(model=THINKER, **params)["thinking"] == expected


def test_reasoning_of_others_stays_away_from_models_that_refuse_it() -> None:
    message = {"role": "assistant", "content": "4", "reasoning_content": "2 and 2"}
    assert body_of_call([*USER, message])["messages"][1] == {"role": "assistant", "content": "4"}
    assert body_of_call([*USER, message], THINKER)["messages"][1]["content"] == [
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
