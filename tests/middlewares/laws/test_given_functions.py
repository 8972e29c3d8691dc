"""Functions that users give to layers: what they take and return is checked."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.support.answers import MESSAGES
from tests.support.worlds import World
from trunkline import (
    BadRequestError,
    Budget,
    Cache,
    Callbacks,
    CircuitBreaker,
    Deadline,
    Fallback,
    Guardrail,
    InvalidArgumentError,
    Limit,
    LoadShedder,
    MemoryState,
    Message,
    Metadata,
    PromptLog,
    Redaction,
    Replay,
    Retry,
    Route,
    ServiceUnavailableError,
    SharedLimit,
    Summarization,
    ToolLoop,
    Trim,
    default_middlewares,
)
from trunkline.testing import FakeProvider

MODEL = "openai/gpt-4o"
TALK = [*MESSAGES, {"role": "assistant", "content": "Hi"}] * 3 + MESSAGES
# The layers, their functions, and what those are called with.
FUNCTIONS: list[tuple[Callable[..., Any], str, str]] = [
    (partial(Budget, 1), "cost", "response"),
    (partial(Budget, 1), "key", "request"),
    (partial(Budget, 1), "clock", ""),
    (Cache, "clock", ""),
    (Cache, "defaults", ""),
    (Callbacks, "defaults", ""),
    (CircuitBreaker, "key", "request"),
    (CircuitBreaker, "failure", "error"),
    (CircuitBreaker, "clock", ""),
    (Deadline, "clock", ""),
    (Fallback, "clock", ""),
    (Guardrail, "input", "text"),
    (Guardrail, "output", "text"),
    (Limit, "key", "request"),
    (Limit, "clock", ""),
    (LoadShedder, "priority", "request"),
    (LoadShedder, "clock", ""),
    (partial(PromptLog, "log.jsonl"), "redact", "text"),
    (partial(Replay, "calls"), "redact", "text"),
    (Retry, "wait", "retry_state"),
    (partial(Route, []), "strategy", "options, number, random"),
    (partial(SharedLimit, MemoryState(), rpm=1), "key", "request"),
    (partial(SharedLimit, MemoryState(), rpm=1), "clock", ""),
    (Summarization, "count", "messages"),
    (ToolLoop, "approve", "event"),
    (Trim, "count", "messages"),
]
# Those may be `async`.
AWAITED = {"input", "output", "approve"}


def takes_four(_a: Any, _b: Any, _c: Any, _d: Any) -> None:
    """Take more than any layer passes."""


async def asynchronous(*_given: Any) -> Any:
    """Return nothing, later."""


@pytest.mark.parametrize(("make", "name", "given"), FUNCTIONS)
def test_what_it_takes_is_checked(make: Callable[..., Any], name: str, given: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        make(**{name: takes_four})
    assert caught.value.message == (
        f"{name}: takes_four takes (_a, _b, _c, _d), but it is called with ({given})"
    )


@pytest.mark.parametrize(
    ("make", "name"), [(make, name) for make, name, _ in FUNCTIONS if name not in AWAITED]
)
def test_an_async_one_is_refused_where_nothing_awaits_it(
    make: Callable[..., Any], name: str
) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        make(**{name: asynchronous})
    assert caught.value.message == (
        f"{name}: expected a plain function, got the async function asynchronous"
    )


class Analyzer:
    """Finds what it was made with."""

    def __init__(self, found: Any) -> None:
        self.found = found

    def analyze(self, text: str, language: str) -> Any:
        """Return what it was made with."""
        return self.found


class Finding:
    """A result of Presidio without its place."""

    score = 1.0


DEPLOYMENTS = [
    {"model_name": MODEL, "litellm_params": {"model": MODEL}},
    {"model_name": MODEL, "litellm_params": {"model": "groq/llama-3.3-70b-versatile"}},
]


def chain(layer: Any) -> list[Any]:
    name = type(layer).__name__.lower()
    if name in ("retry", "route"):
        return [*default_middlewares(**{name: layer})]
    return [layer, *default_middlewares()]


def returning(value: Any) -> Callable[..., Any]:
    return lambda *_given: value


WRONG: list[tuple[Callable[[], Any], str]] = [
    (lambda: Trim(5, count=returning("12")), "count: expected a function that returns an int of"),
    (lambda: Trim(5, count=returning(None)), "count: expected a function that returns an int of"),
    (lambda: Trim(5, count=returning(-1)), "count: expected a function that returns an int of 0"),
    (
        lambda: Trim(5, count=lambda *_given: asynchronous()),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        "count: expected a plain function, got coroutine",
    ),
    (
        lambda: Summarization(max_tokens=5, count=returning([1])),
        "count: expected a function that returns an int of 0 or more, got [1]",
    ),
    (
        lambda: Redaction(analyzer=Analyzer(None)),
        "analyzer: expected a list of results with start, end, entity_type and score, got NoneType",
    ),
    (
        lambda: Redaction(analyzer=Analyzer([Finding()])),
        "analyzer: expected a list of results with start, end, entity_type and score, got Finding",
    ),
    (
        lambda: Route(DEPLOYMENTS, strategy=returning(0)),
        "strategy: expected a function that returns one of its options, got 0",
    ),
    (
        lambda: LoadShedder(priority=lambda _request: asynchronous()),
        "priority: expected a plain function, got coroutine",
    ),
]


@pytest.mark.parametrize(("make", "message"), WRONG)
def test_what_it_returns_is_checked(
    world: World, mode: str, make: Callable[[], Any], message: str
) -> None:
    fake = FakeProvider(["Hello"])
    client = fake.client(chain(make()))
    with pytest.raises(BadRequestError) as caught:
        world.answer(client, mode, MODEL, TALK)
    assert message in caught.value.message
    assert not fake.requests


AFTER_A_FAILURE: list[tuple[Callable[[], Any], str]] = [
    (lambda: Retry(wait=returning("1")), "wait: expected a function that returns 0 or more second"),
    (lambda: Retry(wait=returning(-1)), "wait: expected a function that returns 0 or more seconds"),
    (
        lambda: Retry(wait=returning(float("inf"))),
        "wait: expected a function that returns 0 or more seconds, got inf",
    ),
    (
        lambda: CircuitBreaker(key=returning([])),
        "key: expected a value that can be hashed, such as a str, got list",
    ),
    (
        lambda: CircuitBreaker(failure=lambda _error: asynchronous()),  # type: ignore[arg-type,return-value]  # pyright: ignore[reportArgumentType]
        "failure: expected a plain function, got coroutine",
    ),
]


@pytest.mark.parametrize(("make", "message"), AFTER_A_FAILURE)
def test_what_it_returns_after_a_failure_is_checked(
    world: World, mode: str, make: Callable[[], Any], message: str
) -> None:
    fake = FakeProvider([ServiceUnavailableError("down"), "Hello"])
    layer = make()
    with pytest.raises(BadRequestError) as caught:
        world.answer(
            fake.client(chain(layer)),
            mode,
            MODEL,
            MESSAGES,
            num_retries=1 if isinstance(layer, Retry) else 0,
        )
    assert message in caught.value.message
    # What the provider said is not lost.
    assert isinstance(caught.value.__context__, ServiceUnavailableError)


def test_an_estimate_may_have_a_fraction(world: World, mode: str) -> None:
    fake = FakeProvider(["Hello"])

    def a_quarter(messages: Any) -> Any:
        return sum(len(message["content"]) for message in messages) / 4

    question = [
        {"role": "user", "content": "Hello" * 9},
        Message(content="Hi").model_dump(),
        {"role": "user", "content": "abc"},
    ]
    world.answer(fake.client([Trim(5, count=a_quarter)]), mode, MODEL, question)
    assert [message.get("content") for message in fake.requests[0].messages] == ["abc"]


MISTAKES: list[tuple[Callable[[], Any], str]] = [
    (lambda: LoadShedder(10**7), "max_parallel_requests: expected up to 1,000,000, got 10000000"),
    (lambda: LoadShedder(priorities=[1, 2]), "priorities: expected str, got int"),  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    (lambda: Limit(rpm=10**30), "rpm: expected an int of 1 or more"),
    (lambda: Budget(10**400), "max_budget: expected a number above 0"),
    (lambda: Replay("calls", pace=float("inf")), "pace: expected a finite number of seconds"),
    (lambda: Redaction([[]]), "kinds: [] is unknown"),  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    (lambda: Redaction(patterns={1: "x"}), "patterns[1]: a name has letters"),  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]
    (lambda: Route([], aliases={"a": {}}), "aliases: expected str, got dict"),  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]
    (lambda: Metadata({1: 2}), "defaults: expected str, got int"),  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]
]


@pytest.mark.parametrize(("make", "message"), MISTAKES)
def test_values_that_no_layer_can_use(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        make()
    assert caught.value.message.startswith(message)
