"""A store of vectors as tests call it."""

from __future__ import annotations

from typing import Any

from trunkline import VectorStore
from trunkline.middlewares.semantic.vectors import to_vector
from trunkline.pipeline.sync import drive


class Store:
    """A store that is called in blocking calls."""

    def __init__(self, store: VectorStore) -> None:
        self.store = store

    def add(self, scope: str, values: Any, value: str, ttl: float | None = None) -> None:
        drive(self.store.add(scope, to_vector(values), value.encode(), ttl))

    def find(self, scope: str, values: Any, threshold: float = 0.9) -> tuple[str, float] | None:
        match = drive(self.store.find(scope, to_vector(values), threshold))
        return None if match is None else (match.value.decode(), round(match.similarity, 3))
