"""OpenAI response bodies that many tests send."""

from __future__ import annotations

from typing import Any

from tests.support.server import Answer, Ending, answer_events, answer_json
from trunkline.pipeline.json_values import JSON

MESSAGES = [{"role": "user", "content": "Say hello."}]
TEXT = "Hello there!"
HEAD: JSON = {"id": "chatcmpl-1", "created": 1700000000, "model": "test-model"}
USAGE: JSON = {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8}


def completion_body(text: str | None = TEXT, finish: str = "stop", **message: Any) -> JSON:
    """Return the body of a chat completion."""
    return {
        **HEAD,
        "object": "chat.completion",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text, **message},
                "finish_reason": finish,
            }
        ],
        "usage": USAGE,
    }


def chunk_body(delta: JSON, finish: str | None = None, index: int = 0) -> JSON:
    """Return the body of one chunk."""
    return {
        **HEAD,
        "object": "chat.completion.chunk",
        "choices": [{"index": index, "delta": delta, "finish_reason": finish}],
    }


def chunk_bodies(text: str = TEXT) -> list[JSON]:
    """Return the chunks of a whole response: role, each word, finish reason, usage."""
    words = [chunk_body({"content": word}) for word in text.replace(" ", " \0").split("\0")]
    return [
        chunk_body({"role": "assistant", "content": ""}),
        *words,
        chunk_body({}, "stop"),
        {**HEAD, "object": "chat.completion.chunk", "choices": [], "usage": USAGE},
    ]


def good(mode: str, text: str = TEXT) -> Answer:
    """Return a successful response: JSON in the mode "plain", else a stream."""
    return (
        answer_json(completion_body(text)) if mode == "plain" else answer_events(chunk_bodies(text))
    )


def failing(status: int, message: str = "no", **headers: str) -> Answer:
    """Return an error response in OpenAI's format."""
    return answer_json({"error": {"message": message, "type": "error"}}, status, **headers)


def unfinished(ending: Ending) -> Answer:
    """Return a stream that breaks off after some content; `ending` says how."""
    answer = answer_events([chunk_body({"content": "Hello"})], done=False)
    answer.ending = ending
    return answer
