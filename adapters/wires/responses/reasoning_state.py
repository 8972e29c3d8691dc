"""What another provider needs back with its reasoning, inside a reasoning item.

Clients of the Responses API send reasoning items back unread, `encrypted_content` included. So that
is where signatures of Claude's thinking and the like travel, for providers that do not speak this
API. It is encoded, not encrypted: it holds nothing that the client has not seen.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from ....pipeline.json_values import JSON, as_object
from ....pipeline.schema.parts import Message
from .response import OUTPUT_ITEMS

#: What the ids of reasoning items begin with that were made here.
REASONING_ID = "rs_trunkline"
_PREFIX = "trunkline-1."
_OF_CALLS = ("extra_content", "provider_specific_fields")
_FIELDS = ("thinking_blocks", "reasoning_details", *_OF_CALLS)
#: Where the fields of tool calls are, by the calls' ids.
_CALLS = "calls"


def write_state(message: Message) -> str | None:
    """Return a message's fields that only its provider understands, None where there are none."""
    dumped = message.model_dump(exclude_none=True)
    state: JSON = {name: dumped[name] for name in _FIELDS if dumped.get(name)}
    specific = as_object(state.get("provider_specific_fields"))
    if specific is not None:
        specific.pop(OUTPUT_ITEMS, None)
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


def restore_state(message: JSON, item: JSON) -> None:
    """Add to a message the fields that `write_state` wrote into a reasoning item, if it did.

    Args:
        message: the message, with its tool calls.
        item: an item of the turn that became the message.
    """
    state = _read(item.get("encrypted_content"))
    message |= {name: value for name, value in state.items() if name in _FIELDS}
    calls = as_object(state.get(_CALLS)) or {}
    for call in message.get("tool_calls") or ():
        call.update(as_object(calls.get(str(call["id"]))) or {})


def _read(text: object) -> JSON:
    if not isinstance(text, str) or not text.startswith(_PREFIX):
        return {}
    try:
        state = as_object(msgspec.json.decode(urlsafe_b64decode(text.removeprefix(_PREFIX))))
    except (Base64Error, msgspec.DecodeError, ValueError):
        return {}
    return state or {}


def without_own_reasoning(items: list[Any]) -> list[Any]:
    """Return the items without the reasoning of providers that lack the Responses API.

    Providers that have it refuse such an item: they know neither its id nor its
    `encrypted_content`.
    """
    return [item for item in items if not _is_own(item)]


def _is_own(item: object) -> bool:
    fields = as_object(item) or {}
    if fields.get("type") != "reasoning":
        return False
    identity, state = fields.get("id"), fields.get("encrypted_content")
    return any(
        isinstance(text, str) and text.startswith(prefix)
        for text, prefix in ((identity, REASONING_ID), (state, _PREFIX))
    )
