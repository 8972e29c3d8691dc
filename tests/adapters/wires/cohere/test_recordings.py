"""Cohere's recorded exchanges, and OpenAI's recorded requests for Cohere."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.calls.cohere_calls import MODEL, THINKER
from tests.support.calls.openai_requests import (
    encode_all,
    encode_body,
    make_request,
    part_types,
    tool_types,
)
from tests.support.chunks import check_cuts, decode_cut
from tests.support.recorded.expectations import check_answer
from tests.support.recorded.recordings import Row, body_of, rows
from tests.support.vendors.cohere_types import check_request
from trunkline import AuthenticationError, ModelResponse, fold_chunks
from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wire import load_wire
from trunkline.adapters.wires import cohere
from trunkline.pipeline.json_values import JSON
from trunkline.pipeline.port import HTTPResponse

PROVIDER = find_provider("cohere")
WIRE = load_wire("cohere")


@rows("cohere", stream=False, status=200)
def test_recorded_answers(row: Row) -> None:
    response = decode(json.loads(body_of(row)))
    check_answer(response, row)
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
    chunks, decoder = decode_cut(WIRE, PROVIDER, body_of(row))
    response = fold_chunks(chunks)
    check_answer(response, row)
    failed = row["expect"].get("error_in_200")
    assert (decoder.error and decoder.error.message) == failed
    assert decoder.done or failed or b"[DONE]" not in body_of(row)
    for chunk in chunks:
        assert chunk.id
    # The same response without streaming decodes to the same.
    if not failed:
        whole = decode(json.loads(json.dumps(to_whole(row))))
        assert folded(response) == folded(whole)


def folded(response: ModelResponse) -> JSON:
    return response.model_dump(exclude={"created"})


def to_whole(row: Row) -> JSON:
    """The body that a recorded stream sends in pieces."""
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
            add_texts(content.setdefault(event["index"], {}), delta["message"]["content"])
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


def add_texts(part: JSON, piece: JSON) -> None:
    for key, value in piece.items():
        part[key] = value if key == "type" else part.get(key, "") + value


@rows("cohere", stream=True, status=200)
def test_recorded_streams_cut_anywhere(row: Row) -> None:
    check_cuts(WIRE, PROVIDER, row)


@rows("cohere", status=lambda status: status >= 400)
def test_recorded_errors(row: Row) -> None:
    response = HTTPResponse(status=row["status"], headers={}, body=body_of(row))
    error = cohere.error(response, PROVIDER)
    assert type(error) is AuthenticationError
    assert error.message == row["expect"]["error_message"]


@rows("cohere", request=lambda request: request is not None, status=200)
def test_recorded_requests_would_be_sent_alike(row: Row) -> None:
    """Other clients send the same messages as we do."""
    messages = [m for m in row["request"]["messages"] if m["role"] in ("user", "system")]
    ours = encode_body(make_request(MODEL, messages))["messages"]
    for one, other in zip(ours, messages, strict=True):
        assert as_parts(one["content"]) == as_parts(other["content"])


def as_parts(content: Any) -> Any:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


@pytest.mark.usefixtures("recordings")
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
    assert encoded > 500
    assert refused > 10


def decode(native: JSON) -> ModelResponse:
    response = HTTPResponse(
        status=200,
        headers={"date": "Tue, 15 Nov 1994 08:12:31 GMT"},
        body=json.dumps(native).encode(),
    )
    return cohere.decode(response, PROVIDER)
