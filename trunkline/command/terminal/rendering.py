"""Show an answer while it arrives: Markdown in a terminal, plain text elsewhere."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import sys
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from ...pipeline.views.call_view import clean
from .typing_echo import hide_typing

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.live import Live
    from rich.segment import Segment

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_ITEM = re.compile(r"^\s*([-*+]|\d{1,9}[.)])\s")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
# Drawing a long block takes longer than a chunk takes to arrive.
_DRAW_SECONDS = 0.08


class Writer(Protocol):
    """Shows the text of an answer piece by piece."""

    def write(self, text: str) -> None:
        """Show more text."""
        ...

    def pause(self) -> None:
        """Show all that has been written, and end the line, so that something else can follow."""
        ...

    def close(self) -> None:
        """End the answer."""
        ...


def choose_writer(*, markdown: bool) -> Writer:
    """Return a writer to standard output.

    Args:
        markdown: whether Markdown is shown as such, if standard output is a terminal that can show
            it and the extra `cli` is installed.
    """
    if markdown and is_terminal() and importlib.util.find_spec("rich") is not None:
        return MarkdownWriter()
    return PlainWriter()


def is_terminal() -> bool:
    """Return whether standard output is a terminal that moves its cursor."""
    try:
        return os.isatty(sys.stdout.fileno()) and os.environ.get("TERM", "dumb") != "dumb"
    except (AttributeError, OSError, ValueError):
        return False


def shares_a_line() -> bool:
    """Return whether what standard error gets would follow standard output on the same line."""
    try:
        out, err = sys.stdout.fileno(), sys.stderr.fileno()
        return os.isatty(out) or os.path.sameopenfile(out, err)
    except (AttributeError, OSError, ValueError):
        return False


def shown(text: str) -> str:
    """Return a model's text for standard output, for a terminal without control characters."""
    return clean(text) if sys.stdout.isatty() else text


def print_json(text: str) -> None:
    """Print JSON; what the encoding of standard output lacks is escaped as JSON does it."""
    text = shown(text)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = _NOT_ASCII.sub(lambda found: json.dumps(found[0])[1:-1], text)
    print(text)


class PlainWriter:
    """Writes text as it is; see `Writer`."""

    def __init__(self) -> None:
        self._last = ""

    def write(self, text: str) -> None:
        """See `Writer.write`."""
        self._last = text or self._last
        print(shown(text), end="", flush=True)

    def pause(self) -> None:
        """See `Writer.pause`."""
        if self._last and not self._last.endswith("\n"):
            self._last = "\n"
            print(flush=True)

    def close(self) -> None:
        """See `Writer.close`."""
        self.pause()


class MarkdownWriter:
    """Shows Markdown with rich: each block for good once it is complete, the last one as it grows.

    Only the last block is drawn again and again, so a long answer scrolls as plain text does.
    """

    def __init__(self) -> None:
        from rich.console import Console  # noqa: PLC0415  # an extra

        self._console: Console = Console(highlight=False, soft_wrap=False)
        self._restore: Callable[[], None] | None = None
        self._live: Live | None = None
        self._drawn = 0.0
        self._blocks = Blocks()

    def write(self, text: str) -> None:
        """See `Writer.write`."""
        for block in self._blocks.feed(clean(text)):
            self._print(block)
        rest = self._blocks.rest
        if rest.strip() and monotonic() - self._drawn >= _DRAW_SECONDS:
            self._show(last_lines(rest, self._console.height - 2))
            self._drawn = monotonic()

    def pause(self) -> None:
        """See `Writer.pause`."""
        rest = self._blocks.flush()
        if rest.strip():
            self._print(rest)
        self._erase()

    def close(self) -> None:
        """See `Writer.close`."""
        self.pause()

    def _print(self, block: str) -> None:
        self._erase()
        self._console.print(_Block(block), end="")
        self._console.print()

    def _show(self, block: str) -> None:
        from rich.live import Live  # noqa: PLC0415  # an extra

        if self._live is None:
            self._restore = hide_typing()
            self._live = Live(
                console=self._console,
                auto_refresh=False,
                transient=True,
                vertical_overflow="crop",
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start()
        self._live.update(_Block(block), refresh=True)

    def _erase(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None
        if self._restore is not None:
            self._restore()
            self._restore = None


class _Block:
    """A block of Markdown without the empty lines that rich has around lists and tables."""

    def __init__(self, text: str) -> None:
        from rich.markdown import Markdown  # noqa: PLC0415  # an extra

        # Without hyperlinks the address of a link is shown, so that a model cannot disguise it.
        self._markdown = Markdown(text, hyperlinks=False)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.segment import Segment  # noqa: PLC0415  # an extra

        lines = console.render_lines(self._markdown, options, pad=False)
        while lines and _is_empty(lines[0]):
            del lines[0]
        while lines and _is_empty(lines[-1]):
            del lines[-1]
        for line in lines:
            yield from line
            yield Segment.line()


def _is_empty(line: list[Segment]) -> bool:
    """Return whether a line has neither text nor the background of code."""
    return all(not part.text.strip() and not (part.style and part.style.bgcolor) for part in line)


def last_lines(block: str, count: int) -> str:
    """Return the last lines of a block, code with the line that begins it."""
    lines = block.lstrip("\n").splitlines(keepends=True)
    if len(lines) <= count:
        return block
    first = lines[:1] if _FENCE.match(lines[0]) else []
    return "".join([*first, *lines[-max(1, count - len(first)) :]])


class Blocks:
    """Cuts Markdown into blocks that can be shown on their own: paragraphs, lists, code.

    Attributes:
        rest: the text of the block that is not complete.
    """

    def __init__(self) -> None:
        self.rest = ""

    def feed(self, text: str) -> list[str]:
        """Add text, and return the blocks that are complete now."""
        self.rest += text
        found: list[str] = []
        while (end := _end_of_block(self.rest)) is not None:
            found.append(self.rest[:end])
            self.rest = self.rest[end:]
        return found

    def flush(self) -> str:
        """Return what is left."""
        rest, self.rest = self.rest, ""
        return rest


def _end_of_block(text: str) -> int | None:
    """Return where the first block ends, None if it may go on."""
    fence, position, blank, item = "", 0, False, False
    for line in text.splitlines(keepends=True):
        if not line.endswith("\n"):
            # The first character tells whether a block goes on, but for the items of a list.
            return position if blank and not (fence or item or line[0].isspace()) else None
        if not fence and blank and line.strip() and _begins_block(line, item):
            return position
        if line.strip():
            mark = _FENCE.match(line)
            if mark and not fence:
                fence = mark[1]
            elif mark and mark[1].startswith(fence) and not line[mark.end() :].strip():
                fence = ""
            item = item or (position == 0 and bool(_ITEM.match(line)))
            blank = False
        else:
            blank = position > 0
        position += len(line)
    return None


def _begins_block(line: str, in_list: bool) -> bool:
    """Return whether a line after an empty one does not belong to what is above it."""
    return not line[0].isspace() and not (in_list and _ITEM.match(line))
