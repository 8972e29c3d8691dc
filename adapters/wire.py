"""The interface of wires, and how to load one by its name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import cache, lru_cache
from importlib import import_module
from types import ModuleType
from typing import Protocol, cast

from ..pipeline.call.native import NativeCall
from ..pipeline.call.request import Endpoint, Request
from ..pipeline.errors import APIError
from ..pipeline.port import HTTPRequest, HTTPResponse, HTTPStream
from ..pipeline.schema.model_response import ModelResponse, ModelResponseStream
from .encode.conversation import holds_parts
from .provider.row import Provider

#: The option of a request whose chunks are to keep the events that they were made of.
KEEP_EVENTS = "_keep_events"


class ChunkDecoder(Protocol):
    """Decodes the bytes of a streamed response into chunks.

    Attributes:
        done: whether the provider's end marker has arrived.
        error: an error that the body contained, raised after the chunks before it.
    """

    done: bool
    error: APIError | None

    def feed(self, data: bytes) -> list[ModelResponseStream]:
        """Return the chunks that `data` completes."""
        ...

    def close(self) -> list[ModelResponseStream]:
        """Return the chunks of the data that is left when the body ends."""
        ...


class Wire(Protocol):
    """A module of pure functions that implements one provider's API.

    Optional members:

    - `async prepare(request, provider, endpoint)` fetches what the request needs, such as a token
      or an image, and returns a new request and endpoint.
    - `async send(request, provider, endpoint, outgoing)` and `async open(...)` replace the port's
      functions if one HTTP request does not return the response: a job to wait for, for example.
    - `keep_origin(reply, endpoint)` lets a response, or the decoder of a stream, keep who made it,
      if only its maker can read all of it again.
    - `COUNTER` names the module that counts tokens for providers of this wire; see `load_counter`.
    """

    PARAMS: frozenset[str]

    def encode(self, request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
        """Return the HTTP request for a call; raises BadRequestError if it cannot be written."""
        ...

    def decode(self, response: HTTPResponse, provider: Provider) -> ModelResponse:
        """Return the response in the body of a call without streaming."""
        ...

    @property
    def Decoder(self) -> Callable[[Provider, Mapping[str, str]], ChunkDecoder]:  # noqa: N802  # a class
        """The class that decodes one streamed response."""
        ...

    def error(self, response: HTTPResponse, provider: Provider) -> APIError:
        """Return the error for a response with a status of 400 or above."""
        ...


Headers = Mapping[str, str]
Prepare = Callable[[Request, Provider, Endpoint], Awaitable[tuple[Request, Endpoint]]]
Send = Callable[[Request, Provider, Endpoint, HTTPRequest], Awaitable[HTTPResponse]]
Keep = Callable[[ModelResponse | ChunkDecoder, Endpoint], None]
Open = Callable[[Request, Provider, Endpoint, HTTPRequest], Awaitable[HTTPStream]]


@cache
def load_wire(name: str) -> Wire:
    """Return a wire; import it at its first use, so that unused wires cost nothing.

    A name is the module's path below wires/, such as "vertex/claude". A name with a dot is the full
    path of a module in another package.
    """
    return cast("Wire", _load_module(name))


@cache
def load_counter(name: str) -> ModuleType:
    """Return the module that counts tokens, by a name like that of a wire; see counting.py."""
    return _load_module(name)


def _load_module(name: str) -> ModuleType:
    path = name if "." in name else f".wires.{name.replace('/', '.')}"
    return import_module(path, __package__)


async def prepare(
    wire: str, request: Request, provider: Provider, endpoint: Endpoint
) -> tuple[Request, Endpoint]:
    """Return request and endpoint after fetching what the wire needs before it can encode.

    A row's `inlines` applies only to the row's own wire, not to the wires of single models.

    Raises:
        APIError: a URL, a token or an account cannot be fetched.
    """
    if holds_parts(request.messages):
        from .encode.media_types import with_registered_types  # noqa: PLC0415  # few calls need it

        request = with_registered_types(request)
        if provider.inlines and wire == provider.wire:
            from .encode.media import inline_media  # noqa: PLC0415

            request = await inline_media(request, provider.inlines)
    own = find_prepare(wire, provider)
    return (request, endpoint) if own is None else await own(request, provider, endpoint)


@lru_cache(maxsize=512)
def find_prepare(wire: str, provider: Provider) -> Prepare | None:
    """Return the function that fetches what a wire needs, None if it needs nothing."""
    own = getattr(load_wire(wire), "prepare", None)
    if own is None and provider.responses is not None and wire == provider.responses.wire:
        # A login belongs to the provider, whichever of its APIs is used.
        own = getattr(load_wire(provider.wire), "prepare", None)
    return cast("Prepare | None", own)


def find_decoder(wire: Wire, request: Request) -> Callable[[Provider, Headers], ChunkDecoder]:
    """Return the class that decodes a stream; for native requests it keeps the events too."""
    if request.native is not None:
        name = "NativeDecoder"
    elif KEEP_EVENTS in request.options:
        name = "EventDecoder"
    else:
        return wire.Decoder
    return cast("Callable[[Provider, Headers], ChunkDecoder]", getattr(wire, name, wire.Decoder))


def keep_origin(wire: Wire, reply: ModelResponse | ChunkDecoder, endpoint: Endpoint) -> None:
    """Let a reply keep who made it, if its wire needs that; see `Wire`."""
    # Asking a module for an attribute that it does not have formats an error message each time.
    keep: Keep | None = wire.__dict__.get("keep_origin")
    if keep is not None:
        keep(reply, endpoint)


def find_decode(
    wire: Wire, native: NativeCall
) -> Callable[[HTTPResponse, Provider], ModelResponse]:
    """Return the function that decodes a response; it may be cancelled if the request does that."""
    if native.action != "cancel":
        return wire.decode
    return cast(
        "Callable[[HTTPResponse, Provider], ModelResponse]",
        getattr(wire, "decode_cancelled", wire.decode),
    )


@cache
def find_send(name: str) -> Send:
    """Return a wire's `send`, or the port's."""
    return cast("Send", getattr(load_wire(name), "send", _send))


@cache
def find_open(name: str) -> Open:
    """Return a wire's `open`, or the port's."""
    return cast("Open", getattr(load_wire(name), "open", _open))


def _send(
    request: Request, _provider: Provider, _endpoint: Endpoint, outgoing: HTTPRequest
) -> Awaitable[HTTPResponse]:
    return request.io.send(outgoing)


def _open(
    request: Request, _provider: Provider, _endpoint: Endpoint, outgoing: HTTPRequest
) -> Awaitable[HTTPStream]:
    return request.io.open(outgoing)
