"""Functions of text, applied to text that arrives in pieces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy

from ..errors import BadRequestError
from ..schema.model_response import ModelResponseStream
from ..schema.parts import Delta, StreamingChoice

TextFunction = Callable[[str], str]


class TextWindow:
    """Applies a function to text in pieces, so that the result is that of the whole text.

    A piece is handed out when no change that the rest of the text could bring reaches into it: a
    change looks at no more than `hold_back` characters. Where a change begins in one piece and ends
    in the next, more is held back. The function sees as many characters before a piece, too.
    """

    def __init__(self, change: TextFunction, hold_back: int) -> None:
        self._change = change
        self._hold = hold_back
        self._before = ""
        self._pending = ""

    def feed(self, text: str) -> str:
        """Return what is certain now that `text` has arrived."""
        if self._hold == 0:
            return self._change(text)
        self._pending += text
        return self._take(self._cut())

    def end(self) -> str:
        """Return the rest: the text has ended."""
        return self._take(len(self._pending))

    def _take(self, count: int) -> str:
        if count == 0:
            return ""
        ready, self._pending = self._pending[:count], self._pending[count:]
        changed = self._changed(self._before, ready)
        self._before = (self._before + ready)[-self._hold :]
        return changed

    def _cut(self) -> int:
        """Return how many characters can be taken: no change reaches across that place."""
        latest = len(self._pending) - self._hold + 1
        if latest <= 0:
            return 0
        whole = self._changed(self._before, self._pending)
        for place in range(latest, max(0, latest - 2 * self._hold), -1):
            ready, rest = self._pending[:place], self._pending[place:]
            before = (self._before + ready)[-self._hold :]
            if self._changed(self._before, ready) + self._changed(before, rest) == whole:
                return place
        return 0

    def _changed(self, before: str, text: str) -> str:
        """Return what becomes of `text` after the text `before`."""
        if not before:
            return self._change(text)
        head, whole = self._change(before), self._change(before + text)
        return whole[len(head) :] if whole.startswith(head) else self._change(text)


class TextChange:
    """Applies a function to the texts of a stream's chunks: `read` each chunk, then `flush`.

    Raises:
        BadRequestError: `hold_back` is negative.
    """

    def __init__(self, change: TextFunction, hold_back: int, fields: Sequence[str]) -> None:
        if hold_back < 0:
            raise BadRequestError(f"map_text: hold_back: expected 0 or more, got {hold_back!r}")
        self._change = change
        self._hold = hold_back
        self._fields = tuple(fields)
        self._windows: dict[int, dict[str, TextWindow]] = {}
        self._last: ModelResponseStream | None = None

    def read(self, chunk: ModelResponseStream) -> list[ModelResponseStream]:
        """Return the chunks that show what is certain of the text so far."""
        self._last = chunk
        rests: list[StreamingChoice] = []
        for choice in chunk.choices:
            for name in self._fields:
                text: str | None = getattr(choice.delta, name)
                if text:
                    setattr(choice.delta, name, self._window(choice.index, name).feed(text) or None)
            if choice.finish_reason is not None:
                rests += self._rest_of(choice.index, choice.delta)
        shown = [chunk] if _shows(chunk) else []
        return [_chunk_of(chunk, rests), *shown] if rests else shown

    def flush(self) -> ModelResponseStream | None:
        """Return a chunk with what is left of the texts, None if nothing is."""
        rests = [rest for index in list(self._windows) for rest in self._rest_of(index, Delta())]
        return _chunk_of(self._last, rests) if rests and self._last is not None else None

    def _window(self, index: int, name: str) -> TextWindow:
        windows = self._windows.setdefault(index, {})
        if name not in windows:
            windows[name] = TextWindow(self._change, self._hold)
        return windows[name]

    def _rest_of(self, index: int, delta: Delta) -> list[StreamingChoice]:
        """Return the rest of a choice's texts, after what `delta` shows of them."""
        rest = Delta()
        for name, window in self._windows.pop(index, {}).items():
            text = (getattr(delta, name) or "") + window.end()
            setattr(delta, name, None)
            setattr(rest, name, text or None)
        return [StreamingChoice(index=index, delta=rest)] if rest.keys() else []


def _shows(chunk: ModelResponseStream) -> bool:
    """Return whether a chunk has anything left to show."""
    return (
        not chunk.choices
        or chunk.usage is not None
        or any(
            choice.finish_reason is not None or choice.delta.keys() or choice.logprobs is not None
            for choice in chunk.choices
        )
    )


def _chunk_of(like: ModelResponseStream, choices: list[StreamingChoice]) -> ModelResponseStream:
    chunk = copy(like)
    chunk.usage = None
    chunk.raw_ = ()
    chunk.choices = choices
    return chunk
