"""The protocol that a store of a semantic cache implements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from .vectors import Vector


class VectorMatch(Struct, frozen=True):
    """What was stored with the most similar vector, and the cosine of the angle between them."""

    value: bytes
    similarity: float


class VectorStore(Protocol):
    """Where `SemanticCache` stores responses with the vectors of their questions.

    Vectors are numpy arrays of float32 with length 1. A scope separates what must never be mixed;
    it is text without secrets. As with `Store`, `blocking = True` makes asynchronous calls run the
    methods in a thread.
    """

    async def find(self, scope: str, vector: Vector, threshold: float) -> VectorMatch | None:
        """Return the most similar entry of a scope, None if none is as similar as `threshold`."""
        ...

    async def add(self, scope: str, vector: Vector, value: bytes, ttl: float | None) -> None:
        """Store a value for `ttl` seconds; None stores it for as long as there is room."""
        ...
