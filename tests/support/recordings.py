"""Recorded exchanges with providers, read from where they lie beside the project."""

from __future__ import annotations

import base64
import gzip
import json
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

Row = dict[str, Any]
#: A field's value, or what tells whether a value will do.
Wanted = str | int | bool | None | Callable[[Any], bool]

FOLDER = Path(os.environ.get("TRUNKLINE_RECORDINGS", Path(__file__).parents[3] / "shared" / "wire"))


@cache
def recorded(wire: str) -> list[Row]:
    """Return all exchanges of a wire, [] where the recordings are missing."""
    path = FOLDER / f"{wire}.jsonl.gz"
    if not path.is_file():
        return []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def rows(wire: str, **wanted: Wanted) -> pytest.MarkDecorator:
    """Parametrise a test over the exchanges of a wire whose fields are as wanted.

    What is wanted of a field is its value, or a function that tells whether it will do.

    Where the recordings are missing, the one test that is left is skipped with the reason.
    """
    found = [
        row
        for row in recorded(wire)
        if all(
            value(row[name]) if callable(value) else row[name] == value
            for name, value in wanted.items()
        )
    ]
    if not found:
        reason = f"the recorded exchanges are not here: {FOLDER}"
        return pytest.mark.parametrize("row", [pytest.param({}, marks=pytest.mark.skip(reason))])
    return pytest.mark.parametrize("row", found, ids=[row["id"] for row in found])


def body_of(row: Row) -> bytes:
    """Return an exchange's response body."""
    encoded = row.get("response_b64")
    return base64.b64decode(encoded) if encoded else row["response_text"].encode()
