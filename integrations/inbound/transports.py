"""Transports for HTTP clients that answer an SDK's requests through trunkline."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ... import Client
from ...clients.default import client_or_default
from ...inbound import Asynchronous, Blocking, Front, InProcess, Received, Sent
from ...inbound.event_bytes import EventBytes
from ...pipeline.sync import drive
from .errors import refuse_sdk
from .http_packages import response
from .response_headers import encode_headers
from .sdk import SDK
from .streams import AsyncEvents, Events, keep

if TYPE_CHECKING:
    import httpx2 as http

_log = logging.getLogger("trunkline")


class Transport:
    """Answers an SDK's requests through trunkline."""

    sdk: SDK

    def __init__(self, client: Client | None = None, **arguments: Any) -> None:
        self._front = Front(client_or_default(client), Blocking(), InProcess(arguments))

    def handle_request(self, request: http.Request) -> http.Response:
        """Answer one request.

        Raises the SDK's exceptions if there was no response, or it cannot be read.
        """
        request.read()
        received = read_request(request, self.sdk)
        note_unused(request.url.host, self.sdk.default_host())
        try:
            sent = drive(self._front.answer(received))
        except Exception as error:  # noqa: BLE001  # the SDK would send the request again
            sent = refuse_sdk(error, request, received, self.sdk, self._front.policy)
        body = sent.body
        if not isinstance(body, EventBytes):
            return _whole(request, sent, body)
        keep(body)
        return response(request, 200, headers=_headers(sent), stream=Events(body))


class AsyncTransport:
    """Answers the requests of an asynchronous SDK client; see `Transport`."""

    sdk: SDK

    def __init__(self, client: Client | None = None, **arguments: Any) -> None:
        self._front = Front(client_or_default(client), Asynchronous(), InProcess(arguments))

    async def handle_async_request(self, request: http.Request) -> http.Response:
        """Answer one request; raises as `Transport.handle_request`."""
        await request.aread()
        received = read_request(request, self.sdk)
        note_unused(request.url.host, self.sdk.default_host())
        try:
            sent = await self._front.answer(received)
        except Exception as error:  # noqa: BLE001  # the SDK would send the request again
            sent = refuse_sdk(error, request, received, self.sdk, self._front.policy)
        body = sent.body
        if not isinstance(body, EventBytes):
            return _whole(request, sent, body)
        keep(body)
        return response(request, 200, headers=_headers(sent), stream=AsyncEvents(body))


def read_request(request: http.Request, sdk: SDK) -> Received:
    """Return a request as it was received."""
    return Received(
        method=request.method,
        path=request.url.path,
        headers=dict(request.headers.items()),
        query=dict(request.url.params),
        body=request.content,
        arguments=_timeout(request, sdk),
    )


def _headers(sent: Sent) -> list[tuple[bytes, bytes]]:
    return encode_headers(sent.headers, sent.headers["content-type"])


def _whole(request: http.Request, sent: Sent, body: bytes) -> http.Response:
    return response(request, sent.status, headers=_headers(sent), content=body)


def _timeout(request: http.Request, sdk: SDK) -> dict[str, Any]:
    """Return the caller's timeout; the SDK's default does not change trunkline's limits."""
    limits: Mapping[str, float | None] = request.extensions.get("timeout", {})
    if not limits or limits == sdk.default_timeout:
        return {}
    read = limits.get("read")
    # "answer" limits all attempts together: for the SDK they are a single one.
    timeout = {
        "connect": limits.get("connect"),
        "first_event": read,
        "idle": read,
        "answer": read,
    }
    return {"timeout": timeout}


@lru_cache(maxsize=32)
def note_unused(host: str, used: str | None) -> None:
    """Warn once per host that it is not used, because prompts go to another host."""
    if host != used and not host.endswith(".invalid"):
        _log.warning("base_url: %s is not used; the model names the provider", host)
