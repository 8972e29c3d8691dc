"""Every way in which a call can end notifies callbacks exactly once."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable

import anyio
import pytest
import trio

from tests.support.answers import MESSAGES, TEXT, USAGE, chunk_body, failing, good, unfinished
from tests.support.chain.callbacks import (
    ASYNCHRONOUS,
    KEY,
    MODEL,
    Recorder,
    ask,
    open_blocking,
    open_stream,
    twice,
)
from tests.support.server import Answer, Ending, Server, answer_events
from tests.support.worlds import World
from trunkline import (
    BadRequestError,
    Client,
    Handler,
    InternalServerError,
    Reply,
    Request,
    Stream,
    StreamInterruptedError,
)


def test_an_answer_is_told_before_it_is_returned(
    world: World, mode: str, server: Server, recorder: Recorder
) -> None:
    server.reply(good(mode))
    client = Client(middlewares=[recorder.both()])
    response = ask(world, client, mode, server, temperature=0.5)
    assert recorder.outcomes == twice("completed")
    record = recorder.record
    assert record.response is not None
    assert record.response.choices[0].message.content == TEXT
    assert record.error is None
    assert (record.provider, record.model, record.attempts) == ("openai", "test-model", 1)
    assert record.usage is not None
    assert record.usage.total_tokens == USAGE["total_tokens"]
    assert record.call_id == response.call.call_id
    assert (record.tried, record.cache_hit, record.cost) == ((), False, None)
    assert record.request.params == {"temperature": 0.5}
    assert list(record.request.messages) == MESSAGES
    assert record.start <= record.end
    if mode == "stream":
        assert record.first_token is not None
        assert record.start <= record.first_token <= record.end
    else:
        assert record.first_token is None
        assert record.response is response


def test_a_stream_is_told_after_its_last_chunk(
    world: World, server: Server, recorder: Recorder
) -> None:
    server.reply(good("stream"))
    client = Client(middlewares=[recorder.both()])
    seen: list[int] = []
    if world.blocking:
        for _ in open_blocking(client, server):
            seen.append(len(recorder.events))
    else:

        async def read() -> None:
            async for _ in await open_stream(client, server):
                seen.append(len(recorder.events))

        world.run(read)
    assert seen == [0, 0, 0, 0]
    assert recorder.outcomes == twice("completed")


def test_leaving_the_loop(world: World, server: Server, recorder: Recorder) -> None:
    server.reply(unfinished("stall"))
    client = Client(middlewares=[recorder.both()])
    if world.blocking:
        for _ in open_blocking(client, server):
            break
        assert recorder.outcomes == twice("abandoned")
    else:

        async def leave() -> None:
            async for _ in await open_stream(client, server):
                break
            # The plain one has heard of it, the other one does at the loop's next turns.
            assert recorder.outcomes == [("plain", "abandoned")]
            await recorder.until_both()

        world.run(leave)
        server.wait_until_gone()
    check_abandoned(recorder)


@pytest.mark.parametrize("world", ASYNCHRONOUS, ids=repr)
def test_a_loop_that_ends_at_once(world: World, server: Server, recorder: Recorder) -> None:
    server.reply(unfinished("stall"))
    callbacks = recorder.both()
    client = Client(middlewares=[callbacks])

    async def leave() -> None:
        async for _ in await open_stream(client, server):
            break

    world.run(leave)
    server.wait_until_gone()
    # The plain one has heard of it; the other one began, and was cancelled with its loop.
    assert recorder.outcomes == [("plain", "abandoned")]
    assert callbacks.failures == {"Recorder.awaited": 1}


def test_closing(world: World, server: Server, recorder: Recorder) -> None:
    server.reply(unfinished("stall"))
    client = Client(middlewares=[recorder.both()])
    if world.blocking:
        stream = open_blocking(client, server)
        next(stream)
        stream.close()
        stream.close()
        assert recorder.outcomes == twice("abandoned")
    else:

        async def close() -> None:
            stream = await open_stream(client, server)
            await anext(stream)
            await stream.aclose()
            await stream.aclose()
            assert recorder.outcomes == twice("abandoned")

        world.run(close)
    check_abandoned(recorder)


def test_dropping(world: World, server: Server, recorder: Recorder) -> None:
    server.reply(unfinished("stall"))
    client = Client(middlewares=[recorder.both()])
    if world.blocking:
        stream = open_blocking(client, server)
        next(stream)
        del stream
        gc.collect()
        assert recorder.outcomes == twice("abandoned")
    else:

        async def drop() -> None:
            stream = await open_stream(client, server)
            await anext(stream)
            del stream
            gc.collect()
            assert recorder.outcomes == [("plain", "abandoned")]
            await recorder.until_both()

        world.run(drop)
        server.wait_until_gone()
    check_abandoned(recorder)


def check_abandoned(recorder: Recorder) -> None:
    assert recorder.outcomes == twice("abandoned")
    record = recorder.record
    assert record.error is None
    assert record.response is not None
    assert record.response.choices[0].message.content == "Hello"
    assert record.usage is None


def test_an_exception_in_the_loop(world: World, server: Server, recorder: Recorder) -> None:
    server.reply(unfinished("stall"))
    client = Client(middlewares=[recorder.both()])

    async def fail() -> None:
        async with await open_stream(client, server) as stream:
            async for _ in stream:
                raise KeyError("of the caller")

    def fail_blocking() -> None:
        for _ in open_blocking(client, server):
            raise KeyError("of the caller")

    with pytest.raises(KeyError):
        fail_blocking() if world.blocking else world.run(fail)
    assert recorder.outcomes == twice("abandoned")


@pytest.mark.parametrize("status", [400, 500])
def test_an_error_of_the_call(
    status: int, world: World, mode: str, server: Server, recorder: Recorder
) -> None:
    server.reply(failing(status))
    client = Client(middlewares=[recorder.both()])
    with pytest.raises((BadRequestError, InternalServerError)) as caught:
        ask(world, client, mode, server)
    assert recorder.outcomes == twice("failed")
    assert recorder.record.error is caught.value
    assert recorder.record.response is None
    assert recorder.record.provider == "openai"


def test_an_error_before_anything_is_sent(
    world: World, mode: str, server: Server, recorder: Recorder
) -> None:
    client = Client(middlewares=[recorder.both()])
    with pytest.raises(BadRequestError):
        ask(world, client, mode, server, base_url="ftp://nowhere")
    assert recorder.outcomes == twice("failed")
    assert server.seen == []


def test_an_error_in_the_middle_of_a_stream(
    world: World, server: Server, recorder: Recorder
) -> None:
    events = [chunk_body({"content": "Hello"}), {"error": {"message": "full", "code": 503}}]
    server.reply(answer_events(events, done=False))
    client = Client(middlewares=[recorder.both()])
    with pytest.raises(StreamInterruptedError) as caught:
        ask(world, client, "stream", server)
    assert recorder.outcomes == twice("failed")
    check_partial(recorder, caught.value)


@pytest.mark.parametrize("ending", ["clean", "cut"])
def test_a_truncated_stream(
    ending: Ending, world: World, server: Server, recorder: Recorder
) -> None:
    server.reply(unfinished(ending))
    client = Client(middlewares=[recorder.both()])
    with pytest.raises(StreamInterruptedError) as caught:
        ask(world, client, "stream", server)
    assert recorder.outcomes == twice("truncated")
    check_partial(recorder, caught.value)


def test_a_truncated_answer(world: World, server: Server, recorder: Recorder) -> None:
    answer = Answer([b'{"id": "x", "choi'], ending="cut")
    server.reply(answer)
    client = Client(middlewares=[recorder.both()])
    with pytest.raises(StreamInterruptedError):
        ask(world, client, "plain", server)
    assert recorder.outcomes == twice("truncated")


def check_partial(recorder: Recorder, error: StreamInterruptedError) -> None:
    record = recorder.record
    assert record.error is error
    assert record.response is not None
    assert record.response.choices[0].message.content == "Hello"


@pytest.mark.parametrize("world", ASYNCHRONOUS, ids=repr)
def test_a_cancelled_call(world: World, server: Server, recorder: Recorder) -> None:
    entered: list[anyio.Event] = []

    async def hang(request: Request, call_next: Handler) -> Reply:
        entered[0].set()
        await anyio.sleep_forever()
        return await call_next(request)

    client = Client(middlewares=[recorder.both(), hang])

    async def call() -> None:
        await client.acompletion(MODEL, MESSAGES, base_url=server.url, api_key=KEY)

    cancel(world, call, entered, recorder)
    assert recorder.outcomes == twice("abandoned")
    assert recorder.record.response is None
    assert server.seen == []


@pytest.mark.parametrize("world", ASYNCHRONOUS, ids=repr)
def test_a_cancelled_reader(world: World, server: Server, recorder: Recorder) -> None:
    server.reply(unfinished("stall"))
    client = Client(middlewares=[recorder.both()])
    reading: list[anyio.Event] = []

    async def read() -> None:
        async for _ in await open_stream(client, server):
            reading[0].set()

    cancel(world, read, reading, recorder)
    server.wait_until_gone()
    check_abandoned(recorder)


def cancel(
    world: World,
    work: Callable[[], Awaitable[None]],
    started: list[anyio.Event],
    recorder: Recorder,
) -> None:
    """Run `work` in a task and cancel that, as its library does, once the event is set."""

    async def in_asyncio() -> None:
        started.append(anyio.Event())
        task = asyncio.ensure_future(work())
        await started[0].wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await recorder.until_both()

    async def in_trio() -> None:
        started.append(anyio.Event())
        async with trio.open_nursery() as nursery:
            nursery.start_soon(work)
            await started[0].wait()
            nursery.cancel_scope.cancel()
        await recorder.until_both()

    world.run(in_trio if world.name == "trio" else in_asyncio)


def test_an_interrupted_call(server: Server, recorder: Recorder) -> None:
    def interrupt(request: Request, call_next: Handler) -> Awaitable[Reply]:
        raise KeyboardInterrupt

    client = Client(middlewares=[recorder.both(), interrupt])
    with pytest.raises(KeyboardInterrupt):
        client.completion(MODEL, MESSAGES, base_url=server.url, api_key=KEY)
    assert recorder.outcomes == twice("abandoned")


def test_a_stream_dropped_after_its_loop(
    server: Server, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    server.reply(unfinished("stall"))
    callbacks = recorder.both()
    client = Client(middlewares=[callbacks])
    kept: list[Stream] = []

    async def call() -> None:
        kept.append(await open_stream(client, server))

    asyncio.run(call())
    server.wait_until_gone()
    kept.clear()
    gc.collect()
    assert recorder.outcomes == [("plain", "abandoned")]
    assert callbacks.failures == {"Recorder.awaited": 1}
    assert "Recorder.awaited was not run: there was no event loop" in caplog.text
