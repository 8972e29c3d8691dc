"""Odd values in random places of responses: each call ends in a sound response or an APIError.

`python -m benchmarks.mutations` runs as many mutations as you like.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.support.mutations import mutate
from tests.support.odd_answers import Canned, check, check_send_back
from tests.support.recordings import Row, body_of, recorded

#: How recordings of a wire are answered: model, and what a call needs beyond a key.
CALLED = {
    "openai": ("openai/gpt-4o", {"api_key": "sk-0123456789"}),
    "anthropic": ("anthropic/claude-sonnet-4-5", {"api_key": "sk-0123456789"}),
    "gemini": ("gemini/gemini-2.5-flash", {"api_key": "a-key-of-google"}),
    "bedrock-converse": (
        "bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0",
        {"api_key": "a-key-of-aws", "aws_region_name": "us-east-1"},
    ),
    "cohere": ("cohere/command-a-03-2025", {"api_key": "a-key-of-cohere"}),
    "ollama": ("ollama/llama3", {}),
}
COUNT = 300
BATCHES = 4


def usable(wire: str) -> list[Row]:
    """Return the successful exchanges of a wire with bodies of a moderate size."""
    rows = [row for row in recorded(wire) if row["status"] == 200]
    return [row for row in rows if 0 < len(body_of(row)) < 20_000]


def content_type(row: Row) -> str:
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


def run(wire: str, count: int, seed: int) -> None:
    """Check `count` mutated responses of a wire."""
    model, arguments = CALLED[wire]
    for row, body in mutations(wire, count, seed):
        provider = Canned(model, content_type(row), arguments)
        provider.body = body
        try:
            response = check(provider, stream=row["stream"])
            if response is not None:
                check_send_back(provider, response)
        except BaseException as error:
            error.add_note(f"{row['id']}: {body!r}")
            raise
        finally:
            provider.close()


# Recordings of older models hold `function_call`, which goes back as it came.
@pytest.mark.filterwarnings("ignore:functions, function_call and messages:DeprecationWarning")
@pytest.mark.usefixtures("recordings")
@pytest.mark.parametrize("seed", range(BATCHES))
@pytest.mark.parametrize("wire", CALLED)
def test_mutated_recordings(wire: str, seed: int) -> None:
    run(wire, COUNT // BATCHES, seed)
