"""token_counter(estimate=True): made here, for any model, near the count of a tokenizer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline import BadRequestError, atoken_counter, token_counter
from trunkline.models.estimate import estimate_text

# Counted once with the vocabulary cl100k_base.
COUNTED = [
    ("hello world", 2),
    ("Frameworks that import litellm call providers through it, by name.", 15),
    ("def add(a, b):\n    return a + b\n", 12),
]


@pytest.mark.parametrize(("text", "tokens"), COUNTED)
def test_it_is_near_the_count(text: str, tokens: int) -> None:
    assert token_counter("nope/any-model", text=text, estimate=True) == pytest.approx(tokens, 0.35)


def test_a_conversation() -> None:
    messages = [{"role": "user", "content": "hello world"}]
    assert token_counter("groq/llama", messages=messages, estimate=True) == 9
    assert asyncio.run(atoken_counter("groq/llama", messages=messages, estimate=True)) == 9
    tool: dict[str, Any] = {"type": "function", "function": {"name": "weather", "parameters": {}}}
    assert token_counter("groq/llama", messages=messages, tools=[tool], estimate=True) > 15
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    seen = [{"role": "user", "content": [image]}]
    assert token_counter("groq/llama", messages=seen, estimate=True) > 100


def test_bad_messages_are_refused() -> None:
    with pytest.raises(BadRequestError, match=r"messages\[0\]"):
        token_counter("groq/llama", messages=[{"content": 5}], estimate=True)


@given(st.text(max_size=200), st.text(max_size=200))
def test_laws(first: str, second: str) -> None:
    together = estimate_text(first + second)
    assert (estimate_text(first) == 0) is (first == "")
    assert together <= estimate_text(first) + estimate_text(second) + 1
    assert estimate_text(f"{first}\n{second}") >= max(estimate_text(first), estimate_text(second))
