"""Many calls and streams, a third of them broken off: memory must stay flat.

python -m benchmarks.soak [--calls 100000] [--streams 10000] [--open 500]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import sys
from typing import Any

from trunkline import Client, Stream

from .bodies import KEY, MESSAGES, MODEL
from .server import serving

_LAPS = 10


def memory() -> int:
    """Return the KB of memory that this process holds."""
    gc.collect()
    with open("/proc/self/status", encoding="ascii") as status:
        return int(status.read().partition("VmRSS:")[2].split()[0])


def lap(client: Client, at: dict[str, Any], calls: int, streams: int) -> None:
    """Make calls and streams, blocking; every third stream is left after a few chunks."""
    for _ in range(calls):
        response = client.completion(MODEL, MESSAGES, stream=False, **at)
        assert response.choices
    for number in range(streams):
        for position, _ in enumerate(client.completion(MODEL, MESSAGES, stream=True, **at)):
            if position == 3 and number % 3 == 0:
                break


async def alap(client: Client, at: dict[str, Any], calls: int, streams: int) -> None:
    """Do the same in an event loop, ten at a time."""

    async def task() -> None:
        for _ in range(calls // 10):
            response = await client.acompletion(MODEL, MESSAGES, stream=False, **at)
            assert response.choices
        for number in range(streams // 10):
            stream = await client.acompletion(MODEL, MESSAGES, stream=True, **at)
            position = 0
            async for _ in stream:
                position += 1
                if position == 3 and number % 3 == 0:
                    break

    await asyncio.gather(*(task() for _ in range(10)))


async def opened(client: Client, at: dict[str, Any], count: int) -> float:
    """Return the KB that each of so many open streams holds, its connection included."""
    before = memory()
    streams: list[Stream] = await asyncio.gather(
        *(client.acompletion(MODEL, MESSAGES, stream=True, **at) for _ in range(count))
    )
    held = (memory() - before) / count
    for stream in streams:
        await stream.aclose()
    await client.aclose()
    return held


def soak(calls: int, streams: int, open_at_once: int) -> list[int]:
    """Run the laps and print each one's memory; return the KB after each."""
    after: list[int] = []
    with serving() as base, Client() as client, asyncio.Runner() as runner:
        at = {"base_url": f"{base}/20/0", "api_key": KEY}
        for number in range(_LAPS + 1):
            lap(client, at, calls // _LAPS // 2, streams // _LAPS // 2)
            runner.run(alap(client, at, calls // _LAPS // 2, streams // _LAPS // 2))
            after.append(memory())
            print(f"lap {number}: {after[-1]:,} KB", flush=True)
        slow = {**at, "base_url": f"{base}/20/1000"}
        each = runner.run(opened(client, slow, open_at_once))
        print(f"{open_at_once} open streams: {each:.0f} KB each")
    return after


def main() -> int:
    """Soak, and fail where the last lap holds more than the first by a twentieth."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--streams", type=int, default=10_000)
    parser.add_argument("--open", type=int, default=500)
    given = parser.parse_args()
    # The first lap fills caches and the allocator's arenas.
    _, first, *_, last = soak(given.calls, given.streams, given.open)
    print(f"growth after the warm-up: {(last - first) / first:+.1%}")
    return int(last > first * 1.05)


if __name__ == "__main__":
    sys.exit(main())
