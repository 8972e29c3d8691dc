"""The input of a Responses request whose messages a middleware changed.

Only the messages that differ are rewritten. All other items stay as the caller gave them, those
that have no form in chat completions too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ....pipeline.call.messages import MessageParam
from ....pipeline.call.native import NativeCall
from ....pipeline.json_values import JSON, as_array
from .messages import items_by_message
from .reasoning_state import without_own_reasoning


def change_input(
    body: JSON, native: NativeCall, messages: tuple[MessageParam, ...], provider: str
) -> None:
    """Write the messages into a body, which has all earlier turns.

    Raises:
        BadRequestError: the API has no place for something in a changed message.
    """
    given = body.get("input")
    if isinstance(given, str):
        given = [{"role": "user", "content": given}]
    before = _Before(native, as_array(given) or [])
    written = items_by_message(messages, provider)
    items: list[Any] = []
    instructions: object = None
    for number, old in enumerate(_align(native.messages, messages)):
        changed = old is None or messages[number] != native.messages[old]
        if old is not None and native.sources[old] is None:
            content = messages[number].get("content")
            if number == 0 and messages[number]["role"] == "system" and isinstance(content, str):
                instructions = content
                continue
            changed = True
        if old is not None:
            items += before.loose_until(old)
        items += written[number] if old is None or changed else before.items(old)
    body["input"] = without_own_reasoning([*items, *before.rest()])
    if instructions is None:
        body.pop("instructions", None)
    else:
        body["instructions"] = instructions


def _align(old: tuple[MessageParam, ...], new: tuple[MessageParam, ...]) -> Iterator[int | None]:
    """Yield for each new message the old one that it is, or has replaced; None if it was added."""
    if len(old) == len(new):
        yield from range(len(old))
        return
    start = 0
    for message in new:
        found = next((n for n in range(start, len(old)) if old[n] == message), None)
        if found is not None:
            start = found + 1
        yield found


class _Before:
    """The items as the caller gave them; those of no message are loose."""

    def __init__(self, native: NativeCall, items: list[Any]) -> None:
        self._sources = native.sources
        self._items = items
        told = {number for source in native.sources for number in source or ()}
        self._loose = [number for number in range(len(items)) if number not in told]

    def items(self, message: int) -> list[Any]:
        """Return the items of a message, and the loose ones between them."""
        source = self._sources[message] or ()
        inside = [number for number in self._loose if min(source) < number < max(source)]
        self._loose = [number for number in self._loose if number not in inside]
        return [self._items[number] for number in sorted([*source, *inside])]

    def loose_until(self, message: int) -> list[Any]:
        """Return the loose items before a message that no earlier call has returned."""
        first = min(self._sources[message] or (0,))
        before = [number for number in self._loose if number < first]
        self._loose = self._loose[len(before) :]
        return [self._items[number] for number in before]

    def rest(self) -> list[Any]:
        """Return the loose items that are left."""
        return [self._items[number] for number in self._loose]
