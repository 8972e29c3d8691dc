"""Unpaired UTF-16 surrogates in JSON text, which UTF-8 cannot encode."""

from __future__ import annotations

import re
from collections.abc import Callable

# Escapes in JSON text, one after the other, so that an escaped backslash begins nothing.
_ESCAPES = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|\\u([dD][89a-fA-F][0-9a-fA-F]{2})|\\.",
    re.DOTALL,
)


def replace_lone(text: bytes, write: Callable[[int], bytes]) -> bytes:
    """Return JSON text in which `write` replaces the escapes of lone surrogates."""

    def escape(found: re.Match[bytes]) -> bytes:
        lone = found.group(1)
        return found.group() if lone is None else write(int(lone, 16))

    return _ESCAPES.sub(escape, text)


def mend_surrogates(text: bytes) -> bytes:
    """Return JSON text with the replacement character for each lone surrogate."""
    return replace_lone(text, lambda _: rb"\ufffd")


def join_surrogates(text: str) -> str:
    """Return text with pairs of surrogates joined; those that stay alone are replaced."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
