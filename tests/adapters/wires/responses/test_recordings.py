"""All recorded exchanges of the Responses API."""

from __future__ import annotations

import json

import pytest

from tests.support.chunks import check_cuts, decode_cut
from tests.support.recorded.expectations import check_tokens, read_arguments
from tests.support.recorded.recordings import Row, body_of, rows
from trunkline import APIError, ModelResponse, Provider, fold_chunks
from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wire import load_wire
from trunkline.adapters.wires.responses import decode, error
from trunkline.pipeline.json_values import JSON
from trunkline.pipeline.port import HTTPResponse

WIRE = load_wire("responses")
#: Several streams, one after the other, stored as one body: the first is read.
SEVERAL_STREAMS = frozenset({"azure_ai-c2ac1c748471"})


def provider_of(row: Row) -> Provider:
    return find_provider(row["provider"])


def plain(row: Row) -> ModelResponse:
    response = HTTPResponse(status=200, headers=row["response_headers"], body=body_of(row))
    return decode(response, provider_of(row))


def check(response: ModelResponse, row: Row) -> None:
    """Assert text, reasoning, calls, citations, finish reason and tokens."""
    expect: JSON = row["expect"]
    [choice] = response.choices
    message = choice.message
    assert (message.content or "") == (expect["text"] or "")
    reasoning = expect.get("reasoning") or expect.get("reasoning_raw") or ""
    assert (message.reasoning_content or "") == reasoning
    assert message.refusal == expect.get("refusal")
    assert len(message.annotations or ()) == (expect.get("annotations") or 0)
    calls = message.tool_calls or []
    functions = [call for call in calls if call.custom is None]
    assert [call.function.name for call in functions] == [
        call["name"] for call in expect["tool_calls"]
    ]
    for call, wanted in zip(functions, expect["tool_calls"], strict=True):
        assert call.id
        assert read_arguments(call.function.arguments) == wanted["arguments"]
    customs = [(call.id, call.custom.name, call.custom.input) for call in calls if call.custom]
    assert customs == [
        (call["id"], call["name"], call["input"]) for call in expect.get("custom_tool_calls") or ()
    ]
    if expect.get("finish_openai"):
        assert choice.finish_reason == expect["finish_openai"]
    check_tokens(response, expect)


@rows("openai-responses", stream=False, status=200)
def test_plain_responses(row: Row) -> None:
    if row["expect"].get("error_in_200"):
        with pytest.raises(APIError):
            plain(row)
        return
    check(plain(row), row)


@rows("openai-responses", stream=True, status=200)
def test_streams(row: Row) -> None:
    chunks, decoder = decode_cut(WIRE, provider_of(row), body_of(row))
    assert (decoder.error is not None) == bool(row["expect"].get("error_in_200"))
    if row["id"] not in SEVERAL_STREAMS:
        check(fold_chunks(chunks), row)


@rows("openai-responses", stream=True, status=200)
def test_streams_cut_anywhere(row: Row) -> None:
    check_cuts(WIRE, provider_of(row), row)


@rows("openai-responses", stream=True, status=200)
def test_a_folded_stream_equals_the_plain_response_at_its_end(row: Row) -> None:
    chunks, decoder = decode_cut(WIRE, provider_of(row), body_of(row))
    last = [line for line in body_of(row).split(b"\n") if b'"response.completed"' in line[:60]]
    if decoder.error is not None or len(last) != 1:
        pytest.skip("there is no such response, or there are several")
    body = json.dumps(json.loads(last[0].partition(b":")[2])["response"]).encode()
    whole = decode(HTTPResponse(status=200, headers={}, body=body), provider_of(row))
    if not whole.choices[0].message.provider_specific_fields:
        pytest.skip("the last event does not repeat the output")
    folded = fold_chunks(chunks)
    assert folded.model_dump() == whole.model_dump()


@rows("openai-responses", status=lambda status: status >= 400)
def test_errors(row: Row) -> None:
    status = row["status"]
    response = HTTPResponse(status=status, headers=row["response_headers"], body=body_of(row))
    found = error(response, provider_of(row))
    assert found.status_code == status
    assert row["expect"]["error_message"] in found.message
