"""CPU microseconds of a call, of all contenders in turn, the best of several rounds each."""

from __future__ import annotations

from .progress import show
from .servers.bodies import CHUNKS
from .worker import Worker

#: Name in the table: case, argument, calls in a row, milliseconds between chunks.
CASES: dict[str, tuple[str, int, int, int]] = {
    "plain": ("plain", 0, 50, 0),
    "async, 1 at a time": ("async", 1, 50, 0),
    "async, 10 at a time": ("async", 10, 50, 0),
    "async, 100 at a time": ("async", 100, 200, 0),
    "stream of 200": ("stream", 0, 3, 0),
    "async stream of 200": ("astream", 0, 3, 0),
    "stream of 200, one by one": ("stream", 0, 1, 1),
    "async stream of 200, one by one": ("astream", 0, 1, 1),
}
SIZES = {"1 KB": 1_000, "100 KB": 100_000, "1 MB": 1_000_000, "10 MB": 10_000_000}
COUNTS = (10, 100, 1000, 5000)

Row = dict[str, float]


def measure_calls(workers: list[Worker], base: str, rounds: int) -> dict[str, Row]:
    """Return microseconds by case and contender."""
    return {
        name: _best(workers, rounds, case, f"{base}/{CHUNKS}/{delay}", argument, count)
        for name, (case, argument, count, delay) in CASES.items()
    }


def measure_growth(workers: list[Worker], base: str, rounds: int) -> dict[str, Row]:
    """Return microseconds by size of an image in the message, and by number of chunks."""
    table: dict[str, Row] = {}
    for name, size in SIZES.items():
        count = max(1, min(20, 2_000_000 // size))
        table[f"image of {name}"] = _best(workers, rounds, "message", base, size, count)
    for chunks in COUNTS:
        count = max(1, 500 // chunks)
        url = f"{base}/{chunks}/0"
        table[f"stream of {chunks}"] = _best(workers, rounds, "stream", url, 0, count)
    return table


def _best(
    workers: list[Worker], rounds: int, case: str, url: str, argument: int, count: int
) -> Row:
    best: Row = {}
    for number in range(rounds):
        for worker in workers:
            show(f"{case} of {worker.name}, {number + 1}/{rounds}")
            spent = worker.measure(case, url, argument, count)
            best[worker.name] = min(best.get(worker.name, spent), spent)
    return best
