"""Errors of the command line itself."""

from __future__ import annotations


class MistakeError(Exception):
    """An argument or a file is wrong; the message says which, and what to do.

    The exit code is 2, and nothing was sent.
    """


class FormatError(Exception):
    """The answer is not what `--schema` asks for; the exit code is 1."""
