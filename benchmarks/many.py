"""A thousand streams open at once: what each holds, and how long they delay the event loop.

    python -m benchmarks.many [--streams 1000]

Each contender runs in its own process. A chunk comes for each stream once a second; meanwhile a
task that sleeps for 5 ms again and again notes how late it wakes.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
from importlib.util import find_spec
from time import perf_counter
from typing import Any, cast

from .calls import Row
from .contenders import CLOSE
from .endurance.laps import memory
from .progress import show, table
from .servers.server import serving

_NAMES = ("aiohttp", "httpx", "trunkline", "trunkline[fast]")
_PAUSE = 0.005
_SECONDS = 4


async def _delays(seconds: float) -> list[float]:
    """Return by how many milliseconds too late each of many short sleeps ended, sorted."""
    late: list[float] = []
    end = perf_counter() + seconds
    while (began := perf_counter()) < end:
        await asyncio.sleep(_PAUSE)
        late.append((perf_counter() - began - _PAUSE) * 1e3)
    return sorted(late)


async def _measure(name: str, base: str, count: int) -> tuple[float, float]:
    """Return the KB of each stream, and the 99th percentile of the event loop's delays in ms."""
    contender: Any = CLOSE[name][0](f"{base}/5/0")
    await contender.astream(f"{base}/5/0", [])
    before = memory()
    texts: list[list[str]] = [[] for _ in range(count)]
    streams = [asyncio.create_task(contender.astream(f"{base}/60/1000", each)) for each in texts]
    while not all(texts):  # noqa: ASYNC110  # measured from outside
        await asyncio.sleep(0.05)
    held = (memory() - before) / count
    late = await _delays(_SECONDS)
    for stream in streams:
        stream.cancel()
    await asyncio.gather(*streams, return_exceptions=True)
    if hasattr(contender, "aclose"):
        await contender.aclose()
    return held, late[int(len(late) * 0.99)]


def measure_many(base: str, count: int) -> dict[str, Row]:
    """Return KB and milliseconds by contender."""
    rows: dict[str, Row] = {"KB a stream": {}, "event loop's delay, p99, ms": {}}
    for name in _NAMES:
        if find_spec(CLOSE[name][1]) is None:
            continue
        show(f"{count} open streams: {name}")
        command = [sys.executable, "-W", "ignore", "-m", "benchmarks.many", "--run", name, base]
        command += ["--streams", str(count)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        figures = map(float, done.stdout.split()[-2:])
        for row, figure in zip(rows.values(), figures, strict=True):
            row[name] = figure
    return rows


def print_many(rows: dict[str, Row], count: int) -> None:
    """Print the figures, and their ratio to those of the first contender."""
    table(f"{count} streams open at once (times the first)", rows, _NAMES)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.many", description=__doc__)
    parser.add_argument("--streams", type=int, default=1000)
    parser.add_argument("--run", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.run:
        contender, base = cast("tuple[str, str]", given.run)
        print(*asyncio.run(_measure(contender, base, given.streams)))
        return
    with serving() as base:
        print_many(measure_many(base, given.streams), given.streams)


if __name__ == "__main__":
    main()
