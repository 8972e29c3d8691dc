"""A content block of a stream whose pieces are still arriving."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from ....pipeline.json_values import JSON, as_array, as_object
from ...decode.typed import convert_as
from ...encode.cut_json import decode_cut
from . import schema
from .blocks import SentBlock


class OpenBlock(Struct):
    """A block as it was sent at its start, and its pieces so far.

    Attributes:
        sent: the block; `join` completes it.
        number: its position among the blocks of its type.
        text: pieces of its text.
        pieces: those of other fields, by field.
        input: pieces of the JSON text of a tool's input.
        is_guessed: whether the server left out its start.
    """

    sent: SentBlock
    number: int
    text: list[str] = []
    pieces: dict[str, list[str]] = {}
    input: list[str] = []
    is_guessed: bool = False

    def add(self, name: str, piece: str) -> None:
        """Add a piece of a field, which may have begun at the block's start."""
        pieces = self.pieces.get(name)
        if pieces is None:
            pieces = self.pieces[name] = [getattr(self.sent.block, name, None) or ""]
        pieces.append(piece)

    def cite(self, citation: JSON, data: bytes) -> None:
        """Add a citation; `data` is the event that brings it.

        Raises:
            APIResponseValidationError: the citation does not match its type.
        """
        fields, block = self.sent.fields, self.sent.block
        fields["citations"] = [*(as_array(fields.get("citations")) or ()), citation]
        if isinstance(block, schema.TextBlock):
            typed = convert_as(citation, schema.Citation, data, "a citation")
            block.citations = [*(block.citations or ()), typed]

    def join(self) -> SentBlock:
        """Return the whole block."""
        fields, block = self.sent.fields, self.sent.block
        for name, pieces in self.pieces.items():
            fields[name] = "".join(pieces)
        if self.text:
            fields["text"] = "".join((getattr(block, "text", None) or "", *self.text))
            if isinstance(block, schema.TextBlock):
                block.text = fields["text"]
        text = "".join(self.input)
        if text:
            value = _read_input(text)
            is_call = isinstance(block, schema.ToolUseBlock)
            fields["input"] = (as_object(value) or {}) if is_call else value
        return self.sent


def unstarted_block(delta: schema.Delta) -> SentBlock | None:
    """Return the block that a piece belongs to, if its start was left out.

    None for the input of a call: it cannot do without its name.
    """
    if isinstance(delta, schema.TextDelta | schema.CitationsDelta):
        return SentBlock({"type": "text", "text": ""}, schema.TextBlock())
    if isinstance(delta, schema.ThinkingDelta | schema.SignatureDelta):
        return SentBlock({"type": "thinking", "thinking": ""}, schema.ThinkingBlock())
    if isinstance(delta, schema.CompactionDelta):
        return SentBlock({"type": "compaction", "content": None}, schema.CompactionBlock())
    return None


def _read_input(text: str) -> object:
    """Return a tool's input; if max_tokens cut it off, the part that arrived."""
    try:
        return decode_cut(text)
    except (msgspec.DecodeError, RecursionError):
        return {}
