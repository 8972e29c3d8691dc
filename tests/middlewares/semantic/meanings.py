"""Texts with known vectors: similar ones have nearly the same direction."""

from __future__ import annotations

from trunkline.pipeline.json_values import JSON

MODEL = "openai/gpt-4o"
VECTORS = {
    "How warm is it?": [1.0, 0.0, 0.0],
    "What is the temperature?": [0.99, 0.1, 0.0],
    "Is it going to rain?": [0.0, 1.0, 0.0],
    "Tell me a joke": [0.0, 0.0, 1.0],
}
WARM, SAME, RAIN, JOKE = VECTORS


def embed(text: str) -> list[float]:
    return VECTORS[text]


def ask(text: str) -> list[JSON]:
    return [{"role": "system", "content": "Be brief."}, {"role": "user", "content": text}]
