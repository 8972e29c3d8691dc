"""The requests of OpenAI's recorded exchanges, for the wires of others to be tried with."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.support.recorded.recordings import Row, recorded
from trunkline import APIError, BadRequestError, Request
from trunkline.adapters.adapter import ProviderAdapter
from trunkline.adapters.legacy import is_legacy, modernize
from trunkline.adapters.provider.rules import wire_of
from trunkline.adapters.table.endpoint import resolve_endpoint
from trunkline.adapters.table.table import find_model
from trunkline.adapters.wire import load_wire
from trunkline.pipeline.call.messages import check_messages
from trunkline.pipeline.json_values import JSON
from trunkline.pipeline.secret import Secret
from trunkline.pipeline.transport.sync_io import SyncIO

#: The smallest picture, a PNG: recordings have theirs cut short.
PICTURE = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

_io = SyncIO()


def make_request(model: str, messages: Any, *, stream: bool = False, **params: Any) -> Request:
    """A request as it reaches the end of a chain."""
    return Request(
        model=model,
        messages=check_messages(messages),
        params=params,
        stream=stream,
        api_key=Secret("test-key-0123456789"),
        io=_io,
        adapter=ProviderAdapter(),
    )


def encode_body(request: Request) -> JSON:
    """The JSON that a wire makes of a request."""
    provider, model = find_model(request.model, request.provider)
    wire = load_wire(wire_of(provider, model))
    if is_legacy(request) and "functions" not in wire.PARAMS:
        request = modernize(request)
    endpoint = resolve_endpoint(request, provider, model, wire.PARAMS)
    body: JSON = json.loads(wire.encode(request, provider, endpoint).body)
    return body


def read_request(row: Row, model: str) -> Request | None:
    """A recorded request for another model, None if OpenAI would refuse it."""
    body: JSON = json.loads(json.dumps(row["request"]))
    for message in body["messages"]:
        for part in message["content"] if isinstance(message.get("content"), list) else ():
            if isinstance(part.get("image_url"), (dict, str)):
                part["image_url"] = {"url": PICTURE}
    provider, name = find_model(model, None)
    wire = load_wire(wire_of(provider, name))
    probe = make_request(model, [{"role": "user", "content": "x"}])
    supported = resolve_endpoint(probe, provider, name, wire.PARAMS).supported
    params = {key: value for key, value in body.items() if key in supported and value is not None}
    stream = bool(params.pop("stream", False))
    try:
        return make_request(model, body["messages"], stream=stream, **params)
    except APIError:
        return None


def recorded_requests() -> list[Row]:
    """The exchanges whose request is kept, each request once."""
    found = {
        json.dumps(row["request"], sort_keys=True): row
        for row in recorded("openai")
        if row["request"] and row["request"].get("messages")
    }
    return list(found.values())


def encode_all(
    model: str, unfit: Callable[[JSON], bool], check: Callable[[JSON], None]
) -> tuple[int, int]:
    """Encode every recorded request for a model, and return how many were encoded and refused.

    Each body goes through `check`; those that `unfit` tells must be refused with a place.
    """
    encoded = refused = 0
    for row in recorded_requests():
        request = read_request(row, model)
        if request is None:
            continue
        try:
            check(encode_body(request))
        except BadRequestError as error:
            problem: BadRequestError | None = error
        else:
            problem = None
        assert unfit(row["request"]) == (problem is not None), (row["id"], str(problem))
        assert problem is None or problem.param, row["id"]
        encoded += problem is None
        refused += problem is not None
    return encoded, refused


def part_types(body: JSON) -> set[str]:
    """The types of all content parts of a request."""
    return {
        part["type"]
        for message in body["messages"]
        if isinstance(message.get("content"), list)
        for part in message["content"]
    }


def tool_types(body: JSON) -> set[str]:
    """The types of all tools of a request."""
    return {tool.get("type", "function") for tool in body.get("tools") or ()}
