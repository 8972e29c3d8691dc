"""The rows of the provider table, and the setup for a call of each."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.support.answers import MESSAGES
from tests.support.calls.wire_answers import TOKEN, WIRES, WireAnswers
from trunkline import APIConnectionError, APIError, Provider, list_providers
from trunkline.adapters.adapter import ProviderAdapter
from trunkline.pipeline.call.arguments import request_fields
from trunkline.pipeline.call.messages import check_messages
from trunkline.pipeline.call.request import Request
from trunkline.pipeline.port import HTTPRequest, HTTPResponse, HTTPStream
from trunkline.pipeline.sync import drive
from trunkline.pipeline.transport.sync_io import SyncIO

ROWS = list_providers()
FIELD = re.compile(r"\{([A-Z0-9_|]+)\}")
# Starts its own server; see tests/adapters/wires/local.
IN_PROCESS = "local"
CALLED = [row for row in ROWS if row.name != IN_PROCESS]
KEYED = [row for row in CALLED if row.key_env]

every_row = pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
keyed_rows = pytest.mark.parametrize("row", KEYED, ids=[row.name for row in KEYED])
called_rows = pytest.mark.parametrize("row", CALLED, ids=[row.name for row in CALLED])


def value_of(variable: str) -> str:
    return f"value-of-{variable.lower().replace('_', '-')}"


def fields_of(row: Provider) -> list[str]:
    """Return the variables in a row's address."""
    return [name for found in FIELD.findall(row.base_url or "") for name in found.split("|")]


def set_up(row: Provider, monkeypatch: pytest.MonkeyPatch) -> WireAnswers:
    """Set the environment variables that a call of this row needs in addition to its key."""
    wire = WIRES[row.wire]
    for name, value in wire.environment.items():
        monkeypatch.setenv(name, value)
    set_token_url(wire, monkeypatch, "https://tokens.acme.example/oauth/token")
    for found in FIELD.findall(row.base_url or ""):
        monkeypatch.setenv(found.split("|")[-1], "acme")
    if row.base_url is None:
        monkeypatch.setenv(row.base_url_env[0], "https://llm.acme.example/root")
    return wire


def set_token_url(wire: WireAnswers, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Set the token endpoint; tokens are cached per address, so a new address has none."""
    if wire.token_url:
        monkeypatch.setenv(wire.token_url, url)


def model_of(row: Provider) -> str:
    return f"{row.name}/{WIRES[row.wire].model}"


class Wiretap(SyncIO):
    """An `IO` without a network: records requests, and responds like a token endpoint."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[HTTPRequest] = []

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        self.sent.append(request)
        deployment = {"id": "d1", "createdAt": "2026-01-01T00:00:00Z"}
        answer = {"access_token": TOKEN, "expires_in": 3600, "resources": [deployment]}
        body = json.dumps(answer).encode()
        return HTTPResponse(status=200, headers={}, body=body)

    async def open(self, request: HTTPRequest) -> HTTPStream:
        self.sent.append(request)
        raise APIConnectionError("the wire ends here")


def tapped(row: Provider, **params: Any) -> HTTPRequest:
    """Return the request that a call of this row would send to its real address."""
    adapter, wiretap = ProviderAdapter(), Wiretap()
    request = Request(
        model=model_of(row),
        messages=check_messages(MESSAGES),
        **request_fields(WIRES[row.wire].arguments),
        params=params,
        io=wiretap,
        adapter=adapter,
    )
    with pytest.raises(APIError):
        drive(adapter(request))
    return wiretap.sent[-1]
