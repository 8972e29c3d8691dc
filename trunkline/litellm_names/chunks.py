"""A response out of chunks that somebody kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ..pipeline.stream.fold import fold_chunks


def stream_chunk_builder(
    chunks: Sequence[ModelResponseStream | Mapping[str, Any]],
    messages: Sequence[object] | None = None,  # noqa: ARG001  # litellm's callers give it
) -> ModelResponse | None:
    """Return the response that chunks add up to, None where there are none.

    A stream of one's own needs no such thing: `stream.response` is what has arrived.

    Args:
        chunks: in the order of their arrival, as objects or as dictionaries.
        messages: nothing is made of them: `usage` is what the provider sent, never an estimate.

    Raises:
        msgspec.ValidationError: a dictionary is no chunk.
    """
    if not chunks:
        return None
    return fold_chunks([ModelResponseStream.model_validate(chunk) for chunk in chunks])
