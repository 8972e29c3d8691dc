"""A recorded answer goes back as the items that it came as, until a caller changes it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.chunks import decode_cut
from tests.support.recorded.recordings import Row, body_of, rows
from trunkline import APIError, Message, fold_chunks
from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wire import load_wire
from trunkline.adapters.wires.responses import decode
from trunkline.adapters.wires.responses.messages import input_items
from trunkline.pipeline.call.messages import check_messages
from trunkline.pipeline.json_values import JSON
from trunkline.pipeline.port import HTTPResponse

WIRE = load_wire("responses")
ENDS = ("response.completed", "response.incomplete")


def read_plain(row: Row) -> tuple[Message, list[JSON]]:
    """Return the message of a plain response, and its items."""
    body = body_of(row)
    response = HTTPResponse(status=200, headers={}, body=body)
    message = decode(response, find_provider(row["provider"])).choices[0].message
    return message, json.loads(body)["output"]


def read_stream(row: Row) -> tuple[Message, list[JSON]]:
    """Return the message that a stream adds up to, and its items."""
    chunks, decoder = decode_cut(WIRE, find_provider(row["provider"]), body_of(row))
    if decoder.error is not None:
        raise decoder.error
    lines = [line[5:] for line in body_of(row).decode().splitlines() if line.startswith("data:")]
    events = [json.loads(line) for line in lines if line.strip() != "[DONE]"]
    end = next(event["response"] for event in events if event["type"] in ENDS)
    done = [each["item"] for each in events if each["type"] == "response.output_item.done"]
    return fold_chunks(chunks).choices[0].message, end.get("output") or done


def read(row: Row) -> tuple[Message, list[JSON]]:
    try:
        return read_stream(row) if row["stream"] else read_plain(row)
    except APIError:
        pytest.skip("it failed")


def sent_back(message: object) -> list[JSON]:
    return input_items(check_messages([message]), "openai")


def as_json(message: Message) -> object:
    return json.loads(message.model_dump_json())


WAYS: list[Callable[[Message], object]] = [
    lambda message: message,
    copy.deepcopy,
    Message.model_dump,
    as_json,
    lambda message: Message.model_validate(as_json(message)),
]


@rows("openai-responses", status=200)
def test_a_message_goes_back_as_its_items(row: Row) -> None:
    message, items = read(row)
    for way in WAYS:
        assert sent_back(way(message)) == items


def has_call(items: list[JSON]) -> bool:
    return any(item["type"] in ("function_call", "custom_tool_call") for item in items)


@rows("openai-responses", status=200, stream=False)
def test_a_changed_message_is_written_anew(row: Row) -> None:
    message, items = read(row)
    if message.refusal:
        pytest.skip("a refusal keeps the API's own form")
    changed: Any = as_json(message)
    changed["content"] = f"{message.content or ''} Changed."
    [said, *calls] = sent_back(changed)
    assert said == {"role": "assistant", "content": changed["content"]}
    assert all("id" not in call for call in calls)
    assert has_call(items) == bool(calls)
    if calls:
        without = {**changed, "content": message.content, "tool_calls": changed["tool_calls"][1:]}
        assert len([item for item in sent_back(without) if "call_id" in item]) == len(calls) - 1
