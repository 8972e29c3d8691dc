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

from .laps import growth, run_laps

Part = Callable[[argparse.Namespace], list[str]]


def _laps(given: argparse.Namespace) -> list[str]:
    return growth(run_laps(given.calls, given.streams, given.open))


PARTS: dict[str, Part] = {"laps": _laps}


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
    given = parser.parse_args()
    found = [f"{name}: {fault}" for name in given.only for fault in PARTS[name](given)]
    print("\n".join(found) or "everything held")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
