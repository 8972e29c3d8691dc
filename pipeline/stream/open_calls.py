"""The tool calls of a response that are still incomplete."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from ..schema.parts import CustomTool, DeltaToolCall, Function, ToolCall


class OpenCall(Struct):
    """A tool call that is still incomplete."""

    id: str | None = None
    type: str = "function"
    name: str = ""
    is_custom: bool = False
    arguments: list[str] = field(default_factory=list[str])
    extra_content: dict[str, Any] = field(default_factory=dict[str, Any])
    specific: dict[str, Any] = field(default_factory=dict[str, Any])

    def add(self, piece: DeltaToolCall) -> None:
        """Add a piece of the call."""
        self.id = piece.id or self.id
        self.type = piece.type or self.type
        if piece.function is not None:
            # Some providers repeat the name in every chunk.
            self.name = piece.function.name or self.name
            if piece.function.arguments:
                self.arguments.append(piece.function.arguments)
        if piece.custom is not None:
            self.is_custom = True
            self.name = piece.custom.name or self.name
            if piece.custom.input:
                self.arguments.append(piece.custom.input)
        self.extra_content.update(piece.extra_content or {})
        self.specific.update(piece.provider_specific_fields or {})

    def done(self) -> ToolCall:
        """Return the call as far as it has arrived."""
        call = ToolCall(
            id=self.id,
            type=self.type,
            extra_content=self.extra_content or None,
            provider_specific_fields=self.specific or None,
        )
        said = "".join(self.arguments)
        if self.is_custom:
            call.custom = CustomTool(name=self.name, input=said)
        else:
            call.function = Function(name=self.name, arguments=said or "{}")
        return call


class OpenCalls:
    """The tool calls of a choice that is still incomplete."""

    def __init__(self) -> None:
        self._calls: dict[int | str, OpenCall] = {}
        self._last: int | str | None = None

    def add(self, piece: DeltaToolCall) -> None:
        """Add a piece of a call."""
        key = self._key(piece)
        call = self._calls.get(key)
        if call is not None and _starts_another(call, piece):
            # Some providers give every call of a response the index 0.
            key = f"{key} {piece.id}"
            call = self._calls.get(key)
        if call is None:
            call = self._calls[key] = OpenCall()
        call.add(piece)
        self._last = key

    def __len__(self) -> int:
        return len(self._calls)

    def done(self) -> list[ToolCall]:
        """Return the calls as far as they have arrived."""
        return [call.done() for call in self._calls.values()]

    def _key(self, piece: DeltaToolCall) -> int | str:
        """Return the key of a chunk's call: its index, else its id, else that of the last call."""
        if piece.index is not None:
            last = self._last
            if not piece.id and isinstance(last, str) and last.startswith(f"{piece.index} "):
                return last
            return piece.index
        if piece.id:
            return piece.id
        starts = piece.function is not None and bool(piece.function.name)
        if self._last is None or starts:
            return f"call {len(self._calls)}"
        return self._last


def _starts_another(call: OpenCall, piece: DeltaToolCall) -> bool:
    named = piece.function is not None and bool(piece.function.name)
    return named and bool(piece.id) and bool(call.id) and piece.id != call.id
