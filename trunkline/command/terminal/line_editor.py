"""Read lines in a terminal with editing and history, and from a pipe without."""

from __future__ import annotations

import contextlib
import importlib.util
import sys
from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING, Protocol

from ...pipeline.views.call_view import clean
from ..settings.paths import has_folders, state_path
from ..settings.private_files import create_private

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import History

_HISTORY = "chat-history"


class LineReader(Protocol):
    """Reads a person's lines, and tells them something."""

    def read(self, prompt: str) -> str | None:
        """Return the next line, None at the end.

        Raises:
            KeyboardInterrupt: Ctrl-C.
        """
        ...

    def tell(self, text: str) -> None:
        """Show something that is not part of an answer, in a terminal only."""
        ...

    def warn(self, text: str) -> None:
        """Show an error."""
        ...


@contextlib.contextmanager
def open_reader(words: Sequence[str]) -> Generator[LineReader]:
    """Return what reads lines: prompt_toolkit (the extra `cli`), else Python's own editing.

    Args:
        words: commands that are completed with Tab.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        yield PipeReader()
    elif importlib.util.find_spec("prompt_toolkit") is not None:
        yield EditingReader(words)
    else:
        yield TerminalReader()


def _warn(text: str) -> None:
    sys.stdout.flush()
    print(f"trunkline: {clean(text)}", file=sys.stderr)


class PipeReader:
    """Reads lines from a pipe; see `LineReader`."""

    def read(self, prompt: str) -> str | None:  # noqa: ARG002
        """See `LineReader.read`."""
        # Files are UTF-8 whatever the locale is; the whole message is checked later.
        line = sys.stdin.buffer.readline().decode("utf-8", "surrogateescape")
        return line.rstrip("\r\n") if line else None

    def tell(self, text: str) -> None:
        """See `LineReader.tell`."""

    def warn(self, text: str) -> None:
        """See `LineReader.warn`."""
        _warn(text)


class TerminalReader:
    """Reads lines with what Python has; see `LineReader`."""

    def __init__(self) -> None:
        with contextlib.suppress(ImportError):
            # input() edits lines once this is imported; Windows does not have it.
            importlib.import_module("readline")

    def read(self, prompt: str) -> str | None:
        """See `LineReader.read`."""
        try:
            return input(prompt)
        except EOFError:
            print()
            return None

    def tell(self, text: str) -> None:
        """See `LineReader.tell`."""
        print(clean(text))

    def warn(self, text: str) -> None:
        """See `LineReader.warn`."""
        _warn(text)


class EditingReader(TerminalReader):
    """Reads lines with prompt_toolkit, and keeps their history; see `LineReader`."""

    def __init__(self, words: Sequence[str]) -> None:
        from prompt_toolkit import PromptSession  # noqa: PLC0415  # an extra
        from prompt_toolkit.completion import WordCompleter  # noqa: PLC0415

        self._session: PromptSession[str] = PromptSession(
            history=_open_history(),
            completer=WordCompleter(list(words), sentence=True),
            complete_while_typing=False,
            enable_history_search=True,
        )

    def read(self, prompt: str) -> str | None:
        """See `LineReader.read`."""
        try:
            return self._session.prompt(prompt)
        except EOFError:
            return None


def _open_history() -> History:
    from prompt_toolkit.history import FileHistory, InMemoryHistory  # noqa: PLC0415  # an extra

    if not has_folders():
        return InMemoryHistory()
    path = state_path(_HISTORY)
    try:
        create_private(path)
    except OSError:
        return InMemoryHistory()
    return FileHistory(path)
