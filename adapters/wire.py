"""What every wire module offers, and finding one by name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Protocol, cast

from ..pipeline.call.request import Endpoint, Request
from ..pipeline.errors import APIError
from ..pipeline.port import HTTPRequest, HTTPResponse, HTTPStream
from ..pipeline.schema.model_response import ModelResponse, ModelResponseStream
from .encode.conversation import holds_parts
from .provider.row import Provider


class ChunkDecoder(Protocol):
    """Turns the bytes of a streamed answer into chunks.

    Attributes:
        done: the provider's end marker has come.
        error: an error that the body held; it comes after the chunks handed out before.
    """

    done: bool
    error: APIError | None

    def feed(self, data: bytes) -> list[ModelResponseStream]:
        """Return the chunks that `data` completed."""
        ...

    def close(self) -> list[ModelResponseStream]:
        """Return the chunks of what is left at the end of the body."""
        ...


class Wire(Protocol):
    """A module of pure functions that speaks one provider's language.

    A module may also have `async prepare(request, provider, endpoint)`, which returns request and
    endpoint anew after it fetched what cannot be had without waiting: a token, an image. Where
    one request does not bring the answer (a job to wait for, an address to read it from), it has
    `async send(request, provider, endpoint, outgoing)` and `async open(...)` in the place of the
    port's own.
    """

    PARAMS: frozenset[str]

    def encode(self, request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
        """Return the HTTP request for a call; raises BadRequestError where it cannot."""
        ...

    def decode(self, response: HTTPResponse, provider: Provider) -> ModelResponse:
        """Return the response that a whole answer stands for."""
        ...

    @property
    def Decoder(self) -> Callable[[Provider, Mapping[str, str]], ChunkDecoder]:  # noqa: N802  # a class
        """The class that decodes one streamed answer."""
        ...

    def error(self, response: HTTPResponse, provider: Provider) -> APIError:
        """Return the error that a status of 400 or above stands for."""
        ...


Prepare = Callable[[Request, Provider, Endpoint], Awaitable[tuple[Request, Endpoint]]]
Send = Callable[[Request, Provider, Endpoint, HTTPRequest], Awaitable[HTTPResponse]]
Open = Callable[[Request, Provider, Endpoint, HTTPRequest], Awaitable[HTTPStream]]


@cache
def load_wire(name: str) -> Wire:
    """Import a wire at its first use, so that nobody pays for those that are not called.

    A name is the module's path below wires/, as in "vertex/claude". One with a dot is the full
    path of a module in another package.
    """
    path = name if "." in name else f".wires.{name.replace('/', '.')}"
    return cast("Wire", import_module(path, __package__))


async def prepare(
    wire: str, request: Request, provider: Provider, endpoint: Endpoint
) -> tuple[Request, Endpoint]:
    """Return request and endpoint with what must be fetched before anything can be encoded.

    What a row says of addresses in messages holds for its own wire, not for that of some models.

    Raises:
        APIError: an address, a token or an account cannot be had.
    """
    if provider.inlines and wire == provider.wire and holds_parts(request.messages):
        from .encode.media import inline_media  # noqa: PLC0415  # few calls need it

        request = await inline_media(request, provider.inlines)
    own = _find_prepare(wire)
    return (request, endpoint) if own is None else await own(request, provider, endpoint)


@cache
def _find_prepare(name: str) -> Prepare | None:
    return cast("Prepare | None", getattr(load_wire(name), "prepare", None))


@cache
def find_send(name: str) -> Send:
    """Return a wire's `send`, else the port's."""
    return cast("Send", getattr(load_wire(name), "send", _send))


@cache
def find_open(name: str) -> Open:
    """Return a wire's `open`, else the port's."""
    return cast("Open", getattr(load_wire(name), "open", _open))


def _send(
    request: Request, _provider: Provider, _endpoint: Endpoint, outgoing: HTTPRequest
) -> Awaitable[HTTPResponse]:
    return request.io.send(outgoing)


def _open(
    request: Request, _provider: Provider, _endpoint: Endpoint, outgoing: HTTPRequest
) -> Awaitable[HTTPStream]:
    return request.io.open(outgoing)
