"""Ids of tool calls for providers that restrict their form."""

from __future__ import annotations

import re
from hashlib import sha256

_SHORT = re.compile(r"[A-Za-z0-9]{9}")
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def short_id(call_id: str) -> str:
    """Return nine letters and digits for an id, always the same, so that results match calls."""
    if _SHORT.fullmatch(call_id):
        return call_id
    number = int.from_bytes(sha256(call_id.encode("utf-8", "replace")).digest())
    digits: list[str] = []
    for _ in range(9):
        number, digit = divmod(number, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(digits)
