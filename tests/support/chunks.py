"""Feed the bytes of a recorded stream to a wire's decoder in pieces of any size."""

from __future__ import annotations

import random
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from tests.support.recorded.recordings import Row, body_of
from trunkline import ModelResponseStream
from trunkline.adapters.provider.row import Provider
from trunkline.adapters.wire import ChunkDecoder, Wire

Decoded = tuple[list[ModelResponseStream], ChunkDecoder]


def decode_cut(wire: Wire, provider: Provider, body: bytes, cuts: Iterable[int] = ()) -> Decoded:
    """Return the chunks of a body that arrives in pieces, and the decoder."""
    decoder = wire.Decoder(provider, {})
    chunks: list[ModelResponseStream] = []
    for start, end in pairwise([0, *cuts, len(body)]):
        chunks += decoder.feed(body[start:end])
    return chunks + decoder.close(), decoder


def check_cuts(wire: Wire, provider: Provider, row: Row) -> None:
    """Assert that a stream decodes to the same chunks wherever it is split."""
    body = body_of(row)
    whole = without_ids(decode_cut(wire, provider, body)[0])
    length = len(body)
    seeded = random.Random(row["id"])
    cuts = range(1, length) if length < 3000 else sorted(seeded.sample(range(1, length), 60))
    for cut in cuts:
        assert without_ids(decode_cut(wire, provider, body, [cut])[0]) == whole
    every_byte = decode_cut(wire, provider, body, range(1, min(length, 20000)))[0]
    assert without_ids(every_byte) == whole


def without_ids(chunks: list[ModelResponseStream]) -> list[dict[str, Any]]:
    """Return chunks as dictionaries, without the ids that trunkline generates."""
    dumped = [chunk.model_dump(exclude={"id"}) for chunk in chunks]
    for chunk in dumped:
        for choice in chunk["choices"]:
            for call in choice["delta"].get("tool_calls") or ():
                call.pop("id", None)
    return dumped
