"""What another provider needs back with its reasoning, inside a block of reasoning.

Clients of the Messages API send blocks of reasoning back unread, with their signatures. So the
signature of a block holds what providers other than Anthropic need back, such as the signatures of
Gemini's thoughts. It is encoded, not encrypted: it contains nothing that the client has not seen.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable, Iterator

import msgspec

from ....pipeline.json_values import JSON, as_array, as_object
from ....pipeline.schema.parts import Message
from .blocks import NATIVE_CONTENT

_PREFIX = "trunkline-1."
_OF_CALLS = ("extra_content", "provider_specific_fields")
_FIELDS = ("thinking_blocks", "reasoning_details", *_OF_CALLS)
#: The items of the Responses API that a message came from.
_ITEMS = "responses_output"
_PLAIN_ITEMS = ("message", "function_call", "custom_tool_call")
#: Where the fields of tool calls are, by the calls' ids.
_CALLS = "calls"


def write_state(message: Message) -> str | None:
    """Return a message's fields that only its provider understands, None if there are none.

    What Anthropic's models need back is in the blocks of the response, not here.
    """
    if is_claude(message):
        return None
    dumped = message.model_dump(exclude_none=True)
    state: JSON = {name: dumped[name] for name in _FIELDS if dumped.get(name)}
    specific = as_object(state.get("provider_specific_fields")) or {}
    if specific and _says_nothing_more(specific.get(_ITEMS)):
        state["provider_specific_fields"] = {
            name: value for name, value in specific.items() if name != _ITEMS
        }
        if not state["provider_specific_fields"]:
            del state["provider_specific_fields"]
    calls = dict(_fields_of_calls(dumped.get("tool_calls") or ()))
    if calls:
        state[_CALLS] = calls
    if not state:
        return None
    return _PREFIX + urlsafe_b64encode(msgspec.json.encode(state)).decode()


def _says_nothing_more(items: object) -> bool:
    """Return whether the message itself says all that its items say."""
    found = [as_object(item) or {} for item in as_array(items) or ()]
    return all(item.get("type") in _PLAIN_ITEMS for item in found)


def is_claude(message: Message) -> bool:
    """Return whether the message's reasoning is signed as Claude's is, or is in its own blocks."""
    fields = message.provider_specific_fields or {}
    blocks = message.thinking_blocks or ()
    return NATIVE_CONTENT in fields or any(block.signature or block.data for block in blocks)


def _fields_of_calls(calls: Iterable[JSON]) -> Iterator[tuple[str, JSON]]:
    for call in calls:
        fields = {name: call[name] for name in _OF_CALLS if call.get(name)}
        if fields and call.get("id"):
            yield call["id"], fields


def is_own_signature(text: object) -> bool:
    """Return whether a signature was written by `write_state`."""
    return isinstance(text, str) and text.startswith(_PREFIX)


def restore_state(message: JSON, block: JSON) -> None:
    """Add to a message the fields that `write_state` wrote into a block of reasoning, if it did."""
    state = _read(block.get("signature") or block.get("data"))
    message |= {name: value for name, value in state.items() if name in _FIELDS}
    calls = as_object(state.get(_CALLS)) or {}
    for call in message.get("tool_calls") or ():
        call.update(as_object(calls.get(str(call["id"]))) or {})


def _read(text: object) -> JSON:
    if not is_own_signature(text):
        return {}
    try:
        found = msgspec.json.decode(urlsafe_b64decode(str(text).removeprefix(_PREFIX)))
    except (Base64Error, msgspec.DecodeError, ValueError):
        return {}
    return as_object(found) or {}
