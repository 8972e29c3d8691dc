"""Streams of the Messages API whose events are kept, for clients that use the same API.

Chunks have no place for some blocks, such as those of Anthropic's own tools, nor for where a block
begins and ends.
"""

from __future__ import annotations

from ....pipeline.json_values import JSON, as_object
from ....pipeline.schema.model_response import ModelResponseStream
from ...decode.json_body import find_json
from ...decode.sse import Event
from .stream import Decoder

#: Where a chunk keeps the event that it was made of: the event, and the chunk's text then.
MESSAGE_EVENT = "_message_event"


class EventDecoder(Decoder):
    """Turns the bytes of a streamed message into chunks that keep their events."""

    def read(self, event: Event) -> list[ModelResponseStream]:
        """Return the chunks of an event: at least one, the first with the event itself."""
        chunks = super().read(event)
        if not chunks:
            chunks = [ModelResponseStream(choices=[])]
        kept = _typed(event)
        for chunk in chunks:
            vars(chunk)[MESSAGE_EVENT] = (kept, said_by(chunk))
            kept = None
        return chunks


def _typed(event: Event) -> JSON | None:
    """Return an event with its type, which may be in its name only; None if it has none."""
    name, data = event
    fields = as_object(find_json(data))
    if fields is None or (fields.get("type") is None and not name):
        return None
    kind: object = fields.get("type") or name
    return {**fields, "type": kind} if isinstance(kind, str) else None


def said_by(chunk: ModelResponseStream) -> tuple[str, ...]:
    """Return what a chunk says, to notice that a middleware has changed it."""
    said: list[str] = []
    for choice in chunk.choices:
        delta = choice.delta
        said += [delta.content or "", delta.reasoning_content or ""]
        for call in delta.tool_calls or ():
            function = call.function
            said.append((function.arguments if function is not None else None) or "")
    return tuple(said)
