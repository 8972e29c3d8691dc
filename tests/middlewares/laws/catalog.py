"""One of each middleware of the catalog, so configured that it takes part in any call."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from trunkline import (
    Budget,
    CircuitBreaker,
    Guardrail,
    LoadShedder,
    PromptCaching,
    PromptLog,
    RedisState,
    Replay,
    SemanticCache,
    Summarization,
    Trim,
)
from trunkline.middlewares.recording.log_entries import LogEntry


class KeptEntries:
    """A writer of PromptLog that keeps what is written."""

    def __init__(self) -> None:
        self.entries: list[LogEntry] = []

    def __call__(self) -> KeptEntries:
        return self

    def write(self, entries: Sequence[LogEntry]) -> None:
        self.entries += entries

    def close(self) -> None:
        pass


def catalog_layers(folder: Path, writer: KeptEntries) -> list[object]:
    """Return the middlewares that need arguments here, with a folder for recordings."""
    # Nobody listens there: a call goes on without its counts.
    nowhere = redis.Redis(port=1, retry=Retry(NoBackoff(), 0))
    return [
        CircuitBreaker(min_calls=5),
        Guardrail(input=lambda _text: None),
        LoadShedder(1, max_queue=0),
        PromptCaching(),
        PromptLog(writer),
        Replay(folder),
        SemanticCache(lambda text: [1.0, float(len(text))]),
        Budget(10**9, state=RedisState(nowhere)),
        Summarization(max_tokens=10, keep_turns=1, count=lambda _messages: 5),
        Trim(10, count=lambda _messages: 5),
    ]
