"""Plain functions as tools that return coroutines, as decorators without `wraps` make them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import anyio

from tests.support.answers import MESSAGES
from tests.support.worlds import World
from trunkline import ToolLoop
from trunkline.testing import FakeProvider, tool_call

MODEL = "openai/gpt-4o"


async def look_up(city: str) -> str:
    return f"sunny in {city}, {threading.current_thread() is threading.main_thread()}"


async def fail() -> str:
    raise ValueError("no such city")


def weather(city: str) -> Any:
    """Return the weather of a city."""
    return look_up(city)


def failing(city: str) -> Any:
    """Fail."""
    return fail()


def endless(city: str) -> Any:
    """Never end."""
    return anyio.sleep_forever()


def result(world: World, mode: str, function: Callable[..., object], **limits: Any) -> str:
    name = getattr(function, "__name__", "")
    fake = FakeProvider([tool_call(name, city="Nice"), "It is sunny."])
    world.answer(fake.client([ToolLoop([function], **limits)]), mode, MODEL, MESSAGES)
    return str(fake.requests[1].messages[-1].get("content"))


def test_the_coroutine_is_awaited(world: World, mode: str) -> None:
    # In a task of the call's event loop; in a blocking call there is none.
    in_the_loop = world.name != "sync"
    assert result(world, mode, weather) == f"sunny in Nice, {in_the_loop}"


def test_its_error_is_told(world: World, mode: str) -> None:
    assert result(world, mode, failing) == "Error: ValueError: no such city"


def test_its_time_is_limited(world: World, mode: str) -> None:
    assert result(world, mode, endless, timeout=0.05) == "Error: endless took longer than 0.05 s"
