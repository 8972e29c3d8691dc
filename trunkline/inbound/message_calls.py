"""Requests of the Messages API as calls of completion()."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from msgspec import Struct

from ..adapters.wires.anthropic.inbound import read_messages
from ..clients.client import Client
from ..pipeline.call.native import NativeCall
from ..pipeline.errors import APIError
from ..pipeline.json_values import JSON
from .exchange import Received, asks_for_stream
from .messages_adapter import MessagesAdapter
from .policy import Policy
from .writers import MESSAGES

_BETAS = "anthropic-beta"


class MessageCall(Struct, frozen=True):
    """The arguments of completion() for a request, whether to stream, and where things came from.

    `places` has the paths in the request by the paths in `messages`.
    """

    arguments: JSON
    stream: bool
    places: Mapping[str, str]


def read_message_call(received: Received, policy: Policy) -> MessageCall:
    """Return the call that a request describes.

    Raises:
        BadRequestError: it is malformed, or has a field that it must not have.
    """
    fields = received.fields()
    policy.check(MESSAGES, fields)
    own = {name: value for name, value in fields.items() if name in MESSAGES.params}
    rest = {name: value for name, value in fields.items() if name not in own}
    call = read_messages(own)
    params: dict[str, Any] = dict(call.params)
    if _BETAS in received.headers and "betas" not in params:
        params["betas"] = [each.strip() for each in received.headers[_BETAS].split(",")]
    arguments = {
        **policy.defaults(received),
        **params,
        **rest,
        "model": own.get("model"),
        "messages": list(call.messages),
    }
    return MessageCall(arguments, asks_for_stream(own), call.places)


@contextmanager
def locate(call: MessageCall) -> Generator[None]:
    """Let errors name the places in the request, not those in the messages made of it."""
    try:
        yield
    except APIError as error:
        if not error.attempts:
            NativeCall(body={}, messages=(), params={}, places=call.places).locate(error)
        raise


def messages_client(client: Client) -> Client:
    """Return a client with the same chain, whose calls are requests of the Messages API."""
    return client.with_adapter(MessagesAdapter(client.adapter))
