"""Give each tool call in the chunks of a stream an index, an id and complete arguments."""

from __future__ import annotations

import msgspec
from msgspec import Struct, field

from ...pipeline.schema.parts import Delta, DeltaFunction, DeltaToolCall
from .stamps import new_call_id


class _OpenCall(Struct):
    """A call that is still incomplete; `said` has its arguments, unless it has an id."""

    index: int
    id: str = ""
    name: str = ""
    silent: bool = True
    said: list[str] = field(default_factory=list[str])


class OpenCalls:
    """The tool calls of one choice of a stream.

    Some providers send chunks without an index, or give the index 0 to all parallel calls; a client
    that joins chunks by their index would mix these calls up.
    """

    def __init__(self) -> None:
        self._calls: list[_OpenCall] = []
        self._by_sent: dict[int | None, _OpenCall] = {}

    def add(self, pieces: list[DeltaToolCall]) -> None:
        """Set the index of each piece of a chunk, and the id of each first piece."""
        named_here: list[_OpenCall] = []
        for piece in pieces:
            function, custom = piece.function, piece.custom
            name = (function.name if function is not None else None) or (
                custom.name if custom is not None else None
            )
            call = self._by_sent.get(piece.index)
            if call is None or self._is_another(call, piece, name, named_here):
                call = self._find_or_begin(piece, name)
            piece.index = call.index
            if name:
                call.name = name
                named_here.append(call)
            if custom is not None:
                call.silent = False
            if function is not None and function.arguments:
                call.silent = False
                if not call.id:
                    call.said.append(function.arguments)

    def _is_another(
        self, call: _OpenCall, piece: DeltaToolCall, name: str | None, named_here: list[_OpenCall]
    ) -> bool:
        """Return whether a piece with the index of a call belongs to another one."""
        if piece.id and call.id:
            # Some servers send another id with each piece of a call.
            return piece.id != call.id and (bool(name) or self._find(piece.id) is not None)
        if piece.id and not name:
            return piece.index is None
        if not name or not call.name:
            return False
        return name != call.name or call in named_here or _is_complete(call.said)

    def _find(self, call_id: str | None) -> _OpenCall | None:
        return next((call for call in self._calls if call_id and call.id == call_id), None)

    def _find_or_begin(self, piece: DeltaToolCall, name: str | None) -> _OpenCall:
        call = self._find(piece.id)
        if call is None and piece.index is None and self._calls and not piece.id and not name:
            call = self._calls[-1]
        if call is None:
            used = {one.index for one in self._calls}
            sent = piece.index
            index = max(used, default=-1) + 1 if sent is None or sent in used else sent
            call = _OpenCall(index, id=piece.id or "")
            self._calls.append(call)
            piece.id = piece.id or new_call_id()
        self._by_sent[piece.index] = call
        return call

    def finish(self, delta: Delta) -> None:
        """Add `{}` to the last chunk for each call of a function that has no arguments."""
        for call in self._calls:
            if not call.silent:
                continue
            call.silent = False
            pieces = delta.tool_calls = delta.tool_calls or []
            piece = next((one for one in pieces if one.index == call.index), None)
            if piece is None:
                piece = DeltaToolCall(index=call.index)
                pieces.append(piece)
            if piece.function is None:
                piece.function = DeltaFunction()
            piece.function.arguments = "{}"


def _is_complete(pieces: list[str]) -> bool:
    try:
        msgspec.json.decode("".join(pieces))
    except (msgspec.DecodeError, RecursionError):
        return False
    return True
