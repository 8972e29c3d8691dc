"""Requests for Anthropic's wire, without a network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.vendors.anthropic_types import check_request
from trunkline import BadRequestError
from trunkline.adapters.adapter import ProviderAdapter
from trunkline.adapters.legacy import is_legacy, modernize
from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wires import anthropic
from trunkline.pipeline.call.arguments import request_fields
from trunkline.pipeline.call.messages import check_messages
from trunkline.pipeline.call.request import Endpoint, Request
from trunkline.pipeline.port import HTTPRequest
from trunkline.pipeline.transport.sync_io import SyncIO

PROVIDER = find_provider("anthropic")
#: A model with a budget of thinking tokens, and one with adaptive thinking.
OLDER, NEWER = "claude-sonnet-4-5", "claude-opus-4-8"
HELLO: list[Any] = [{"role": "user", "content": "Hello"}]
PDF = "data:application/pdf;base64,JVBERi0="
PNG = "data:image/png;base64,iVBORw0="
PDF_SOURCE = {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}
PNG_SOURCE = {"type": "base64", "media_type": "image/png", "data": "iVBORw0="}
WEATHER: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Look at the sky",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}
PERSON: dict[str, Any] = {
    "type": "json_schema",
    "json_schema": {
        "name": "person",
        "schema": {"type": "object", "properties": {"age": {"type": "integer", "minimum": 0}}},
    },
}

_IO = SyncIO()
_ADAPTER = ProviderAdapter()


def make_request(
    messages: Any = None, *, model: str = OLDER, stream: bool = False, **params: Any
) -> tuple[Request, Endpoint]:
    """Return a request and its endpoint; takes the arguments of completion()."""
    own = {"api_key": "sk-ant-secret"}
    own |= {name: params.pop(name) for name in ("api_key", "extra_headers") if name in params}
    extra_body: Mapping[str, Any] = params.pop("extra_body", {})
    request = Request(
        model=f"anthropic/{model}",
        messages=check_messages(messages or HELLO),
        params={name: value for name, value in params.items() if value is not None},
        stream=stream,
        extra_body=extra_body,
        io=_IO,
        adapter=_ADAPTER,
        **request_fields(own),
    )
    return modernize(request) if is_legacy(request) else request, _ADAPTER.resolve(request)


def send(messages: Any = None, **arguments: Any) -> HTTPRequest:
    """Return the HTTP request of a call."""
    request, endpoint = make_request(messages, **arguments)
    return anthropic.encode(request, PROVIDER, endpoint)


def body_of_call(messages: Any = None, **arguments: Any) -> Any:
    """Return the body of a call, after checking it with the types of the vendor's client."""
    body = json.loads(send(messages, **arguments).body)
    check_request(body)
    return body


def unchecked(messages: Any = None, **arguments: Any) -> Any:
    """Return the body of a call with features that only the client's beta namespace has."""
    return json.loads(send(messages, **arguments).body)


def text(value: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": value, **more}


def call(name: str = "get_weather", arguments: str = "{}", id: str = "call_1") -> dict[str, Any]:
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def said(*messages: dict[str, Any], **arguments: Any) -> list[Any]:
    """Return the messages of a call's body."""
    found: list[Any] = body_of_call(list(messages), **arguments)["messages"]
    return found


def block_of(part: dict[str, Any], **arguments: Any) -> Any:
    """Return the one block that a content part becomes."""
    [message] = said({"role": "user", "content": [part]}, **arguments)
    [block] = message["content"]
    return block


def refused(messages: Any = None, **arguments: Any) -> BadRequestError:
    with pytest.raises(BadRequestError) as caught:
        send(messages, **arguments)
    return caught.value
