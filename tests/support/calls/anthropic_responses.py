"""Responses and streams of Anthropic's Messages API, written and decoded."""

from __future__ import annotations

import json
from typing import Any

from tests.support.calls.anthropic_calls import PROVIDER
from tests.support.server import Answer
from trunkline import APIError, ModelResponse, fold_chunks
from trunkline.adapters.wires import anthropic
from trunkline.pipeline.json_values import JSON
from trunkline.pipeline.port import HTTPResponse

MODEL = "anthropic/claude-sonnet-4-5"
USAGE = {
    "input_tokens": 10,
    "cache_read_input_tokens": 3,
    "cache_creation_input_tokens": 2,
    "output_tokens": 7,
    "output_tokens_details": {"thinking_tokens": 4},
    "service_tier": "standard",
}


def thinking(value: str, signature: str) -> JSON:
    return {"type": "thinking", "thinking": value, "signature": signature}


def tool_use(id: str, name: str = "get_weather", **input: Any) -> JSON:
    return {"type": "tool_use", "id": id, "name": name, "input": input}


def message(*blocks: JSON, stop: str = "end_turn", **more: Any) -> JSON:
    """Return a whole message of the API."""
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5-20250929",
        "content": list(blocks),
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": USAGE,
        **more,
    }


def events(whole: JSON) -> list[JSON]:
    """Return the events of the same message as a stream."""
    head: JSON = {
        **whole,
        "content": [],
        "stop_reason": None,
        "usage": {**USAGE, "output_tokens": 1},
    }
    head.pop("stop_details", None)
    found: list[JSON] = [{"type": "message_start", "message": head}, {"type": "ping"}]
    for index, block in enumerate(whole["content"]):
        start, deltas = _pieces(block)
        found.append({"type": "content_block_start", "index": index, "content_block": start})
        found += [
            {"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas
        ]
        found.append({"type": "content_block_stop", "index": index})
    names = ("stop_reason", "stop_sequence", "stop_details", "container")
    delta = {name: whole[name] for name in names if name in whole}
    end = {"type": "message_delta", "delta": delta, "usage": {"output_tokens": 7}}
    if "context_management" in whole:
        end["context_management"] = whole["context_management"]
    return [*found, end, {"type": "message_stop"}]


def _pieces(block: JSON) -> tuple[JSON, list[JSON]]:
    """Return a block's start, and the deltas that complete it."""
    if block["type"] == "text":
        whole: str = block["text"]
        cited = [
            {"type": "citations_delta", "citation": one} for one in block.get("citations") or ()
        ]
        parts = [{"type": "text_delta", "text": piece} for piece in (whole[:3], whole[3:])]
        return {**block, "text": "", "citations": None}, [*cited, *parts]
    if block["type"] == "thinking":
        parts = [{"type": "thinking_delta", "thinking": block["thinking"]}]
        signed = {"type": "signature_delta", "signature": block["signature"]}
        return {**block, "thinking": "", "signature": ""}, [*parts, signed]
    if "input" in block:
        arguments = json.dumps(block["input"], separators=(",", ":"))
        parts = [
            {"type": "input_json_delta", "partial_json": piece}
            for piece in ("", arguments[:5], arguments[5:])
        ]
        return {**block, "input": {}}, parts
    return block, []


def encode_events(found: list[JSON]) -> bytes:
    return b"".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n".encode() for one in found)


def stream_answer(found: list[JSON]) -> Answer:
    return Answer([encode_events(found)], headers={"content-type": "text/event-stream"})


def decode(whole: JSON) -> ModelResponse:
    """Decode a message, whole and streamed, and check that the results are equal."""
    body = json.dumps(whole).encode()
    plain = anthropic.decode(HTTPResponse(status=200, headers={}, body=body), PROVIDER)
    streamed = read(encode_events(events(whole)))
    plain_dump, streamed_dump = plain.model_dump(), streamed.model_dump()
    for dump in (plain_dump, streamed_dump):
        assert dump.pop("created")
    assert streamed_dump == plain_dump
    return plain


def read(body: bytes) -> ModelResponse:
    decoder = anthropic.Decoder(PROVIDER, {})
    chunks = decoder.feed(body) + decoder.close()
    assert decoder.error is None
    assert decoder.done
    return fold_chunks(chunks)


def failing(body: bytes) -> tuple[str | None, APIError]:
    """Return the content of a broken stream, and its error."""
    decoder = anthropic.Decoder(PROVIDER, {"request-id": "req_1"})
    chunks = decoder.feed(body) + decoder.close()
    assert decoder.error is not None
    content = fold_chunks(chunks).choices[0].message.content if chunks else None
    return content, decoder.error
