"""Endurance, chaos and limits: what must hold under attack and under load.

    python -m benchmarks.soak [--only laps chaos limits kept] [--calls 100000] [--streams 10000]

- laps: many calls and streams, a third of the streams broken off; memory and descriptors stay flat.
- chaos: a server that misbehaves at random; every call has one right outcome, and nothing is left.
- limits: time limits hold in real time, within 10 % or 50 ms, whatever bytes a server sends.
- kept: streams one after the other on connections that the server closes, without a retry.

Ends with status 1 if something did not hold, and prints what.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from trunkline.pipeline.engines import EngineName

from .chaos import Chaos, run_chaos
from .endurance.chaos_plan import World
from .endurance.floods import check_limits
from .endurance.kept import check_kept
from .endurance.laps import growth, run_laps
from .progress import show
from .servers.redis_process import RedisProcess

Part = Callable[[argparse.Namespace], list[str]]


def _laps(given: argparse.Namespace) -> list[str]:
    return growth(run_laps(given.calls, given.streams, given.open))


def _chaos(given: argparse.Namespace) -> list[str]:
    at_once: dict[World, int] = {"sync": 64, "asyncio": 1000, "trio": 1000}
    engines: list[EngineName] = ["h11", "httptools"]
    found: list[str] = []
    for world, number in at_once.items():
        for engine in engines:
            redis = RedisProcess.is_installed() and engine == "httptools"
            chaos = Chaos(world, engine, given.chaos, number, given.seed, redis=redis)
            run = run_chaos(chaos)
            show("")
            endings = ", ".join(f"{count:,} {ending}" for ending, count in run.endings.items())
            state = ", with Redis" if redis else ""
            print(f"chaos, {world}, {engine}{state}: {endings}", flush=True)
            found += [f"{world}, {engine}: {fault}" for fault in run.faults]
    return found


PARTS: dict[str, Part] = {
    "laps": _laps,
    "chaos": _chaos,
    "limits": lambda _: check_limits(),
    "kept": lambda _: check_kept(),
}


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.soak",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--streams", type=int, default=10_000)
    parser.add_argument("--open", type=int, default=500)
    parser.add_argument("--chaos", type=int, default=10_000, help="calls of each kind")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    found = [f"{name}: {fault}" for name in given.only for fault in PARTS[name](given)]
    print("\n".join(found) or "everything held")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
