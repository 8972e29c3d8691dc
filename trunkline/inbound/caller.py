"""The client's functions as coroutines, for blocking hosts and for asynchronous ones."""

from __future__ import annotations

from typing import Any, Protocol

from ..clients.client import Client
from ..clients.responses.conversations import StoredResponse
from ..clients.responses.stream import ResponseStream
from ..pipeline.schema.model_response import ModelResponse
from ..pipeline.schema.responses import Response
from ..pipeline.stream.stream import Stream


class Caller(Protocol):
    """Calls a client, which is passed each time, because some endpoints have their own clients."""

    async def complete(
        self, client: Client, arguments: dict[str, Any], *, stream: bool
    ) -> ModelResponse | Stream:
        """Return the reply of `completion`."""
        ...

    async def respond(
        self, client: Client, arguments: dict[str, Any], *, stream: bool
    ) -> Response | ResponseStream:
        """Return the reply of `responses`."""
        ...

    async def stored(self, client: Client, response_id: str) -> StoredResponse:
        """Return a response of the client's `response_store`."""
        ...


class Blocking:
    """Its coroutines block instead of suspending, so that `drive` runs them."""

    async def complete(
        self, client: Client, arguments: dict[str, Any], *, stream: bool
    ) -> ModelResponse | Stream:
        """See `Caller.complete`."""
        return client.completion(**arguments, stream=stream)

    async def respond(
        self, client: Client, arguments: dict[str, Any], *, stream: bool
    ) -> Response | ResponseStream:
        """See `Caller.respond`."""
        return client.responses(**arguments, stream=stream)

    async def stored(self, client: Client, response_id: str) -> StoredResponse:
        """See `Caller.stored`."""
        return client.stored_response(response_id)


class Asynchronous:
    """For asyncio and trio."""

    async def complete(
        self, client: Client, arguments: dict[str, Any], *, stream: bool
    ) -> ModelResponse | Stream:
        """See `Caller.complete`."""
        return await client.acompletion(**arguments, stream=stream)

    async def respond(
        self, client: Client, arguments: dict[str, Any], *, stream: bool
    ) -> Response | ResponseStream:
        """See `Caller.respond`."""
        return await client.aresponses(**arguments, stream=stream)

    async def stored(self, client: Client, response_id: str) -> StoredResponse:
        """See `Caller.stored`."""
        return await client.astored_response(response_id)
