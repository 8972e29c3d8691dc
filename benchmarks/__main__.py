"""Measure all of it in one run on one machine, print the tables, draw the chart.

    python -m benchmarks [--rounds 7] [--chart docs/benchmark.svg]

CPU time of the client's process; the server is a process of its own. The figures of one run can
be compared with each other, those of two runs or machines cannot.
"""

from __future__ import annotations

import argparse
import platform
from pathlib import Path

from .calls import Row, measure_calls, measure_growth
from .chain import measure_chain
from .chart import draw
from .server import serving
from .starts import measure_start
from .worker import Worker, installed

_CHARTED = ("plain", "async, 10 at a time", "stream of 200", "async stream of 200")


def _print_table(title: str, table: dict[str, Row], names: list[str]) -> None:
    """Print figures, and behind each how many times the floor's it is."""
    width = max(map(len, table))
    print(f"\n{title}\n{'':{width}}" + "".join(f"{name:>22}" for name in names))
    for case, row in table.items():
        cells = (f"{row[name]:,.0f} ({row[name] / row['floor']:.2f})" for name in names)
        print(f"{case:{width}}" + "".join(f"{cell:>22}" for cell in cells))


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="the best of so many counts")
    parser.add_argument("--chart", type=Path, help="where to write the chart")
    given = parser.parse_args()
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}")
    names = installed()
    with serving() as base:
        workers = [Worker(name, f"{base}/200/0") for name in names]
        calls = measure_calls(workers, base, given.rounds)
        _print_table("CPU microseconds a call (times the floor's)", calls, names)
        growth = measure_growth(workers, f"{base}", max(2, given.rounds // 2))
        _print_table("Growth, CPU microseconds a call", growth, names)
        for worker in workers:
            worker.close()
        starts = {name: measure_start(name, f"{base}/200/0", given.rounds) for name in names}
        turned = {key: {name: starts[name][key] for name in names} for key in starts[names[0]]}
        _print_table("Process start", turned, names)
    print("\nMiddlewares that pass through, microseconds a call")
    for count, spent in measure_chain(given.rounds).items():
        print(f"{count:4} {spent:8.2f}")
    if given.chart:
        title = "CPU time of one call, best of several rounds (shorter is better)"
        given.chart.write_text(draw({case: calls[case] for case in _CHARTED}, title), "utf-8")


if __name__ == "__main__":
    main()
