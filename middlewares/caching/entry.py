"""What is kept of an answer, and the reply that it gives later."""

from __future__ import annotations

from time import perf_counter

import msgspec
from msgspec import Struct

from ...pipeline.call.parsing import ClassParser
from ...pipeline.call.request import Reply, Request
from ...pipeline.schema.call_info import CallInfo
from ...pipeline.schema.model_response import ModelResponse, expect_class, link
from ...pipeline.stream.replay import ReplaySource
from ...pipeline.stream.stream import Stream


class Entry(Struct, frozen=True, kw_only=True):
    """An answer as it is kept.

    Attributes:
        body: the answer as a body of OpenAI's, so that fields nobody declared are kept too.
        provider, model: who gave it.
        dropped_params: parameters that were left out of the request.
    """

    body: bytes
    provider: str
    model: str
    dropped_params: list[str]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Entry).decode
_decode_body = msgspec.json.Decoder(ModelResponse).decode


def encode_entry(response: ModelResponse) -> bytes:
    """Return an answer as bytes.

    Raises:
        TypeError: a middleware has put something into it that is no data.
    """
    call = response.call
    return _encode(
        Entry(
            body=response.model_dump_json().encode(),
            provider=call.provider,
            model=call.model,
            dropped_params=call.dropped_params,
        )
    )


def decode_entry(data: bytes) -> tuple[Entry, ModelResponse]:
    """Return what was kept, and the answer as an object of its own.

    Raises:
        msgspec.DecodeError: it is something else.
    """
    entry = _decode(data)
    answer = _decode_body(entry.body)
    if not answer.choices:
        raise msgspec.ValidationError("there is no answer in it")
    link(answer, entry.body)
    return entry, answer


async def make_reply(entry: Entry, answer: ModelResponse, request: Request) -> Reply:
    """Return a kept answer as the reply to a request, marked as a hit that cost nothing."""
    started = request.trail.began or perf_counter()
    call = CallInfo(
        provider=entry.provider,
        model=entry.model,
        attempts=0,
        cache_hit=True,
        cost=0.0,
        dropped_params=entry.dropped_params,
        metadata=dict(request.metadata),
    )
    kind: object = request.params.get("response_format")
    if isinstance(kind, type):
        call.parse = ClassParser(kind=kind, model=request.model, provider=entry.provider)
    if request.stream:
        source = ReplaySource(answer)
        stream = Stream(source, request.io, call, started=started, show_usage=request.shows_usage)
        await stream.prime()
        return stream
    if call.parse is not None:
        expect_class(answer, call.parse)
    call.response_ms = (perf_counter() - started) * 1000
    answer.call = call
    return answer
