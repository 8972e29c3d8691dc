"""Check the numbers that users give to middlewares, who may not use a type checker."""

from __future__ import annotations


def check_count(name: str, value: object, unit: str = "") -> None:
    """Raise ValueError unless a value is a whole number of 1 or more."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name}: expected 1 or more{unit}, got {value!r}")


def check_seconds(name: str, value: object, *, least: str) -> None:
    """Raise ValueError unless a value is a number of "0 or more" or "more than 0" seconds."""
    number = float(value) if isinstance(value, int | float) else -1.0
    if number > 0 or (number == 0 and least == "0 or more"):
        return
    raise ValueError(f"{name}: expected {least} seconds, got {value!r}")
