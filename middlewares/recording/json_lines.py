"""Write a log of prompts as JSON lines."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ...pipeline.schema.nesting import encode_json
from .log_entries import LogEntry


class JSONLinesWriter:
    """Appends entries to a file, one line each; the file is readable only by its owner.

    Several processes may append to one file.

    Args:
        path: the file; its folder must exist.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, entries: Sequence[LogEntry]) -> None:
        """See `Writer.write`."""
        lines = b"".join(encode_json(msgspec.structs.asdict(entry)) + b"\n" for entry in entries)
        # The lines of a process that appends at the same time do not come in between.
        number = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(number, "ab", buffering=0) as file:
            file.write(lines)

    def close(self) -> None:
        """See `Writer.close`."""
