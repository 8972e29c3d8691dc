"""Recorded exchanges with one odd value each, played back and checked."""

from __future__ import annotations

import random
import traceback
from collections.abc import Iterator
from typing import Any

from tests.support.recorded.mutations import mutate
from tests.support.recorded.odd_answers import Canned, check, check_send_back
from tests.support.recorded.recordings import Row, body_of, recorded

#: The model of each wire's recordings, and the arguments that a call needs in addition to a key.
CALLED: dict[str, tuple[str, dict[str, Any]]] = {
    "openai": ("openai/gpt-4o", {"api_key": "sk-0123456789"}),
    "openai-responses": ("openai/responses/gpt-5", {"api_key": "sk-0123456789"}),
    "anthropic": ("anthropic/claude-sonnet-4-5", {"api_key": "sk-0123456789"}),
    "gemini": ("gemini/gemini-2.5-flash", {"api_key": "a-key-of-google"}),
    "bedrock-converse": (
        "bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0",
        {"api_key": "a-key-of-aws", "aws_region_name": "us-east-1"},
    ),
    "cohere": ("cohere/command-a-03-2025", {"api_key": "a-key-of-cohere"}),
    "ollama": ("ollama/llama3", {}),
}


def usable(wire: str) -> list[Row]:
    """Return the successful exchanges of a wire with bodies of less than 20 KB."""
    rows = [row for row in recorded(wire) if row["status"] == 200]
    return [row for row in rows if 0 < len(body_of(row)) < 20_000]


def content_type(row: Row) -> str:
    """Return the type of a recorded body."""
    headers = {name.lower(): value for name, value in row["response_headers"].items()}
    default = "text/event-stream" if row["stream"] else "application/json"
    return str(headers.get("content-type", default))


def mutations(wire: str, count: int, seed: int) -> Iterator[tuple[Row, bytes]]:
    """Yield exchanges, each with a mutated body; the same ones for the same seed."""
    chance = random.Random(f"{wire} {seed}")
    rows = usable(wire)
    for _ in range(count):
        row = chance.choice(rows)
        yield row, mutate(body_of(row), chance)


def faults(wire: str, count: int, seed: int) -> Iterator[tuple[str, bytes, str]]:
    """Check `count` mutated responses; yield (id, body, traceback) of each that is a fault."""
    model, arguments = CALLED[wire]
    provider = Canned(model, arguments)
    try:
        for row, body in mutations(wire, count, seed):
            provider.content_type, provider.body = content_type(row), body
            try:
                response = check(provider, stream=row["stream"])
                if response is not None:
                    check_send_back(provider, response)
            except Exception:  # every other exception is a fault
                yield row["id"], body, traceback.format_exc()
    finally:
        provider.close()
