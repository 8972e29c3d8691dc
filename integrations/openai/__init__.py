"""trunkline inside the OpenAI SDK, and so inside every framework that takes an OpenAI client.

    from openai import OpenAI
    from trunkline.integrations.openai import http_client

    client = OpenAI(http_client=http_client(), api_key="unused")
    client.chat.completions.create(model="anthropic/claude-sonnet-4-5", messages=[...])

There is no server and no port: the SDK's requests are answered in this process. Its chat
completions go through trunkline's chain to the provider that the model names, with that provider's
own key. What the SDK says and what becomes of it:

- `extra_body` may hold any argument of `trunkline.completion`: `fallbacks`, `num_retries`,
  `drop_params`, `cache`, `api_key`, ... Parameters that trunkline does not know go to the provider.
- `extra_headers` and `extra_query` go along. The SDK's key, organization and project do not: they
  belong to one account of one host. Give `extra_body={"api_key": ...}` for a key of your own.
- `timeout` holds for all attempts together, since the chain makes them.
- `metadata` is trunkline's, for callbacks and traces. With `store=True`, without which OpenAI
  refuses it, it also goes to the provider.
- `base_url` is not used.
- `max_retries` has nothing left to do: every failure is passed on as final, for the chain has
  retried.

Works with openai 2 (from 2.31) over httpx and openai 3 over httpx2, under asyncio and trio.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

try:
    import openai
except ImportError as missing:
    raise ImportError(
        'trunkline.integrations.openai needs the OpenAI SDK: pip install "trunkline[openai]"'
    ) from missing

from ... import (
    APIError,
    APIResponseValidationError,
    Client,
    ContentPolicyViolationError,
    ContextWindowExceededError,
    ModelResponseStream,
    Reply,
    Stream,
    Timeout,
    UnsupportedParamsError,
)
from ...clients.default import client as default_client
from .requests import is_chat, look_up, read_call

if TYPE_CHECKING:
    import httpx2 as http
else:
    # The package that this openai is built on: httpx up to version 2, httpx2 from version 3.
    http = import_module(openai.DefaultHttpxClient.__base__.__module__.partition(".")[0])


def http_client(client: Client | None = None, **arguments: Any) -> openai.DefaultHttpxClient:
    """Return the `http_client` for `OpenAI(...)`.

    Args:
        client: the trunkline Client, or Router, that answers; None is that of
            `trunkline.completion`. It is not closed with the OpenAI client.
        arguments: arguments of `trunkline.completion` for every call: `fallbacks`, `drop_params`,
            `num_retries`, ... What a call says itself goes before them.

    Raises:
        TypeError: `client` is none of these.
    """
    return openai.DefaultHttpxClient(transport=Transport(client, **arguments))


def async_http_client(
    client: Client | None = None, **arguments: Any
) -> openai.DefaultAsyncHttpxClient:
    """Return the `http_client` for `AsyncOpenAI(...)`; see `http_client`."""
    return openai.DefaultAsyncHttpxClient(transport=AsyncTransport(client, **arguments))


class Transport(http.BaseTransport):
    """Answers the SDK's requests through trunkline, for an httpx client of your own.

    Arguments as those of `http_client`.
    """

    def __init__(self, client: Client | None = None, **arguments: Any) -> None:
        self._client = _check(client)
        self._arguments = arguments

    def handle_request(self, request: http.Request) -> http.Response:
        """Answer one request.

        Raises:
            openai.APITimeoutError, openai.APIConnectionError, openai.APIResponseValidationError:
                there was no response, or none that can be read.
        """
        request.read()
        try:
            if not is_chat(request):
                return http.Response(200, json=look_up(self._client, request))
            call = read_call(request, self._arguments)
            reply = self._client.completion(**call.arguments, stream=call.stream)
        except Exception as error:  # noqa: BLE001  # the SDK would send the request again
            return _fail(error, request)
        return _answer(reply, _Events)


class AsyncTransport(http.AsyncBaseTransport):
    """Answers the requests of an asynchronous SDK client; see `Transport`."""

    def __init__(self, client: Client | None = None, **arguments: Any) -> None:
        self._client = _check(client)
        self._arguments = arguments

    async def handle_async_request(self, request: http.Request) -> http.Response:
        """Answer one request; raises as `Transport.handle_request`."""
        await request.aread()
        try:
            if not is_chat(request):
                return http.Response(200, json=look_up(self._client, request))
            call = read_call(request, self._arguments)
            reply = await self._client.acompletion(**call.arguments, stream=call.stream)
        except Exception as error:  # noqa: BLE001  # the SDK would send the request again
            return _fail(error, request)
        return _answer(reply, _AsyncEvents)


def _check(client: Client | None) -> Client:
    if client is None:
        return default_client
    if not isinstance(client, Client):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without a type checker
        kind = type(client).__name__
        raise TypeError(f"client: expected a trunkline Client or Router, got {kind}")
    return client


#: OpenAI's codes for errors that its users tell apart, for providers without a code.
_CODES: tuple[tuple[type[APIError], str], ...] = (
    (ContextWindowExceededError, "context_length_exceeded"),
    (ContentPolicyViolationError, "content_policy_violation"),
    (UnsupportedParamsError, "unsupported_parameter"),
)
#: Headers of a provider's response that are of its connection and body, not of the answer.
_HOP_HEADERS = frozenset(
    {
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "keep-alive",
        "set-cookie",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


class _Events(http.SyncByteStream):
    """A stream as server-sent events, chunk by chunk."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self._stream:
                yield _event(chunk)
        except APIError as error:
            yield _error_event(error)
        else:
            yield _DONE

    def close(self) -> None:
        self._stream.close()

    def __del__(self) -> None:
        self._stream.drop()


class _AsyncEvents(http.AsyncByteStream):
    """The same for `async for`; no generator, since trio warns of those that are dropped."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._chunks = aiter(stream)
        self._ended = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        if self._ended:
            raise StopAsyncIteration
        try:
            return _event(await anext(self._chunks))
        except StopAsyncIteration:
            self._ended = True
            return _DONE
        except APIError as error:
            self._ended = True
            return _error_event(error)

    async def aclose(self) -> None:
        await self._stream.aclose()

    def __del__(self) -> None:
        self._stream.drop()


#: Streams that are being read. The SDK's own stream refers to itself, so one that is dropped is
#: left to the garbage collector, which ends things in any order: ours outlives it, to be closed.
_READING: set[Stream] = set()

_DONE = b"data: [DONE]\n\n"


def _event(chunk: ModelResponseStream) -> bytes:
    return b"data: %s\n\n" % chunk.model_dump_json().encode()


def _error_event(error: APIError) -> bytes:
    return b"event: error\ndata: %s\n\n" % json.dumps(_error_body(error)).encode()


def _answer(reply: Reply, events: type[_Events | _AsyncEvents]) -> http.Response:
    call = reply.call
    so_far = reply.response if isinstance(reply, Stream) else reply
    headers = _with_request_id(call.headers, so_far.request_id)
    headers["x-trunkline-call-id"] = call.call_id
    headers["x-trunkline-provider"] = call.provider
    headers["x-trunkline-attempts"] = str(call.attempts)
    if call.fallback:
        headers["x-trunkline-fallback"] = call.fallback
    if call.cache_hit:
        headers["x-trunkline-cache-hit"] = "true"
    if call.dropped_params:
        headers["x-trunkline-dropped-params"] = ", ".join(call.dropped_params)
    if isinstance(reply, Stream):
        _READING.add(reply)
        reply.observe(lambda _outcome: _READING.discard(reply))
        sent = _headers(headers, "text/event-stream")
        return http.Response(200, headers=sent, stream=events(reply))
    body = reply.model_dump_json().encode()
    return http.Response(200, headers=_headers(headers, "application/json"), content=body)


def _fail(error: Exception, request: http.Request) -> http.Response:
    """Return the response that an error stands for.

    Where there was none, the SDK's own error is raised: any other exception would have the SDK
    send the request again, and a response that is made up would be another class of error.
    """
    if not isinstance(error, APIError):
        what = f"{type(error).__name__} in trunkline's chain: {error}"
        raise openai.APIConnectionError(message=what, request=request) from error
    headers = _with_request_id(error.headers, error.request_id)
    if isinstance(error, APIResponseValidationError):
        unread = http.Response(200, headers=_headers(headers), request=request)
        raise openai.APIResponseValidationError(unread, error.body, message=str(error)) from error
    if isinstance(error, Timeout) and not headers and error.body is None:
        # A limit of ours passed; a provider's own 408 or 504 has headers.
        raise openai.APITimeoutError(request=request) from error
    if error.status_code is None:
        raise openai.APIConnectionError(message=str(error), request=request) from error
    if error.retry_after is not None:
        headers.setdefault("retry-after", f"{error.retry_after:g}")
    headers["x-should-retry"] = "false"
    # An error inside a success has no status that says so.
    status = error.status_code if error.status_code >= 400 else 500
    body = json.dumps(_error_body(error)).encode()
    return http.Response(status, headers=_headers(headers, "application/json"), content=body)


def _with_request_id(headers: Mapping[str, str], request_id: str | None) -> dict[str, str]:
    """Return headers with the provider's id of a request under the name that the SDK reads."""
    named = {} if request_id is None else {"x-request-id": request_id}
    return {**headers, **named}


def _headers(headers: Mapping[str, str], content_type: str = "") -> list[tuple[bytes, bytes]]:
    """Return headers for a body of ours: those of the provider's own body are left out."""
    kept = {name: value for name, value in headers.items() if name not in _HOP_HEADERS}
    if content_type:
        kept["content-type"] = content_type
    return [(name.encode(), value.encode()) for name, value in kept.items()]


def _error_body(error: APIError) -> dict[str, Any]:
    """Return an error in OpenAI's shape, with all that its provider said."""
    body = _fields(error.body)
    said = _fields(body.get("error")) or body
    code = said.get("code")
    if not isinstance(code, str):
        code = next((code for cls, code in _CODES if isinstance(error, cls)), error.code)
    known = {"provider": error.provider, "model": error.model}
    return {
        "error": {
            "type": type(error).__name__,
            "param": error.param,
            **said,
            "message": error.message,
            "code": code,
            **{name: value for name, value in known.items() if value is not None},
            "attempts": error.attempts,
        }
    }


def _fields(value: object) -> dict[str, Any]:
    return dict(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else {}
