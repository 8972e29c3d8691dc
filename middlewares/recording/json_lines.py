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
        # The entries of the latest write, and the bytes of them that are not in the file yet.
        self._entries: Sequence[LogEntry] = ()
        self._rest = b""

    def write(self, entries: Sequence[LogEntry]) -> None:
        """See `Writer.write`; another attempt with the same entries goes on where this one ended.

        Raises:
            OSError: the file cannot be written, for example because the disk is full.
        """
        if not self._rest or entries is not self._entries:
            lines = b"".join(encode_json(msgspec.structs.asdict(each)) + b"\n" for each in entries)
            self._rest = (b"\n" if self._is_torn() else b"") + lines
            self._entries = entries
        number = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            # The lines of a process that appends at the same time do not come in between, unless
            # the system takes only a part at once, as if the disk is nearly full.
            while self._rest:
                self._rest = self._rest[os.write(number, self._rest) :]
        finally:
            os.close(number)

    def _is_torn(self) -> bool:
        """Return whether the file ends in the middle of a line, whose rest was given up."""
        if self._entries and not self._rest:
            # This object has written all.
            return False
        if not self._path.is_file():
            return False
        try:
            with self._path.open("rb") as file:
                file.seek(-1, os.SEEK_END)
                return file.read() != b"\n"
        except OSError:
            # There is nothing in it.
            return False

    def close(self) -> None:
        """See `Writer.close`."""
