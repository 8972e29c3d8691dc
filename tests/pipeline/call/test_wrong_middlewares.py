"""Middlewares that take or return the wrong thing, as users without a type checker write them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import Any, cast

import pytest

from tests.support.answers import MESSAGES
from tests.support.worlds import World
from trunkline import (
    BadRequestError,
    Choice,
    Client,
    Handler,
    InvalidArgumentError,
    Message,
    Middleware,
    ModelResponse,
    Reply,
    Request,
    Retry,
    after,
    before,
    default_middlewares,
    replace,
)
from trunkline.pipeline.call.chain import claimed_options
from trunkline.testing import FakeProvider

MODEL = "openai/gpt-4o"


def plain_number(_request: Any, _call_next: Any) -> Any:
    return 3


def plain_nothing(request: Any, call_next: Any) -> Any:
    """Return nothing."""


async def nothing(request: Request, call_next: Handler) -> Any:
    await call_next(request)


async def text(request: Request, call_next: Handler) -> Any:
    await call_next(request)
    return "text"


async def the_request(request: Request, _call_next: Handler) -> Any:
    return request


async def without_await(request: Request, call_next: Handler) -> Any:
    return call_next(request)


def generator(request: Request, call_next: Handler) -> Iterator[Any]:
    yield call_next(request)


async def async_generator(request: Request, call_next: Handler) -> AsyncIterator[Any]:
    yield await call_next(request)


def one_argument(_request: Any) -> Any:
    return None


async def three_arguments(request: Any, call_next: Any, _more: Any) -> Any:
    return await call_next(request)


class OneArgument:
    def __repr__(self) -> str:
        return "OneArgument()"

    def __call__(self, request: Any) -> Any:
        return request


def passes_nothing_on(request: Request, call_next: Any) -> Any:
    replace(request, model="openai/other")
    return call_next(None)


async def passes_text_on(_request: Any, call_next: Any) -> Any:
    return await call_next("Hello")


async def passes_no_argument(_request: Any, call_next: Any) -> Any:
    return await call_next()


async def keyword_only(request: Any, *, call_next: Any = None) -> Any:
    return await call_next(request)


RETURNED = "instead of a response or stream; it must return the result of call_next()"
MISTAKES: list[tuple[Any, str]] = [
    (plain_number, f"plain_number returned int {RETURNED}"),
    (plain_nothing, f"plain_nothing returned NoneType {RETURNED}"),
    (nothing, f"nothing returned NoneType {RETURNED}"),
    (text, f"text returned str {RETURNED}"),
    (the_request, f"the_request returned Request {RETURNED}"),
    (
        without_await,
        "without_await returned coroutine instead of a response or stream; does it `await`",
    ),
    (generator, "generator returned generator instead of a response or stream; it must `return`"),
    (
        async_generator,
        "async_generator returned async_generator instead of a response or stream; it",
    ),
    (
        one_argument,
        "one_argument takes (_request), but a middleware is called with (request, call_n",
    ),
    (
        three_arguments,
        "three_arguments takes (request, call_next, _more), but a middleware is called",
    ),
    (
        OneArgument(),
        "OneArgument() takes (request), but a middleware is called with (request, call_",
    ),
    (keyword_only, "keyword_only takes (request, *, call_next), but a middleware is called with"),
    (passes_nothing_on, "passes_nothing_on called call_next() without a request: pass on the"),
    (passes_no_argument, "passes_no_argument called call_next() without a request: pass on the"),
    (passes_text_on, "passes_text_on called call_next() with str instead of a request: pass on"),
]


@pytest.mark.parametrize(
    ("wrong", "message"), MISTAKES, ids=[message[:20] for _, message in MISTAKES]
)
@pytest.mark.parametrize("place", ["first", "inside", "last", "of the call"])
def test_it_is_named(world: World, mode: str, wrong: Any, message: str, place: str) -> None:
    chain: list[Middleware] = [*default_middlewares()]
    fake = FakeProvider(["Hello"])
    more: dict[str, Any] = {}
    if place == "of the call":
        more["middlewares"] = [wrong]
    else:
        chain.insert({"first": 0, "inside": 5, "last": len(chain)}[place], wrong)
    with pytest.raises(BadRequestError) as caught:
        world.answer(fake.client(chain), mode, MODEL, MESSAGES, **more)
    assert message in caught.value.message
    assert caught.value.param == "middlewares"


async def passes(request: Request, call_next: Handler) -> Reply:
    return await call_next(request)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_of_several_the_one_that_calls_is_named(place: int) -> None:
    chain: list[Middleware] = [passes, passes]
    chain.insert(place, passes_nothing_on)
    with pytest.raises(BadRequestError, match=r"^passes_nothing_on called call_next"):
        FakeProvider().client(chain).completion(MODEL, MESSAGES)


async def passes_two_arguments(request: Request, call_next: Any) -> Any:
    return await call_next(request, "more")


@pytest.mark.parametrize("others", [[], [passes], default_middlewares()])
def test_other_arguments_are_an_error_of_python(others: list[Middleware]) -> None:
    with pytest.raises(TypeError, match=r"^call_next\(\) takes"):
        FakeProvider().client([passes_two_arguments, *others]).completion(MODEL, MESSAGES)


@pytest.mark.parametrize("wrong", [one_argument, three_arguments, OneArgument()])
def test_what_it_takes_is_checked_before_any_call(wrong: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="but a middleware is called with") as caught:
        Client([wrong, *default_middlewares()])
    assert caught.value.param == "middlewares"


async def async_nothing() -> Any:
    """Take nothing."""


ADAPTED: list[tuple[Any, Any, str]] = [
    (before, the_request, "@before: the_request takes (request, _call_next), but it is called "),
    (before, async_nothing, "@before: async_nothing takes (), but it is called with (request)"),
    (before, 3, "@before: expected a function, got 3"),
    (before, ModelResponse, "@before: expected a function, got <class "),
    (after, one_argument, "@after: one_argument takes (_request), but it is called with (request,"),
    (after, three_arguments, "@after: three_arguments takes (request, call_next, _more), but it"),
    (after, None, "@after: expected a function, got None"),
]


@pytest.mark.parametrize(("adapt", "function", "message"), ADAPTED)
def test_what_an_adapted_function_takes_is_checked(adapt: Any, function: Any, message: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        adapt(function)
    assert caught.value.message.startswith(message)


def with_a_default(request: Request, more: str = "none") -> Request:
    return replace(request, params={**request.params, "user": more})


@pytest.mark.parametrize("function", [with_a_default, partial(with_a_default, more="none")])
def test_an_adapted_function_may_take_more_with_defaults(
    world: World, mode: str, function: Any
) -> None:
    fake = FakeProvider(["Hello"])
    world.answer(fake.client([before(function)]), mode, MODEL, MESSAGES)
    assert fake.requests[0].params["user"] == "none"


@before
def sets_a_parameter(request: Request) -> Request:
    return replace(request, temperature=0)


def test_a_field_that_no_request_has_is_named(world: World, mode: str) -> None:
    fake = FakeProvider(["Hello"])
    with pytest.raises(InvalidArgumentError, match=r"has no field 'temperature'; .* in `params`"):
        world.answer(fake.client([sets_a_parameter]), mode, MODEL, MESSAGES)
    assert fake.requests == []


def own_value_error() -> Exception:
    return ValueError("my own")


def own_type_error() -> Exception:
    return TypeError("my own")


@pytest.mark.parametrize("make", [own_value_error, own_type_error])
@pytest.mark.parametrize("place", [0, 5])
def test_what_it_raises_itself_passes(
    world: World, mode: str, make: Callable[[], Exception], place: int
) -> None:
    raised = make()

    def plain(_request: Request, _call_next: Handler) -> Any:
        raise raised

    chain: list[Middleware] = [*default_middlewares()]
    chain.insert(place, plain)
    with pytest.raises(type(raised), match="my own") as caught:
        world.answer(FakeProvider().client(chain), mode, MODEL, MESSAGES)
    assert caught.value is raised


@pytest.mark.parametrize("place", [0, 5])
def test_a_plain_function_may_return_a_response(world: World, mode: str, place: int) -> None:
    def closed(_request: Request, _call_next: Handler) -> Any:
        message = Message(content="We are closed.")
        return ModelResponse(choices=[Choice(message=message, finish_reason="stop")])

    chain: list[Middleware] = [*default_middlewares()]
    chain.insert(place, closed)
    response = world.answer(FakeProvider().client(chain), mode, MODEL, MESSAGES)
    assert response.choices[0].message.content == "We are closed."


def test_a_class_is_named_before_its_options() -> None:
    """It would otherwise be said to have the options of the instance in the chain."""
    with pytest.raises(TypeError, match=r"Retry is a class, use an instance: Retry\(\)"):
        Client([*default_middlewares(), cast("Middleware", Retry)])


def test_functions_of_any_arguments(world: World, mode: str) -> None:
    def passes(*arguments: Any) -> Any:
        request, call_next = arguments
        return call_next(request)

    def with_a_default(request: Request, call_next: Handler, name: str = "x") -> Any:
        del name
        return call_next(request)

    client = FakeProvider(["Hello"]).client([passes, with_a_default])
    reply: Reply = world.answer(client, mode, MODEL, MESSAGES)
    assert isinstance(reply, ModelResponse)


@pytest.mark.parametrize("options", ["max_words", 5, None, [1]])
def test_options_that_are_no_names(options: Any) -> None:
    layer = OneArgument()
    layer.options = options  # type: ignore[attr-defined]
    with pytest.raises(InvalidArgumentError, match="options: expected a set of names, such as"):
        claimed_options([cast("Middleware", layer)])


@pytest.mark.parametrize("attribute", ["belongs_inside", "belongs_outside"])
def test_places_that_are_no_dictionary(attribute: str) -> None:
    class Placed:
        async def __call__(self, request: Request, call_next: Handler) -> Reply:
            return await call_next(request)

    setattr(Placed, attribute, ["Retry"])
    with pytest.raises(InvalidArgumentError, match=f"Placed.{attribute}: expected a dict from"):
        Client([Placed(), *default_middlewares()])
