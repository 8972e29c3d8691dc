"""Draw calls as text for terminals, logs and bug reports."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from textwrap import wrap
from typing import TextIO
from unicodedata import east_asian_width

from msgspec import Struct

from .call_view import AnswerView, CallView, Row, cut

_ANSWER_LIMIT = 1000
_ARGUMENTS_LIMIT = 200
_LAYER_WIDTH = 18
# Room for the longest name, the shortest bar, and a few words of an error.
_MIN_WIDTH = 52


class Symbols(Struct, frozen=True, kw_only=True):
    """The characters of a drawing.

    Attributes:
        bars: one for each kind of row.
        track: the character behind a bar.
        layer_separator: between two layers of the chain.
        fact_separator: between two facts.
        marks: before an outcome.
    """

    bars: Mapping[str, str]
    track: str
    layer_separator: str
    fact_separator: str
    marks: Mapping[str, str]


UNICODE = Symbols(
    bars={
        "attempt": "\u2588",
        "failed": "\u2573",
        "stream": "\u2593",
        "waited": "\u2591",
        "note": "\u2502",
    },
    track="\u00b7",
    layer_separator=" \u203a ",
    fact_separator=" \u00b7 ",
    marks={"completed": "\u2713 ", "failed": "\u2717 ", "truncated": "\u2717 "},
)
ASCII = Symbols(
    bars={"attempt": "#", "failed": "x", "stream": "=", "waited": "-", "note": "|"},
    track=".",
    layer_separator=" > ",
    fact_separator="; ",
    marks={},
)

# Color codes of ECMA-48; the theme of the terminal defines how they look.
_COLORS = {
    "attempt": "34",
    "failed": "31",
    "stream": "32",
    "waited": "2",
    "note": "35",
    "completed": "32",
    "truncated": "31",
    "bold": "1",
    "dim": "2",
}


class Painter:
    """Colors text by its meaning."""

    def paint(self, text: str, what: str) -> str:
        """Return text in the color of its meaning."""
        color = _COLORS.get(what)
        return f"\x1b[{color}m{text}\x1b[0m" if color and text else text


class PlainPainter(Painter):
    """Leaves text unchanged."""

    def paint(self, text: str, what: str) -> str:  # noqa: ARG002  # the signature of the base class
        """Return the text."""
        return text


def show_call(view: CallView, file: TextIO | None = None) -> None:
    """Print a call to `file`, by default standard output.

    The drawing is as wide as the terminal (COLUMNS, else 80). It has colors only on a terminal
    and without NO_COLOR (https://no-color.org), and is plain ASCII if the encoding requires it.
    """
    out = sys.stdout if file is None else file
    encoding = getattr(out, "encoding", None) or "utf-8"
    symbols = UNICODE if _can_write(UNICODE, encoding) else ASCII
    colored = out.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    painter = Painter() if colored else PlainPainter()
    text = draw_call(view, shutil.get_terminal_size().columns, symbols, painter)
    out.write(text.encode(encoding, "replace").decode(encoding) + "\n")


def draw_call(
    view: CallView, width: int = 80, symbols: Symbols = UNICODE, painter: Painter | None = None
) -> str:
    """Return a call as lines of at most `width` characters, but at least 52."""
    width = max(width, _MIN_WIDTH)
    painter = painter or PlainPainter()
    lines = [*_head(view, width, symbols, painter)]
    if view.layers:
        names = [f"{name}*" if did else name for name, did in view.layers]
        chain = [
            painter.paint(line, "dim") for line in _wrap(symbols.layer_separator.join(names), width)
        ]
        lines += ["", *chain]
    if view.rows:
        lines += ["", *_waterfall(view, width, symbols, painter)]
    for answer in view.answers:
        lines += _answer(answer, width, painter)
    return "\n".join(lines)


def _can_write(symbols: Symbols, encoding: str) -> bool:
    text = "".join(
        (
            *symbols.bars.values(),
            symbols.track,
            symbols.layer_separator,
            symbols.fact_separator,
            *symbols.marks.values(),
        )
    )
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _head(view: CallView, width: int, symbols: Symbols, painter: Painter) -> Iterator[str]:
    name = " ".join(part for part in (view.model, f"({view.provider})") if part != "()")
    outcome = f"{symbols.marks.get(view.outcome, '')}{view.outcome}"
    *lines, last = _wrap(name, width)
    yield from (painter.paint(line, "bold") for line in lines)
    if outcome and len(last) + 2 + len(outcome) > width:
        yield painter.paint(last, "bold")
        yield painter.paint(outcome, view.outcome)
    else:
        beside = f"  {painter.paint(outcome, view.outcome)}" if outcome else ""
        yield painter.paint(last, "bold") + beside
    yield from _wrap(
        symbols.fact_separator.join(f"{name} {value}" for name, value in view.facts), width
    )
    for line in view.error.splitlines():
        yield from (painter.paint(part, "failed") for part in _wrap(line, width))


def _waterfall(view: CallView, width: int, symbols: Symbols, painter: Painter) -> Iterator[str]:
    names = max(len(_shorten(row.layer)) for row in view.rows)
    lane = min(max((width - names - 12) // 3, 8), 40)
    for row in view.rows:
        bar = _bar(row, view.seconds, lane, symbols)
        drawn = painter.paint(bar.strip(), row.kind)
        left = len(bar) - len(bar.lstrip())
        track = painter.paint(symbols.track * left, "dim") + drawn
        track += painter.paint(symbols.track * (lane - len(bar)), "dim")
        head = f"{_pad(_shorten(row.layer), names)}  {track}  {row.took:>7}  "
        space = names + lane + 13
        texts = _wrap(row.text, max(width - space, 12))
        yield head + texts[0]
        yield from (" " * space + text for text in texts[1:])
    if view.more:
        yield f"{view.more:,} more notes not shown"


def _bar(row: Row, total: float, lane: int, symbols: Symbols) -> str:
    """Return the bar of a row with spaces before it: at least one character, within its lane."""
    scale = lane / total if total else 0.0
    start = min(int(row.start * scale), lane - 1)
    end = min(max(round((row.start + row.seconds) * scale), start + 1), lane)
    return " " * start + symbols.bars[row.kind] * (end - start)


def _answer(answer: AnswerView, width: int, painter: Painter) -> Iterator[str]:
    parts: list[tuple[str, str]] = [("refusal", answer.refusal), (answer.title, answer.text)]
    parts += [
        ("tool call", f"{name}({cut(arguments, _ARGUMENTS_LIMIT)})")
        for name, arguments in answer.calls
    ]
    parts.append(("media", answer.media))
    if answer.reasoning:
        parts.append(("reasoning", f"{len(answer.reasoning):,} characters"))
    for name, text in parts:
        if text:
            yield ""
            yield painter.paint(name, "dim")
            yield from _paragraphs(cut(text, _ANSWER_LIMIT), width)


def _paragraphs(text: str, width: int) -> Iterator[str]:
    for line in text.expandtabs(4).splitlines():
        yield from _wrap(line, width - 2, "  ")


def _wrap(text: str, width: int, indent: str = "") -> list[str]:
    """Return text as lines of at most `width` terminal columns."""
    wide = sum(map(_is_wide, text))
    # Wide characters take two columns each; textwrap counts characters.
    lines = wrap(
        text,
        max(width // 2 if wide else width, 1),
        replace_whitespace=False,
        break_on_hyphens=False,
    )
    return [indent + line for line in lines] or [""]


def _shorten(name: str) -> str:
    """Return a layer's name shortened to the width of its column."""
    return name if len(name) <= _LAYER_WIDTH else f"{name[: _LAYER_WIDTH - 2]}.."


def _pad(text: str, width: int) -> str:
    return text + " " * max(0, width - len(text) - sum(map(_is_wide, text)))


def _is_wide(character: str) -> bool:
    return east_asian_width(character) in "WF"
