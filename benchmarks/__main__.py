"""Measure all of it in one run on one machine, print the tables, draw the chart.

    python -m benchmarks [--rounds 7] [--only alone wires] [--chart docs/benchmark.svg]

CPU time of the client's process; the server runs in its own process. The figures of one run can
be compared with each other, those of two runs or machines cannot.
"""

from __future__ import annotations

import argparse
import platform
from collections.abc import Callable
from pathlib import Path

from .alone import measure_alone, print_alone
from .big_events import measure_big_events, print_big_events
from .calls import Row, measure_calls, measure_growth
from .chain import measure_chain
from .chart import draw
from .hits import measure_hits, print_hits
from .many import measure_many, print_many
from .progress import show, table
from .servers.server import serving
from .starts import measure_start
from .wires import measure_wires, print_wires
from .worker import Worker, installed

_CHARTED = ("plain", "async, 10 at a time", "stream of 200", "async stream of 200")
_OPEN_STREAMS = 1000


def _libraries(base: str, rounds: int, chart: Path | None = None) -> None:
    """Compare the libraries for models; draw the chart."""
    names = installed()
    workers = [Worker(name, f"{base}/200/0") for name in names]
    calls = measure_calls(workers, base, rounds)
    table("CPU microseconds a call (times the floor's)", calls, names)
    growth = measure_growth(workers, base, max(2, rounds // 2))
    table("Growth, CPU microseconds a call", growth, names)
    for worker in workers:
        worker.close()
    if chart:
        title = "CPU time of one call, best of several rounds (shorter is better)"
        chart.write_text(draw({case: calls[case] for case in _CHARTED}, title), "utf-8")


def _starts(base: str, rounds: int) -> None:
    names = installed()
    starts: dict[str, Row] = {}
    for name in names:
        show(f"process start: {name}")
        starts[name] = measure_start(name, f"{base}/200/0", rounds)
    turned = {key: {name: starts[name][key] for name in names} for key in starts[names[0]]}
    table("Process start", turned, names)


def _chain(_base: str, rounds: int) -> None:
    print("\nMiddlewares that pass through, microseconds a call")
    for count, spent in measure_chain(rounds).items():
        print(f"{count:4} {spent:8.2f}")


#: By the name for `--only`.
_PARTS: dict[str, Callable[[str, int], None]] = {
    "libraries": _libraries,
    "starts": _starts,
    "chain": _chain,
    "alone": lambda base, rounds: print_alone(measure_alone(base, max(3, rounds // 2))),
    "wires": lambda base, rounds: print_wires(measure_wires(base, 2 * rounds)),
    "many": lambda base, _: print_many(measure_many(base, _OPEN_STREAMS), _OPEN_STREAMS),
    "hits": lambda base, rounds: print_hits(measure_hits(base, rounds)),
    "big": lambda _, rounds: print_big_events(measure_big_events(rounds)),
}


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="how often each is measured")
    parser.add_argument("--only", nargs="+", choices=_PARTS, default=list(_PARTS))
    parser.add_argument("--chart", type=Path, help="where to write the chart")
    given = parser.parse_args()
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}")
    with serving() as base:
        for name in given.only:
            if name == "libraries":
                _libraries(base, given.rounds, given.chart)
            else:
                _PARTS[name](base, given.rounds)


if __name__ == "__main__":
    main()
