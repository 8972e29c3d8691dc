"""Cache hits from memory, SQLite and Redis: what a call costs, and the store's part of it.

    python -m benchmarks.hits [--rounds 7]

CPU microseconds, blocking, the best of the rounds. Redis needs redis-server; its own process is not
counted, only the client's part.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from time import process_time
from typing import Any

from trunkline import Cache, Client, MemoryStore, SQLiteStore
from trunkline.pipeline.sync import drive

from .calls import Row
from .progress import show, table
from .servers.bodies import KEY, MESSAGES, MODEL
from .servers.server import serving

_COUNT = 300
_NAMES = ("the call", "the store", "ours")


class _Noted:
    """A store that remembers the last key that was read."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.key = ""

    async def get(self, key: str) -> bytes | None:
        self.key = key
        found: bytes | None = await self._inner.get(key)
        return found

    async def set(self, key: str, value: bytes, ttl: float | None) -> None:
        await self._inner.set(key, value, ttl)


def _best(run: Callable[[], object], rounds: int) -> float:
    best = float("inf")
    for _ in range(rounds):
        began = process_time()
        for _ in range(_COUNT):
            run()
        best = min(best, (process_time() - began) / _COUNT * 1e6)
    return best


def _measure(store: Any, base: str, rounds: int) -> Row:
    noted = _Noted(store)
    with Client([Cache(noted)]) as client:

        def call() -> object:
            return client.completion(MODEL, MESSAGES, base_url=f"{base}/5/0", api_key=KEY)

        call()
        whole = _best(call, rounds)
    own = _best(lambda: drive(store.get(noted.key)), rounds)
    return {"the call": whole, "the store": own, "ours": whole - own}


@contextmanager
def _redis() -> Generator[Any]:
    """Start a Redis server, and yield a store in it; None if redis-server is not installed."""
    if shutil.which("redis-server") is None:
        yield None
        return
    from trunkline import RedisStore

    from .servers.redis_process import RedisProcess

    with RedisProcess() as redis:
        yield RedisStore.from_url(redis.url)


def measure_hits(base: str, rounds: int) -> dict[str, Row]:
    """Return microseconds of a hit by store."""
    rows: dict[str, Row] = {}
    with tempfile.TemporaryDirectory() as folder, _redis() as redis:
        stores = {"memory": MemoryStore(), "SQLite": SQLiteStore(Path(folder) / "cache.db")}
        for name, store in {**stores, "Redis": redis}.items():
            if store is not None:
                show(f"cache hits: {name}")
                rows[name] = _measure(store, base, rounds)
    return rows


def print_hits(rows: dict[str, Row]) -> None:
    """Print the figures, and which part of the call each is."""
    table("A cache hit, CPU microseconds (part of the call)", rows, _NAMES)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hits", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    with serving() as base:
        print_hits(measure_hits(base, rounds))


if __name__ == "__main__":
    main()
