"""The order of a candidate's parts, where OpenAI's message cannot express it.

A message has its text in one string, and images, calls and Google's own parts in lists. Gemini
requires the parts back in their order, and each signature on the part that it came with:
https://ai.google.dev/gemini-api/docs/thought-signatures. So a message keeps marks, each with a
position in the text and what is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ....pipeline.json_values import JSON, as_object
from ....pipeline.schema.parts import Delta

#: The key in `provider_specific_fields` of a message for the marks.
PART_ORDER = "gemini_order"

# Kinds of parts, in the order in which a message without marks is sent back.
NATIVE, TEXT, IMAGE, AUDIO, CALL = "part", "text", "image", "audio", "call"
_KINDS = (NATIVE, TEXT, IMAGE, AUDIO, CALL)
_TEXT_RANK = _KINDS.index(TEXT)


class PartOrder:
    """Marks the parts of one candidate, part by part.

    A delta gets no marks as long as a message without them is sent back in the same order.
    """

    def __init__(self) -> None:
        self._marks: list[JSON] = []
        self._needed = False
        self._last = 0
        self._signed = False
        self._position = 0
        self._follows_text = False

    def begin_event(self) -> None:
        """Note that an event begins: its first text may go on with the part of the last one."""
        self._follows_text = False

    def add_text(self, text: str, signature: str | None, delta: Delta) -> None:
        """Add text, which may be a piece of a part; only the last piece has a signature.

        A signature without text is a separate part, and goes back as one.
        """
        if text:
            if self._signed or self._last != _TEXT_RANK:
                self._compare(TEXT, delta)
            if self._follows_text and signature is not None:
                self._need(delta)
                self._mark({}, delta)
            self._position += len(text)
        self._follows_text = signature is None
        if signature is not None:
            self._compare(TEXT, delta)
            self._signed = True
            mark: JSON = {"signature": signature}
            if not text:
                self._need(delta)
                mark["empty"] = True
            self._mark(mark, delta)

    def add(self, kind: str, number: int, delta: Delta) -> None:
        """Add another part; `number` is its position among those of its kind."""
        self._compare(kind, delta)
        self._follows_text = False
        self._mark({kind: number}, delta)

    def add_fields(self, fields: JSON, delta: Delta) -> None:
        """Add further fields to the last part, which a message has no place for."""
        self._need(delta)
        self._follows_text = False
        self._mark({"fields": fields}, delta)

    def _compare(self, kind: str, delta: Delta) -> None:
        """Show all marks if a part of this kind would not be sent back after those so far."""
        rank = _KINDS.index(kind)
        # A message has one signature, which goes to its last part other than a call.
        unfit = rank < self._last or (self._signed and kind != CALL)
        self._last, self._signed = rank, False
        if unfit:
            self._need(delta)

    def _need(self, delta: Delta) -> None:
        """Show all marks, from now on."""
        if not self._needed:
            self._needed = True
            _show(self._marks, delta)
            self._marks = []

    def _mark(self, mark: JSON, delta: Delta) -> None:
        mark = {"at": self._position, **mark}
        if self._needed:
            _show([mark], delta)
        else:
            self._marks.append(mark)


def _show(marks: list[JSON], delta: Delta) -> None:
    if not marks:
        return
    fields = delta.provider_specific_fields or {}
    shown = [*fields.get(PART_ORDER, ()), *marks]
    delta.provider_specific_fields = {**fields, PART_ORDER: shown}


def arrange_parts(
    marks: Iterable[object], text: str, others: Mapping[str, Sequence[JSON]]
) -> list[JSON] | None:
    """Return the parts of a message in their original order, None if the marks do not fit it.

    Args:
        marks: the marks of the message.
        text: the whole text.
        others: the other parts by kind; those without a mark follow at the end.
    """
    left = {kind: dict(enumerate(parts)) for kind, parts in others.items()}
    found: list[JSON] = []
    position = 0
    for entry in marks:
        mark = as_object(entry) or {}
        at: object = mark.get("at")
        if not isinstance(at, int) or not position <= at <= len(text):
            return None
        if at > position:
            found.append({"text": text[position:at]})
            position = at
        signature: object = mark.get("signature")
        if isinstance(signature, str):
            if mark.get("empty") is True:
                found.append({"text": "", "thoughtSignature": signature})
            else:
                _sign_text(found, signature)
        for kind, parts in left.items():
            number: object = mark.get(kind)
            if isinstance(number, int) and number in parts:
                found.append(parts.pop(number))
        more = as_object(mark.get("fields"))
        if more and found:
            found[-1].update(more)
    if position < len(text):
        found.append({"text": text[position:]})
    return found + [part for parts in left.values() for part in parts.values()]


def _sign_text(found: list[JSON], signature: str) -> None:
    if found and "text" in found[-1] and "thoughtSignature" not in found[-1]:
        found[-1]["thoughtSignature"] = signature
    else:
        found.append({"text": "", "thoughtSignature": signature})
