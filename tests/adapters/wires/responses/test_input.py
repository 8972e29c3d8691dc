"""Messages of a conversation as input items, checked against OpenAI's own types."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapters.wires.responses.calls import items_of, parts_of, send
from trunkline import BadRequestError
from trunkline.pipeline.json_values import JSON

PNG = "data:image/png;base64,iVBORw0="
PDF = "data:application/pdf;base64,JVBERi0="
CALL: JSON = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "look", "arguments": '{"at":"it"}'},
}
CUSTOM: JSON = {"id": "call_2", "type": "custom", "custom": {"name": "run", "input": "ls -l"}}


def called(*calls: JSON) -> JSON:
    return {"role": "assistant", "content": None, "tool_calls": list(calls)}


@pytest.mark.parametrize("role", ["system", "developer", "user", "assistant"])
def test_roles_with_text(role: str) -> None:
    assert items_of({"role": role, "content": "Hi"}) == [{"role": role, "content": "Hi"}]


@pytest.mark.parametrize(
    ("part", "item"),
    [
        ({"type": "text", "text": "Hi"}, {"type": "input_text", "text": "Hi"}),
        (
            {"type": "image_url", "image_url": {"url": PNG, "detail": "high"}},
            {"type": "input_image", "image_url": PNG, "detail": "high"},
        ),
        (
            {"type": "image_url", "image_url": "https://example.com/a.png"},
            {
                "type": "input_image",
                "image_url": "https://example.com/a.png",
                "detail": "auto",
            },
        ),
        (
            {"type": "file", "file": {"file_id": "file-1"}},
            {"type": "input_file", "file_id": "file-1"},
        ),
        (
            {"type": "file", "file": {"file_data": PDF, "filename": "a.pdf"}},
            {"type": "input_file", "file_data": PDF, "filename": "a.pdf"},
        ),
        (
            {"type": "file", "file": {"file_data": "JVBERi0=", "format": "application/pdf"}},
            {"type": "input_file", "file_data": PDF, "filename": "file.pdf"},
        ),
        (
            {"type": "file", "file": {"file_data": "https://example.com/a.pdf"}},
            {"type": "input_file", "file_url": "https://example.com/a.pdf"},
        ),
        (
            {
                "type": "document",
                "title": "a.pdf",
                "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="},
            },
            {"type": "input_file", "file_data": PDF, "filename": "a.pdf"},
        ),
        (
            {"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}},
            {"type": "input_file", "file_url": "https://example.com/a.pdf"},
        ),
        (
            {"type": "document", "source": {"type": "file", "file_id": "file-1"}},
            {"type": "input_file", "file_id": "file-1"},
        ),
        (
            {"type": "document", "title": "A", "source": {"type": "text", "data": "Once."}},
            {"type": "input_text", "text": "A\n\nOnce."},
        ),
        (
            {"type": "input_image", "file_id": "file-1", "detail": "low"},
            {"type": "input_image", "file_id": "file-1", "detail": "low"},
        ),
    ],
    ids=lambda value: str(value["type"]),
)
def test_parts(part: JSON, item: JSON) -> None:
    assert parts_of(part, {"type": "text", "text": "?"})[0] == item


def test_audio() -> None:
    audio = {"data": "UklGRg==", "format": "wav"}
    part = {"type": "input_audio", "input_audio": audio}
    # OpenAI's own types have a part for it, but do not list it among a message's.
    [item] = send([{"role": "user", "content": [part]}])["input"]
    assert item == {"role": "user", "content": [part]}


def test_calls_and_results() -> None:
    image = {"type": "image_url", "image_url": {"url": PNG}}
    items = items_of(
        {"role": "assistant", "content": "Let me look.", "tool_calls": [CALL, CUSTOM]},
        {
            "role": "tool",
            "tool_call_id": "call_1",
            "content": [{"type": "text", "text": "!"}, image],
        },
        {"role": "tool", "tool_call_id": "call_2", "content": "total 0"},
    )
    assert items == [
        {"role": "assistant", "content": "Let me look."},
        {
            "type": "function_call",
            "call_id": "call_1",
            "name": "look",
            "arguments": '{"at":"it"}',
        },
        {"type": "custom_tool_call", "call_id": "call_2", "name": "run", "input": "ls -l"},
        {
            "type": "function_call_output",
            "call_id": "call_1",
            "output": [
                {"type": "input_text", "text": "!"},
                {"type": "input_image", "image_url": PNG, "detail": "auto"},
            ],
        },
        {"type": "custom_tool_call_output", "call_id": "call_2", "output": "total 0"},
    ]


def test_a_call_without_arguments_has_the_empty_object() -> None:
    call = {**CALL, "function": {"name": "look"}}
    result = {"role": "tool", "tool_call_id": "call_1", "content": ""}
    items = items_of(called(call), result)
    assert items[0]["arguments"] == "{}"
    assert items[1]["output"] == ""


def test_text_of_an_assistant_is_joined_and_a_refusal_keeps_its_form() -> None:
    texts = [{"type": "text", "text": "One. "}, {"type": "text", "text": "Two."}]
    assert items_of({"role": "assistant", "content": texts}) == [
        {"role": "assistant", "content": "One. Two."}
    ]
    message = {"role": "assistant", "content": None, "refusal": "No."}
    content = [{"type": "refusal", "refusal": "No."}]
    assert send([message])["input"] == [
        {"type": "message", "role": "assistant", "content": content}
    ]


@pytest.mark.parametrize(
    ("messages", "place"),
    [
        ([called({**CALL, "id": None})], "messages[0].tool_calls[0].id"),
        ([called(CALL), {"role": "tool", "content": "x"}], "messages[1].tool_call_id"),
        (
            [{"role": "user", "content": [{"type": "video_url", "video_url": {"url": PNG}}]}],
            "messages[0].content[0]",
        ),
        (
            [{"role": "user", "content": [{"type": "file", "file": {"filename": "a.pdf"}}]}],
            "messages[0].content[0].file",
        ),
        (
            [{"role": "user", "content": [{"type": "document", "source": {"type": "content"}}]}],
            "messages[0].content[0].source",
        ),
        (
            [{"role": "assistant", "content": [{"type": "image_url", "image_url": PNG}]}],
            "messages[0].content[0]",
        ),
    ],
)
def test_what_has_no_place_is_refused(messages: list[Any], place: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        send(messages)
    assert caught.value.param == place
    assert caught.value.message.startswith(place)
