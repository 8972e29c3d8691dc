"""Recorded Responses requests, sent over the wires of providers that lack the API."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from typing import Any, cast

import httpx
import pytest

from tests.support.calls.wire_answers import WIRES
from tests.support.recorded.mutations import mutate
from tests.support.recorded.recordings import Row, recorded, rows
from tests.support.vendors import (
    anthropic_types,
    cohere_types,
    converse_model,
    genai_types,
    ollama_types,
    openai_types,
)
from trunkline import APIError, Client
from trunkline.pipeline.json_values import JSON

Check = Callable[[JSON], None]


def _check_converse(body: JSON) -> None:
    converse_model.check_converse(body, "a-model")


VENDORS: dict[str, Check] = {
    "anthropic/claude-sonnet-4-5": anthropic_types.check_request,
    "bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0": _check_converse,
    "bedrock/amazon.nova-lite-v1:0": _check_converse,
    "cohere/command-a-03-2025": cohere_types.check_request,
    "gemini/gemini-2.5-flash": genai_types.check_request,
    "ollama/llama3.2": ollama_types.check_request,
    "openai/chat/gpt-5.2": openai_types.check_request,
}
#: Neither the Responses API nor OpenAI's client has it: it is for OpenRouter, and passed on.
OF_OPENROUTER = "provider"
#: What an error begins with: an item, something in it, or a parameter.
PLACE = re.compile(r"(input|instructions|[a-z_]+)(\[\d+\]|\.[a-z_]+)*[,:( ]")
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)


class Sent(Exception):
    """A request that would have left."""

    def __init__(self, body: JSON) -> None:
        super().__init__()
        self.body = body


def _stop(request: httpx.Request) -> httpx.Response:
    if request.method == "GET":
        # Most wires fetch what messages link to.
        return httpx.Response(200, content=PNG, headers={"content-type": "image/png"})
    raise Sent(json.loads(request.content))


@pytest.fixture(autouse=True)
def _amazon(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in WIRES["bedrock"].environment.items():
        monkeypatch.setenv(name, value)


def send(model: str, request: JSON, **more: Any) -> JSON | APIError:
    """Return the body that a Responses request becomes, or the error that refuses it."""
    own = {name: value for name, value in request.items() if name not in ("model", OF_OPENROUTER)}
    own["stream"] = bool(own.get("stream"))
    http = httpx.Client(transport=httpx.MockTransport(_stop))
    client = Client(num_retries=0)
    try:
        client.responses(
            model, **own, client=http, api_key="a-key", allow_private_urls=True, **more
        )
    except Sent as sent:
        return sent.body
    except APIError as error:
        return error
    raise AssertionError("nothing was sent, and nothing refused")


#: The shapes of requests that have been chosen: the rest would only repeat them.
_seen: set[str] = set()


def is_new(request: Any) -> bool:
    """Return whether no request before had these parameters, items, parts and tools."""
    if not request:
        return False
    found = json.dumps(request, sort_keys=True)
    kinds = re.findall(r'"(?:type|role|detail|file_id|file_url|image_url)": "(.{4}[a-z_]*)', found)
    shape = " ".join(sorted({*request, *kinds}))
    new = shape not in _seen
    _seen.add(shape)
    return new


@rows("openai-responses", request=is_new)
def test_requests_are_valid_or_refused(row: Row) -> None:
    request: JSON = row["request"]
    for model, check in VENDORS.items():
        sent = send(model, request)
        if isinstance(sent, APIError):
            assert sent.param
            assert PLACE.match(sent.message), sent.message
            assert "messages" not in sent.message
        else:
            check(sent)


@pytest.mark.usefixtures("recordings")
@pytest.mark.parametrize("seed", range(200))
def test_odd_values_are_sent_or_refused(seed: int) -> None:
    """Nothing but an APIError escapes, whatever a caller writes."""
    chance = random.Random(seed)
    row = chance.choice([row for row in recorded("openai-responses") if row["request"]])
    request = json.loads(mutate(json.dumps(_without_schemas(row["request"])).encode(), chance))
    if isinstance(request, dict):
        for model in VENDORS:
            send(model, cast("JSON", request))


def _without_schemas(request: JSON) -> JSON:
    """Return a request whose functions take nothing: schemas are those of all APIs."""
    tools = [
        {**tool, "parameters": None} if tool["type"] == "function" else tool
        for tool in request.get("tools") or ()
    ]
    return {**request, "tools": tools or None, "text": None}
