"""Recorded responses with odd values: how many end in neither a sound response nor an APIError.

python -m benchmarks.mutations [--count 6000] [--seed 1] [--wire anthropic]

It needs a checkout with the recorded exchanges; see tests/support/recorded/recordings.py.
"""

from __future__ import annotations

import argparse
import sys
import warnings

from tests.support.recorded.mutated_recordings import CALLED, faults, usable

_SHOWN = 3


def main() -> int:
    """Check mutations of each wire, print what went wrong, and return 1 if anything did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=6000, help="mutations for each wire")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--wire", choices=sorted(CALLED), action="append")
    given = parser.parse_args()
    # Recordings of older models hold `function_call`, which goes back as it came.
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    failed = 0
    for wire in given.wire or CALLED:
        if not usable(wire):
            print(f"{wire}: the recorded exchanges are not here")
            continue
        found = list(faults(wire, given.count, given.seed))
        failed += len(found)
        print(f"{wire}: {len(found)} faults in {given.count} mutations", flush=True)
        for name, body, why in found[:_SHOWN]:
            print(f"  {name}: {body[:400]!r}\n{why}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
