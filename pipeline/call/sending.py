"""Show each HTTP request to a function just before it is sent; `@before_send` creates the layer."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping

from ..errors import BadRequestError
from ..port import IO, HTTPRequest, HTTPResponse, HTTPStream
from ..transport.wrapped_io import WrappedIO
from .chain import Adapted
from .request import Handler, Reply, Request, replace

SendFunction = Callable[[Request, HTTPRequest], HTTPRequest | Awaitable[HTTPRequest | None] | None]


class BeforeSend(Adapted):
    """Calls a function with each HTTP request of a call, and sends what it returns.

    It is called for each attempt, and for each further request that a provider's API needs, such as
    polling; not for files that a message names, nor for requests to a login service. Its headers
    are final but for those of HTTP itself (Host, Content-Length, Connection, Accept-Encoding).
    """

    decorator = "@before_send"
    arguments = ("request", "http")

    def __call__(self, request: Request, call_next: Handler) -> Awaitable[Reply]:
        """Continue with a port that calls the function."""
        port = _SendingIO(request.io, request, self)
        return call_next(replace(request, io=port))

    async def change(self, request: Request, http: HTTPRequest) -> HTTPRequest:
        """Return the HTTP request to send.

        Raises:
            BadRequestError: the function returned something else, or what it made of the request
                cannot be sent.
        """
        if http.purpose != "call":
            return http
        result = self._function(request, http)
        if inspect.isawaitable(result):
            result = await result
        changed = http if result is None else result
        if not isinstance(changed, HTTPRequest):  # pyright: ignore[reportUnnecessaryIsInstance]  # users may not use a type checker
            raise BadRequestError(
                f"{self.__name__} returned {type(changed).__name__}; expected None or the "
                "HTTPRequest to send"
            )
        problem = _problem_of(changed)
        if problem is not None:
            # The adapter reads them, to keep their values out of the error.
            http.headers = {}
            raise BadRequestError(f"{self.__name__}: {problem}", param="middlewares")
        # A header that is set again in another case replaces the first one.
        unique = {name.lower(): (name, value) for name, value in changed.headers.items()}
        if len(unique) != len(changed.headers):
            changed.headers = dict(unique.values())
        return changed


def _problem_of(http: HTTPRequest) -> str | None:
    """Return what is wrong with the types of a request's fields; values are not shown."""
    fields: dict[str, tuple[object, str, type | tuple[type, ...]]] = {
        "method": (http.method, "str", str),
        "url": (http.url, "str", str),
        "headers": (http.headers, "dict", Mapping),
        "body": (http.body, "bytes, such as json.dumps(...).encode()", (bytes, bytearray)),
    }
    for name, (value, wanted, kind) in fields.items():
        if not isinstance(value, kind):
            return f"http.{name}: expected {wanted}, got {type(value).__name__}"
    headers: Mapping[object, object] = http.headers  # type: ignore[assignment]
    for header, value in headers.items():
        if not isinstance(header, str):
            return f"http.headers: expected names that are str, got {type(header).__name__}"
        if not isinstance(value, str):
            return f"http.headers[{header!r}]: expected str, got {type(value).__name__}"
    return None


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

    Raises:
        InvalidArgumentError: it cannot be called with `(request, http)`.
    """
    return BeforeSend(function)
