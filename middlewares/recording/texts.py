"""The function of a user's that redacts what is stored."""

from __future__ import annotations

from collections.abc import Callable

#: Returns a text with what must not be stored replaced.
Redact = Callable[[str], str]
