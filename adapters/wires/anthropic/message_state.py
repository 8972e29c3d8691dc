"""What another provider needs back with its reasoning, in the signature of a block of reasoning."""

from __future__ import annotations

from ....pipeline.json_values import as_array, as_object
from ....pipeline.schema.parts import Message
from ...encode.provider_state import pack_state
from ..responses import OUTPUT_ITEMS, OUTPUT_ORIGIN
from .blocks import NATIVE_CONTENT

_PLAIN_ITEMS = ("message", "function_call", "custom_tool_call")


def write_state(message: Message) -> str | None:
    """Return what the message's provider needs back, None if there is nothing.

    What Anthropic's models need back is in the blocks of the response, not here.
    """
    if is_claude(message):
        return None
    items = (message.provider_specific_fields or {}).get(OUTPUT_ITEMS)
    said = _says_nothing_more(items)
    return pack_state(message, (OUTPUT_ITEMS, OUTPUT_ORIGIN) if said else ())


def _says_nothing_more(items: object) -> bool:
    """Return whether the message itself says all that its items say."""
    found = [as_object(item) or {} for item in as_array(items) or ()]
    return all(item.get("type") in _PLAIN_ITEMS for item in found)


def is_claude(message: Message) -> bool:
    """Return whether the message's reasoning is signed as Claude's is, or is in its own blocks."""
    fields = message.provider_specific_fields or {}
    blocks = message.thinking_blocks or ()
    return NATIVE_CONTENT in fields or any(block.signature or block.data for block in blocks)
