"""CPU microseconds of a chunk that arrives by itself and of a call, compared with code by hand.

    python -m benchmarks.alone [--rounds 3]

Each measurement runs in its own process, and the median of the rounds counts. The time of a chunk
is that of the whole stream, from its connection to its end, divided by the number of its chunks.
The server sends so slowly that even the slowest contender reads each chunk by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from importlib import import_module
from importlib.util import find_spec
from statistics import median
from time import process_time
from typing import Any, NamedTuple

from .calls import Row
from .contenders import CLOSE
from .progress import show, table
from .servers.bodies import MESSAGES
from .servers.server import serving


class Case(NamedTuple):
    """What is measured: the world, the number of streams at once, their length and their pace."""

    world: str
    names: tuple[str, ...]
    streams: int = 1
    chunks: int = 0
    milliseconds: int = 0


_ALL_ASYNC = ("raw", "aiohttp", "httpx", "trunkline", "trunkline[fast]")
_ALL_BLOCKING = ("raw", "http.client", "httpx", "trunkline", "trunkline[fast]")

CASES: dict[str, Case] = {
    "chunk alone, asyncio, 200 streams": Case("asyncio", _ALL_ASYNC, 200, 50, 100),
    "chunk alone, asyncio, 20 streams": Case("asyncio", _ALL_ASYNC, 20, 200, 20),
    "chunk alone, uvloop, 200 streams": Case("uvloop", _ALL_ASYNC, 200, 50, 100),
    "chunk alone, trio, 20 streams": Case("trio", _ALL_ASYNC[2:], 20, 200, 20),
    "chunk alone, blocking": Case("blocking", _ALL_BLOCKING, 1, 1000, 2),
    "plain call, blocking": Case("blocking", _ALL_BLOCKING),
    "plain call, asyncio": Case("asyncio", _ALL_ASYNC),
}
_CALLS = 400


def _run_in(world: str, function: Callable[[], Awaitable[float]]) -> float:
    if world == "trio":
        trio: Any = import_module("trio")
        return float(trio.run(function))
    factory = import_module("uvloop").new_event_loop if world == "uvloop" else None

    async def main() -> float:
        return await function()

    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(main())


def _measure_streams(contender: Any, case: Case, base: str) -> float:
    # The first stream imports modules and fills caches.
    first, url = f"{base}/5/0", f"{base}/{case.chunks}/{case.milliseconds}"
    texts: list[str] = []
    if case.world == "blocking":
        contender.stream(first, [])
        began = process_time()
        contender.stream(url, texts)
        return (process_time() - began) * 1e6 / len(texts)

    async def streams() -> float:
        import anyio

        await contender.astream(first, [])
        began = process_time()
        async with anyio.create_task_group() as group:
            for _ in range(case.streams):
                group.start_soon(contender.astream, url, texts)
        spent = (process_time() - began) * 1e6 / len(texts)
        await _close(contender)
        return spent

    return _run_in(case.world, streams)


def _measure_calls(contender: Any, case: Case) -> float:
    began = process_time()
    if case.world == "blocking":
        for number in range(_CALLS + _CALLS // 4):
            if number == _CALLS // 4:
                began = process_time()
            assert contender.plain(MESSAGES)
        return (process_time() - began) * 1e6 / _CALLS

    async def calls() -> float:
        began = process_time()
        for number in range(_CALLS + _CALLS // 4):
            if number == _CALLS // 4:
                began = process_time()
            assert await contender.aplain(MESSAGES)
        spent = (process_time() - began) * 1e6 / _CALLS
        await _close(contender)
        return spent

    return _run_in(case.world, calls)


async def _close(contender: Any) -> None:
    if hasattr(contender, "aclose"):
        await contender.aclose()


def _measure(name: str, case: Case, base: str) -> float:
    contender = CLOSE[name][0](f"{base}/5/0")
    if case.chunks:
        return _measure_streams(contender, case, base)
    return _measure_calls(contender, case)


def measure_alone(base: str, rounds: int, only: str = "") -> dict[str, Row]:
    """Return microseconds by case and contender."""
    found: dict[str, Row] = {}
    for title, case in CASES.items():
        if only not in title or (
            case.world in ("uvloop", "trio") and find_spec(case.world) is None
        ):
            continue
        names = [name for name in case.names if find_spec(CLOSE[name][1]) is not None]
        spent: dict[str, list[float]] = {name: [] for name in names}
        for number in range(rounds):
            for name in names:
                show(f"{title}: {name}, {number + 1}/{rounds}")
                spent[name].append(_in_process(name, title, base))
        found[title] = {name: median(times) for name, times in spent.items()}
    return found


def _in_process(name: str, title: str, base: str) -> float:
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.alone", "--run", name, title, base]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return float(done.stdout.split()[-1])


def print_alone(found: dict[str, Row]) -> None:
    """Print microseconds, and their ratio to those of code by hand."""
    table(
        "CPU microseconds a chunk or call (times raw's, or httpx's under trio)", found, list(CLOSE)
    )


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.alone", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="cases whose title has this text")
    parser.add_argument("--run", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.run:
        name, title, base = given.run
        print(_measure(name, CASES[title], base))
        return
    with serving() as base:
        print_alone(measure_alone(base, given.rounds, given.only))


if __name__ == "__main__":
    main()
