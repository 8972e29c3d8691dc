"""Responses and streams of trunkline as HTTP responses of the OpenAI SDK."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from ... import (
    APIError,
    ModelResponse,
    ModelResponseStream,
    Response,
    ResponseStream,
    ResponseStreamEvent,
    Stream,
)
from ...pipeline.schema.call_info import request_id
from .error_responses import error_body
from .http_package import http
from .response_headers import encode_headers, with_request_id

# Streams that are being read. The SDK's stream object contains a reference cycle, so the garbage
# collector destroys it, in any order. This set keeps our stream alive until it has been closed.
_READING: set[Stream | ResponseStream] = set()

_DONE = b"data: [DONE]\n\n"


class Events(http.SyncByteStream):
    """A stream as server-sent events, one for each of its chunks or events."""

    def __init__(self, stream: Stream | ResponseStream) -> None:
        self._stream = stream
        self._encode, self._end = _encoding(stream)

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self._stream:
                yield self._encode(chunk)
        except APIError as error:
            yield _error_event(error)
        else:
            yield self._end

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()

    def __del__(self) -> None:
        self._stream.drop()


class AsyncEvents(http.AsyncByteStream):
    """The same for `async for`; not a generator, because trio warns about dropped generators."""

    def __init__(self, stream: Stream | ResponseStream) -> None:
        self._stream = stream
        self._encode, self._end = _encoding(stream)
        self._chunks: AsyncIterator[object] = aiter(stream)
        self._ended = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self._ended:
            raise StopAsyncIteration
        try:
            return self._encode(await anext(self._chunks))
        except StopAsyncIteration:
            self._ended = True
            return self._end
        except APIError as error:
            self._ended = True
            return _error_event(error)

    async def aclose(self) -> None:
        """Close the stream."""
        await self._stream.aclose()

    def __del__(self) -> None:
        self._stream.drop()


def _encoding(stream: Stream | ResponseStream) -> tuple[Callable[[Any], bytes], bytes]:
    """Return the function that encodes what a stream yields, and the end marker."""
    return (_chunk, _DONE) if isinstance(stream, Stream) else (_event, b"")


def _chunk(chunk: ModelResponseStream) -> bytes:
    return b"data: %s\n\n" % chunk.model_dump_json().encode()


def _event(event: ResponseStreamEvent) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (event.type.encode(), event.model_dump_json().encode())


def _error_event(error: APIError) -> bytes:
    return b"event: error\ndata: %s\n\n" % json.dumps(error_body(error)).encode()


def reply_response(
    reply: ModelResponse | Stream | Response | ResponseStream, events: type[Events | AsyncEvents]
) -> http.Response:
    """Return a reply as an HTTP response, with `x-trunkline-` headers about the call."""
    call = reply.call
    headers = with_request_id(call.headers, request_id(call.headers))
    headers["x-trunkline-call-id"] = call.call_id
    headers["x-trunkline-provider"] = call.provider
    headers["x-trunkline-attempts"] = str(call.attempts)
    if call.fallback:
        headers["x-trunkline-fallback"] = call.fallback
    if call.cache_hit:
        headers["x-trunkline-cache-hit"] = "true"
    if call.dropped_params:
        headers["x-trunkline-dropped-params"] = ", ".join(call.dropped_params)
    if isinstance(reply, Stream | ResponseStream):
        _READING.add(reply)
        reply.observe(lambda _outcome: _READING.discard(reply))
        sent = encode_headers(headers, "text/event-stream")
        return http.Response(200, headers=sent, stream=events(reply))
    body = reply.model_dump_json().encode()
    return http.Response(200, headers=encode_headers(headers, "application/json"), content=body)
