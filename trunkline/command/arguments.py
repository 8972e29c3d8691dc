"""Read what is given to a command.

Errors name options and never their values, which may be keys. What is not text is refused: Python
keeps bytes that it cannot decode as surrogates.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence

from ..pipeline.near_names import find_near
from .mistakes import MistakeError

# `--modle` and `--model` are this similar.
_SIMILAR = 0.7
_NAME = re.compile(r"[A-Za-z_]*")
_NOT_TEXT = "it is not text in UTF-8; use a terminal or a script that writes UTF-8"


def parse_arguments(parser: argparse.ArgumentParser, argv: Sequence[str]) -> argparse.Namespace:
    """Return a command's arguments; end with exit code 2 if one is not known."""
    options, rest = parser.parse_known_args(argv)
    if rest:
        parser.error(f"unrecognized arguments: {_describe(parser, rest)}")
    return options


def begin_of(given: str) -> str:
    """Return what is before the first sign of an argument that should be NAME=VALUE."""
    match = _NAME.match(given)
    return match[0] if match else ""


def _describe(parser: argparse.ArgumentParser, rest: Sequence[str]) -> str:
    names = [
        word.partition("=")[0] if word.startswith("--") else word[:2]
        for word in rest
        if word.startswith("-")
    ]
    if names:
        return " ".join(names) + _advise(parser, names[0])
    # argparse has no other list of what a parser takes.
    takes_prompt = any(action.dest == "prompt" for action in parser._actions)
    return " ".join(rest) + ("; put a prompt of several words in quotes" if takes_prompt else "")


def _advise(parser: argparse.ArgumentParser, name: str) -> str:
    """Return what to write instead of an option that is not known, "" if that is unclear."""
    known = {
        each.lstrip("-").replace("-", "_"): each
        for action in parser._actions
        for each in action.option_strings
        # One letter is similar to nothing.
        if each.startswith("--")
    }
    near = find_near(name.lstrip("-"), known, _SIMILAR)
    return f"; did you mean {known[near]}?" if near else ""


def is_text(given: str) -> bool:
    """Return whether all characters of what was given could be decoded, and none is NUL."""
    try:
        given.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in given


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
