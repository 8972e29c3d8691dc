"""Recorded exchanges with providers, in a folder next to the project's.

They are not part of the project, so a plain clone has none. A test that needs them uses the fixture
`recordings`, directly or through `rows`. Without them, each wire is tested with responses that were
written by hand (tests/support/calls/wire_answers.py and the tests of each wire).
"""

from __future__ import annotations

import base64
import gzip
import json
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pytest

Row = dict[str, Any]
Test = TypeVar("Test", bound=Callable[..., None])
#: The value that a field must have, or a function that returns whether a value matches.
Wanted = str | int | bool | None | Callable[[Any], bool]

FOLDER = Path(os.environ.get("TRUNKLINE_RECORDINGS", Path(__file__).parents[4] / "shared" / "wire"))


@pytest.fixture(scope="session")
def recordings() -> Path:
    """Return the folder of the recordings; skip the test if it is missing."""
    if not FOLDER.is_dir():
        pytest.skip(f"needs the recorded exchanges, which are not in {FOLDER}")
    return FOLDER


@cache
def recorded(wire: str) -> list[Row]:
    """Return all exchanges of a wire, [] if the recordings are missing."""
    path = FOLDER / f"{wire}.jsonl.gz"
    if not path.is_file():
        return []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def rows(wire: str, **wanted: Wanted) -> Callable[[Test], Test]:
    """Parametrize a test over the recorded exchanges of a wire that match.

    The test uses the fixture `recordings`, so it is skipped if the recordings are missing.

    Args:
        wire: name of the file without its suffixes.
        wanted: for each field, the value to match, or a function that returns whether it matches.
    """
    found = [
        row
        for row in recorded(wire)
        if all(
            value(row[name]) if callable(value) else row[name] == value
            for name, value in wanted.items()
        )
    ]
    if not found and FOLDER.is_dir():
        raise ValueError(f"{wire}: no recorded exchange has {wanted}")
    parameters = [pytest.param(row, id=row["id"]) for row in found]
    parametrize = pytest.mark.parametrize("row", parameters or [pytest.param({}, id="missing")])
    return lambda test: parametrize(pytest.mark.usefixtures("recordings")(test))


def body_of(row: Row) -> bytes:
    """Return an exchange's response body."""
    encoded = row.get("response_b64")
    return base64.b64decode(encoded) if encoded else row["response_text"].encode()
