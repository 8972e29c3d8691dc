"""A content block of a stream while its pieces arrive."""

from __future__ import annotations

import msgspec

from ....pipeline.json_values import JSON, as_object
from ...encode.cut_json import decode_cut
from .schema import BlockDelta


class OpenBlock:
    """Collects the pieces of a block.

    Attributes:
        start: what the event of its start says, by kind.
        call: index of its tool call, None for other blocks.
        citations: its citations as they came.
    """

    def __init__(self) -> None:
        self.start: JSON = {}
        self.call: int | None = None
        self.citations: list[JSON] = []
        self._text: list[str] = []
        self._input: list[str] = []
        self._reasoning: dict[str, str] = {}
        self._results: list[JSON] = []
        self._image: JSON = {}

    def add(self, delta: BlockDelta) -> None:
        """Take a piece."""
        if delta.text is not None:
            self._text.append(delta.text)
        elif delta.tool_use is not None:
            if delta.tool_use.input:
                self._input.append(delta.tool_use.input)
        elif delta.reasoning_content is not None:
            piece = delta.reasoning_content
            self._add_reasoning("text", piece.text)
            self._add_reasoning("signature", piece.signature)
            self._add_reasoning("redactedContent", piece.redacted_content)
        elif delta.citation is not None:
            self.citations.append(delta.citation)
        elif delta.tool_result is not None:
            self._results += delta.tool_result
        elif delta.image is not None:
            self._image |= delta.image

    def _add_reasoning(self, name: str, piece: str | None) -> None:
        if piece is not None:
            self._reasoning[name] = self._reasoning.get(name, "") + piece

    @property
    def has_input(self) -> bool:
        """Whether arguments of a call have arrived."""
        return bool(self._input)

    def whole(self) -> JSON | None:
        """Return the block as a response that is not streamed has it, None for an empty one."""
        for kind in ("toolUse", "toolResult", "image"):
            started = as_object(self.start.get(kind))
            if started is not None:
                return {kind: {**started, **self._collected(kind)}}
        if self._reasoning:
            redacted = "redactedContent" in self._reasoning
            said = {"reasoningText": {"text": "", **self._reasoning}}
            return {"reasoningContent": self._reasoning if redacted else said}
        text = "".join(self._text)
        if self.citations:
            content = {"content": [{"text": text}]} if text else {}
            return {"citationsContent": {**content, "citations": self.citations}}
        return {"text": text} if text else None

    def _collected(self, kind: str) -> JSON:
        if kind == "toolUse":
            return {"input": _decoded("".join(self._input))}
        return {"content": self._results} if kind == "toolResult" else self._image


def _decoded(arguments: str) -> object:
    """Return arguments; if `max_tokens` cut them off, the part that arrived."""
    try:
        return decode_cut(arguments or "{}")
    except (msgspec.DecodeError, RecursionError):
        return {}
