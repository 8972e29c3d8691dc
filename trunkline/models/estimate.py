"""Estimate the tokens of a prompt from its text, for models that nothing else counts for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

# Words of Latin letters have about six letters per token with a space in front, numbers three
# digits, other alphabets four letters; in Chinese, Japanese and Korean two letters are often one.
_PIECE = re.compile(r"[A-Za-z]+|\d+|[^\W\d_A-Za-z]+|\n+|[^\w\s]+|_+")
_LETTERS, _DIGITS, _OTHER_LETTERS, _IDEOGRAMS, _SIGNS = 8, 3, 4, 1.5, 3
_FIRST_IDEOGRAM = "\u2e80"
# Of the frame: each message, and the start of the response.
_MESSAGE, _ANSWER = 3, 3
# An image of 1024 by 1024 pixels. https://developers.openai.com/api/docs/guides/images-vision
_MEDIA = 765


def estimate_text(text: str) -> int:
    """Return about how many tokens a text has; 0 only for an empty text."""
    total = sum(_piece_tokens(piece) for piece in _PIECE.findall(text))
    return max(total, 1 if text else 0)


def estimate_prompt(
    messages: Iterable[Mapping[str, Any]], tools: Iterable[Mapping[str, Any]] = ()
) -> int:
    """Return about how many tokens a conversation and its tools have.

    An image or another file counts as an image of 1024 by 1024 pixels.
    """
    total = _ANSWER
    for message in messages:
        total += _MESSAGE + sum(
            _value_tokens(value) for value in message.values() if value is not None
        )
    return total + sum(estimate_text(json.dumps(tool, default=str)) for tool in tools)


def _piece_tokens(piece: str) -> int:
    first = piece[0]
    size = _SIGNS
    if first.isdigit():
        size = _DIGITS
    elif first.isascii() and first.isalpha():
        size = _LETTERS
    elif first.isalpha():
        size = _OTHER_LETTERS
        if first >= _FIRST_IDEOGRAM:
            return round(len(piece) / _IDEOGRAMS) or 1
    return -(-len(piece) // size)


def _value_tokens(value: object) -> int:
    if isinstance(value, str):
        return estimate_text(value)
    if isinstance(value, Mapping):
        return estimate_text(json.dumps(value, default=str))
    if isinstance(value, Sequence):
        return sum(_part_tokens(part) for part in cast("Sequence[object]", value))
    return estimate_text(str(value))


def _part_tokens(part: object) -> int:
    if not isinstance(part, Mapping):
        return estimate_text(str(part))
    fields = cast("Mapping[str, Any]", part)
    if isinstance(fields.get("text"), str):
        return estimate_text(fields["text"])
    kind = fields.get("type", "")
    if kind in {"image_url", "input_audio", "file", "video_url", "image"}:
        return _MEDIA
    return estimate_text(json.dumps(fields, default=str))
