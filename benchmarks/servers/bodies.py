"""What the canned server answers, and what the contenders ask."""

from __future__ import annotations

import json
from typing import Any

MODEL = "gpt-4o"
KEY = "sk-benchmark-0123456789"
MESSAGES: list[dict[str, Any]] = [
    {"role": "system", "content": "You are a terse assistant."},
    {"role": "user", "content": "Tell me of the sea."},
]
TEXT = "The sea is wide, and its waves do not end. " * 10
CHUNKS = 200
#: Events that the server writes at once; the network brings them in one read.
BURST = 50
_HEAD = {"id": "chatcmpl-123", "created": 1700000000, "model": "gpt-4o-2024-08-06"}
_USAGE = {
    "prompt_tokens": 24,
    "completion_tokens": 110,
    "total_tokens": 134,
    "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
}


def answer() -> bytes:
    """Return a whole chat completion."""
    message: dict[str, Any] = {
        "role": "assistant",
        "content": TEXT,
        "refusal": None,
        "annotations": [],
    }
    return _encode(
        {
            **_HEAD,
            "object": "chat.completion",
            "choices": [
                {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
            ],
            "usage": _USAGE,
            "service_tier": "default",
            "system_fingerprint": "fp_0123456789",
        }
    )


def events(count: int) -> list[bytes]:
    """Return a streamed answer with `count` chunks of text, and the chunks around them."""
    chunks: list[dict[str, Any]] = [
        _chunk({"role": "assistant", "content": "", "refusal": None}),
        *(_chunk({"content": f" word{number}"}) for number in range(count)),
        _chunk({}, "stop"),
        {**_HEAD, "object": "chat.completion.chunk", "choices": [], "usage": _USAGE},
    ]
    return [*(b"data: " + _encode(chunk) + b"\n\n" for chunk in chunks), b"data: [DONE]\n\n"]


def _chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {
        **_HEAD,
        "object": "chat.completion.chunk",
        "service_tier": "default",
        "system_fingerprint": "fp_0123456789",
        "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}],
    }


def _encode(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
