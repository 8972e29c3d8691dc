"""Events of a stream: decode them, and recognize those that are newer than the schema."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
from msgspec import Struct
from msgspec.json import Decoder

from ...decode.json_body import unreadable
from ...decode.typed import decode_as
from . import schema


class _Kind(Struct):
    type: str


class _KindOfDelta(Struct):
    delta: _Kind


def _types(kinds: Any) -> frozenset[str]:
    return frozenset(kind.__struct_config__.tag for kind in get_args(kinds))


_EXPECTED = "an event of a message"
_EVENTS = _types(schema.KnownEvent)
_DELTAS = _types(schema.Delta)

_known: Decoder[schema.KnownEvent] = Decoder(schema.KnownEvent)
_decode_known = _known.decode
_other: Decoder[schema.OtherEvent] = Decoder(schema.OtherEvent)
_kind_of_delta = Decoder(_KindOfDelta)


def read_event(data: bytes) -> schema.Event:
    """Return an event as its type.

    Raises:
        APIResponseValidationError: the data does not match the type; the text has msgspec's path.
    """
    try:
        return _decode_known(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        other = decode_as(_other, data, _EXPECTED)
        if other.type not in _EVENTS or _has_other_delta(other, data):
            return other
        raise unreadable(data, f"expected {_EXPECTED} ({error})") from error


def _has_other_delta(event: schema.OtherEvent, data: bytes) -> bool:
    if event.type != "content_block_delta":
        return False
    return decode_as(_kind_of_delta, data, _EXPECTED).delta.type not in _DELTAS
