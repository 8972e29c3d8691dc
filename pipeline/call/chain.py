"""Compose middlewares into one handler, and turn plain functions into middlewares.

A middleware is one async function, or an object whose `__call__` is one::

    async def timing(request: Request, call_next: Handler) -> Reply:
        start = perf_counter()
        reply = await call_next(request)
        print(request.model, perf_counter() - start)
        return reply

A plain `def` that returns `call_next(changed_request)` is also a middleware.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Iterable, Sequence
from functools import partial
from time import perf_counter
from types import CoroutineType
from typing import Any, ClassVar, cast

from ..errors import APIError, BadRequestError, InvalidArgumentError
from ..schema.model_response import ModelResponse, is_response
from ..schema.trail import ATTEMPT, Attribute
from ..stream.outcome import AWAITED, Outcome, outcome_of, take_awaitables
from ..stream.stream import Stream
from .request import Handler, Middleware, Reply, Request

BeforeFunction = Callable[[Request], Request | Awaitable[Request]]
_REPLIES = (ModelResponse, Stream)
# What Python calls a handler in an error about its arguments.
_IN_MESSAGES = "call_next"
_PACKAGE = __name__.partition(".")[0] + "."

#: The layers of the default chain that `default_middlewares()` replaces, by its arguments.
REPLACEABLE = frozenset(
    {"cache", "callbacks", "cost", "fallback", "limit", "metadata", "retry", "route"}
)

AfterFunction = Callable[[Request, Outcome], Awaitable[None] | None]


def compose(middlewares: Sequence[Middleware], terminal: Handler) -> Handler:
    """Return a handler that runs `middlewares` around `terminal`, the first outermost.

    `terminal` checks what it is called with; see `check_requests`.

    Raises:
        InvalidArgumentError: an item cannot be called with `(request, call_next)`, or is a class
            instead of an instance.
    """
    handler, checks = terminal, True
    layers: tuple[Middleware, ...] = ()
    for place, middleware in reversed([*enumerate(middlewares)]):
        if inspect.isclass(middleware):
            name = middleware.__name__
            raise InvalidArgumentError(f"middlewares: {name} is a class, use an instance: {name}()")
        if not callable(middleware):
            raise InvalidArgumentError(
                f"middlewares[{place}]: expected a callable, got {middleware!r}"
            )
        # Tests check what the middlewares of this package return and pass on.
        foreign = not type(middleware).__module__.startswith(_PACKAGE)
        if foreign:
            inner = handler if checks else check_requests(handler, middleware)
            caller = middlewares[place - 1] if place else None
            handler = _link_checked(middleware, inner, caller)
        else:
            handler = _link(middleware, handler)
        checks = foreign
        layers = (middleware, *layers)
        vars(handler)["layers"] = layers
    return handler


def inner_layers(handler: Handler) -> Sequence[Middleware]:
    """Return the middlewares that a handler of a chain runs, as far as they are known."""
    return getattr(handler, "layers", ())


def _link(middleware: Middleware, call_next: Handler) -> Handler:
    function = _function_of(middleware)

    def handler(request: Request) -> Awaitable[Reply]:
        return function(request, call_next)

    return handler


def _link_checked(middleware: Middleware, call_next: Handler, caller: Middleware | None) -> Handler:
    """Return a handler like `_link` that raises clear errors: users may not use a type checker.

    `caller` is the middleware that calls it.
    """
    function = _function_of(middleware)
    taken = other_arguments(function, 2)
    if taken is not None:
        raise InvalidArgumentError(
            f"{describe_one(middleware)} takes ({taken}), but a middleware is called with "
            "(request, call_next); @before and @after turn other functions into middlewares",
            param="middlewares",
        )

    async def handler(request: Request | None = None) -> Reply:
        # In conditions like this one, the first part is the faster one.
        if type(request) is not Request and not isinstance(request, Request):
            raise _no_request(request, caller)
        returned: Any = function(request, call_next)
        if returned.__class__ is CoroutineType or inspect.isawaitable(returned):
            returned = await returned
        if type(returned) in _REPLIES or isinstance(returned, _REPLIES):
            reply: Reply = returned  # pyright: ignore[reportUnknownVariableType]
            return reply  # pyright: ignore[reportUnknownVariableType]
        raise _no_reply(describe_one(middleware), returned)

    handler.__qualname__ = _IN_MESSAGES
    return handler


def _function_of(middleware: Middleware) -> Middleware:
    """Return what a call of a middleware calls, so that it is not looked up in every call."""
    if inspect.isfunction(middleware):
        return middleware
    function: Middleware = getattr(middleware, "__call__", middleware)  # noqa: B004
    return function


def check_requests(handler: Handler, caller: Middleware) -> Handler:
    """Return a handler that raises a clear error if it is called with anything but a request."""

    def checked(request: Request | None = None) -> Awaitable[Reply]:
        if type(request) is not Request and not isinstance(request, Request):
            raise _no_request(request, caller)
        return handler(request)

    checked.__qualname__ = _IN_MESSAGES
    return checked


def _no_request(given: object, caller: Middleware | None) -> BadRequestError:
    wrong = "out a request" if given is None else f" {type(given).__name__} instead of a request"
    return BadRequestError(
        f"{describe_one(caller)} called call_next() with{wrong}: "
        "pass on the request, or what `replace` returns",
        param="middlewares",
    )


def other_arguments(function: Callable[..., object], count: int) -> str | None:
    """Return what a function takes if it cannot be called with `count` arguments, else None.

    None also if Python does not know what it takes, as of some functions that are written in C.
    """
    try:
        signature = inspect.signature(function, follow_wrapped=False)
    except (TypeError, ValueError):
        return None
    try:
        signature.bind(*[None] * count)
    except TypeError:
        names = [
            each.replace(default=each.empty, annotation=each.empty)
            for each in signature.parameters.values()
        ]
        return str(signature.replace(parameters=names, return_annotation=signature.empty))[1:-1]
    return None


def _no_reply(name: str, returned: object) -> BadRequestError:
    kind = type(returned).__name__
    remedy = "it must return the result of call_next() or a ModelResponse of its own"
    if isinstance(returned, CoroutineType):
        # Otherwise Python warns that nothing awaited it.
        returned.close()
        remedy = "does it `await` the result of call_next()?"
    elif isinstance(returned, Generator | AsyncGenerator):
        remedy = "it must `return` the result of call_next() and not `yield` it"
    return BadRequestError(
        f"{name} returned {kind} instead of a response or stream; {remedy}", param="middlewares"
    )


def claimed_options(middlewares: Iterable[Middleware]) -> frozenset[str]:
    """Return the names of the keyword arguments that the middlewares take from a call.

    Raises:
        InvalidArgumentError: two middlewares claim the same name, and do not share it: several of
            a class with `shares_options` may be in one chain. Or `options` are not names.
    """
    owners: dict[str, Middleware] = {}
    for middleware in middlewares:
        names: Iterable[str] = getattr(middleware, "options", ())
        if not isinstance(names, frozenset):
            names = _checked_options(middleware, names)
        for name in names:
            other = owners.setdefault(name, middleware)
            shared = type(other) is type(middleware) and getattr(other, "shares_options", False)
            if other is not middleware and not shared:
                raise InvalidArgumentError(_claimed_twice(name, other, middleware))
    return frozenset(owners)


def _checked_options(middleware: Middleware, given: object) -> Iterable[str]:
    """Return the names of the arguments that a middleware takes.

    Raises:
        InvalidArgumentError: they are not names in a list, a set or a dictionary.
    """
    names = tuple(cast("Iterable[object]", given)) if isinstance(given, Iterable) else (None,)
    if isinstance(given, str) or not all(isinstance(name, str) for name in names):
        raise InvalidArgumentError(
            f"{describe_one(middleware)}: options: expected a set of names, such as "
            f'frozenset({{"max_words"}}), got {given!r}'
        )
    return cast("Iterable[str]", names)


def _claimed_twice(name: str, one: Middleware, other: Middleware) -> str:
    """Return the error of two layers that claim an option, with the remedy for a default layer."""
    problem = f"{name!r} is claimed by {describe_one(one)} and {describe_one(other)}"
    for kind in (each.__name__ for each in inspect.getmro(type(other)) if isinstance(one, each)):
        if kind.lower() in REPLACEABLE:
            return (
                f"{problem}: two {kind} layers in one chain multiply or overrule each other; "
                f"instead of adding one, replace that of the default chain: "
                f"Client(default_middlewares({kind.lower()}={kind}(...)))"
            )
    return problem


def describe_one(middleware: object) -> str:
    """Return a middleware's name in `describe()`: that of a function, the repr of an object."""
    return _name_of(middleware) or repr(middleware)


def name_layer(layer: object) -> str:
    """Return a layer's name in the trail: that of a function, or of an object's class."""
    return _name_of(layer) or type(layer).__name__


def _name_of(layer: object) -> str | None:
    """Return the name of a function; of a partial one too, whose arguments may contain a key."""
    while isinstance(layer, partial):
        layer = layer.func
    name = getattr(layer, "__name__", None)
    return name if isinstance(name, str) else None


def note_attempts(adapter: Handler, caller: Middleware | None = None) -> Handler:
    """Return a handler that adds a note to the trail for each call of an adapter.

    `caller` is the middleware that calls it.
    """
    layer = name_layer(adapter)

    async def attempt(request: Request | None = None) -> Reply:
        if type(request) is not Request and not isinstance(request, Request):
            raise _no_request(request, caller)
        began = perf_counter()
        try:
            reply = await adapter(request)
        except BaseException as error:
            request.trail.add(layer, ATTEMPT, since=began, model=request.model, **_failure(error))
            raise
        request.trail.add(layer, ATTEMPT, since=began, model=request.model)
        return reply

    attempt.__qualname__ = _IN_MESSAGES
    return attempt


def _failure(error: BaseException) -> dict[str, Attribute]:
    """Return a note's attributes of an error: its class and status, never its message."""
    noted: dict[str, Attribute] = {"error_type": type(error).__name__}
    if isinstance(error, APIError) and error.status_code is not None:
        noted["status_code"] = error.status_code
    return noted


class Adapted:
    """A middleware from a plain function, with its name and docstring."""

    #: The name of the decorator, and the arguments that the function is called with.
    decorator: ClassVar[str]
    arguments: ClassVar[tuple[str, ...]]

    def __init__(self, function: Callable[..., Any]) -> None:
        self._check_function(function)
        self._function = function
        self.__name__ = describe_one(function)
        self.__doc__ = function.__doc__

    def __repr__(self) -> str:
        return f"{self.decorator}({self.__name__})"

    def _check_function(self, function: object) -> None:
        if not callable(function) or inspect.isclass(function):
            raise InvalidArgumentError(f"{self.decorator}: expected a function, got {function!r}")
        taken = other_arguments(function, len(self.arguments))
        if taken is not None:
            raise InvalidArgumentError(
                f"{self.decorator}: {describe_one(function)} takes ({taken}), but it is called "
                f"with ({', '.join(self.arguments)})"
            )


class Before(Adapted):
    """Changes the request before the call; created by `@before`."""

    decorator = "@before"
    arguments = ("request",)

    def __call__(self, request: Request, call_next: Handler) -> Awaitable[Reply]:
        """Continue with the changed request."""
        changed = self._function(request)
        if inspect.isawaitable(changed):
            return self._continue(changed, call_next)
        return call_next(self._check(changed))

    async def _continue(self, changed: Awaitable[Request], call_next: Handler) -> Reply:
        return await call_next(self._check(await changed))

    def _check(self, changed: object) -> Request:
        if not isinstance(changed, Request):
            raise BadRequestError(
                f"{self.__name__} returned {type(changed).__name__} instead of a request: "
                "does it `return` the changed one?"
            )
        return changed


class After(Adapted):
    """Receives the outcome, also of errors and cancellation; created by `@after`."""

    decorator = "@after"
    arguments = ("request", "outcome")

    async def __call__(self, request: Request, call_next: Handler) -> Reply:
        """Continue, then call the function with the outcome."""
        try:
            reply = await call_next(request)
        except Exception as error:
            await self._notify(request, outcome_of(error))
            raise
        except BaseException as error:
            outcome = outcome_of(error)
            # The cancellation of the call must not cancel the function too.
            await request.io.shield(lambda: self._notify(request, outcome))
            raise
        if isinstance(reply, ModelResponse):
            await self._notify(request, Outcome(kind="completed", response=reply))
        else:
            reply.observe(lambda outcome: self._function(request, outcome))
        return reply

    async def _notify(self, request: Request, outcome: Outcome) -> None:
        result = self._function(request, outcome)
        if inspect.isawaitable(result):
            await result


def before(function: BeforeFunction) -> Before:
    """Turn a function that returns the request to continue with into a middleware.

    The function is plain or `async`.

    Raises:
        InvalidArgumentError: it cannot be called with `(request)`.
    """
    return Before(function)


def after(function: AfterFunction) -> After:
    """Turn a function that takes each call's outcome, plain or `async`, into a middleware.

    Raises:
        InvalidArgumentError: it cannot be called with `(request, outcome)`.
    """
    return After(function)


async def run(handler: Handler, request: Request) -> Reply:
    """Run a chain; convert a reply of the wrong kind, and raise a clear error for anything else."""
    reply = await handler(request)
    if not isinstance(reply, Stream if request.stream else ModelResponse):  # pyright: ignore[reportUnnecessaryIsInstance]
        reply = await _convert(reply, request)
    call = reply.call
    call.identity = request.identity
    call.trail = request.trail
    if isinstance(reply, ModelResponse) and (call.parts or AWAITED in reply.__dict__):
        for result in take_awaitables(reply):
            await result
    return reply


async def _convert(reply: object, request: Request) -> Reply:
    """Return a response as a stream, or a stream as a response, as the caller requested.

    Raises:
        BadRequestError: a middleware returned something else.
    """
    if is_response(reply):
        from .replayed import stream_of  # noqa: PLC0415  # few middlewares need it

        return stream_of(reply, request)
    if isinstance(reply, Stream):
        return await reply.read_to_end()
    raise _no_reply("a middleware", reply)
