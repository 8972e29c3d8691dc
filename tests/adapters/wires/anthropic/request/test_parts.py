"""Content parts in requests to Anthropic's Messages API."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.support.calls.anthropic_calls import (
    HELLO,
    PDF,
    PDF_SOURCE,
    PNG,
    PNG_SOURCE,
    block_of,
    body_of_call,
    call,
    refused,
    send,
    text,
    unchecked,
)


@pytest.mark.parametrize("value", [PNG, {"url": PNG, "detail": "low"}])
def test_picture_as_data(value: Any) -> None:
    block = block_of({"type": "image_url", "image_url": value})
    assert block == {"type": "image", "source": PNG_SOURCE}


def test_picture_by_address() -> None:
    url = "https://example.com/a.png"
    part = {
        "type": "image_url",
        "image_url": {"url": url},
        "cache_control": {"type": "ephemeral"},
    }
    assert block_of(part) == {
        "type": "image",
        "source": {"type": "url", "url": url},
        "cache_control": {"type": "ephemeral"},
    }


def test_unsupported_image_types() -> None:
    part = {"type": "image_url", "image_url": "data:image/bmp;base64,aGk="}
    error = refused([{"role": "user", "content": [part]}])
    assert error.param == "messages[0].content[0].image_url"
    assert "image/bmp" in str(error)


def file(**fields: Any) -> dict[str, Any]:
    return {"type": "file", "file": fields}


def test_files() -> None:
    url = "https://example.com/a.pdf"
    by_url = {"type": "url", "url": url}
    note = base64.b64encode("héllo".encode()).decode()
    plain = {"type": "text", "media_type": "text/plain", "data": "héllo"}
    assert block_of(file(file_data=PDF)) == {"type": "document", "source": PDF_SOURCE}
    assert block_of(file(file_data="JVBERi0=", filename="a.pdf")) == {
        "type": "document",
        "source": PDF_SOURCE,
        "title": "a.pdf",
    }
    assert block_of(file(file_data=PNG)) == {"type": "image", "source": PNG_SOURCE}
    assert block_of(file(file_data=f"data:text/markdown;base64,{note}"))["source"] == plain
    assert block_of(file(file_data=note, filename="a.txt"))["source"] == plain
    assert block_of(file(file_data=url))["source"] == by_url
    assert block_of(file(file_id=url))["source"] == by_url
    by_id = {"type": "file", "file_id": "file_1"}
    assert block_of(file(file_id="file_1")) == {"type": "document", "source": by_id}
    assert block_of(file(file_id="file_1", format="image/png"))["type"] == "image"


def test_a_files_id_needs_a_beta() -> None:
    messages = [{"role": "user", "content": [file(file_id="file_1")]}]
    assert send(messages).headers["anthropic-beta"] == "files-api-2025-04-14"


def test_unsupported_files() -> None:
    for part in (file(), file(file_data="data:audio/wav;base64,aGk=")):
        assert "messages[0].content[0].file" in str(refused([{"role": "user", "content": [part]}]))


@pytest.mark.parametrize(
    "part",
    [
        {"type": "input_audio", "input_audio": {"data": "aGk=", "format": "wav"}},
        {"type": "video_url", "video_url": {"url": "https://example.com/a.mp4"}},
        {"type": "something"},
    ],
)
def test_unsupported_parts(part: dict[str, Any]) -> None:
    error = refused([{"role": "user", "content": [text("Listen"), part]}])
    assert error.param == "messages[0].content[1]"


def test_documents_with_citations_pass() -> None:
    part = {
        "type": "document",
        "source": {"type": "text", "media_type": "text/plain", "data": "Grass is green."},
        "title": "Facts",
        "context": None,
        "citations": {"enabled": True},
        "cache_control": {"type": "ephemeral", "ttl": "1h"},
    }
    assert block_of(part) == {key: value for key, value in part.items() if value is not None}


def test_search_results_pass() -> None:
    part = {"type": "search_result", "source": "x", "title": "y", "content": [text("z")]}
    assert block_of(part) == part


def test_calls_and_results_in_the_apis_own_blocks_pass() -> None:
    use: dict[str, Any] = {"type": "tool_use", "id": "t1", "name": "f", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "t1", "content": "Sunny", "is_error": False}
    conversation: list[Any] = [
        *HELLO,
        {"role": "assistant", "content": [use]},
        {"role": "user", "content": [result]},
    ]
    sent = body_of_call(conversation)["messages"]
    assert [message["content"] for message in sent[1:]] == [[use], [result]]


def test_the_state_of_a_browser_in_a_result() -> None:
    state = {"type": "browser_state", "tabs": [{"tab_id": 1, "url": "https://x", "active": True}]}
    messages = [
        {"role": "user", "content": "Go"},
        {"role": "assistant", "tool_calls": [call()]},
        {"role": "tool", "tool_call_id": "call_1", "toolset_name": "browser", "content": [state]},
    ]
    [result] = unchecked(messages)["messages"][2]["content"]
    assert result["content"] == [state]
    assert result["toolset_name"] == "browser"


@pytest.mark.parametrize("url", ["https://x/a.png", PNG])
def test_settings_of_an_image(url: str) -> None:
    settings = {"oversized_image": "error"}
    image = {"type": "image_url", "image_url": {"url": url}, "transformations": settings}
    assert block_of(image)["transformations"] == settings
    image = {"type": "image_url", "image_url": {"url": url, "transformations": settings}}
    assert block_of(image)["transformations"] == settings
    file = {"type": "file", "file": {"file_data": PNG}, "transformations": settings}
    assert block_of(file)["transformations"] == settings
