"""Input that is not text: Python keeps bytes that it cannot decode as surrogates."""

from __future__ import annotations

import argparse

from .mistakes import MistakeError

_NOT_TEXT = "it is not text in UTF-8; use a terminal or a script that writes UTF-8"


def is_text(given: str) -> bool:
    """Return whether all characters of what was given could be decoded."""
    try:
        given.encode()
    except UnicodeEncodeError:
        return False
    return True


def read_text_argument(given: str) -> str:
    """Return an argument of the command line.

    Raises:
        argparse.ArgumentTypeError: it is not text; argparse says which argument that is.
    """
    if not is_text(given):
        raise argparse.ArgumentTypeError(_NOT_TEXT)
    return given


def refuse_undecoded(given: str, place: str) -> None:
    """Raise an error for what is not text.

    Raises:
        MistakeError: it is not; `place` is what the message calls it.
    """
    if not is_text(given):
        raise MistakeError(f"{place}: {_NOT_TEXT}")
