"""Recorded answers of other providers as responses and events of the Responses API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openai import omit
from openai.lib.streaming.responses._responses import ResponseStreamState

from tests.support.chunks import decode_cut
from tests.support.recorded.recordings import Row, body_of, recorded
from tests.support.vendors.responses_types import check_event, check_response
from trunkline import APIError, ModelResponse, fold_chunks
from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wire import load_wire
from trunkline.adapters.wires.responses.events import EventWriter
from trunkline.adapters.wires.responses.outbound import write_response
from trunkline.pipeline.json_values import JSON
from trunkline.pipeline.port import HTTPResponse

WIRES = {
    "anthropic": "anthropic",
    "bedrock-converse": "bedrock",
    "cohere": "cohere",
    "gemini": "gemini",
    "ollama": "ollama",
    "openai": "openai",
}
REQUEST: JSON = {"instructions": "Be brief.", "max_output_tokens": 5000, "temperature": 0.5}


def some(stream: bool) -> list[Any]:
    """Return recorded answers of all wires: all streams of small files, a part of large ones."""
    found: list[Any] = []
    for wire in WIRES:
        fitting = [row for row in recorded(wire) if row["status"] == 200]
        fitting = [row for row in fitting if row["stream"] is stream and is_of(row, wire)]
        found += fitting[:: 1 + len(fitting) // 60]
    return [pytest.param(row, id=row["id"]) for row in found] or [pytest.param({}, id="missing")]


def is_of(row: Row, wire: str) -> bool:
    """Return whether a recording is of a provider that we call with this wire."""
    try:
        return load_wire(find_provider(row["provider"]).wire) is load_wire(WIRES[wire])
    except APIError:
        return False


def plain_answer(row: Row) -> ModelResponse:
    provider = find_provider(row["provider"])
    answer = HTTPResponse(status=200, headers=row["response_headers"], body=body_of(row))
    return load_wire(provider.wire).decode(answer, provider)


@pytest.mark.usefixtures("recordings")
@pytest.mark.parametrize("row", some(stream=False))
def test_responses_are_valid(row: Row) -> None:
    try:
        completion = plain_answer(row)
    except APIError:
        pytest.skip("it failed")
    response = write_response(completion, REQUEST, "resp_1")
    check_response(response)
    message = completion.choices[0].message
    assert text_of(response) == (message.content or "")
    calls = [item["call_id"] for item in response["output"] if item["type"] == "function_call"]
    assert calls == [call.id for call in message.tool_calls or ()]


def text_of(response: JSON) -> str:
    parts = [part for item in response["output"] for part in item.get("content") or ()]
    return "".join(part.get("text", "") for part in parts)


@pytest.mark.usefixtures("recordings")
@pytest.mark.parametrize("row", some(stream=True))
def test_events_are_valid_and_add_up(row: Row) -> None:
    provider = find_provider(row["provider"])
    chunks, decoder = decode_cut(load_wire(provider.wire), provider, body_of(row))
    if decoder.error is not None:
        pytest.skip("it failed")
    writer = EventWriter(REQUEST, "resp_1")
    events = [event for chunk in chunks for event in writer.write(chunk)]
    folded = fold_chunks(chunks)
    events += writer.finish(folded)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    end = events[-1]["response"]
    check_accumulated(events, end)
    assert said_by(end) == said_by(write_response(folded, REQUEST, "resp_1"))


def check_accumulated(events: list[JSON], end: JSON) -> None:
    """Assert that OpenAI's client arrives at the same response, from the pieces and at the end."""
    state: ResponseStreamState[Any] = ResponseStreamState(input_tools=omit, text_format=omit)
    for event in events[:-1]:
        state.handle_event(check_event(event))
    pieces = _dumped(vars(state)["_ResponseStreamState__current_snapshot"])
    assert text_of(pieces) == text_of(end)
    assert _calls(pieces) == _calls(end)
    state.handle_event(check_event(events[-1]))
    if end["status"] == "completed":
        # It has no final response otherwise.
        assert _dumped(vars(state)["_completed_response"]) == end


def _dumped(response: Any) -> JSON:
    dumped: JSON = response.to_dict(mode="json", exclude_unset=True, warnings=False)
    for item in dumped["output"]:
        # Fields of the client's own.
        for each in (item, *(item.get("content") or ())):
            each.pop("parsed", None)
            each.pop("parsed_arguments", None)
    return dumped


def _calls(response: JSON) -> list[tuple[str, str, str]]:
    calls = [item for item in response["output"] if item["type"] == "function_call"]
    return [(call["call_id"], call["name"], call["arguments"]) for call in calls]


def said_by(response: JSON) -> list[object]:
    """Return what a response says, without ids and without the order of text and calls."""
    items: list[JSON] = response["output"]
    thoughts = [part["text"] for item in items for part in item.get("summary") or ()]
    states = [item["encrypted_content"] for item in items if item.get("encrypted_content")]
    calls = [json.dumps({**item, "id": ""}) for item in items if "call_id" in item]
    parts = [part for item in items for part in item.get("content") or ()]
    notes = [note for part in parts for note in part.get("annotations") or ()]
    rest = [response[name] for name in ("status", "usage", "incomplete_details", "service_tier")]
    return ["".join(thoughts), states, calls, text_of(response), notes, rest]
