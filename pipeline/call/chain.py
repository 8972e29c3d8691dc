"""Compose middlewares into one handler, and make middlewares out of plain functions.

A middleware is one async function, or an object whose `__call__` is one::

    async def timing(request: Request, call_next: Handler) -> Reply:
        start = perf_counter()
        reply = await call_next(request)
        print(request.model, perf_counter() - start)
        return reply

A plain `def` that returns `call_next(changed_request)` is a middleware too.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterable, Sequence
from time import perf_counter
from typing import Any

from ..errors import APIError, BadRequestError
from ..schema.model_response import ModelResponse
from ..schema.trail import ATTEMPT, Attribute
from ..stream.outcome import Outcome, outcome_of
from ..stream.stream import Stream
from .request import Handler, Middleware, Reply, Request

AfterFunction = Callable[[Request, Outcome], Awaitable[None] | None]


def compose(middlewares: Sequence[Middleware], terminal: Handler) -> Handler:
    """Return a handler that runs `middlewares` around `terminal`, the first outermost.

    Raises:
        TypeError: something in the list cannot be called, or is a class and not an instance.
    """
    handler = terminal
    for middleware in reversed(middlewares):
        if inspect.isclass(middleware):
            raise TypeError(f"{middleware.__name__} is a class: write {middleware.__name__}()")
        if not callable(middleware):
            raise TypeError(f"a middleware is callable, {middleware!r} is not")
        handler = _link(middleware, handler)
    return handler


def _link(middleware: Middleware, call_next: Handler) -> Handler:
    # The bound method is looked up once, here, and not at every call.
    function: Middleware = getattr(middleware, "__call__", middleware)  # noqa: B004
    if inspect.isfunction(middleware):
        function = middleware

    def handler(request: Request) -> Awaitable[Reply]:
        return function(request, call_next)

    return handler


def claimed_options(middlewares: Iterable[Middleware]) -> frozenset[str]:
    """Return the keyword arguments that the middlewares take out of a call.

    Raises:
        ValueError: two of them claim the same one.
    """
    owners: dict[str, Middleware] = {}
    for middleware in middlewares:
        names: Iterable[str] = getattr(middleware, "options", ())
        for name in names:
            other = owners.get(name)
            if other is not None and type(other) is not type(middleware):
                raise ValueError(
                    f"{name!r} is claimed by {describe_one(other)} and {describe_one(middleware)}"
                )
            owners[name] = middleware
    return frozenset(owners)


def describe_one(middleware: Middleware) -> str:
    """Return a middleware's name for people: a function's own, an object's repr."""
    name = getattr(middleware, "__name__", None)
    return name if isinstance(name, str) else repr(middleware)


def name_layer(layer: object) -> str:
    """Return a layer's name as notes have it: a function's own, or its class's."""
    name = getattr(layer, "__name__", None)
    return name if isinstance(name, str) else type(layer).__name__


def note_attempts(adapter: Handler) -> Handler:
    """Return a handler that notes each attempt of an adapter in the call's trail."""
    layer = name_layer(adapter)

    async def attempt(request: Request) -> Reply:
        began = perf_counter()
        try:
            reply = await adapter(request)
        except BaseException as error:
            request.trail.add(layer, ATTEMPT, since=began, model=request.model, **_failure(error))
            raise
        request.trail.add(layer, ATTEMPT, since=began, model=request.model)
        return reply

    return attempt


def _failure(error: BaseException) -> dict[str, Attribute]:
    """Return what is noted of an error: its class and status, never its text."""
    told: dict[str, Attribute] = {"error_type": type(error).__name__}
    if isinstance(error, APIError) and error.status_code is not None:
        told["status_code"] = error.status_code
    return told


class _Adapted:
    """A plain function as a middleware; keeps its name and docstring."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self.__name__ = describe_one(function)
        self.__doc__ = function.__doc__


class Before(_Adapted):
    """Changes the request on its way in; made by `@before`."""

    def __call__(self, request: Request, call_next: Handler) -> Awaitable[Reply]:
        """Call on with the changed request."""
        changed = self._function(request)
        if not isinstance(changed, Request):  # users need no type checker
            raise BadRequestError(
                f"{self.__name__} returned {type(changed).__name__} instead of a request: "
                "does it `return` the changed one?"
            )
        return call_next(changed)


class After(_Adapted):
    """Hears of the outcome, of an error and of cancellation too; made by `@after`."""

    async def __call__(self, request: Request, call_next: Handler) -> Reply:
        """Call on, and tell the function how it went."""
        try:
            reply = await call_next(request)
        except Exception as error:
            await self._tell(request, outcome_of(error))
            raise
        except BaseException as error:
            outcome = outcome_of(error)
            # What cancelled the call must not cancel this as well.
            await request.io.shield(lambda: self._tell(request, outcome))
            raise
        if isinstance(reply, ModelResponse):
            await self._tell(request, Outcome(kind="completed", response=reply))
        else:
            reply.observe(lambda outcome: self._function(request, outcome))
        return reply

    async def _tell(self, request: Request, outcome: Outcome) -> None:
        result = self._function(request, outcome)
        if inspect.isawaitable(result):
            await result


def before(function: Callable[[Request], Request]) -> Before:
    """Make a middleware of a function that returns the request to go on with."""
    return Before(function)


def after(function: AfterFunction) -> After:
    """Make a middleware of a function that is told each call's outcome, plain or `async`."""
    return After(function)


async def run(handler: Handler, request: Request) -> Reply:
    """Run a chain, and say so where a middleware forgot to return the reply."""
    reply = await handler(request)
    if not isinstance(reply, ModelResponse | Stream):  # pyright: ignore[reportUnnecessaryIsInstance]  # users' middlewares need no type checker
        raise BadRequestError(
            f"a middleware returned {type(reply).__name__} instead of a response or stream: "
            "does it `return` what call_next gave?"
        )
    call = reply.call
    call.identity = request.identity
    call.trail = request.trail
    return reply
