"""Messages on the OpenAI wire: held against the vendor's own types, fitted, or refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.calls.openai_requests import (
    PICTURE,
    encode_body,
    make_request,
    read_request,
    recorded_requests,
)
from tests.support.vendors.openai_types import check_request
from trunkline import BadRequestError
from trunkline.pipeline.json_values import JSON

MODEL = "openai/gpt-5.4"
TEXT: JSON = {"type": "text", "text": "See: "}
IMAGE: JSON = {"type": "image_url", "image_url": {"url": PICTURE}}
USER: JSON = {"role": "user", "content": "What is in it?"}

# Those whose recordings have fields and values that are not OpenAI's.
_DIALECTS = ("groq", "mistral", "openrouter", "perplexity", "writer")


def sent(messages: list[JSON], model: str = MODEL) -> list[JSON]:
    """What goes out, which OpenAI's own client would send too."""
    body = encode_body(make_request(model, messages))
    check_request(body)
    return list(body["messages"])


def refusal(messages: list[JSON], model: str = MODEL) -> BadRequestError:
    with pytest.raises(BadRequestError) as caught:
        encode_body(make_request(model, messages))
    return caught.value


def call(*ids: str) -> JSON:
    function = {"name": "look", "arguments": "{}"}
    calls = [{"id": each, "type": "function", "function": function} for each in ids]
    return {"role": "assistant", "content": None, "tool_calls": calls}


def roles(messages: list[JSON]) -> list[str]:
    return [message["role"] for message in messages]


def result(call_id: str, *content: JSON) -> JSON:
    return {"role": "tool", "tool_call_id": call_id, "content": list(content)}


@pytest.mark.usefixtures("recordings")
def test_recorded_requests() -> None:
    requests = [
        request
        for row in recorded_requests()
        if not row["id"].startswith(_DIALECTS)
        if (request := read_request(row, MODEL)) is not None
    ]
    for request in requests:
        check_request(encode_body(request))
    assert len(requests) > 500


def test_pictures_of_tools_come_behind_all_results() -> None:
    told = sent([USER, call("a", "b"), result("a", TEXT, IMAGE), result("b", IMAGE), USER])
    assert roles(told) == [
        "user",
        "assistant",
        "tool",
        "tool",
        "user",
        "user",
    ]
    assert told[2]["content"] == [TEXT]
    assert told[3]["content"] == [{"type": "text", "text": "The result is in the next message."}]
    assert told[4]["content"] == [
        {"type": "text", "text": "Result of the tool call a:"},
        IMAGE,
        {"type": "text", "text": "Result of the tool call b:"},
        IMAGE,
    ]
    assert told[5] == USER


def test_pictures_of_the_last_results() -> None:
    told = sent([USER, call("a"), result("a", IMAGE)])
    assert roles(told) == ["user", "assistant", "tool", "user"]


def test_pictures_stay_where_a_provider_takes_them() -> None:
    messages = [USER, call("a"), result("a", TEXT, IMAGE)]
    body = encode_body(make_request("openrouter/anthropic/claude-sonnet-4.5", messages))
    assert body["messages"][2:] == messages[2:]


@pytest.mark.parametrize(
    ("role", "part"),
    [
        ("user", {"type": "document", "source": {"type": "content", "content": []}}),
        ("user", {"type": "video_url", "video_url": {"url": "https://a.example/b.mp4"}}),
        ("assistant", {"type": "thinking", "thinking": "Hm.", "signature": "s"}),
        ("assistant", IMAGE),
        ("system", IMAGE),
        ("tool", {"type": "search_result", "source": "x", "title": "y"}),
    ],
)
def test_parts_that_openai_does_not_know(role: str, part: JSON) -> None:
    error = refusal([USER, {"role": role, "content": [TEXT, part], "tool_call_id": "a"}])
    assert error.param == "messages[1].content[1]"
    assert f"OpenAI does not support content parts of type {part['type']!r} here" in error.message
    assert "custom_openai/" in error.message


def test_a_server_of_ones_own_gets_every_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTOM_OPENAI_API_BASE", "http://127.0.0.1:1/v1")
    part = {"type": "whatever", "whatever": {"format": "x"}}
    messages = [{"role": "user", "content": [TEXT, part]}]
    body = encode_body(make_request("custom_openai/a", messages))
    assert body["messages"] == messages


def test_addresses_become_objects() -> None:
    part = {"type": "image_url", "image_url": PICTURE}
    value = {"url": PICTURE, "detail": "low"}
    detailed: JSON = {"type": "image_url", "image_url": value}
    given: JSON = {"type": "image_url", "image_url": {**value, "format": "image/png"}}
    told = sent([{"role": "user", "content": [part, given]}])
    assert told[0]["content"] == [IMAGE, detailed]


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (
            {"file_data": "JVBERg=="},
            {"file_data": "data:application/pdf;base64,JVBERg==", "filename": "file.pdf"},
        ),
        (
            {"file_data": "YQ==", "filename": "a.csv", "format": "text/csv"},
            {"file_data": "data:text/csv;base64,YQ==", "filename": "a.csv"},
        ),
        (
            {"file_data": "data:text/plain;base64,YQ=="},
            {"file_data": "data:text/plain;base64,YQ==", "filename": "file.txt"},
        ),
        ({"file_id": "file-1", "format": "application/pdf"}, {"file_id": "file-1"}),
    ],
)
def test_files(file: JSON, expected: JSON) -> None:
    told = sent([{"role": "user", "content": [{"type": "file", "file": file}]}])
    assert told[0]["content"] == [{"type": "file", "file": expected}]


def test_empty_content_and_nulls() -> None:
    told = sent(
        [
            {"role": "user", "content": [], "name": None},
            {"role": "assistant", "content": None, "tool_calls": call("a")["tool_calls"]},
            {"role": "tool", "tool_call_id": "a", "content": ""},
        ]
    )
    assert told[0] == {"role": "user", "content": ""}
    assert told[1]["content"] is None


def test_messages_are_not_changed() -> None:
    messages = [USER, call("a"), result("a", TEXT, IMAGE), {**USER, "content": [IMAGE]}]
    before = repr(messages)
    sent(messages)
    assert repr(messages) == before


def document(**fields: Any) -> JSON:
    source = {"type": "base64", "media_type": "application/pdf", "data": "JVBERg=="}
    return {"type": "document", "source": source, **fields}


def test_documents_become_files() -> None:
    text = {"type": "text", "media_type": "text/plain", "data": "It rains."}
    uploaded = {"type": "file", "file_id": "file-1"}
    parts = [
        document(title="Report.pdf"),
        document(source=text, title="Weather", context="Of today"),
        document(source=uploaded),
    ]
    data = "data:application/pdf;base64,JVBERg=="
    assert sent([{"role": "user", "content": parts}])[0]["content"] == [
        {"type": "file", "file": {"file_data": data, "filename": "Report.pdf"}},
        {"type": "text", "text": "Weather\n\nOf today\n\nIt rains."},
        {"type": "file", "file": {"file_id": "file-1"}},
    ]


def test_citations_are_not_lost_silently() -> None:
    error = refusal([{"role": "user", "content": [document(citations={"enabled": True})]}])
    assert error.param == "messages[0].content[0].citations"
    assert "OpenAI does not support citations" in error.message
    error = refusal([{"role": "user", "content": [document(context="Of today")]}])
    assert error.param == "messages[0].content[0]"


@pytest.mark.parametrize(
    ("model", "role"), [(MODEL, "developer"), ("groq/llama-3.3-70b-versatile", "system")]
)
def test_developers_where_a_provider_knows_them(model: str, role: str) -> None:
    messages = [{"role": "developer", "content": "Be brief."}, USER]
    body = encode_body(make_request(model, messages))
    assert body["messages"] == [{"role": role, "content": "Be brief."}, USER]
