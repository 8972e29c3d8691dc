"""Streams of the APIs that are not OpenAI's chat completions, with a number of pieces of text."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable
from typing import Any

_WORD = " word{}"


def anthropic_events(count: int) -> list[bytes]:
    """Return the events of a stream of Anthropic's Messages API."""
    usage = {"input_tokens": 24, "output_tokens": 1}
    message: dict[str, Any] = {
        "id": "msg_123",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": usage,
    }
    stopped = {"stop_reason": "end_turn", "stop_sequence": None}
    listed: list[dict[str, Any]] = [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *(
            {
                "type": "content_block_delta",
                "index": 0,
                "delta": {"type": "text_delta", "text": _WORD.format(number)},
            }
            for number in range(count)
        ),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": stopped, "usage": {"output_tokens": count}},
        {"type": "message_stop"},
    ]
    return [f"event: {each['type']}\ndata: {json.dumps(each)}\n\n".encode() for each in listed]


def gemini_events(count: int) -> list[bytes]:
    """Return the events of a stream of Gemini's API."""
    usage = {"promptTokenCount": 24, "candidatesTokenCount": count, "totalTokenCount": 24 + count}

    def event(number: int) -> bytes:
        candidate: dict[str, Any] = {
            "content": {"role": "model", "parts": [{"text": _WORD.format(number)}]},
            "index": 0,
        }
        if number == count - 1:
            candidate["finishReason"] = "STOP"
        body = {
            "candidates": [candidate],
            "usageMetadata": usage,
            "modelVersion": "gemini-2.5-flash",
            "responseId": "r123",
        }
        return f"data: {json.dumps(body)}\r\n\r\n".encode()

    return [event(number) for number in range(count)]


def bedrock_events(count: int) -> list[bytes]:
    """Return the events of a stream of Bedrock's Converse API, in Amazon's binary form."""
    usage = {"inputTokens": 24, "outputTokens": count, "totalTokens": 24 + count}
    return [
        _frame("messageStart", {"role": "assistant"}),
        *(
            _frame(
                "contentBlockDelta",
                {"contentBlockIndex": 0, "delta": {"text": _WORD.format(number)}},
            )
            for number in range(count)
        ),
        _frame("contentBlockStop", {"contentBlockIndex": 0}),
        _frame("messageStop", {"stopReason": "end_turn"}),
        _frame("metadata", {"usage": usage, "metrics": {"latencyMs": 9}}),
    ]


def _frame(name: str, body: dict[str, Any]) -> bytes:
    """Return a message: https://smithy.io/2.0/aws/amazon-eventstream.html"""
    named = {
        ":event-type": name,
        ":content-type": "application/json",
        ":message-type": "event",
    }
    head = b"".join(
        struct.pack(">B", len(key))
        + key.encode()
        + struct.pack(">BH", 7, len(text))
        + text.encode()
        for key, text in named.items()
    )
    payload = json.dumps(body).encode()
    prelude = struct.pack(">II", 16 + len(head) + len(payload), len(head))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + head + payload
    return message + struct.pack(">I", zlib.crc32(message))


def _response_events(count: int) -> list[bytes]:
    # It imports trunkline, which other streams do without.
    from ..responses import response_events

    return response_events(count)


#: By what is in the path of a request: the content type, and what writes the events.
STREAMS: dict[bytes, tuple[bytes, Callable[[int], list[bytes]]]] = {
    b"/v1/messages": (b"text/event-stream", anthropic_events),
    b":streamGenerateContent": (b"text/event-stream", gemini_events),
    b"/converse-stream": (b"application/vnd.amazon.eventstream", bedrock_events),
    b"/responses": (b"text/event-stream", _response_events),
}
