"""What is changed in the expectations of recordings is still needed, and does what it says."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.recorded.expectations import CORRECTIONS, ODD_TOTALS, corrected
from tests.support.recorded.recordings import Row, recorded
from trunkline.pipeline.json_values import JSON

pytestmark = pytest.mark.usefixtures("recordings")

WIRES = ("anthropic", "bedrock-converse", "cohere", "gemini", "ollama", "openai")


def answered() -> list[Row]:
    """Return all recordings of successful responses."""
    return [row for wire in WIRES for row in recorded(wire) if row["status"] == 200]


@pytest.mark.parametrize("correction", CORRECTIONS)
def test_each_correction_is_needed(correction: Callable[[Row], JSON]) -> None:
    assert correction.__doc__
    changed = [(row, correction(row)) for row in answered() if correction(row)]
    assert changed
    for row, changes in changed:
        assert corrected(row).items() >= changes.items()
        assert all(row["expect"].get(field) != value for field, value in changes.items())


def test_all_other_expectations_stay() -> None:
    for row in answered():
        if not any(correction(row) for correction in CORRECTIONS):
            assert corrected(row) == row["expect"]


def test_odd_totals_are_recorded() -> None:
    assert set(ODD_TOTALS) <= {row["id"] for row in answered()}
    assert all(ODD_TOTALS.values())
