"""Odd values in random places of bodies whose wires have no recordings.

Unlike in test_mutations.py, the wires are called themselves: their structs must refuse what does
not match, so nothing is left for the adapter's guard.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.answers import chunk_bodies, completion_body
from tests.support.recorded.mutations import mutate
from tests.support.recorded.odd_answers import check_error, check_response, check_types
from trunkline import APIError, Provider, fold_chunks
from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wire import Wire, load_wire
from trunkline.pipeline.port import HTTPResponse

COUNT = 60

PART = {"kind": "text", "text": "Hi"}
ARTIFACT = {"artifactId": "1", "parts": [PART, {"kind": "data", "data": {"a": 1}}]}
STATUS = {"state": "completed", "message": {"role": "agent", "parts": [PART]}}
FLOW = {"session_id": "s", "outputs": [{"outputs": [{"results": {"message": {"text": "Hi"}}}]}]}
TOKENS = {"input_tokens": 5, "output_tokens": 2}
SPOKEN = {"type": "ai", "id": "m", "content": "Hi", "usage_metadata": TOKENS}
BLOCKS = {"type": "AIMessageChunk", "id": "n", "content": ["a", {"type": "text", "text": "b"}]}
PREDICTION = {
    "id": "p",
    "status": "succeeded",
    "output": ["Hi", " there"],
    "created_at": "2026-01-01T00:00:00Z",
    "metrics": {"input_token_count": 5, "output_token_count": 2, "predict_time": 0.5},
    "urls": {"stream": "https://stream.replicate.com/p", "get": "https://api.replicate.com/p"},
}
FINDINGS = {"intermediate_results": {"input_filtering": {"message": "ok"}}}

#: Complete responses, by wire.
BODIES: dict[str, list[Any]] = {
    "agents/a2a": [
        {"jsonrpc": "2.0", "id": "1", "result": {"kind": "message", "parts": [PART]}},
        {"jsonrpc": "2.0", "id": "1", "result": {"status": STATUS, "artifacts": [ARTIFACT]}},
        {"jsonrpc": "2.0", "id": "1", "error": {"code": -32603, "message": "no"}},
    ],
    "agents/langflow": [FLOW],
    "agents/langgraph": [{"messages": [{"type": "human", "content": "Hello"}, SPOKEN, BLOCKS]}],
    "nlp_cloud": [{"response": "Hi", "history": []}],
    "replicate": [PREDICTION, {**PREDICTION, "status": "failed", "error": "no"}],
    "sap": [
        {"request_id": "r", "final_result": completion_body(), **FINDINGS},
        {"error": [{"code": 500, "message": "no", "location": "LLM Module"}]},
    ],
    "watsonx": [completion_body()],
    "azure/openai": [completion_body(prompt_filter_results=[{"prompt_index": 0}])],
}


def events(*pieces: tuple[str, Any]) -> bytes:
    """Return server-sent events, each with a name and its data."""
    written = [f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in pieces]
    return "".join(written).encode()


def lines(*pieces: Any) -> bytes:
    """Return lines of JSON."""
    return b"".join(json.dumps(piece).encode() + b"\n" for piece in pieces)


STREAMS: dict[str, bytes] = {
    "agents/a2a": events(
        ("", {"result": {"kind": "artifact-update", "artifact": ARTIFACT}}),
        ("", {"result": {"kind": "status-update", "status": {**STATUS, "state": "working"}}}),
        ("", {"result": {"kind": "status-update", "status": STATUS}}),
    ),
    "agents/langflow": lines(
        {"event": "token", "data": {"chunk": "Hi"}},
        {"event": "end", "data": {"result": FLOW}},
    ),
    "agents/langgraph": events(
        ("messages", [BLOCKS, {}]), ("messages", [SPOKEN, {}]), ("error", {"error": "E"})
    ),
    "nlp_cloud": json.dumps({"response": "Hi"}).encode(),
    "replicate": events(
        ("created", PREDICTION), ("output", "Hi"), ("done", {}), ("prediction", PREDICTION)
    ),
    "sap": events(("", FINDINGS), *(("", {"final_result": chunk}) for chunk in chunk_bodies())),
    "watsonx": events(*(("message", chunk) for chunk in chunk_bodies())),
    "azure/openai": events(*(("", chunk) for chunk in chunk_bodies())),
}


def mutated(wire: str, body: bytes) -> Iterator[bytes]:
    """Yield mutations of a body, the same ones in every run."""
    chance = random.Random(wire)
    for _ in range(COUNT):
        yield mutate(body, chance)


def parts(name: str) -> tuple[Wire, Provider]:
    provider = name.partition("/")[2] if name.startswith("agents/") else name.partition("/")[0]
    return load_wire(name), find_provider(provider)


@pytest.mark.parametrize(
    ("name", "body"), [(name, body) for name, bodies in BODIES.items() for body in bodies]
)
def test_responses(name: str, body: Any) -> None:
    wire, provider = parts(name)
    for changed in mutated(name, json.dumps(body).encode()):
        response = HTTPResponse(status=200, headers={}, body=changed)
        try:
            answer = wire.decode(response, provider)
        except APIError as error:
            check_error(error)
        else:
            check_response(answer)
        refused = HTTPResponse(status=400, headers={}, body=changed)
        check_error(wire.error(refused, provider))


@pytest.mark.parametrize("name", STREAMS)
def test_streams(name: str) -> None:
    wire, provider = parts(name)
    for body in mutated(name, STREAMS[name]):
        decoder = wire.Decoder(provider, {})
        half = len(body) // 2
        chunks = [*decoder.feed(body[:half]), *decoder.feed(body[half:]), *decoder.close()]
        for chunk in chunks:
            check_types(chunk)
        check_response(fold_chunks(chunks))
        if decoder.error is not None:
            check_error(decoder.error)
