"""Recorded requests, sent as client requests through each inbound API to each provider's API."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.recorded.recordings import Row, recorded
from tests.support.server import Server, answer_json
from tests.support.vendors import (
    anthropic_types,
    cohere_types,
    converse_model,
    genai_types,
    ollama_types,
    openai_types,
    responses_types,
)
from trunkline import APIError, Client
from trunkline.inbound import Blocking, Front, Network, Received
from trunkline.pipeline.json_values import JSON
from trunkline.pipeline.sync import drive

NOVA = "us.amazon.nova-pro-v1:0"
TARGETS: dict[str, Callable[[JSON], None]] = {
    "anthropic/claude-sonnet-4-5": anthropic_types.check_request,
    "openai/chat/gpt-4o": openai_types.check_request,
    "openai/responses/gpt-5": responses_types.check_request,
    "gemini/gemini-2.5-pro": genai_types.check_request,
    f"bedrock/{NOVA}": lambda body: converse_model.check_converse(body, NOVA),
    "cohere/command-a-03-2025": cohere_types.check_request,
    "ollama/llama3": ollama_types.check_request,
}
#: By the recordings' name: the path, what a request of it must be, and how many are taken.
SOURCES: dict[str, tuple[str, Callable[[JSON], None], int]] = {
    "anthropic": ("/v1/messages", anthropic_types.check_request, 60),
    "openai": ("/v1/chat/completions", openai_types.check_request, 60),
    "openai-responses": ("/v1/responses", responses_types.check_request, 60),
}
_OTHER = re.compile(r'"https?://|"functions":|"function_call":|"role": "function"')
_NOT_SENT = ("anthropic_version", "stream", "stream_options")


def requests_of(wire: str) -> list[tuple[str, JSON]]:
    """Return requests that are as their vendor's client types them, spread over the recordings."""
    _, check, count = SOURCES[wire]
    rows: list[Row] = [row for row in recorded(wire) if isinstance(row["request"], dict)]
    chosen: list[tuple[str, JSON]] = []
    for row in rows[:: max(1, len(rows) // (count * 2))]:
        body = {name: value for name, value in row["request"].items() if name not in _NOT_SENT}
        # Media would be fetched, and functions are deprecated.
        if not _OTHER.search(json.dumps(body)) and is_typed(check, body):
            chosen.append((row["id"], body))
    return chosen[:count]


def is_typed(check: Callable[[JSON], None], body: JSON) -> bool:
    """Return whether a request is as its vendor's client types it; some servers take more."""
    try:
        check({"model": "m", **body})
    except Exception:
        return False
    return True


@pytest.fixture
def front(server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Front]:
    for name, path in (("OPENAI", "/v1"), ("ANTHROPIC", ""), ("GEMINI", ""), ("COHERE", "")):
        monkeypatch.setenv(f"{name}_API_BASE", server.url + path)
        monkeypatch.setenv(f"{name}_API_KEY", "sk-0123456789")
    monkeypatch.setenv("OLLAMA_API_BASE", server.url)
    monkeypatch.setenv("AWS_BEDROCK_RUNTIME_ENDPOINT", server.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA0123456789")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-0123456789")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    server.reply(answer_json({"error": {"message": "enough"}}, 418))
    with Client(num_retries=0) as client:
        yield Front(client, Blocking(), Network())


def sent_to(front: Front, server: Server, path: str, model: str, body: JSON) -> Any:
    """Return what a provider got, None if the request was refused before."""
    server.seen.clear()
    received = Received(
        method="POST",
        path=path,
        headers={},
        query={},
        body=json.dumps({**body, "model": model}).encode(),
    )
    with pytest.raises(APIError) as caught:
        drive(front.answer(received))
    if server.seen:
        return server.seen[0].json
    # Refused: with a place in the request, or the name of what cannot be sent.
    assert caught.value.status_code in (400, 404), caught.value
    assert caught.value.param, caught.value
    return None


@pytest.mark.usefixtures("recordings")
@pytest.mark.parametrize("model", TARGETS)
@pytest.mark.parametrize("wire", SOURCES)
def test_every_provider_takes_every_clients_requests(
    front: Front, server: Server, wire: str, model: str
) -> None:
    path = SOURCES[wire][0]
    taken = 0
    requests = requests_of(wire)
    for name, body in requests:
        sent = sent_to(front, server, path, model, body)
        if sent is not None:
            taken += 1
            try:
                TARGETS[model](sent)
            except Exception as error:
                raise AssertionError(f"{name}: {error}") from error
    # Most of them say nothing that only one vendor has.
    assert taken > len(requests) / 2


@pytest.mark.usefixtures("recordings")
def test_claude_gets_what_clients_of_claude_send(front: Front, server: Server) -> None:
    for name, body in requests_of("anthropic"):
        if any(message["role"] == "system" for message in body["messages"]):
            # This model takes them at the start only.
            continue
        sent = sent_to(front, server, "/v1/messages", "anthropic/claude-sonnet-4-5", body)
        if sent is not None:
            assert plain(sent) == plain({**body, "model": "claude-sonnet-4-5"}), name


def plain(body: JSON) -> JSON:
    """Return a request without differences that mean nothing to the API."""
    fields: JSON = json.loads(json.dumps(body))
    if isinstance(fields.get("system"), str):
        fields["system"] = [{"type": "text", "text": fields["system"]}]
    messages: list[JSON] = []
    for message in fields["messages"]:
        blocks = [block for block in _blocks(message["content"]) if block.get("text", "x").strip()]
        if messages and messages[-1]["role"] == message["role"]:
            messages[-1]["content"] += blocks
        else:
            messages.append({"role": message["role"], "content": blocks})
    for message in messages:
        # Results come first.
        content: list[JSON] = message["content"]
        message["content"] = [block for block in content if block["type"] == "tool_result"]
        message["content"] += [block for block in content if block["type"] != "tool_result"]
    fields["messages"] = messages
    fields["tools"] = [_tool(tool) for tool in fields.get("tools", ())]
    choice = fields.get("tool_choice", {})
    if choice.get("disable_parallel_tool_use") is False:
        del choice["disable_parallel_tool_use"]
    return {name: value for name, value in fields.items() if value not in (None, [], False)}


def _blocks(content: Any) -> list[JSON]:
    blocks: list[JSON] = (
        [{"type": "text", "text": content}] if isinstance(content, str) else content
    )
    return [_block(block) for block in blocks]


def _block(block: JSON) -> JSON:
    kept = {name: value for name, value in block.items() if value is not None}
    if kept["type"] == "tool_result":
        kept["content"] = _blocks(kept.get("content", []))
        if kept.get("is_error") is False:
            del kept["is_error"]
    return kept


def _tool(tool: JSON) -> JSON:
    kept = {name: value for name, value in tool.items() if value not in (None, "", False)}
    if kept.get("type") == "custom":
        del kept["type"]
    if "input_schema" in kept:
        schema: JSON = {"properties": {}, **kept["input_schema"]}
        kept["input_schema"] = {
            name: sorted(value) if name == "required" else value
            for name, value in schema.items()
            if value != [] or name != "required"
        }
    return kept
