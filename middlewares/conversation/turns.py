"""Turns of a conversation, which are kept or left out as a whole, and their sizes."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import cast

import msgspec
from msgspec import Struct

from ...pipeline.call.messages import MessageParam
from ...pipeline.json_values import JSON, as_array, as_object

#: Roles of messages that belong to no turn.
SYSTEM = ("system", "developer")
# Bytes of JSON text per token, a low number so that an estimate is rather too high; tokens of a
# message besides its text; tokens of an image, a file or a recording.
_BYTES, MESSAGE, _MEDIA = 3.0, 4, 1500
_TEXTS = frozenset({"text", "refusal", "input_text", "output_text", "thinking"})


class Conversation(Struct, frozen=True):
    """A conversation in parts.

    Attributes:
        messages: all messages.
        turns: the positions of each turn's messages. A turn begins with the user's messages and
            ends before the next; calls of tools are in one turn with their results.
    """

    messages: tuple[MessageParam, ...]
    turns: list[list[int]]

    def without(self, count: int) -> tuple[MessageParam, ...]:
        """Return the messages without the first `count` turns; system messages stay."""
        left_out = {position for turn in self.turns[:count] for position in turn}
        return tuple(
            message for position, message in enumerate(self.messages) if position not in left_out
        )

    def of(self, first: int, end: int) -> list[MessageParam]:
        """Return the messages of the turns from `first` to before `end`."""
        return [self.messages[position] for turn in self.turns[first:end] for position in turn]


def split_turns(messages: tuple[MessageParam, ...]) -> Conversation:
    """Return a conversation in turns."""
    inside = _between_calls_and_results(messages)
    turns: list[list[int]] = []
    previous = ""
    for position, message in enumerate(messages):
        role = message["role"]
        if role in SYSTEM:
            continue
        begins = role == "user" and previous != "user" and position not in inside
        if begins or not turns:
            turns.append([])
        turns[-1].append(position)
        previous = role
    return Conversation(messages, turns)


def count_head(messages: Sequence[MessageParam]) -> int:
    """Return how many system messages a conversation begins with."""
    head = 0
    while head < len(messages) and messages[head]["role"] in SYSTEM:
        head += 1
    return head


def _between_calls_and_results(messages: Sequence[MessageParam]) -> set[int]:
    """Return the positions between a call of a tool and its result."""
    called: dict[str, int] = {}
    inside: set[int] = set()
    for position, message in enumerate(messages):
        for call in message.get("tool_calls") or ():
            called[str(call.get("id"))] = position
        answered = called.get(str(message.get("tool_call_id")))
        if message["role"] == "tool" and answered is not None:
            inside.update(range(answered + 1, position))
    return inside


def estimate_tokens(messages: Sequence[MessageParam], tools: object = None) -> int:
    """Return about how many tokens messages and tools have, rather too many than too few."""
    size, media = 0, 0
    for message in messages:
        texts, others = _without_media(message)
        size += len(_encoded(texts))
        media += others
    size += len(_encoded(tools)) if tools else 0
    return ceil(size / _BYTES) + MESSAGE * len(messages) + _MEDIA * media


def largest_size(messages: Sequence[MessageParam], tools: object = None) -> int | None:
    """Return a number of tokens that a prompt cannot exceed, None if it has other than text.

    A token has at least one byte.
    """
    size = 0
    for message in messages:
        texts, others = _without_media(message)
        if others:
            return None
        size += len(_encoded(texts)) + 2 * MESSAGE
    return size + (2 * len(_encoded(tools)) if tools else 0)


def _encoded(value: object) -> bytes:
    try:
        return msgspec.json.encode(value)
    except (TypeError, ValueError, RecursionError):
        # For example a class, of which the adapter makes a schema.
        return b" " * 1000


def _without_media(message: MessageParam) -> tuple[JSON, int]:
    """Return what a message says as text, and how many other parts it has."""
    said: JSON = {
        name: value
        for name, value in cast("JSON", message).items()
        if name in ("content", "name", "tool_calls", "function_call", "reasoning_content")
        and value is not None
    }
    parts = as_array(said.get("content"))
    if parts is None:
        return said, 0
    texts = [part for part in parts if (as_object(part) or {}).get("type") in _TEXTS]
    return {**said, "content": texts}, len(parts) - len(texts)
