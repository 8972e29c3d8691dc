"""The cached form of a response, and the reply that is made from it."""

from __future__ import annotations

from time import perf_counter

import msgspec
from msgspec import Struct

from ...pipeline.call.native import keep_native, native_of
from ...pipeline.call.parsing import parser_of
from ...pipeline.call.request import Reply, Request
from ...pipeline.schema.call_info import CallInfo
from ...pipeline.schema.charges import unasked
from ...pipeline.schema.model_response import ModelResponse, expect_class, link


class Entry(Struct, frozen=True, kw_only=True):
    """A cached response.

    Attributes:
        body: the response as an OpenAI JSON body, which preserves undeclared fields.
        provider, model: where the response came from.
        dropped_params: parameters that were dropped from the request.
        native: the body in the form of another API that the response was made of, b"" if there is
            none, or a middleware has changed the response since.
        cost: US dollars that the response cost, None if that is not known.
    """

    body: bytes
    provider: str
    model: str
    dropped_params: list[str]
    native: bytes = b""
    cost: float | None = None


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Entry).decode
_decode_body = msgspec.json.Decoder(ModelResponse).decode


def encode_entry(response: ModelResponse) -> bytes:
    """Return a response as bytes.

    Raises:
        JSONSchemaValidationError: it does not fit the class of `response_format`, so it would fail
            later calls.
        TypeError: a middleware added a value that cannot be serialized.
    """
    call = response.call
    if call.parse is not None:
        _ = [choice.message.parsed for choice in response.choices]
    native = native_of(response)
    return _encode(
        Entry(
            body=response.model_dump_json().encode(),
            provider=call.provider,
            model=call.model,
            dropped_params=call.dropped_params,
            native=native[0] if native is not None and native[1] else b"",
            cost=_cost_to_keep(call, response),
        )
    )


def _cost_to_keep(call: CallInfo, response: ModelResponse) -> float | None:
    """Return what a response cost, including what was saved if an inner cache has returned it."""
    if call.cache_hit:
        return call.saved_cost
    cost = unasked(lambda: response.cost)
    return cost if cost is None or call.saved_cost is None else cost + call.saved_cost


def decode_entry(data: bytes) -> tuple[Entry, ModelResponse]:
    """Return a cached entry and its response, a new object each time.

    Raises:
        msgspec.DecodeError: the data is not a cached response.
    """
    entry = _decode(data)
    response = _decode_body(entry.body)
    if not response.choices:
        raise msgspec.ValidationError("the response has no choices")
    link(response, entry.body)
    if entry.native:
        keep_native(response, entry.native)
    return entry, response


async def make_reply(entry: Entry, response: ModelResponse, request: Request) -> Reply:
    """Return the reply to a request from a cached response, marked as a hit without cost."""
    response.call = CallInfo(
        provider=entry.provider,
        model=entry.model,
        attempts=0,
        cache_hit=True,
        cost=0.0,
        saved_cost=entry.cost,
        dropped_params=entry.dropped_params,
        metadata=dict(request.metadata),
    )
    return await replay_reply(response, request)


async def replay_reply(response: ModelResponse, request: Request) -> Reply:
    """Return the reply to a request from a stored response, as a stream if one was requested."""
    if request.stream:
        from ...pipeline.call.replayed import stream_of  # noqa: PLC0415  # most calls are no hit

        stream = stream_of(response, request)
        await stream.prime()
        return stream
    call = response.call
    call.parse = parser_of(request, call.provider)
    if call.parse is not None:
        expect_class(response, call.parse)
    call.response_ms = (perf_counter() - (request.trail.began or perf_counter())) * 1000
    return response
