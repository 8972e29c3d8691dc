"""A content block of a stream whose pieces are still arriving."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from ....pipeline.json_values import JSON, as_array, as_object
from ...decode.typed import convert_as
from . import schema
from .blocks import SentBlock

_input = msgspec.json.Decoder()


class OpenBlock(Struct):
    """A block as it was sent at its start, and its pieces so far.

    Attributes:
        sent: the block; `join` completes it.
        number: its position among the blocks of its type.
        pieces: by the field that they belong to.
        input: pieces of the JSON text of a tool's input.
    """

    sent: SentBlock
    number: int
    pieces: dict[str, list[str]] = {}
    input: list[str] = []

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
        if isinstance(block, schema.TextBlock) and "text" in self.pieces:
            block.text = fields["text"]
        text = "".join(self.input)
        if text:
            value = _read_input(text)
            is_call = isinstance(block, schema.ToolUseBlock)
            fields["input"] = (as_object(value) or {}) if is_call else value
        return self.sent


def _read_input(text: str) -> object:
    """Return a tool's input, {} if max_tokens cut it off; the call's arguments keep the text."""
    try:
        return _input.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return {}
