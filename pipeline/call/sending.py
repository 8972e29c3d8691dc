"""Show each HTTP request to a function just before it is sent; `@before_send` creates the layer."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable

from ..errors import BadRequestError
from ..port import IO, HTTPRequest, HTTPResponse, HTTPStream
from ..transport.wrapped_io import WrappedIO
from .request import Handler, Reply, Request, replace

SendFunction = Callable[[Request, HTTPRequest], HTTPRequest | Awaitable[HTTPRequest | None] | None]


class BeforeSend:
    """Calls a function with each HTTP request of a call, and sends what it returns.

    It is called for each attempt, and for each further request that a provider's API needs, such as
    polling; not for files that a message names, nor for requests to a login service. Its headers
    are final but for those of HTTP itself (Host, Content-Length, Connection, Accept-Encoding).
    """

    def __init__(self, function: SendFunction) -> None:
        self._function = function
        self.__name__: str = getattr(function, "__name__", None) or repr(function)
        self.__doc__ = function.__doc__

    def __call__(self, request: Request, call_next: Handler) -> Awaitable[Reply]:
        """Continue with a port that calls the function."""
        port = _SendingIO(request.io, request, self)
        return call_next(replace(request, io=port))

    async def change(self, request: Request, http: HTTPRequest) -> HTTPRequest:
        """Return the HTTP request to send.

        Raises:
            BadRequestError: the function returned something else.
        """
        if http.purpose != "call":
            return http
        result = self._function(request, http)
        if inspect.isawaitable(result):
            result = await result
        if result is None:
            return http
        if not isinstance(result, HTTPRequest):  # pyright: ignore[reportUnnecessaryIsInstance]  # users may not use a type checker
            raise BadRequestError(
                f"{self.__name__} returned {type(result).__name__}; expected None or the "
                "HTTPRequest to send"
            )
        return result


class _SendingIO(WrappedIO):
    """Sends through another port what a function makes of each request."""

    def __init__(self, inner: IO, request: Request, layer: BeforeSend) -> None:
        super().__init__(inner)
        self._request = request
        self._layer = layer

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        """See `IO.send`."""
        return await self._inner.send(await self._layer.change(self._request, request))

    async def open(self, request: HTTPRequest) -> HTTPStream:
        """See `IO.open`."""
        return await self._inner.open(await self._layer.change(self._request, request))


def before_send(function: SendFunction) -> BeforeSend:
    """Turn a function that sees each HTTP request just before it is sent into a middleware.

    The function, plain or `async`, gets the `Request` of the call and the `HTTPRequest`: its
    `method`, `url`, `headers` (with credentials) and `body`. It may change that, or return another
    one. It is for signing requests, private gateways, and auditing. An exception that it raises is
    raised by the call.
    """
    return BeforeSend(function)
