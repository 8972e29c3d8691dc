"""All recorded exchanges with Gemini, and OpenAI's recorded requests encoded for it."""

from __future__ import annotations

import pytest

from tests.support.calls.openai_requests import encode_all, part_types, tool_types
from tests.support.chunks import check_cuts, decode_cut
from tests.support.recorded.expectations import check_answer
from tests.support.recorded.recordings import Row, body_of, rows
from tests.support.vendors.genai_types import check_request
from trunkline import Provider, fold_chunks
from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wire import load_wire
from trunkline.adapters.wires import gemini
from trunkline.pipeline.json_values import JSON
from trunkline.pipeline.port import HTTPResponse

_NO_NONE = ("gemini-2.5-pro", "gemini-3.1-pro-preview")


def provider_of(row: Row) -> Provider:
    return find_provider(row["provider"])


def is_failure(status: int) -> bool:
    return status >= 400


@rows("gemini", stream=False, status=200)
def test_plain_responses(row: Row) -> None:
    response = HTTPResponse(status=200, headers={}, body=body_of(row))
    answer = gemini.decode(response, provider_of(row))
    check_answer(answer, row)
    native = row["expect"].get("usage_native")
    if answer.usage is not None:
        assert answer.usage.native == native


@rows("gemini", stream=True, status=200)
def test_streams(row: Row) -> None:
    chunks, decoder = decode_cut(load_wire("gemini"), provider_of(row), body_of(row))
    assert decoder.error is None
    check_answer(fold_chunks(chunks), row)
    assert [chunk.usage is not None for chunk in chunks].count(True) <= 1


@rows("gemini", stream=True, status=200)
def test_streams_cut_anywhere(row: Row) -> None:
    check_cuts(load_wire("vertex/gemini"), provider_of(row), row)


@rows("gemini", stream=False, status=200)
def test_a_response_that_comes_as_one_event_is_the_same(row: Row) -> None:
    body = body_of(row)
    plain = gemini.decode(HTTPResponse(status=200, headers={}, body=body), provider_of(row))
    event = b"data: " + b" ".join(body.splitlines()) + b"\r\n\r\n"
    chunks, _ = decode_cut(load_wire("gemini"), provider_of(row), event)
    streamed = fold_chunks(chunks)
    for answer in (plain, streamed):
        for choice in answer.choices:
            for call in choice.message.tool_calls or ():
                call.id = "generated"
    assert streamed.model_dump() == plain.model_dump()


@pytest.mark.parametrize("wire", ["gemini", "vertex/gemini"])
@rows("gemini", status=is_failure)
def test_errors(row: Row, wire: str) -> None:
    status = row["status"]
    response = HTTPResponse(status=status, headers=row["response_headers"], body=body_of(row))
    error = load_wire(wire).error(response, provider_of(row))
    assert error.status_code == status
    assert error.message == row["expect"]["error_message"]
    assert error.code == row["expect"]["error_type"]


@pytest.mark.usefixtures("recordings")
@pytest.mark.parametrize(
    "model",
    [
        "gemini/gemini-1.5-flash",
        "gemini/gemini-2.5-flash",
        "gemini/gemini-2.5-pro",
        "gemini/gemini-3-flash-preview",
        "vertex_ai/gemini-3.1-pro-preview",
    ],
)
def test_requests_of_openais_recordings(model: str) -> None:
    always_thinks = model.endswith(_NO_NONE)
    takes_effort = "1.5" not in model

    def unfit(body: JSON) -> bool:
        arguments = [
            call["function"]["arguments"]
            for message in body["messages"]
            for call in message.get("tool_calls") or ()
        ]
        strange = [text for text in arguments if text and not text.startswith("{")]
        return bool(
            strange
            or _names_files(body)
            or "document_url" in part_types(body)
            or any(kind != "function" for kind in tool_types(body))
            or body.get("tool_choice") == "any"
            or (takes_effort and "thinking" in body and "type" not in body["thinking"])
            or (always_thinks and body.get("reasoning_effort") == "none")
        )

    encoded, refused = encode_all(model, unfit, check_request)
    assert encoded > 600
    assert refused < 25


def _names_files(body: JSON) -> bool:
    """Return whether a request refers to files that were uploaded to OpenAI."""
    files: list[JSON] = [
        part["file"]
        for message in body["messages"]
        if isinstance(message.get("content"), list)
        for part in message["content"]
        if part["type"] == "file"
    ]
    return any(str(file.get("file_id")).startswith("file-") for file in files)
