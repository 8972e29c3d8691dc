"""One event of 8 and one of 16 MB, in pieces of 16 KB: what it costs must grow with its length.

python -m benchmarks.big_events [--rounds 5]
"""

from __future__ import annotations

import argparse
import json
from time import process_time

from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wire import load_wire

from .calls import Row
from .progress import show, table
from .servers.bodies import events

_PIECE = 16 * 1024
_SIZES = {"8 MB": 8_000_000, "16 MB": 16_000_000}


def _event(size: int) -> bytes:
    """Return an event with a text of `size` bytes."""
    chunk = json.loads(events(1)[1].removeprefix(b"data: "))
    chunk["choices"][0]["delta"]["content"] = "x" * size
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


def _read(event: bytes) -> float:
    decoder = load_wire("openai").Decoder(find_provider("openai"), {})
    pieces = [event[start : start + _PIECE] for start in range(0, len(event), _PIECE)]
    began = process_time()
    chunks = [chunk for piece in pieces for chunk in decoder.feed(piece)]
    spent = (process_time() - began) * 1e3
    assert len(chunks) == 1
    return spent


def measure_big_events(rounds: int) -> dict[str, Row]:
    """Return milliseconds by size, the best of the rounds."""
    written = {name: _event(size) for name, size in _SIZES.items()}
    best = dict.fromkeys(_SIZES, float("inf"))
    for number in range(rounds):
        for name, event in written.items():
            show(f"one event of {name}, {number + 1}/{rounds}")
            best[name] = min(best[name], _read(event))
    return {"one event": best}


def print_big_events(rows: dict[str, Row]) -> None:
    """Print milliseconds, and their ratio to those of the smaller event."""
    table("One event in pieces of 16 KB, CPU milliseconds", rows, list(_SIZES))


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.big_events", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    print_big_events(measure_big_events(parser.parse_args().rounds))


if __name__ == "__main__":
    main()
