"""JSON text that was cut off, such as the arguments of a call that `max_tokens` ended."""

from __future__ import annotations

import re

import msgspec

from ...pipeline.surrogates import join_surrogates, mend_surrogates

# What msgspec says about text that ends too early, and about a number that does.
_CUT = re.compile(r"truncated|invalid number \(byte (\d+)\)")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[{}\[\],:]|[^\s"{}\[\],:]+', re.DOTALL)
_WHOLE_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_CLOSERS = {"{": "}", "[": "]"}
# An escape that was cut off, and the first half of a pair of surrogates.
_CUT_ESCAPES = (
    re.compile(r"(?<!\\)((?:\\\\)*)\\u[0-9a-fA-F]{0,3}$"),
    re.compile(r"(?<!\\)((?:\\\\)*)\\u[dD][89abAB][0-9a-fA-F]{2}$"),
)

_decode = msgspec.json.Decoder().decode


def decode_cut(text: str) -> object:
    """Return the value of JSON text; if the text was cut off, what there is of it.

    A key without a value is left out. The two halves of a character are joined; a half without the
    other is replaced.

    Raises:
        msgspec.DecodeError: the text is not JSON, even where it was not cut off.
    """
    try:
        return _decode_cut(text)
    except UnicodeEncodeError:
        whole = join_surrogates(text)
    except msgspec.DecodeError:
        whole = text
    return _decode_cut(mend_surrogates(whole.encode()).decode())


def _decode_cut(text: str) -> object:
    try:
        return _decode(text)
    except msgspec.DecodeError as error:
        cut = _CUT.search(str(error))
        if cut is None or int(cut[1] or len(text)) < len(text.rstrip()):
            raise
        return _decode(_complete(text))


def _complete(text: str) -> str:
    """Return text that was cut off with the ends of its string, arrays and objects."""
    opened: list[str] = []
    end, closers, wants_key, is_value = 0, "", False, True
    for found in _TOKEN.finditer(text):
        piece = found[0]
        if piece in _CLOSERS:
            opened.append(piece)
            wants_key, is_value = piece == "{", True
        elif piece in ("}", "]"):
            opened.pop()
            is_value = True
        elif piece == ":":
            wants_key, is_value = False, False
        elif piece == ",":
            wants_key, is_value = opened[-1:] == ["{"], False
        elif piece[0] == '"' and not _WHOLE_STRING.fullmatch(piece):
            if not wants_key:
                return f"{text[: found.start()]}{_end(piece)}{_close(opened)}"
            break
        else:
            is_value = not wants_key and _is_whole(piece)
        if is_value:
            end, closers = found.end(), _close(opened)
    return text[:end] + closers


def _close(opened: list[str]) -> str:
    return "".join(_CLOSERS[one] for one in reversed(opened))


def _end(piece: str) -> str:
    """Return a string with its end, without an escape that was cut off."""
    for cut in _CUT_ESCAPES:
        piece = cut.sub(r"\1", piece)
    return f'{piece}"'


def _is_whole(piece: str) -> bool:
    """Return whether a string, number or word is complete."""
    try:
        _decode(piece)
    except msgspec.DecodeError:
        return False
    return True
