"""Requests for Anthropic's wire, without a network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.support.vendors.anthropic_types import check_request
from trunkline.adapters.adapter import ProviderAdapter
from trunkline.adapters.legacy import is_legacy, modernise
from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wires import anthropic
from trunkline.pipeline.call.arguments import request_fields
from trunkline.pipeline.call.messages import check_messages
from trunkline.pipeline.call.request import Endpoint, Request
from trunkline.pipeline.port import HTTPRequest
from trunkline.pipeline.transport.sync_io import SyncIO

PROVIDER = find_provider("anthropic")
#: A model that thinks for a number of tokens, and one that thinks as it sees fit.
OLDER, NEWER = "claude-sonnet-4-5", "claude-opus-4-8"
HELLO: list[Any] = [{"role": "user", "content": "Hello"}]

_IO = SyncIO()
_ADAPTER = ProviderAdapter()


def make_request(
    messages: Any = None, *, model: str = OLDER, stream: bool = False, **params: Any
) -> tuple[Request, Endpoint]:
    """Return a request and where it goes; arguments of completion() are taken as such."""
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
    return modernise(request) if is_legacy(request) else request, _ADAPTER.resolve(request)


def send(messages: Any = None, **arguments: Any) -> HTTPRequest:
    """Return the HTTP request of a call."""
    request, endpoint = make_request(messages, **arguments)
    return anthropic.encode(request, PROVIDER, endpoint)


def body_of_call(messages: Any = None, **arguments: Any) -> Any:
    """Return the body of a call, which the vendor's own client would take too."""
    body = json.loads(send(messages, **arguments).body)
    check_request(body)
    return body


def unchecked(messages: Any = None, **arguments: Any) -> Any:
    """Return the body of a call whose features the client has in its beta namespace only."""
    return json.loads(send(messages, **arguments).body)
