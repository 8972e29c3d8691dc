"""Amazon's binary event stream, written only from its specification.

https://smithy.io/2.0/aws/amazon-eventstream.html
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Mapping
from typing import Any

from tests.support.server import Answer

JSON = Mapping[str, Any]


def frame(headers: dict[str, str], payload: bytes) -> bytes:
    """Return one message with string headers."""
    head = b"".join(
        struct.pack(">B", len(name))
        + name.encode()
        + struct.pack(">BH", 7, len(value.encode()))
        + value.encode()
        for name, value in headers.items()
    )
    return raw_frame(head, payload)


def raw_frame(head: bytes, payload: bytes) -> bytes:
    """Return one message: lengths, their checksum, headers, payload, and the checksum of all."""
    prelude = struct.pack(">II", 16 + len(head) + len(payload), len(head))
    prelude += struct.pack(">I", zlib.crc32(prelude))
    message = prelude + head + payload
    return message + struct.pack(">I", zlib.crc32(message))


def event(name: str, body: JSON | bytes) -> bytes:
    """Return an event; a body in bytes is the unchanged payload."""
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    return frame({":event-type": name, ":message-type": "event"}, payload)


def exception(name: str, body: JSON) -> bytes:
    """Return an exception of the service."""
    headers = {":exception-type": name, ":message-type": "exception"}
    return frame(headers, json.dumps(body).encode())


def answer_frames(*frames: bytes) -> Answer:
    """Return a response that streams these frames."""
    headers = {
        "content-type": "application/vnd.amazon.eventstream",
        "x-amzn-requestid": "request-1",
    }
    return Answer(list(frames), headers=headers)


def text_frames(*texts: str, stop: str = "end_turn") -> list[bytes]:
    """Return the frames of a complete Converse stream with text."""
    return [
        event("messageStart", {"role": "assistant"}),
        *(
            event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": text}})
            for text in texts
        ),
        event("contentBlockStop", {"contentBlockIndex": 0}),
        event("messageStop", {"stopReason": stop}),
        event(
            "metadata",
            {
                "usage": {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5},
                "metrics": {"latencyMs": 9},
            },
        ),
    ]
