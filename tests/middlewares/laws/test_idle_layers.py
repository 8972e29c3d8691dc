"""Layers on streams cost next to nothing in a call that does not need them."""

from __future__ import annotations

import itertools
from functools import partial
from typing import Any

import pytest

from tests.support.counted import count_calls
from trunkline import Continuation, Handler, Reask, Redaction, Request, ToolLoop
from trunkline.testing import FakeProvider

QUESTION = [{"role": "user", "content": "Hi"}]


# Function calls: a layer of its own is two, and what it looks at.
@pytest.mark.parametrize(
    ("layer", "calls"),
    [(ToolLoop(), 2), (Reask(), 2), (Continuation(), 11), (Redaction(), 9)],
    ids=lambda value: type(value).__name__ if not isinstance(value, int) else "",
)
def test_an_idle_layer_costs_next_to_nothing(layer: Any, calls: int) -> None:
    fake = FakeProvider(itertools.repeat({"choices": [{"message": {"content": "Hello"}}]}))

    def least(chain: list[Any]) -> int:
        client = fake.client(chain)
        ask = partial(client.completion, "openai/gpt-4o", QUESTION)
        ask()
        return min(count_calls(ask) for _ in range(5))

    def forward(request: Request, call_next: Handler) -> Any:
        return call_next(request)

    # Another one has names to put together, and a chain to run.
    assert least([layer, forward]) - least([forward]) <= calls
