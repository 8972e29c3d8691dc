"""Arguments of the wrong type: one clear error with the argument's name, when a layer is made."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from pathlib import Path
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
    Continuation,
    Cost,
    Fallback,
    Guardrail,
    Hedge,
    InvalidArgumentError,
    Limit,
    LoadShedder,
    MCPTools,
    MemoryState,
    Metadata,
    Params,
    PromptCaching,
    PromptLog,
    Reask,
    Redaction,
    RedisStore,
    Replay,
    Request,
    Retry,
    Route,
    SemanticCache,
    SharedLimit,
    SQLiteStore,
    Summarization,
    ToolLoop,
    Tracing,
    Trim,
    default_middlewares,
)
from trunkline.testing import FakeProvider

# The layers, with arguments that each needs.
LAYERS: dict[Callable[..., Any], dict[str, Any]] = {
    Budget: {"max_budget": 1.0},
    Cache: {},
    Callbacks: {},
    CircuitBreaker: {},
    Continuation: {},
    Cost: {},
    Fallback: {},
    Guardrail: {"input": str.isascii},
    Hedge: {},
    Limit: {},
    LoadShedder: {},
    MCPTools: {"server": ["server"]},
    Metadata: {},
    Params: {},
    PromptCaching: {},
    PromptLog: {"target": "log.jsonl"},
    Reask: {},
    Redaction: {},
    Replay: {"folder": "calls"},
    Retry: {},
    Route: {},
    SemanticCache: {"embed": str.split},
    SharedLimit: {"state": MemoryState(), "rpm": 1},
    SQLiteStore: {"path": "store.db"},
    Summarization: {},
    ToolLoop: {},
    Tracing: {},
    Trim: {},
}
# What is right nevertheless: a name is a label only.
ANYTHING = {
    (Budget, "name"),
}
# Those are for tests and clients: clocks, and functions that return a client's settings.
INTERNAL = {
    (layer, name)
    for layer, names in {
        Route: ["random"],
        SQLiteStore: ["clock"],
    }.items()
    for name in names
}
WRONG = [object(), math.nan, b"x", -1]
CASES = [
    pytest.param(layer, name, value, id=f"{getattr(layer, '__name__', '')}-{name}-{value!r:.7}")
    for layer in LAYERS
    for name in inspect.signature(layer).parameters
    if (layer, name) not in ANYTHING | INTERNAL
    for value in WRONG
]


@pytest.mark.parametrize(("layer", "name", "value"), CASES)
def test_an_argument_of_another_type(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    layer: Callable[..., Any],
    name: str,
    value: object,
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises((TypeError, ValueError), match=name):
        layer(**{**LAYERS[layer], name: value})


def unhashable(_request: Request) -> Any:
    return {}


async def asynchronous(_request: Request) -> str:
    return "ada"


def returns_a_coroutine(request: Request) -> Any:
    return asynchronous(request)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (unhashable, "key: expected a value that can be hashed, such as a str, got dict"),
        (returns_a_coroutine, "key: expected a plain function, got coroutine"),
    ],
)
@pytest.mark.parametrize("layer", [Budget, Limit, SharedLimit])
def test_a_key_that_counts_nothing(
    world: World, mode: str, layer: Callable[..., Any], key: Any, message: str
) -> None:
    given = {"rpm": 9} if layer is Limit else LAYERS[layer]
    fake = FakeProvider(["Hello"])
    client = fake.client([layer(**given, key=key)])
    with pytest.raises(BadRequestError) as caught:
        world.answer(client, mode, "openai/gpt-4o", MESSAGES)
    assert message in caught.value.message
    assert not fake.requests


@pytest.mark.parametrize(
    "option",
    [
        {"drop_params": "yes"},
        {"additional_drop_params": "seed"},
        {"allowed_openai_params": 3},
        {"disable_stop_sequence_limit": 1},
    ],
)
def test_options_of_a_call_without_parameters(
    world: World, mode: str, option: dict[str, Any]
) -> None:
    fake = FakeProvider(["Hello"])
    with pytest.raises(BadRequestError) as caught:
        world.answer(fake.client(default_middlewares()), mode, "openai/gpt-4o", MESSAGES, **option)
    assert caught.value.param in option
    assert not fake.requests


@pytest.mark.parametrize("given", ["search", ["search", 3], {"search": 1}])
def test_the_tools_of_a_server(given: Any) -> None:
    with pytest.raises(TypeError, match="only: expected"):
        MCPTools(["server"], only=given)


def test_the_credentials_of_a_server_are_not_shown() -> None:
    wrong: Any = {"TOKEN": b"secret-0123456789"}
    for name in ("env", "headers"):
        with pytest.raises(TypeError, match=f"{name}: expected str, got bytes"):
            MCPTools(["server"], **{name: wrong})


SECRET = "s3cr3t-of-mine"
WITH_A_SECRET: list[Callable[[], object]] = [
    lambda: Cache(f"redis://:{SECRET}@localhost"),  # type: ignore[arg-type]
    lambda: RedisStore(f"redis://:{SECRET}@localhost"),  # type: ignore[arg-type]
    lambda: SharedLimit(f"redis://:{SECRET}@localhost", rpm=1),  # type: ignore[arg-type]
    lambda: Summarization({"model": "openai/a", "api_key": SECRET}),  # type: ignore[arg-type]
    lambda: Guardrail(input={"modle": "openai/a", "api_key": SECRET}),
    lambda: SemanticCache({"model": "openai/a", "api_key": SECRET}),  # type: ignore[arg-type]
    lambda: MCPTools(f"npx server --token={SECRET}"),
    lambda: PromptLog({"url": SECRET}),  # type: ignore[arg-type]
    lambda: Cost(prices=[SECRET]),  # type: ignore[arg-type]
]


@pytest.mark.parametrize("make", WITH_A_SECRET)
def test_no_secret_is_shown(make: Callable[[], object]) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        make()
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("make", [PromptLog, Replay, SQLiteStore])
def test_an_empty_path(make: Callable[[str], object]) -> None:
    with pytest.raises(InvalidArgumentError, match="expected a path, got an empty str"):
        make("")
