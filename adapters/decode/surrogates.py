r"""Characters that a provider cut in two: `"\ud83d"` in one chunk and `"\ude00"` in the next.

No JSON decoder of ours takes such text. So where one fails, lone surrogates become characters of a
private range, the chunks are decoded as usual, and their texts are joined afterwards.
"""

from __future__ import annotations

import re
from typing import TypeVar, cast

from msgspec import Struct
from msgspec.structs import asdict, replace

from ...pipeline.schema.hybrid import Hybrid
from ...pipeline.schema.model_response import ModelResponseStream
from ...pipeline.schema.parts import Delta, StreamingChoice
from ...pipeline.surrogates import join_surrogates, replace_lone

E = TypeVar("E")
_Key = tuple[int, str, int]

# The first characters of surrogates and of the private range that replaces them.
_SURROGATES, _MARKS = 0xD800, 0x10F000
_MARKED = re.compile("[\U0010f000-\U0010f7ff]+")
_TEXTS = ("content", "reasoning_content", "reasoning", "refusal")


def mark_event(event: E) -> E | None:
    """Return an event of a stream with its lone surrogates marked, None if it has none."""
    marked: object = None
    if isinstance(event, bytes):
        marked = mark_text(event)
    elif isinstance(event, tuple):
        fields = cast("tuple[object, ...]", event)
        marked = tuple(mark_text(one) if isinstance(one, bytes) else one for one in fields)
    elif isinstance(event, Struct):
        texts = {name: one for name, one in asdict(event).items() if isinstance(one, bytes)}
        marked = replace(event, **{name: mark_text(one) for name, one in texts.items()})
    return None if marked == event else cast("E | None", marked)


def mark_text(text: bytes) -> bytes:
    """Return JSON text with its lone surrogates marked."""
    return replace_lone(text, _mark)


def _mark(lone: int) -> bytes:
    above = lone - _SURROGATES + _MARKS - 0x10000
    return b"\\u%04x\\u%04x" % (0xD800 + (above >> 10), 0xDC00 + (above & 0x3FF))


class TextJoiner:
    """Joins marked surrogates over the chunks of one stream."""

    def __init__(self) -> None:
        self._held: dict[_Key, str] = {}

    def join(self, chunks: list[ModelResponseStream]) -> list[ModelResponseStream]:
        """Return the chunks after changing their texts in place."""
        for chunk in chunks:
            for choice in chunk.choices:
                for part, name, index in _texts_of(choice.delta):
                    self._join(part, name, (choice.index, name, index))
                if choice.finish_reason is not None:
                    self._flush(choice)
        return chunks

    def _join(self, part: Hybrid, name: str, key: _Key) -> None:
        text: object = getattr(part, name)
        if not isinstance(text, str) or not text:
            return
        text = self._held.pop(key, "") + _MARKED.sub(_unmarked, text)
        if "\ud800" <= text[-1] <= "\udbff":
            self._held[key] = text[-1]
            text = text[:-1]
        setattr(part, name, join_surrogates(text))

    def _flush(self, choice: StreamingChoice) -> None:
        """Replace the halves whose other half has not come by the end of a choice."""
        for number, name, index in list(self._held):
            if number == choice.index and name in _TEXTS:
                del self._held[number, name, index]
                said = getattr(choice.delta, name) or ""
                setattr(choice.delta, name, said + "\N{REPLACEMENT CHARACTER}")


def _texts_of(delta: Delta) -> list[tuple[Hybrid, str, int]]:
    found: list[tuple[Hybrid, str, int]] = [(delta, name, 0) for name in _TEXTS]
    for block in delta.thinking_blocks or ():
        found.append((block, "thinking", block.index or 0))
    for call in delta.tool_calls or ():
        if call.function is not None:
            found.append((call.function, "arguments", call.index or 0))
        if call.custom is not None:
            found.append((call.custom, "input", call.index or 0))
    return found


def _unmarked(found: re.Match[str]) -> str:
    return "".join(chr(ord(one) - _MARKS + _SURROGATES) for one in found.group())
