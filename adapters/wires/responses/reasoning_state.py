"""What another provider needs back with its reasoning, inside a reasoning item.

Clients of the Responses API send reasoning items back unread, `encrypted_content` included. So that
is where signatures of Claude's thinking and the like travel, for providers that do not speak this
API. It is encoded, not encrypted: it holds nothing that the client has not seen.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from typing import Any

import msgspec

from ....pipeline.json_values import JSON, as_object
from ....pipeline.schema.parts import Message
from .response import OUTPUT_ITEMS

_PREFIX = "trunkline-1."
_FIELDS = ("thinking_blocks", "reasoning_details", "extra_content", "provider_specific_fields")


def write_state(message: Message) -> str | None:
    """Return a message's fields that only its provider understands, None where there are none."""
    dumped = message.model_dump(exclude_none=True)
    state: JSON = {name: dumped[name] for name in _FIELDS if dumped.get(name)}
    specific = as_object(state.get("provider_specific_fields"))
    if specific is not None:
        specific.pop(OUTPUT_ITEMS, None)
        if not specific:
            del state["provider_specific_fields"]
    if not state:
        return None
    return _PREFIX + urlsafe_b64encode(msgspec.json.encode(state)).decode()


def read_state(item: JSON) -> dict[str, Any]:
    """Return the fields that `write_state` wrote into a reasoning item, {} for any other item."""
    text = item.get("encrypted_content")
    if not isinstance(text, str) or not text.startswith(_PREFIX):
        return {}
    try:
        state = as_object(msgspec.json.decode(urlsafe_b64decode(text.removeprefix(_PREFIX))))
    except (Base64Error, msgspec.DecodeError, ValueError):
        return {}
    return {name: value for name, value in (state or {}).items() if name in _FIELDS}
