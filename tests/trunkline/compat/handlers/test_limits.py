"""`timeout` applies to handlers: they are cancelled, or their late response is not taken."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from time import monotonic
from traceback import format_exception
from typing import Any

import anyio
import pytest

from tests.support.clocks import Clock
from tests.support.worlds import WORLDS, World
from tests.trunkline.compat.handlers.own_llm import (
    ask,
    installed_for_handlers,
    method,
    piece,
    serve,
    use,
)

SOON = 0.05
BEFORE_CONTENT: list[Any] = [
    SOON,
    {"answer": SOON},
    {"first_event": SOON},
    {"total": SOON},
]


@pytest.fixture
def litellm() -> Iterator[Any]:
    with installed_for_handlers() as module:
        yield module


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of the limits of handlers; it starts a little earlier than the calls.

    It stands still, so a handler begins in time on any machine.
    """
    clock = Clock(monotonic())
    monkeypatch.setattr("trunkline.pipeline.timeouts.monotonic", clock)
    monkeypatch.setattr("trunkline.pipeline.transport.limits.monotonic", clock)
    monkeypatch.setattr("trunkline.compat.handlers.call.monotonic", clock)
    return clock


def late(litellm: Any, world: World, *, stream: bool, timeout: Any) -> Any:
    with pytest.raises(litellm.Timeout) as caught:
        ask(litellm, world, stream=stream, timeout=timeout)
    assert f"mine/m-1: {method(world, stream=stream)}: " in str(caught.value)
    assert caught.value.llm_provider == "mine"
    return caught.value


def hanging(litellm: Any, *pieces: Any) -> list[str]:
    """Let a handler hang, in a stream after some chunks; return what happens to it."""
    heard: list[str] = []

    class Mine(litellm.CustomLLM):  # type: ignore[misc]
        async def acompletion(self, **_: Any) -> None:
            try:
                await anyio.sleep_forever()
            finally:
                heard.append("cancelled")

        async def astreaming(self, **arguments: Any) -> AsyncIterator[Any]:
            for each in pieces:
                yield each
            await self.acompletion(**arguments)

    use(litellm, Mine())
    return heard


@pytest.mark.parametrize("world", WORLDS[1:], ids=repr)
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("timeout", BEFORE_CONTENT, ids=repr)
@pytest.mark.usefixtures("clock")
def test_a_handler_that_hangs(litellm: Any, world: World, timeout: Any, stream: bool) -> None:
    heard = hanging(litellm)
    error = late(litellm, world, stream=stream, timeout=timeout)
    assert heard == ["cancelled"]
    assert error.phase == "first_event"


@pytest.mark.parametrize("world", WORLDS[1:], ids=repr)
@pytest.mark.parametrize("timeout", [SOON, {"idle": SOON}, {"total": SOON}], ids=repr)
@pytest.mark.usefixtures("clock")
def test_a_stream_that_hangs(litellm: Any, world: World, timeout: Any) -> None:
    heard = hanging(litellm, piece("Hel"))
    error = late(litellm, world, stream=True, timeout=timeout)
    assert heard == ["cancelled"]
    assert error.phase == "mid_stream"
    assert error.partial.choices[0].message.content == "Hel"


@pytest.mark.parametrize("timeout", [5, {"answer": 5}, {"first_event": 5}, {"total": 5}], ids=repr)
def test_a_handler_that_blocks(
    litellm: Any, world: World, mode: str, clock: Clock, timeout: Any
) -> None:
    def act(arguments: dict[str, Any]) -> Any:
        clock.advance(6)
        return [piece("Hi")] if mode == "stream" else arguments["model_response"]

    serve(litellm, act)
    assert late(litellm, world, stream=mode == "stream", timeout=timeout).phase == "first_event"


@pytest.mark.parametrize("timeout", [{"idle": 5}, {"total": 5}], ids=repr)
def test_a_stream_that_blocks(litellm: Any, world: World, clock: Clock, timeout: Any) -> None:
    def act(_: dict[str, Any]) -> Iterator[Any]:
        yield piece("Hel")
        clock.advance(6)
        yield piece("lo")

    serve(litellm, act)
    error = late(litellm, world, stream=True, timeout=timeout)
    assert error.partial.choices[0].message.content == "Hel"


def test_a_stream_that_has_begun_has_time(litellm: Any, world: World, clock: Clock) -> None:
    def act(_: dict[str, Any]) -> Iterator[Any]:
        for text in ("Hel", "lo"):
            yield piece(text)
            clock.advance(7)

    serve(litellm, act)
    assert len(ask(litellm, world, stream=True, timeout={"answer": 5, "idle": 10})) == 3


def test_no_time_is_left(litellm: Any, world: World, mode: str, clock: Clock) -> None:
    asked: list[str] = []

    def act(_: dict[str, Any]) -> Any:
        asked.append(mode)
        clock.advance(20)
        raise litellm.CustomLLMError(503, "busy")

    serve(litellm, act)
    given = {"timeout": 10, "stream": mode == "stream", "num_retries": 3}
    with pytest.raises(litellm.ServiceUnavailableError, match="busy"):
        ask(litellm, world, **given)
    assert asked == [mode]


@pytest.mark.parametrize("world", WORLDS[1:], ids=repr)
@pytest.mark.usefixtures("clock")
def test_a_handler_that_fails_when_it_is_cancelled(litellm: Any, world: World) -> None:
    class Mine(litellm.CustomLLM):  # type: ignore[misc]
        async def acompletion(self, **_: Any) -> None:
            try:
                await anyio.sleep_forever()
            finally:
                raise ValueError("cannot close")

    use(litellm, Mine())
    error = late(litellm, world, stream=False, timeout=SOON)
    assert "cannot close" in "".join(format_exception(error))


def test_a_generator_of_trio_that_holds_a_nursery(litellm: Any) -> None:
    """trio forbids it, and says so."""

    class Mine(litellm.CustomLLM):  # type: ignore[misc]
        async def astreaming(self, **_: Any) -> AsyncIterator[Any]:
            async with anyio.create_task_group():
                yield piece("Hel")

    use(litellm, Mine())
    with pytest.raises(litellm.APIConnectionError, match=r"Mine\.astreaming raised RuntimeError"):
        ask(litellm, World("trio"), stream=True, timeout=10)


def test_a_generator_that_holds_a_scope(litellm: Any) -> None:
    class Mine(litellm.CustomLLM):  # type: ignore[misc]
        async def astreaming(self, **_: Any) -> AsyncIterator[Any]:
            async with anyio.create_task_group() as group:
                group.start_soon(anyio.sleep_forever)
                yield piece("Hel")
                yield piece("lo")
                group.cancel_scope.cancel()

    use(litellm, Mine())
    assert len(ask(litellm, World("asyncio"), stream=True, timeout=10)) == 3
