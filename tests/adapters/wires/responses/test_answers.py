"""Responses and their events as chat completions: what recordings have rarely or never."""

from __future__ import annotations

import json
import typing
from typing import Any

import pytest
from openai.types.responses import ResponseError

from trunkline import (
    APIError,
    APIResponseValidationError,
    BadRequestError,
    ConflictError,
    ContentPolicyViolationError,
    ContextWindowExceededError,
    InternalServerError,
    ModelResponse,
    PermissionDeniedError,
    RateLimitError,
    fold_chunks,
)
from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wires.responses import Decoder, decode
from trunkline.pipeline.json_values import JSON
from trunkline.pipeline.port import HTTPResponse

PROVIDER = find_provider("openai")
BASE: JSON = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1700000000,
    "model": "gpt-5.4",
    "status": "completed",
    "output": [],
}
CALL: JSON = {"type": "function_call", "call_id": "c1", "name": "look", "arguments": ""}


def message(*parts: JSON) -> JSON:
    return {"type": "message", "id": "msg_1", "role": "assistant", "content": list(parts)}


def text(said: str, *annotations: JSON) -> JSON:
    return {"type": "output_text", "text": said, "annotations": list(annotations)}


def read(**fields: Any) -> ModelResponse:
    body = json.dumps({**BASE, **fields}).encode()
    return decode(HTTPResponse(status=200, headers={}, body=body), PROVIDER)


def read_events(*events: JSON) -> tuple[ModelResponse, Decoder]:
    decoder = Decoder(PROVIDER, {})
    data = "".join(f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in events)
    return fold_chunks(decoder.feed(data.encode()) + decoder.close()), decoder


CREATED: JSON = {"type": "response.created", "response": {**BASE, "status": "in_progress"}}


def test_citations_have_indexes_into_the_whole_text() -> None:
    url = {"type": "url_citation", "url": "https://a.example", "title": "A"}
    file = {"type": "file_citation", "file_id": "f1", "index": 0, "filename": "a.pdf"}
    container = {"type": "container_file_citation", "container_id": "c", "file_id": "f"}
    spot = {"start_index": 0, "end_index": 3}
    response = read(
        output=[
            message(text("One. ", file), text("Two.", {**url, **spot})),
            message(text(" Three.", {**container, **spot})),
        ]
    )
    found = response.choices[0].message
    assert found.content == "One. Two. Three."
    assert found.annotations == [
        {
            "type": "file_citation",
            "file_citation": {"file_id": "f1", "index": 0, "filename": "a.pdf"},
        },
        {
            "type": "url_citation",
            "url_citation": {
                "url": "https://a.example",
                "title": "A",
                "start_index": 5,
                "end_index": 8,
            },
        },
        {
            "type": "container_file_citation",
            "container_file_citation": {
                "container_id": "c",
                "file_id": "f",
                "start_index": 9,
                "end_index": 12,
            },
        },
    ]


def test_refusals_images_and_items_of_built_in_tools() -> None:
    image = {"type": "image_generation_call", "id": "ig_1", "result": "AAAA"}
    items: list[JSON] = [
        {"type": "mcp_list_tools", "id": "mcpl_1", "server_label": "docs", "tools": []},
        {"type": "mcp_call", "id": "mcp_1", "name": "ask", "arguments": "{}", "output": "x"},
        {**image, "output_format": "webp"},
        {"type": "compaction", "id": "cmp_1", "encrypted_content": "abc"},
        {"type": "something_new", "id": "new_1", "payload": {"a": [1]}},
        message({"type": "refusal", "refusal": "No."}),
    ]
    found = read(output=items).choices[0].message
    assert found.content is None
    assert found.refusal == "No."
    assert found.images == [
        {"type": "image_url", "image_url": {"url": "data:image/webp;base64,AAAA"}}
    ]
    assert found.provider_specific_fields == {"responses_output": items}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"output": [message(text("Hi"))]}, "stop"),
        ({"output": [CALL]}, "tool_calls"),
        (
            {"output": [{"type": "custom_tool_call", "call_id": "c", "name": "run", "input": "x"}]},
            "tool_calls",
        ),
        (
            {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}},
            "length",
        ),
        (
            {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}},
            "content_filter",
        ),
        ({"status": "incomplete", "incomplete_details": None}, "length"),
        ({"status": "incomplete", "incomplete_details": {"reason": "a_new_reason"}}, "length"),
        (
            {
                "status": "incomplete",
                "incomplete_details": {"reason": "max_output_tokens"},
                "output": [CALL],
            },
            "length",
        ),
        ({"status": "queued"}, None),
        ({"status": "in_progress"}, None),
        ({"status": None, "output": [message(text("Hi"))]}, "stop"),
    ],
)
def test_finish_reasons(fields: JSON, reason: str | None) -> None:
    assert read(**fields).choices[0].finish_reason == reason


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("server_error", InternalServerError),
        ("rate_limit_exceeded", RateLimitError),
        ("context_length_exceeded", ContextWindowExceededError),
        ("image_content_policy_violation", ContentPolicyViolationError),
        ("bio_policy", ContentPolicyViolationError),
        ("misalignment_policy_violation", ContentPolicyViolationError),
        ("invalid_prompt", BadRequestError),
        ("failed_to_download_image", BadRequestError),
        ("data_residency_mismatch", PermissionDeniedError),
        ("something_new", APIError),
    ],
)
def test_failures(code: str, kind: type[APIError]) -> None:
    problem = {"code": code, "message": "It went wrong."}
    with pytest.raises(kind, match="It went wrong") as caught:
        read(status="failed", error=problem)
    assert caught.value.code == code
    failed = {"type": "response.failed", "response": {**BASE, "status": "failed", "error": problem}}
    for event in (failed, {"type": "error", **problem, "param": None}):
        decoder = read_events(CREATED, event)[1]
        assert isinstance(decoder.error, kind)
        assert decoder.error.code == code


@pytest.mark.parametrize("code", typing.get_args(ResponseError.model_fields["code"].annotation))
def test_only_failures_of_the_provider_are_retried(code: str) -> None:
    with pytest.raises(APIError) as caught:
        read(status="failed", error={"code": code, "message": "It went wrong."})
    theirs = {"server_error", "rate_limit_exceeded", "vector_store_timeout"}
    assert caught.value.retryable == (code in theirs)


def test_a_cancelled_response_is_not_retried() -> None:
    with pytest.raises(ConflictError, match="cancelled") as caught:
        read(status="cancelled")
    assert not caught.value.retryable


def test_a_response_without_output_is_none() -> None:
    with pytest.raises(APIResponseValidationError):
        read(output=None)


def test_usage() -> None:
    native = {
        "input_tokens": 10,
        "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 3},
        "output_tokens": 7,
        "output_tokens_details": {"reasoning_tokens": 5},
        "total_tokens": 17,
    }
    response = read(output=[message(text("Hi"))], usage=native, service_tier="priority")
    usage = response.usage
    assert usage is not None
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (10, 7, 17)
    assert (usage.cache_read_input_tokens, usage.cache_creation_input_tokens) == (4, 3)
    assert usage.completion_tokens_details is not None
    assert usage.completion_tokens_details.reasoning_tokens == 5
    assert usage.native == native
    assert response.service_tier == "priority"


def test_unknown_events_mean_nothing_in_chat() -> None:
    delta = {"type": "response.output_text.delta", "output_index": 0, "content_index": 0}
    response, decoder = read_events(
        CREATED,
        {"type": "response.something_new", "payload": [1, {"a": None}]},
        {"type": "keepalive"},
        {**delta, "delta": "Hi"},
        {"type": "response.mcp_call.in_progress", "item_id": "x", "output_index": 1},
        {"type": "response.completed", "response": {**BASE, "output": [message(text("Hi"))]}},
    )
    assert decoder.done
    assert response.choices[0].message.content == "Hi"
    assert response.choices[0].finish_reason == "stop"


def test_a_last_event_without_output_and_a_stream_without_pieces() -> None:
    said = message(text("Hi"))
    call = {**CALL, "arguments": '{"a":1}'}
    done = [
        {"type": "response.output_item.done", "output_index": number, "item": item}
        for number, item in enumerate((said, call))
    ]
    whole = {"type": "response.completed", "response": {**BASE, "output": [said, call]}}
    only_end, _ = read_events(CREATED, whole)
    found = only_end.choices[0]
    assert found.message.content == "Hi"
    assert found.finish_reason == "tool_calls"
    items, _ = read_events(CREATED, *done, {**whole, "response": BASE})
    assert items.choices[0].message.provider_specific_fields == {"responses_output": [said, call]}
    assert items.choices[0].finish_reason == "tool_calls"
    [called] = items.choices[0].message.tool_calls or []
    assert called.function.arguments == '{"a":1}'


def test_a_call_without_arguments_streams_the_empty_object() -> None:
    response, _ = read_events(
        CREATED,
        {"type": "response.output_item.added", "output_index": 0, "item": CALL},
        {"type": "response.output_item.done", "output_index": 0, "item": CALL},
        {"type": "response.completed", "response": {**BASE, "output": [CALL]}},
    )
    [called] = response.choices[0].message.tool_calls or []
    assert (called.id, called.function.name, called.function.arguments) == ("c1", "look", "{}")


def test_a_stream_without_a_terminal_event_is_not_done() -> None:
    delta = {"type": "response.output_text.delta", "output_index": 0, "content_index": 0}
    response, decoder = read_events(CREATED, {**delta, "delta": "Half a"})
    assert not decoder.done
    assert response.choices[0].finish_reason is None


def test_messages_that_come_whole() -> None:
    """Without any piece of their text before, as some hosts send them."""
    said = message(text("Hi"))
    refused: JSON = {**message(), "content": [{"type": "refusal", "refusal": "No."}]}
    done = [
        {"type": "response.output_item.done", "output_index": number, "item": item}
        for number, item in enumerate((CALL, said, refused))
    ]
    end = {"type": "response.completed", "response": {**BASE, "output": [CALL, said, refused]}}
    found = read_events(CREATED, *done, end)[0].choices[0].message
    assert (found.content, found.refusal) == ("Hi", "No.")
    assert len(found.tool_calls or ()) == 1
