"""Messages as Gemini's contents, checked against the types of Google's client."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.calls.gemini_calls import (
    OLDER,
    PNG,
    PNG_PART,
    body_of_call,
    call,
    contents_of,
    image,
    parts_of,
)
from trunkline import BadRequestError
from trunkline.pipeline.json_values import JSON


def test_all_system_messages_become_one_instruction() -> None:
    body = body_of_call(
        [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hi"},
            {"role": "developer", "content": [{"type": "text", "text": "Be kind."}]},
            {"role": "user", "content": "You?"},
        ]
    )
    assert body["systemInstruction"] == {"parts": [{"text": "Be brief."}, {"text": "Be kind."}]}
    assert body["contents"] == [{"role": "user", "parts": [{"text": "Hi"}, {"text": "You?"}]}]


def test_only_system_messages_become_a_user_content() -> None:
    body = body_of_call([{"role": "system", "content": "Say hello"}])
    assert body == {"contents": [{"role": "user", "parts": [{"text": "Say hello"}]}]}


@pytest.mark.parametrize("content", ["", [], None, [{"type": "text", "text": ""}]])
def test_empty_content_is_tolerated(content: Any) -> None:
    contents = contents_of(
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": content},
        {"role": "user", "content": "Still there?"},
    )
    assert contents == [{"role": "user", "parts": [{"text": "Hi"}, {"text": "Still there?"}]}]
    if content is not None:
        assert contents_of({"role": "user", "content": content})[0]["parts"] == [{"text": " "}]


def test_results_are_consecutive_and_have_the_names_of_their_calls() -> None:
    contents = contents_of(
        {"role": "user", "content": "Weather in Rome and Oslo?"},
        {
            "role": "assistant",
            "content": "I look.",
            "tool_calls": [call(arguments='{"city": "Rome"}'), call("time", id="c2")],
        },
        {"role": "tool", "tool_call_id": "c2", "content": "noon"},
        {"role": "tool", "tool_call_id": "c1", "content": '{"sky": "blue"}'},
        {"role": "user", "content": "Well?"},
    )
    assert [content["role"] for content in contents] == ["user", "model", "user"]
    text, first, second = contents[1]["parts"]
    assert text == {"text": "I look."}
    assert first["functionCall"] == {"name": "get_weather", "args": {"city": "Rome"}, "id": "c1"}
    assert second["functionCall"] == {"name": "time", "args": {}, "id": "c2"}
    assert contents[2]["parts"] == [
        {"functionResponse": {"name": "time", "response": {"output": "noon"}, "id": "c2"}},
        {"functionResponse": {"name": "get_weather", "response": {"sky": "blue"}, "id": "c1"}},
        {"text": "Well?"},
    ]


def test_a_result_without_a_call_is_an_error_with_its_path() -> None:
    with pytest.raises(BadRequestError, match=r"messages\[0\]\.tool_call_id") as caught:
        body_of_call([{"role": "tool", "tool_call_id": "nobody", "content": "x"}])
    assert caught.value.param == "messages[0].tool_call_id"


def test_images_of_results_go_into_them_for_newer_models() -> None:
    messages: list[JSON] = [
        {"role": "user", "content": "Show me"},
        {"role": "assistant", "tool_calls": [call("a", id="1"), call("b", id="2")]},
        {"role": "tool", "tool_call_id": "1", "content": [image()]},
        {"role": "tool", "tool_call_id": "2", "content": "done"},
    ]
    newer = contents_of(*messages)[2]["parts"]
    assert newer[0]["functionResponse"]["parts"] == [PNG_PART]
    older = contents_of(*messages, model=OLDER)[2]["parts"]
    assert ["functionResponse" in part for part in older] == [True, True, False]
    assert older[2] == PNG_PART


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (image(), PNG_PART),
        ({"type": "image_url", "image_url": PNG}, PNG_PART),
        (
            image("gs://bucket/cat.jpg"),
            {"fileData": {"fileUri": "gs://bucket/cat.jpg", "mimeType": "image/jpeg"}},
        ),
        (
            image(detail="high"),
            {**PNG_PART, "mediaResolution": {"level": "MEDIA_RESOLUTION_HIGH"}},
        ),
        (image(detail="auto"), PNG_PART),
        (
            {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
            {"inlineData": {"mimeType": "audio/wav", "data": "AAAA"}},
        ),
        (
            {"type": "video_url", "video_url": {"url": "https://youtu.be/abc"}},
            {"fileData": {"fileUri": "https://youtu.be/abc", "mimeType": "video/*"}},
        ),
        (
            {
                "type": "video_url",
                "video_url": {
                    "url": "data:video/mp4;base64,AAAA",
                    "video_metadata": {"fps": 2, "startOffset": "1s"},
                },
            },
            {
                "inlineData": {"mimeType": "video/mp4", "data": "AAAA"},
                "videoMetadata": {"fps": 2, "startOffset": "1s"},
            },
        ),
        (
            {
                "type": "video_url",
                "video_url": {"url": "https://youtu.be/abc"},
                "video_metadata": {"endOffset": "9s"},
            },
            {
                "fileData": {"fileUri": "https://youtu.be/abc", "mimeType": "video/*"},
                "videoMetadata": {"endOffset": "9s"},
            },
        ),
        (
            {
                "type": "file",
                "file": {"file_data": "data:video/mp4;base64,AAAA"},
                "videoMetadata": {"fps": 5},
            },
            {
                "inlineData": {"mimeType": "video/mp4", "data": "AAAA"},
                "videoMetadata": {"fps": 5},
            },
        ),
        (
            {"type": "text", "text": "Hi", "speech_metadata": {"speaker": "Ann"}},
            {"text": "Hi", "speechMetadata": {"speaker": "Ann"}},
        ),
        (
            {
                "type": "input_audio",
                "input_audio": {"data": "AAAA", "format": "wav"},
                "audio_metadata": {"startOffset": "1s"},
            },
            {
                "inlineData": {"mimeType": "audio/wav", "data": "AAAA"},
                "audioMetadata": {"startOffset": "1s"},
            },
        ),
        (
            {"type": "file", "file": {"file_data": "data:application/pdf;base64,JVBE"}},
            {"inlineData": {"mimeType": "application/pdf", "data": "JVBE"}},
        ),
        (
            {"type": "file", "file": {"file_data": "JVBE", "filename": "a.pdf"}},
            {"inlineData": {"mimeType": "application/pdf", "data": "JVBE"}},
        ),
        (
            {"type": "file", "file": {"file_id": "files/abc"}},
            {"fileData": {"fileUri": "https://generativelanguage.googleapis.com/v1beta/files/abc"}},
        ),
        (
            {"type": "file", "file": {"file_id": "gs://b/x", "format": "text/csv"}},
            {"fileData": {"fileUri": "gs://b/x", "mimeType": "text/csv"}},
        ),
        (
            {
                "type": "document",
                "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBE"},
            },
            {"inlineData": {"mimeType": "application/pdf", "data": "JVBE"}},
        ),
        (
            {"type": "document", "source": {"type": "text", "data": "Once"}},
            {"text": "Once"},
        ),
    ],
)
def test_content_parts(part: JSON, expected: JSON) -> None:
    assert parts_of(part) == [expected]


def test_older_models_take_no_resolution_per_part() -> None:
    assert parts_of(image(detail="low"), model=OLDER) == [PNG_PART]


def test_title_and_context_of_a_document_are_sent_as_text() -> None:
    part = {
        "type": "document",
        "title": "Tale",
        "context": "Old",
        "source": {"type": "text", "data": "Once"},
    }
    assert parts_of(part) == [{"text": "Tale\nOld"}, {"text": "Once"}]


@pytest.mark.parametrize(
    ("part", "place"),
    [
        ({"type": "search_result", "text": "x"}, "messages[0].content[0]"),
        (image("cat.png"), "messages[0].content[0].image_url.url"),
        (image("gs://bucket/cat"), "messages[0].content[0].image_url.url"),
        ({"type": "file", "file": {"file_data": "JVBE"}}, "messages[0].content[0].file"),
        ({"type": "file", "file": {"file_id": "file-9"}}, "messages[0].content[0].file.file_id"),
        (
            {
                "type": "document",
                "citations": {"enabled": True},
                "source": {"type": "text", "data": "x"},
            },
            "messages[0].content[0].citations",
        ),
        ({"type": "document", "source": {"type": "odd"}}, "messages[0].content[0].source"),
    ],
)
def test_unsupported_parts_are_errors_with_their_path(part: JSON, place: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        parts_of(part)
    assert caught.value.param == place
    assert str(caught.value).startswith(place)


def test_messages_and_parameters_of_the_caller_are_not_changed() -> None:
    messages: list[JSON] = [
        {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
        {"role": "assistant", "content": None, "tool_calls": [call()]},
    ]
    before = json.dumps(messages)
    config = {"thinkingConfig": {"includeThoughts": True}}
    body_of_call(messages, generation_config=config, thinking_config={"thinkingBudget": 1})
    assert json.dumps(messages) == before
    assert config == {"thinkingConfig": {"includeThoughts": True}}
