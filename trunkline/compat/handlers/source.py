"""The chunks of a stream that a handler yields, litellm's `GenericStreamingChunk` or others."""

from __future__ import annotations

import logging
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from inspect import isawaitable
from typing import Any, cast

import msgspec
from msgspec import Struct

from ...pipeline.schema import model_response as schema
from ...pipeline.schema.parts import DeltaToolCall, Usage
from ...pipeline.stream.outcome import OutcomeKind
from ..conversion import plain_items, take
from ..litellm_types.response import openai_reason
from .call import HandlerCall, kind_of

_log = logging.getLogger("trunkline")
_END = object()
_EXAMPLE = '{"text": "Hi", "is_finished": False, "finish_reason": "", "index": 0, "usage": None}'


class _Piece(Struct):
    """The fields of a `GenericStreamingChunk`; most may be missing."""

    text: str | None
    is_finished: bool | None = None
    finish_reason: str | None = None
    index: int | None = None
    usage: Usage | None = None
    tool_use: DeltaToolCall | None = None
    provider_specific_fields: dict[str, Any] | None = None


class HandlerSource:
    """The source of a stream whose chunks a handler yields.

    Args:
        given: what the handler's method returned.
        call: the call of the method.
        model: the model, for chunks that do not name it.
        blocking: whether the call is blocking, so that nothing can be awaited.

    Raises:
        APIResponseValidationError: `given` is not an iterator of chunks.
    """

    def __init__(self, given: object, call: HandlerCall, model: str, *, blocking: bool) -> None:
        kind = type(given)
        # A stream of litellm's is both.
        self._awaited = not blocking and issubclass(kind, AsyncIterator)
        if not self._awaited and not issubclass(kind, Iterator):
            wanted, way = ("an iterator", "def") if blocking else ("an async iterator", "async def")
            raise call.refuse(
                f"returned {kind_of(given)}, expected {wanted} of chunks: define it with {way!r} "
                "and yield each chunk"
            )
        self._chunks: Any = given
        self._call = call
        self._model = model
        self._finished = False
        self._reading = False
        self._closed = False

    async def read(self) -> list[schema.ModelResponseStream]:
        """See `Source.read`."""
        self._reading = True
        try:
            chunks = await self._call.get(self._step)
        finally:
            self._reading = False
            if self._closed:
                await self._close()
        self._call.limits.answering()
        return chunks

    async def _step(self) -> list[schema.ModelResponseStream]:
        chunks = self._chunks
        piece: object = await anext(chunks, _END) if self._awaited else next(chunks, _END)
        if piece is not _END:
            return self._call.read(self._read, piece, "yielded a chunk")
        if self._finished:
            return []
        self._finished = True
        return [self._chunk({}, "stop")]

    def _read(self, given: object) -> list[schema.ModelResponseStream]:
        taken = take(given)
        if isinstance(taken, schema.ModelResponseStream):
            taken.model = taken.model or self._model
            self._finished |= any(choice.finish_reason for choice in taken.choices)
            return [taken]
        if not isinstance(given, Mapping):
            raise self._call.refuse(f"yielded {kind_of(given)}, expected a chunk: {_EXAMPLE}")
        fields: dict[str, Any] = plain_items(dict(cast("Mapping[str, Any]", given)))
        piece = msgspec.convert(fields, _Piece)
        delta = {
            "content": piece.text or None,
            "tool_calls": [fields["tool_use"]] if piece.tool_use else None,
            "provider_specific_fields": piece.provider_specific_fields or None,
        }
        reason = None
        if piece.is_finished:
            self._finished = True
            reason = openai_reason(piece.finish_reason or "stop")
        found = [self._chunk(delta, reason, piece.index or 0)]
        if piece.usage:
            found.append(self._make({"choices": [], "usage": fields["usage"]}))
        return found

    def _chunk(
        self, delta: Mapping[str, Any], reason: str | None, index: int = 0
    ) -> schema.ModelResponseStream:
        given = {name: value for name, value in delta.items() if value is not None}
        return self._make({"choices": [{"index": index, "delta": given, "finish_reason": reason}]})

    def _make(self, fields: Mapping[str, Any]) -> schema.ModelResponseStream:
        return schema.ModelResponseStream.model_validate({"model": self._model, **fields})

    async def aclose(self, kind: OutcomeKind) -> None:  # noqa: ARG002  # the signature of `Source`
        """See `Source.aclose`; a read of another task or thread closes the iterator at its end."""
        self._closed = True
        if self._reading:
            self._call.cancel()
        else:
            await self._close()

    async def _close(self) -> None:
        close = getattr(self._chunks, "aclose" if self._awaited else "close", None)
        if close is None:
            return
        outer = sys.exception()
        try:
            result = close()
            if isawaitable(result):
                await result
        except (Exception, BaseExceptionGroup) as error:  # the stream has its outcome
            # A nursery of trio's wraps the GeneratorExit that closes a generator.
            if isinstance(error, BaseExceptionGroup) and error.split((Exception, GeneratorExit))[1]:
                raise
            _log.warning("while a stream was closed: %s", self._call.explain(error, outer))
