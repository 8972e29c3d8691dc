"""A candidate's function calls, as OpenAI's tool calls.

https://ai.google.dev/api/caching#FunctionCall
"""

from __future__ import annotations

import msgspec

from ....pipeline.json_values import JSON
from ....pipeline.schema.parts import Delta, DeltaFunction, DeltaToolCall
from ...decode.stamps import new_call_id
from .schema import FunctionCall
from .signatures import sign
from .streamed_arguments import set_argument


class FunctionCallReader:
    """Reads the function calls of one candidate, which Vertex may send in pieces.

    Attributes:
        count: calls that have begun.
    """

    def __init__(self) -> None:
        self.count = 0
        # The arguments of a call whose pieces are still arriving.
        self._open: JSON | None = None

    def read(self, call: FunctionCall, signature: str | None, delta: Delta) -> None:
        """Add a call, or a piece of one, to a delta.

        Raises:
            APIResponseValidationError: the pieces contradict each other.
        """
        arguments = self._open
        if arguments is None or call.name:
            self.close(delta)
            arguments = self._open = {}
            self._begin(call, signature, delta)
        arguments.update(call.args or {})
        for piece in call.partial_args or ():
            set_argument(arguments, piece)
        if not call.will_continue:
            self.close(delta)

    def _begin(self, call: FunctionCall, signature: str | None, delta: Delta) -> None:
        piece = DeltaToolCall(
            index=self.count,
            id=call.id or new_call_id(),
            type="function",
            function=DeltaFunction(name=call.name or ""),
        )
        self.count += 1
        delta.tool_calls = [*(delta.tool_calls or ()), piece]
        if signature is not None:
            sign(piece, signature)

    def close(self, delta: Delta) -> None:
        """Add the arguments of the open call, if there is one, to a delta."""
        if self._open is None:
            return
        text = msgspec.json.encode(self._open).decode()
        self._open = None
        index = self.count - 1
        for piece in delta.tool_calls or ():
            if piece.index == index and piece.function is not None:
                piece.function.arguments = text
                return
        piece = DeltaToolCall(index=index, function=DeltaFunction(arguments=text))
        delta.tool_calls = [*(delta.tool_calls or ()), piece]
