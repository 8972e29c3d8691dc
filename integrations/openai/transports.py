"""Transports for httpx clients that answer the OpenAI SDK's requests through trunkline."""

from __future__ import annotations

from typing import Any

from ... import Client
from ...clients.default import client as default_client
from .error_responses import error_response
from .http_package import http
from .replies import AsyncEvents, Events, reply_response
from .requests import is_chat, look_up, read_call


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
            if not is_chat(request):
                return http.Response(200, json=look_up(self._client, request))
            call = read_call(request, self._arguments)
            reply = self._client.completion(**call.arguments, stream=call.stream)
        except Exception as error:  # noqa: BLE001  # the SDK would send the request again
            return error_response(error, request)
        return reply_response(reply, Events)


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
            return error_response(error, request)
        return reply_response(reply, AsyncEvents)


def _check(client: Client | None) -> Client:
    if client is None:
        return default_client
    if not isinstance(client, Client):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without a type checker
        kind = type(client).__name__
        raise TypeError(f"client: expected a trunkline Client or Router, got {kind}")
    return client
