"""Conversations of a known size: each word is a token."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from trunkline.pipeline.json_values import JSON

MODEL = "openai/gpt-4o"
SYSTEM: JSON = {"role": "system", "content": "s s"}


def count_words(messages: Sequence[Any]) -> int:
    return sum(len(str(message.get("content") or "").split()) for message in messages)


def user(*words: str) -> JSON:
    return {"role": "user", "content": " ".join(words)}


def assistant(*words: str) -> JSON:
    return {"role": "assistant", "content": " ".join(words)}


def talk(turns: int) -> list[JSON]:
    """A system message, and turns of four words, the last one without a response."""
    said = [SYSTEM]
    for number in range(turns):
        said += [user(f"u{number}", f"u{number}"), assistant(f"a{number}", f"a{number}")]
    return said[:-1]


def first_words(messages: Iterable[Any]) -> list[str]:
    return [str(message.get("content") or "-").split()[0] for message in messages]
