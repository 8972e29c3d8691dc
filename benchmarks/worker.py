"""One contender in its own process, which a pipe tells what to run.

Each line that comes in is `[case, url, argument, count]`; each that goes out is the CPU
microseconds (process time, all threads) that one of these calls took. `count` calls are one slice.
Slices are repeated for a moment, and the best counts, so fast contenders run as long as slow ones.
"""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from time import perf_counter, process_time

from .contenders import CONTENDERS, Contender, Messages
from .servers.bodies import MESSAGES

_SECONDS = 0.25

Calls = Callable[[Contender, str, int, int, asyncio.Runner], int]


def _plain(one: Contender, _url: str, _size: int, count: int, _runner: asyncio.Runner) -> int:
    for _ in range(count):
        assert one.plain(MESSAGES)
    return count


def _async(one: Contender, _url: str, at_once: int, count: int, runner: asyncio.Runner) -> int:
    each = max(1, count // at_once)

    async def task() -> None:
        for _ in range(each):
            assert await one.aplain(MESSAGES)

    async def tasks() -> None:
        await asyncio.gather(*(task() for _ in range(at_once)))

    runner.run(tasks())
    return each * at_once


def _stream(one: Contender, url: str, _size: int, count: int, _runner: asyncio.Runner) -> int:
    for _ in range(count):
        texts: list[str] = []
        one.stream(url, texts)
        assert texts
    return count


def _astream(one: Contender, url: str, _size: int, count: int, runner: asyncio.Runner) -> int:
    async def streams() -> None:
        for _ in range(count):
            texts: list[str] = []
            await one.astream(url, texts)
            assert texts

    runner.run(streams())
    return count


def _message(one: Contender, _url: str, size: int, count: int, _runner: asyncio.Runner) -> int:
    """Send an image of `size` bytes as a data URL."""
    messages = _image(size)
    for _ in range(count):
        assert one.plain(messages)
    return count


@cache
def _image(size: int) -> Messages:
    """Return a conversation with an image, which the caller keeps from call to call."""
    url = "data:image/png;base64," + "A" * size
    parts = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": url}},
    ]
    return [{"role": "user", "content": parts}]


CASES: dict[str, Calls] = {
    "plain": _plain,
    "async": _async,
    "stream": _stream,
    "astream": _astream,
    "message": _message,
}


class Worker:
    """The process of one contender."""

    def __init__(self, name: str, url: str) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "benchmarks.worker", name, url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def measure(self, case: str, url: str, argument: int, count: int) -> float:
        """Return the CPU microseconds of one call, `count` in a row."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([case, url, argument, count]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} failed at {case}; see above")
        return float(json.loads(line))

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def installed() -> list[str]:
    """Return the contenders that are here, and say of each other that it is skipped."""
    names: list[str] = []
    for name, (_, module) in CONTENDERS.items():
        if find_spec(module) is None:
            print(f"{name}: skipped, {module} is not installed (benchmarks/requirements.txt)")
        else:
            names.append(name)
    return names


def _main(name: str, url: str) -> None:
    # Whatever a contender prints goes to stderr: stdout is the pipe.
    pipe, sys.stdout = sys.stdout, sys.stderr
    contender = CONTENDERS[name][0](url)
    with asyncio.Runner() as runner:
        for line in sys.stdin:
            case, at, argument, count = json.loads(line)
            best = float("inf")
            gc.collect()
            end = perf_counter() + _SECONDS
            while perf_counter() < end:
                began = process_time()
                done = CASES[case](contender, at, argument, count, runner)
                best = min(best, (process_time() - began) / done)
            print(json.dumps(best * 1e6), file=pipe, flush=True)


if __name__ == "__main__":
    _main(*sys.argv[1:])
