"""Laps of calls and streams, a third of the streams broken off: memory must stay flat."""

from __future__ import annotations

import asyncio
import gc
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from trunkline import Client, Stream

from ..progress import show
from ..servers.bodies import KEY, MESSAGES, MODEL
from ..servers.server import serving

_LAPS = 10
_AT_ONCE = 10
_CHUNKS = 20


@dataclass
class Lap:
    """What the process holds after a lap."""

    kilobytes: int
    descriptors: int


def memory() -> int:
    """Return the KB of memory that this process holds."""
    gc.collect()
    with open("/proc/self/status", encoding="ascii") as status:
        return int(status.read().partition("VmRSS:")[2].split()[0])


def open_files() -> dict[int, str]:
    """Return the descriptors that this process has open, each with the name of its file."""
    found: dict[int, str] = {}
    for number in os.listdir("/proc/self/fd"):
        # The one that reads the folder is closed by now.
        with suppress(FileNotFoundError):
            found[int(number)] = os.readlink(f"/proc/self/fd/{number}")
    return found


def descriptors() -> int:
    """Return how many files and sockets this process has open."""
    return len(open_files())


def _lap(client: Client, at: dict[str, Any], calls: int, streams: int) -> None:
    """Make calls and streams, blocking; every third stream is left after a few chunks."""
    for _ in range(calls):
        response = client.completion(MODEL, MESSAGES, stream=False, **at)
        assert response.choices
    for number in range(streams):
        for position, _ in enumerate(client.completion(MODEL, MESSAGES, stream=True, **at)):
            if position == 3 and number % 3 == 0:
                break


async def _alap(client: Client, at: dict[str, Any], calls: int, streams: int) -> None:
    """Do the same in an event loop, ten at a time."""

    async def task() -> None:
        for _ in range(calls // _AT_ONCE):
            response = await client.acompletion(MODEL, MESSAGES, stream=False, **at)
            assert response.choices
        for number in range(streams // _AT_ONCE):
            stream = await client.acompletion(MODEL, MESSAGES, stream=True, **at)
            position = 0
            async for _ in stream:
                position += 1
                if position == 3 and number % 3 == 0:
                    break
            await stream.aclose()

    await asyncio.gather(*(task() for _ in range(_AT_ONCE)))


async def _opened(client: Client, at: dict[str, Any], count: int) -> float:
    """Return the KB that each of `count` open streams holds, its connection included."""
    before = memory()
    streams: list[Stream] = await asyncio.gather(
        *(client.acompletion(MODEL, MESSAGES, stream=True, **at) for _ in range(count))
    )
    held = (memory() - before) / count
    for stream in streams:
        await stream.aclose()
    await client.aclose()
    return held


def run_laps(calls: int, streams: int, open_at_once: int) -> list[Lap]:
    """Run a lap to warm up, then ten that make all calls and streams; return what each left.

    Half of them are blocking, half run in an event loop. The last item is what is left of it all
    when the client is closed.
    """
    after: list[Lap] = []
    before = descriptors()
    with serving() as base, Client() as client, asyncio.Runner() as runner:
        at = {"base_url": f"{base}/{_CHUNKS}/0", "api_key": KEY}
        half_calls, half_streams = calls // _LAPS // 2, streams // _LAPS // 2
        for number in range(_LAPS + 1):
            show(
                f"lap {number} of {_LAPS}: {half_calls} calls and {half_streams} streams, blocking"
            )
            _lap(client, at, half_calls, half_streams)
            show(f"lap {number} of {_LAPS}: the same in an event loop, {_AT_ONCE} at a time")
            runner.run(_alap(client, at, half_calls, half_streams))
            after.append(Lap(memory(), descriptors()))
            show("")
            print(f"lap {number}: {after[-1].kilobytes:,} KB, {after[-1].descriptors} descriptors")
        slow = {**at, "base_url": f"{base}/{_CHUNKS}/1000"}
        each = runner.run(_opened(client, slow, open_at_once))
        print(f"{open_at_once} open streams: {each:.0f} KB each")
    after.append(Lap(memory(), descriptors()))
    print(f"after closing the client: {after[-1].descriptors} descriptors, {before} before")
    after[-1].descriptors -= before
    return after


def growth(laps: list[Lap]) -> list[str]:
    """Return what grew from the first lap after the warm-up to the last one, [] if nothing did."""
    # The warm-up fills caches and the allocator's arenas.
    _, first, *_, last, closed = laps
    share = (last.kilobytes - first.kilobytes) / first.kilobytes
    print(f"memory after the warm-up: {share:+.1%}")
    found: list[str] = []
    if share > 0.05:
        found.append(f"memory grew by {share:.1%}")
    # How many connections are idle depends on which of the streams were broken off last.
    if last.descriptors > first.descriptors + _AT_ONCE:
        found.append(f"descriptors grew from {first.descriptors} to {last.descriptors}")
    if closed.descriptors > 0:
        found.append(f"{closed.descriptors} descriptors were left when the client was closed")
    return found
