"""What a provider needs back with its reasoning, as one text that clients send back unread.

Clients of the Responses API and of the Messages API send reasoning back as they got it. So this is
where signatures of Gemini's thoughts and the like travel, for clients of another vendor. It is
encoded, not encrypted: it contains nothing that the client has not seen.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable, Iterator

import msgspec

from ...pipeline.json_values import JSON, as_object
from ...pipeline.schema.parts import Message

_PREFIX = "trunkline-1."
_OF_CALLS = ("extra_content", "provider_specific_fields")
_FIELDS = ("thinking_blocks", "reasoning_details", *_OF_CALLS)
#: Where the fields of tool calls are, by the calls' ids.
_CALLS = "calls"


def pack_state(message: Message, left_out: Iterable[str] = ()) -> str | None:
    """Return a message's fields that only its provider understands, None if there are none.

    `left_out` are provider-specific fields that the client gets in another place.
    """
    dumped = message.model_dump(exclude_none=True)
    state: JSON = {name: dumped[name] for name in _FIELDS if dumped.get(name)}
    specific = as_object(state.get("provider_specific_fields"))
    if specific is not None:
        for name in left_out:
            specific.pop(name, None)
        if not specific:
            del state["provider_specific_fields"]
    calls = dict(_fields_of_calls(dumped.get("tool_calls") or ()))
    if calls:
        state[_CALLS] = calls
    if not state:
        return None
    return _PREFIX + urlsafe_b64encode(msgspec.json.encode(state)).decode()


def _fields_of_calls(calls: Iterable[JSON]) -> Iterator[tuple[str, JSON]]:
    for call in calls:
        fields = {name: call[name] for name in _OF_CALLS if call.get(name)}
        if fields and call.get("id"):
            yield call["id"], fields


def is_state(text: object) -> bool:
    """Return whether a text was made by `pack_state`."""
    return isinstance(text, str) and text.startswith(_PREFIX)


def unpack_state(message: JSON, text: object) -> None:
    """Add the fields in a text to a message with its tool calls, if `pack_state` made the text."""
    state = _read(text)
    message |= {name: value for name, value in state.items() if name in _FIELDS}
    calls = as_object(state.get(_CALLS)) or {}
    for call in message.get("tool_calls") or ():
        call.update(as_object(calls.get(str(call["id"]))) or {})


def _read(text: object) -> JSON:
    if not is_state(text):
        return {}
    try:
        found = msgspec.json.decode(urlsafe_b64decode(str(text).removeprefix(_PREFIX)))
    except (Base64Error, msgspec.DecodeError, ValueError):
        return {}
    return as_object(found) or {}
