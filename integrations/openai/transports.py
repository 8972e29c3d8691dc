"""Transports for httpx clients that answer the OpenAI SDK's requests through trunkline."""

from __future__ import annotations

from typing import Any

from ... import Client
from ...clients.default import client as default_client
from .error_responses import error_response
from .http_package import http
from .replies import AsyncEvents, Events, reply_response
from .requests import is_chat, is_response, look_up, read_chat_call, read_response_call
from .stored_responses import describe_stored, is_stored_response, read_stored_request


class Transport(http.BaseTransport):
    """Answers the SDK's requests through trunkline; for your own httpx client.

    It takes the arguments of `http_client`.
    """

    def __init__(self, client: Client | None = None, **arguments: Any) -> None:
        self._client = _check(client)
        self._arguments = arguments

    def handle_request(self, request: http.Request) -> http.Response:
        """Answer one request.

        Raises:
            openai.APITimeoutError, openai.APIConnectionError, openai.APIResponseValidationError:
                there was no response, or it cannot be read.
        """
        request.read()
        try:
            return self._answer(request)
        except Exception as error:  # noqa: BLE001  # the SDK would send the request again
            return error_response(error, request)

    def _answer(self, request: http.Request) -> http.Response:
        if is_chat(request):
            call = read_chat_call(request, self._arguments)
            completion = self._client.completion(**call.arguments, stream=call.stream)
            return reply_response(completion, Events)
        if is_response(request):
            call = read_response_call(request, self._arguments)
            response = self._client.responses(**call.arguments, stream=call.stream)
            return reply_response(response, Events)
        if is_stored_response(request):
            about = read_stored_request(self._client, request)
            stored = self._client.stored_response(about.response_id)
            return http.Response(200, json=describe_stored(about, stored))
        return http.Response(200, json=look_up(self._client, request))


class AsyncTransport(http.AsyncBaseTransport):
    """Answers the requests of an asynchronous SDK client; see `Transport`."""

    def __init__(self, client: Client | None = None, **arguments: Any) -> None:
        self._client = _check(client)
        self._arguments = arguments

    async def handle_async_request(self, request: http.Request) -> http.Response:
        """Answer one request; raises as `Transport.handle_request`."""
        await request.aread()
        try:
            return await self._answer(request)
        except Exception as error:  # noqa: BLE001  # the SDK would send the request again
            return error_response(error, request)

    async def _answer(self, request: http.Request) -> http.Response:
        if is_chat(request):
            call = read_chat_call(request, self._arguments)
            completion = await self._client.acompletion(**call.arguments, stream=call.stream)
            return reply_response(completion, AsyncEvents)
        if is_response(request):
            call = read_response_call(request, self._arguments)
            response = await self._client.aresponses(**call.arguments, stream=call.stream)
            return reply_response(response, AsyncEvents)
        if is_stored_response(request):
            about = read_stored_request(self._client, request)
            stored = await self._client.astored_response(about.response_id)
            return http.Response(200, json=describe_stored(about, stored))
        return http.Response(200, json=look_up(self._client, request))


def _check(client: Client | None) -> Client:
    if client is None:
        return default_client
    if not isinstance(client, Client):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without a type checker
        kind = type(client).__name__
        raise TypeError(f"client: expected a trunkline Client or Router, got {kind}")
    return client
