"""The front of a client: finds the endpoint of a request, and answers through the chain."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property
from typing import Any

import msgspec

from ..adapters.wires.anthropic.outbound import write_message
from ..adapters.wires.openai.outbound import write_completion
from ..clients.client import Client
from ..clients.responses.stream import ResponseStream
from ..pipeline.errors import NotFoundError
from ..pipeline.json_values import JSON
from ..pipeline.schema.call_info import CallInfo, request_id
from ..pipeline.stream.stream import Stream
from .caller import Caller
from .event_bytes import EventBytes
from .exchange import Received, Sent, asks_for_stream
from .message_calls import locate, messages_client, read_message_call
from .model_lists import list_models, owner_of
from .own_responses import own_client
from .policy import Policy
from .stored_responses import describe_stored, read_stored_request
from .token_counts import counting_client
from .writers import (
    CHAT,
    MESSAGES,
    RESPONSES,
    ChunkEvents,
    Dialect,
    MessageEvents,
    ResponseEvents,
)

_encode = msgspec.json.Encoder().encode
#: Where the endpoints begin in a path.
_ENDPOINT = re.compile(r"/(?:chat/completions|responses|messages|models)(?=/|$)")
_JSON = "application/json"
_EVENTS = "text/event-stream"


class Front:
    """Answers requests of OpenAI's and Anthropic's clients through a client's chain.

    Args:
        client: whose chain it is.
        caller: how to call it: `Blocking()` or `Asynchronous()`.
        policy: what requests may contain, and which models are served.
    """

    def __init__(self, client: Client, caller: Caller, policy: Policy) -> None:
        self.client = client
        self.policy = policy
        self._caller = caller

    @cached_property
    def _messages(self) -> Client:
        return messages_client(self.client)

    @cached_property
    def _counting(self) -> Client:
        return counting_client(self.client)

    async def answer(self, received: Received) -> Sent:
        """Return the response to a request.

        Raises:
            APIError: the request is invalid, or the call failed.
        """
        return await find_endpoint(received)(self, received)

    async def chat(self, received: Received) -> Sent:
        """Answer POST /chat/completions."""
        arguments, stream = self._read(CHAT, received)
        arguments = {"model": None, "messages": None, **arguments}
        if arguments.get("store") and "metadata" in arguments:
            # extra_body goes to the first model's provider only, not to those of fallbacks.
            merge(arguments, "extra_body", {"metadata": arguments["metadata"]})
        self._finish(arguments, received)
        reply = await self._caller.complete(self.client, arguments, stream=stream)
        if isinstance(reply, Stream):
            return self._sent(CHAT, reply.call, EventBytes(reply, ChunkEvents()))
        return self._sent(CHAT, reply.call, write_completion(reply))

    async def respond(self, received: Received) -> Sent:
        """Answer POST /responses."""
        arguments, stream = self._read(RESPONSES, received)
        arguments = {"model": None, **arguments}
        self._finish(arguments, received, metadata="litellm_metadata")
        client = own_client(self.client, received.account)
        previous = arguments.get("previous_response_id")
        if client is not self.client and isinstance(previous, str):
            # Providers keep responses for the server's key: they would continue those of others.
            await self._caller.stored(client, previous)
        reply = await self._caller.respond(client, arguments, stream=stream)
        if isinstance(reply, ResponseStream):
            return self._sent(RESPONSES, reply.call, EventBytes(reply, ResponseEvents()))
        return self._sent(RESPONSES, reply.call, reply.model_dump_json().encode())

    async def message(self, received: Received) -> Sent:
        """Answer POST /messages."""
        call = read_message_call(received, self.policy)
        self._finish(call.arguments, received)
        with locate(call):
            reply = await self._caller.complete(self._messages, call.arguments, stream=call.stream)
        model = str(call.arguments["model"])
        if isinstance(reply, Stream):
            return self._sent(MESSAGES, reply.call, EventBytes(reply, MessageEvents(model)))
        return self._sent(MESSAGES, reply.call, _encode(write_message(reply, model)))

    async def count(self, received: Received) -> Sent:
        """Answer POST /messages/count_tokens."""
        call = read_message_call(received, self.policy)
        self._finish(call.arguments, received)
        with locate(call):
            reply = await self._caller.complete(self._counting, call.arguments, stream=False)
        usage = reply.response.usage if isinstance(reply, Stream) else reply.usage
        counted = {"input_tokens": usage.prompt_tokens if usage is not None else 0}
        return self._sent(MESSAGES, reply.call, _encode(counted))

    async def stored(self, received: Received) -> Sent:
        """Answer requests about a response that `response_store` keeps."""
        about = read_stored_request(self.client, received)
        client = own_client(self.client, received.account)
        stored = await self._caller.stored(client, about.response_id)
        return _found(describe_stored(about, stored))

    async def models(self, received: Received) -> Sent:
        """Answer GET /models and GET /models/{model}."""
        dialect = dialect_of(received)
        _, _, name = received.path.partition("/models/")
        if name:
            return _found(dialect.model_object(name, owner_of(self.client, self.policy, name)))
        return _found(dialect.model_list(list_models(self.client, self.policy, dialect)))

    def _read(self, dialect: Dialect, received: Received) -> tuple[JSON, bool]:
        """Return the arguments of a request, and whether to stream."""
        fields = received.fields()
        self.policy.check(dialect, fields)
        stream = asks_for_stream(fields)
        fields.pop("stream", None)
        return {**self.policy.defaults(received), **fields}, stream

    def _finish(self, arguments: JSON, received: Received, *, metadata: str = "metadata") -> None:
        """Add what a request carries apart from its body, then check which model it is for."""
        for name, value in self.policy.carried(received).items():
            merge(arguments, name, value)
        noted = self.policy.notes(received)
        if noted:
            given: Mapping[str, Any] = arguments.get(metadata) or {}
            arguments[metadata] = {**given, **noted} if isinstance(given, dict) else noted
        self.policy.admit(self.client, arguments)

    def _sent(self, dialect: Dialect, call: CallInfo, body: bytes | EventBytes) -> Sent:
        headers = self.policy.headers(dialect, call_headers(dialect, call))
        kind = _EVENTS if isinstance(body, EventBytes) else _JSON
        return Sent(status=200, headers={**headers, "content-type": kind}, body=body, call=call)


def merge(arguments: JSON, name: str, carried: Mapping[str, Any]) -> None:
    """Add items to an argument that is a dictionary; the chain rejects any other type."""
    given: object = arguments.get(name, {})
    if carried and isinstance(given, dict):
        arguments[name] = {**carried, **given}


def _found(body: JSON) -> Sent:
    return Sent(status=200, headers={"content-type": _JSON}, body=_encode(body))


def call_headers(dialect: Dialect, call: CallInfo) -> dict[str, str]:
    """Return the provider's headers, with the request's id where clients look for it, and ours."""
    headers = dict(call.headers)
    identity = request_id(call.headers)
    if identity is not None:
        headers[dialect.id_header] = identity
    headers["x-trunkline-call-id"] = call.call_id
    headers["x-trunkline-provider"] = call.provider
    headers["x-trunkline-attempts"] = str(call.attempts)
    if call.fallback:
        headers["x-trunkline-fallback"] = call.fallback
    if call.cache_hit:
        headers["x-trunkline-cache-hit"] = "true"
    if call.dropped_params:
        headers["x-trunkline-dropped-params"] = ", ".join(call.dropped_params)
    return headers


_Endpoint = Callable[[Front, Received], Awaitable[Sent]]
#: By method and path; `{id}` is the rest of the path.
_ENDPOINTS: Mapping[str, Mapping[str, _Endpoint]] = {
    "/chat/completions": {"POST": Front.chat},
    "/responses": {"POST": Front.respond},
    "/responses/{id}": {"GET": Front.stored, "POST": Front.stored, "DELETE": Front.stored},
    "/messages": {"POST": Front.message},
    "/messages/count_tokens": {"POST": Front.count},
    "/models": {"GET": Front.models},
    "/models/{id}": {"GET": Front.models},
}


def endpoint_path(path: str) -> str | None:
    """Return the part of a path that names an endpoint, without a prefix such as /v1."""
    found = _ENDPOINT.search(path)
    return None if found is None else path[found.start() :].rstrip("/")


def find_endpoint(received: Received) -> _Endpoint:
    """Return the endpoint of a request.

    Raises:
        NotFoundError: there is none; with status 405 if it takes other methods.
    """
    methods = _methods(received.path)
    if not methods:
        known = ", ".join(f"{each} {path}" for path, by in _ENDPOINTS.items() for each in by)
        raise NotFoundError(
            f"{received.method} {received.path}: trunkline has no such endpoint; it has {known}",
            code="unknown_url",
        )
    endpoint = methods.get(received.answered_as)
    if endpoint is None:
        raise NotFoundError(
            f"{received.method} {received.path}: this endpoint takes {', '.join(methods)} only",
            status_code=405,
            code="method_not_allowed",
        )
    return endpoint


def methods_of(path: str) -> list[str]:
    """Return the methods that the endpoint of a path takes."""
    return list(_methods(path))


def _methods(path: str) -> Mapping[str, _Endpoint]:
    endpoint = endpoint_path(path)
    return {} if endpoint is None else _ENDPOINTS.get(_pattern(endpoint), {})


def _pattern(path: str) -> str:
    if path in _ENDPOINTS:
        return path
    root, _, rest = path[1:].partition("/")
    return f"/{root}/{{id}}" if rest else path


def dialect_of(received: Received) -> Dialect:
    """Return the API that a request speaks, also if there is no such endpoint."""
    if "anthropic-version" in received.headers:
        return MESSAGES
    path = endpoint_path(received.path) or ""
    return MESSAGES if path.startswith("/messages") else CHAT
