"""Replace one value of a recorded response body with an odd one, in any body format."""

from __future__ import annotations

import json
import random
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from trunkline.pipeline.json_values import as_array, as_object

#: The odd values.
ODD: tuple[Any, ...] = (
    None, True, 5, -1, 1.5, "", "x", [], [1], ["x"], [None], [[]], [{}], {}, {"a": 1},
    {"type": "x"},
)  # fmt: skip

Path = tuple[str | int, ...]


def mutate(body: bytes, chance: random.Random) -> bytes:
    """Return a body with one JSON value replaced or one field removed."""
    units, join = split_body(body)
    positions = [number for number, unit in enumerate(units) if _paths(unit)]
    if not positions:
        return body
    position = chance.choice(positions)
    # A copy: the recording is used again.
    unit = json.loads(json.dumps(units[position]))
    paths = _paths(unit)
    path = chance.choice(paths)
    units[position] = _changed(unit, path, chance)
    return join(units)


def _changed(unit: Any, path: Path, chance: random.Random) -> Any:
    if not path:
        return chance.choice(ODD)
    parent = unit
    for step in path[:-1]:
        parent = parent[step]
    if isinstance(parent, dict) and chance.random() < 0.15:
        del parent[path[-1]]
    else:
        parent[path[-1]] = chance.choice(ODD)
    return unit


def _paths(value: Any, path: Path = ()) -> list[Path]:
    """Return the path of every value in a decoded document; the document's own path is first."""
    fields, several = as_object(value), as_array(value)
    if fields is None and several is None:
        return [path]
    items: Iterable[tuple[str | int, Any]] = enumerate(several or ())
    if fields is not None:
        items = fields.items()
    return [path, *(found for key, item in items for found in _paths(item, (*path, key)))]


def split_body(body: bytes) -> tuple[list[Any], Callable[[list[Any]], bytes]]:
    """Return the JSON documents of a body, and a function that joins changed ones into a body."""
    if body[:1] == b"\x00":
        return _split_frames(body)
    try:
        return [json.loads(body)], lambda units: _dump(units[0])
    except ValueError:
        return _split_lines(body)


def _dump(value: Any) -> bytes:
    return json.dumps(value).encode()


def _split_lines(body: bytes) -> tuple[list[Any], Callable[[list[Any]], bytes]]:
    """Split server-sent events, or lines of JSON."""
    lines = body.splitlines()
    units: list[Any] = []
    places: list[tuple[int, bytes]] = []
    for number, line in enumerate(lines):
        start = b"data:" if line.startswith(b"data:") else b""
        try:
            units.append(json.loads(line[len(start) :]))
        except ValueError:
            continue
        places.append((number, start))

    def join(changed: list[Any]) -> bytes:
        written = list(lines)
        for (number, start), unit in zip(places, changed, strict=True):
            written[number] = start + (b" " if start else b"") + _dump(unit)
        return b"\n".join([*written, b""])

    return units, join


def _split_frames(body: bytes) -> tuple[list[Any], Callable[[list[Any]], bytes]]:
    """Split the binary event stream of AWS; see event_streams.py."""
    heads, payloads = zip(*_frames(body), strict=True)
    return [json.loads(payload) for payload in payloads], lambda units: b"".join(
        _frame(head, _dump(unit)) for head, unit in zip(heads, units, strict=True)
    )


def _frames(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    while body:
        total, length = struct.unpack(">II", body[:8])
        yield body[12 : 12 + length], body[12 + length : total - 4]
        body = body[total:]


def _frame(head: bytes, payload: bytes) -> bytes:
    prelude = struct.pack(">II", 16 + len(head) + len(payload), len(head))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + head + payload
    return message + struct.pack(">I", zlib.crc32(message))
