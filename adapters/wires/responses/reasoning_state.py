"""What another provider needs back with its reasoning, inside a reasoning item.

Clients of the Responses API send reasoning items back unread, `encrypted_content` included. So that
is where signatures of Claude's thinking and the like travel, for providers that do not speak this
API.
"""

from __future__ import annotations

from typing import Any

from ....pipeline.json_values import JSON, as_object
from ....pipeline.schema.parts import Message
from ...encode.provider_state import is_state, pack_state, unpack_state
from .response import OUTPUT_ITEMS, OUTPUT_ORIGIN

#: What the ids of reasoning items begin with that were made here.
REASONING_ID = "rs_trunkline"


def write_state(message: Message) -> str | None:
    """Return a message's fields that only its provider understands, None where there are none."""
    return pack_state(message, (OUTPUT_ITEMS, OUTPUT_ORIGIN))


def restore_state(message: JSON, item: JSON) -> None:
    """Add to a message the fields that `write_state` wrote into a reasoning item, if it did.

    Args:
        message: the message, with its tool calls.
        item: an item of the turn that became the message.
    """
    unpack_state(message, item.get("encrypted_content"))


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
    identity = fields.get("id")
    made_here = isinstance(identity, str) and identity.startswith(REASONING_ID)
    return made_here or is_state(fields.get("encrypted_content"))
