"""Build a response from collected chunks, as litellm does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..pipeline.schema.model_response import ModelResponse, ModelResponseStream
from ..pipeline.stream.fold import fold_chunks


def stream_chunk_builder(
    chunks: Sequence[ModelResponseStream | Mapping[str, Any]],
    messages: Sequence[object] | None = None,  # noqa: ARG001  # callers of litellm pass it
) -> ModelResponse | None:
    """Fold chunks into a response, None if there are none.

    For a stream of trunkline, use `stream.response` instead.

    Args:
        chunks: the chunks in order, as objects or dictionaries.
        messages: ignored; `usage` is what the provider sent, never an estimate.

    Raises:
        msgspec.ValidationError: a dictionary is not a chunk.
    """
    if not chunks:
        return None
    return fold_chunks([ModelResponseStream.model_validate(chunk) for chunk in chunks])
