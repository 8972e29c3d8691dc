"""Mistakes that the command line reports with exit code 2, before anything is sent."""

from __future__ import annotations


class MistakeError(Exception):
    """An argument or a file is wrong; the message says which, and what to do."""
