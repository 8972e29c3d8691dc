"""Functions of text, applied to text that arrives in pieces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from typing import Protocol

from ..errors import BadRequestError, InvalidArgumentError
from ..schema.model_response import ModelResponseStream
from ..schema.parts import Delta, DeltaFunction, DeltaToolCall, StreamingChoice

TextFunction = Callable[[str], str]

#: The name of a field: the arguments of the tool calls of a delta.
ARGUMENTS = "arguments"


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


class Pieces(Protocol):
    """Changes a text that comes in pieces."""

    def feed(self, text: str) -> str:
        """Return what is certain now that `text` has arrived."""
        ...

    def end(self) -> str:
        """Return the rest: the text has ended."""
        ...


def returning_text(change: TextFunction) -> TextFunction:
    """Return a function that calls `change`, and checks that it returns text."""

    def checked(text: str) -> str:
        changed = change(text)
        if not isinstance(changed, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # users may not use a type checker
            raise InvalidArgumentError(
                f"map_text: expected a function that returns str, got {type(changed).__name__}"
            )
        return changed

    return checked


def text_windows(change: TextFunction, hold_back: int) -> Callable[[str], TextWindow]:
    """Return what makes a window for each text.

    Raises:
        BadRequestError: `hold_back` is negative.
    """
    if hold_back < 0:
        raise BadRequestError(f"map_text: hold_back: expected 0 or more, got {hold_back!r}")
    checked = returning_text(change)
    return lambda _: TextWindow(checked, hold_back)


class TextChange:
    """Changes the texts of a stream's chunks: `read` each chunk, then `flush`.

    Args:
        make: makes what changes a text, from the name of its field.
        fields: the texts of a delta, and "arguments" for those of its tool calls.
    """

    def __init__(self, make: Callable[[str], Pieces], fields: Sequence[str]) -> None:
        self._make = make
        self._fields = tuple(name for name in fields if name != ARGUMENTS)
        self._arguments = ARGUMENTS in fields
        self._texts: dict[int, dict[str, Pieces]] = {}
        self._calls: dict[int, dict[int, Pieces]] = {}
        self._last: ModelResponseStream | None = None

    def read(self, chunk: ModelResponseStream) -> list[ModelResponseStream]:
        """Return the chunks that show what is certain of the texts so far."""
        self._last = chunk
        rests: list[StreamingChoice] = []
        for choice in chunk.choices:
            self._read_delta(choice.index, choice.delta)
            if choice.finish_reason is not None:
                rests += self._rest_of(choice.index, choice.delta)
        shown = [chunk] if _shows(chunk) else []
        return [_chunk_of(chunk, rests), *shown] if rests else shown

    def flush(self) -> ModelResponseStream | None:
        """Return a chunk with what is left of the texts, None if nothing is."""
        indexes = sorted(self._texts.keys() | self._calls.keys())
        rests = [rest for index in indexes for rest in self._rest_of(index, Delta())]
        return _chunk_of(self._last, rests) if rests and self._last is not None else None

    def _read_delta(self, index: int, delta: Delta) -> None:
        for name in self._fields:
            text: str | None = getattr(delta, name)
            if text:
                texts = self._texts.setdefault(index, {})
                if name not in texts:
                    texts[name] = self._make(name)
                setattr(delta, name, texts[name].feed(text) or None)
        if self._arguments:
            for piece in delta.tool_calls or ():
                self._read_call(self._calls.setdefault(index, {}), piece)

    def _read_call(self, calls: dict[int, Pieces], piece: DeltaToolCall) -> None:
        function = piece.function
        if function is None or not function.arguments:
            return
        key = max(calls, default=0) if piece.index is None else piece.index
        if key not in calls:
            calls[key] = self._make(ARGUMENTS)
        function.arguments = calls[key].feed(function.arguments)

    def _rest_of(self, index: int, delta: Delta) -> list[StreamingChoice]:
        """Return the rest of a choice's texts, after what `delta` shows of them."""
        rest = Delta()
        for name, pieces in self._texts.pop(index, {}).items():
            text = (getattr(delta, name) or "") + pieces.end()
            setattr(delta, name, None)
            setattr(rest, name, text or None)
        calls = list(delta.tool_calls or ())
        for key, pieces in self._calls.pop(index, {}).items():
            text = pieces.end()
            if text:
                calls.append(DeltaToolCall(index=key, function=DeltaFunction(arguments=text)))
        if len(calls) > len(delta.tool_calls or ()):
            delta.tool_calls = None
            rest.tool_calls = calls
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
