"""Streams of handlers: their chunks, and what ends them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from threading import Event, Thread
from typing import Any

import anyio
import pytest

from tests.support.answers import MESSAGES, chunk_bodies
from tests.support.server import Server, answer_events
from tests.support.worlds import WORLDS, World
from tests.trunkline.compat.handlers.own_llm import (
    ask,
    installed_for_handlers,
    piece,
    serve,
    text_of,
    use,
)

MODEL = "mine/m"


@pytest.fixture
def litellm() -> Iterator[Any]:
    with installed_for_handlers() as module:
        yield module


def endless(heard: list[str]) -> Iterator[Any]:
    try:
        while True:
            yield piece("Hi")
    finally:
        heard.append("closed")


def leave(litellm: Any, world: World, close: bool) -> None:
    """Read one chunk, then close the stream, or leave the loop."""

    async def read() -> None:
        stream = await litellm.acompletion(MODEL, MESSAGES, stream=True)
        async for _ in stream:
            break
        if close:
            await stream.aclose()
        del stream
        for _ in range(10):
            await anyio.lowlevel.checkpoint()

    if not world.blocking:
        world.run(read)
        return
    stream = litellm.completion(MODEL, MESSAGES, stream=True)
    for _ in stream:
        break
    if close:
        stream.close()


@pytest.mark.parametrize("close", [False, True])
def test_leaving_a_stream_closes_the_generator(litellm: Any, world: World, close: bool) -> None:
    heard: list[str] = []

    class Mine(litellm.CustomLLM):  # type: ignore[misc]
        def streaming(self, **_: Any) -> Iterator[Any]:
            return endless(heard)

        async def astreaming(self, **_: Any) -> AsyncIterator[Any]:
            try:
                while True:
                    yield piece("Hi")
            finally:
                # Closing may need the event loop.
                await anyio.sleep(0)
                heard.append("closed")

    use(litellm, Mine())
    leave(litellm, world, close)
    assert heard == ["closed"]


def test_a_wrong_chunk_closes_the_generator(litellm: Any, world: World) -> None:
    heard: list[str] = []

    def act(_: dict[str, Any]) -> Iterator[Any]:
        try:
            yield piece("Hel")
            yield 3
        finally:
            heard.append("closed")

    serve(litellm, act)
    with pytest.raises(litellm.StreamInterruptedError):
        ask(litellm, world, stream=True)
    assert heard == ["closed"]


def test_an_error_while_it_is_closed_is_logged(
    litellm: Any, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    def act(arguments: dict[str, Any]) -> Iterator[Any]:
        try:
            while True:
                yield piece("Hi")
        finally:
            raise ValueError(f"cannot close {len(arguments)}")

    class Mine(litellm.CustomLLM):  # type: ignore[misc]
        def streaming(self, **arguments: Any) -> Iterator[Any]:
            return act(arguments)

        astreaming = streaming

    use(litellm, Mine())
    leave(litellm, world, close=True)
    [record] = caplog.records
    assert "Mine." in record.getMessage()
    assert "raised ValueError: cannot close" in record.getMessage()


@pytest.mark.parametrize("world", WORLDS[1:], ids=repr)
def test_another_task_closes_the_stream(litellm: Any, world: World) -> None:
    heard: list[str] = []

    class Mine(litellm.CustomLLM):  # type: ignore[misc]
        async def astreaming(self, **_: Any) -> AsyncIterator[Any]:
            yield piece("Hi")
            try:
                await anyio.sleep_forever()
            finally:
                heard.append("cancelled")

    async def close(stream: Any) -> None:
        # The reader waits by now.
        await anyio.lowlevel.checkpoint()
        await stream.aclose()

    async def read() -> str:
        chunks: list[Any] = []
        stream = await litellm.acompletion(MODEL, MESSAGES, stream=True)
        async with anyio.create_task_group() as group:
            group.start_soon(close, stream)
            chunks += [chunk async for chunk in stream]
        return text_of(chunks)

    use(litellm, Mine())
    assert world.run(read) == "Hi"
    assert heard == ["cancelled"]


@pytest.mark.parametrize("world", WORLDS[1:], ids=repr)
def test_another_task_closes_a_stream_that_is_late(litellm: Any, world: World) -> None:
    async def read() -> str:
        cleaning, closed = anyio.Event(), anyio.Event()

        class Mine(litellm.CustomLLM):  # type: ignore[misc]
            async def astreaming(self, **_: Any) -> AsyncIterator[Any]:
                yield piece("Hi")
                try:
                    await anyio.sleep_forever()
                finally:
                    cleaning.set()
                    with anyio.CancelScope(shield=True):
                        await closed.wait()

        async def close() -> None:
            await cleaning.wait()
            try:
                await stream.aclose()
            finally:
                closed.set()

        use(litellm, Mine())
        stream = await litellm.acompletion(MODEL, MESSAGES, stream=True, timeout={"idle": 0.05})
        chunks: list[Any] = []
        async with anyio.create_task_group() as group:
            group.start_soon(close)
            chunks += [chunk async for chunk in stream]
        return text_of(chunks)

    assert world.run(read) == "Hi"


def test_another_thread_closes_the_stream(litellm: Any) -> None:
    heard: list[str] = []
    waits, go_on = Event(), Event()

    def act(_: dict[str, Any]) -> Iterator[Any]:
        try:
            yield piece("Hel")
            waits.set()
            go_on.wait()
            yield piece("lo")
        finally:
            heard.append("closed")

    class Mine(litellm.CustomLLM):  # type: ignore[misc]
        def streaming(self, **arguments: Any) -> Iterator[Any]:
            return act(arguments)

    use(litellm, Mine())
    stream = litellm.completion(MODEL, MESSAGES, stream=True)
    reader = Thread(target=list, args=(stream,))
    reader.start()
    waits.wait()
    stream.close()
    go_on.set()
    reader.join()
    assert heard == ["closed"]


@pytest.mark.parametrize("close", [False, True])
def test_a_handler_may_pass_a_stream_on(
    litellm: Any, server: Server, world: World, close: bool
) -> None:
    given = {"api_base": f"{server.url}/v1", "api_key": "sk-0123456789", "stream": True}

    class Mine(litellm.CustomLLM):  # type: ignore[misc]
        def streaming(self, **_: Any) -> Any:
            return litellm.completion("openai/gpt-4o", MESSAGES, **given)

        async def astreaming(self, **_: Any) -> Any:
            return await litellm.acompletion("openai/gpt-4o", MESSAGES, **given)

    use(litellm, Mine())
    if close:
        server.reply(replace(answer_events(chunk_bodies()[:2], done=False), ending="stall"))
        leave(litellm, world, close=True)
        assert server.wait_until_gone()
    else:
        server.reply(answer_events(chunk_bodies()))
        chunks = ask(litellm, world, stream=True)
        assert chunks[-1].choices[0].finish_reason == "stop"


def test_objects_of_litellm_in_a_chunk(litellm: Any, world: World) -> None:
    call = litellm.types.utils.ChatCompletionDeltaToolCall(
        id="call_1", function=litellm.types.utils.Function(name="weather", arguments="{}"), index=0
    )
    usage = litellm.Usage(prompt_tokens=3, completion_tokens=2, total_tokens=5)
    pieces = [piece(tool_use=call), piece(is_finished=True, finish_reason="stop", usage=usage)]
    serve(litellm, lambda _: pieces)
    chunks = ask(litellm, world, stream=True, stream_options={"include_usage": True})
    response = litellm.stream_chunk_builder(chunks)
    assert response.choices[0].message.tool_calls[0].function.name == "weather"
    assert response.usage.total_tokens == 5


@pytest.mark.parametrize("world", WORLDS[1:], ids=repr)
def test_a_caller_that_is_cancelled(litellm: Any, world: World) -> None:
    heard: list[str] = []

    class Mine(litellm.CustomLLM):  # type: ignore[misc]
        async def astreaming(self, **_: Any) -> AsyncIterator[Any]:
            yield piece("Hi")
            try:
                await anyio.sleep_forever()
            finally:
                heard.append("cancelled")

    async def read() -> None:
        stream = await litellm.acompletion(MODEL, MESSAGES, stream=True)
        with anyio.move_on_after(0.05) as scope:
            async for _ in stream:
                pass
        assert scope.cancelled_caught
        assert stream.response.choices[0].message.content == "Hi"

    use(litellm, Mine())
    world.run(read)
    assert heard == ["cancelled"]


def test_a_task_that_is_cancelled_stays_cancelled(litellm: Any) -> None:
    started = asyncio.Event()

    class Mine(litellm.CustomLLM):  # type: ignore[misc]
        async def acompletion(self, **_: Any) -> None:
            started.set()
            await anyio.sleep_forever()

    async def cancel() -> None:
        task = asyncio.create_task(litellm.acompletion(MODEL, MESSAGES))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    use(litellm, Mine())
    asyncio.run(cancel())
