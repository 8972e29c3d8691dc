"""Calls over HTTP to a server with Anthropic's wire."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.calls.anthropic_calls import HELLO, text
from tests.support.calls.anthropic_responses import (
    MODEL,
    events,
    message,
    stream_answer,
    thinking,
    tool_use,
)
from tests.support.server import Answer, Server, answer_json
from tests.support.vendors.anthropic_types import check_request
from tests.support.worlds import World
from trunkline import (
    APIConnectionError,
    Client,
    ModelResponse,
    ServiceUnavailableError,
    StreamInterruptedError,
)
from trunkline.pipeline.json_values import JSON

TOOLS: list[JSON] = [{"type": "function", "function": {"name": "get_weather", "parameters": {}}}]


def test_call(server: Server, world: World, mode: str) -> None:
    whole = message(thinking("Hm", "abc"), text("Hello"))
    answer = (
        answer_json(whole, request_id="req_1") if mode == "plain" else stream_answer(events(whole))
    )
    server.reply(answer)
    with Client([]) as client:
        response = world.answer(
            client, mode, MODEL, HELLO, api_key="sk-ant-secret", base_url=server.url
        )
    assert response.choices[0].message.content == "Hello"
    assert response.call.provider == "anthropic"
    seen = server.seen[0]
    assert seen.path == "/v1/messages"
    assert seen.headers["x-api-key"] == "sk-ant-secret"
    assert seen.json.get("stream", False) is (mode == "stream")


def test_pictures_that_the_api_does_not_fetch(server: Server, world: World) -> None:
    picture = Answer([b"png"], headers={"content-type": "image/png"})
    server.reply(picture, answer_json(message(text("A dot"))))
    parts = [{"type": "image_url", "image_url": {"url": f"{server.url}/a.png"}}]
    with Client([]) as client:
        world.complete(
            client,
            MODEL,
            [{"role": "user", "content": parts}],
            api_key="sk-ant-secret",
            base_url=server.url,
            allow_private_urls=True,
        )
    fetched, sent = server.seen
    assert "sk-ant-secret" not in str(fetched.headers)
    assert sent.json["messages"][0]["content"] == [
        {
            "type": "image",
            "source": {"type": "base64", "media_type": "image/png", "data": "cG5n"},
        }
    ]


def test_overload_before_the_first_word(server: Server, world: World) -> None:
    """The call itself fails, so that it can be retried."""
    head = events(message(text("Hello")))[:1]
    overload = {"type": "error", "error": {"type": "overloaded_error", "message": "Busy"}}
    server.reply(stream_answer([*head, overload]))
    with Client([]) as client, pytest.raises(ServiceUnavailableError) as caught:
        world.stream(client, MODEL, HELLO, api_key="sk-ant-secret", base_url=server.url)
    assert caught.value.status_code == 529
    assert caught.value.retryable


def test_overload_in_the_middle(server: Server, world: World) -> None:
    head = events(message(text("Hello")))[:5]
    overload = {"type": "error", "error": {"type": "overloaded_error", "message": "Busy"}}
    server.reply(stream_answer([*head, overload]))
    with Client([]) as client, pytest.raises(StreamInterruptedError) as caught:
        world.stream(client, MODEL, HELLO, api_key="sk-ant-secret", base_url=server.url)
    assert caught.value.status_code == 529
    assert caught.value.partial is not None
    assert caught.value.partial.choices[0].message.content == "Hello"


def test_a_stream_that_breaks_off(server: Server, world: World) -> None:
    server.reply(stream_answer(events(message(text("Hello")))[:5]))
    with Client([]) as client, pytest.raises(APIConnectionError, match="finish reason"):
        world.stream(client, MODEL, HELLO, api_key="sk-ant-secret", base_url=server.url)


def test_three_turns_with_tools_and_reasoning(server: Server, mode: str) -> None:
    """Messages are appended unchanged, and the API gets back what it sent."""
    answers = [
        message(
            thinking("Which city?", "s1"), text("I ask."), tool_use("toolu_1"), stop="tool_use"
        ),
        message(
            thinking("Bonn.", "s2"),
            {"type": "redacted_thinking", "data": "r2"},
            tool_use("toolu_2", city="Bonn"),
            tool_use("toolu_3", city="Köln"),
            stop="tool_use",
        ),
        message(thinking("Done.", "s3"), text("Sunny in both.")),
    ]
    replies = [
        answer_json(one) if mode == "plain" else stream_answer(events(one)) for one in answers
    ]
    server.reply(*replies)
    messages: list[Any] = [{"role": "user", "content": "How is the weather?"}]
    with Client([]) as client:
        for _ in answers:
            reply = _answer(client, mode, messages, server.url)
            messages.append(reply.choices[0].message)
            messages += [
                {"role": "tool", "tool_call_id": call.id, "content": "Sunny"}
                for call in reply.choices[0].message.tool_calls or ()
            ]
        messages.append({"role": "user", "content": "Thanks"})
        _answer(client, mode, messages, server.url)
    sent = server.seen[-1].json
    check_request(sent)
    assert [one["role"] for one in sent["messages"]] == ["user", "assistant"] * 3 + ["user"]
    assert [one["content"] for one in sent["messages"][1::2]] == [one["content"] for one in answers]
    assert [block["tool_use_id"] for block in sent["messages"][4]["content"]] == [
        "toolu_2",
        "toolu_3",
    ]


def _answer(client: Client, mode: str, messages: list[Any], url: str) -> ModelResponse:
    arguments: Any = {"api_key": "sk-ant-secret", "base_url": url, "tools": TOOLS}
    return World("sync").answer(client, mode, MODEL, messages, **arguments)
