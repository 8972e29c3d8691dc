"""Streams that several threads or tasks use at the same time."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from tests.pipeline.stream.streams import MODEL, arguments, endless, kinds, opened
from tests.support.answers import MESSAGES, chunk_bodies, chunk_body
from tests.support.forking import run_forked
from tests.support.server import Server, answer_events
from tests.support.worlds import World
from trunkline import Client, Outcome, Stream, StreamInterruptedError, Timeout

pytestmark = pytest.mark.usefixtures("engine")


def stalling(server: Server) -> None:
    answer = answer_events([chunk_body({"content": "word "})], done=False)
    answer.ending = "stall"
    server.reply(answer)


def opened_stream(client: Client, server: Server) -> Stream:
    reply: Stream = client.completion(MODEL, MESSAGES, stream=True, **arguments(server))
    return reply


def words(stream: Stream, first: threading.Event) -> list[str | None]:
    found: list[str | None] = []
    for chunk in stream:
        found.append(chunk.choices[0].delta.content if chunk.choices else None)
        first.set()
    return found


@contextmanager
def being_read(stream: Stream) -> Generator[Future[list[str | None]]]:
    """Read a stream in another thread, which has got the first chunk; end the stream at last."""
    first = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(words, stream, first)
        try:
            assert first.wait(10)
            yield reading
        finally:
            stream.close()


def test_closing_wakes_a_thread_that_reads(
    server: Server, client: Client, outcomes: list[Outcome]
) -> None:
    stalling(server)
    stream = opened_stream(client, server)
    with being_read(stream) as reading:
        stream.close()
        assert reading.result(10) == ["word "]
    assert kinds(outcomes) == ["abandoned"]
    server.wait_until_gone()


def test_closing_a_client_wakes_a_thread_that_reads(
    server: Server, client: Client, outcomes: list[Outcome]
) -> None:
    stalling(server)
    stream = opened_stream(client, server)
    with being_read(stream) as reading:
        client.close()
        with pytest.raises(StreamInterruptedError):
            reading.result(10)
    assert kinds(outcomes) == ["truncated"]
    server.wait_until_gone()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no forks")
@pytest.mark.parametrize("closed", ["stream", "client"])
def test_closing_in_a_forked_process_leaves_the_parent_its_stream(
    server: Server, client: Client, closed: str
) -> None:
    stalling(server)
    stream = opened_stream(client, server)
    with being_read(stream) as reading:
        code = run_forked({"stream": stream, "client": client}[closed].close)
        # The stream is still open, so this ends it.
        stream.close()
        assert reading.result(10) == ["word "]
    assert code == 0


def test_closing_ends_a_thread_that_reads_without_a_pause(
    server: Server, client: Client, outcomes: list[Outcome]
) -> None:
    server.reply(endless())
    stream = opened_stream(client, server)
    with being_read(stream) as reading:
        stream.close()
        assert set(reading.result(10)) == {"word "}
    assert kinds(outcomes) == ["abandoned"]
    server.wait_until_gone()


@pytest.mark.parametrize("name", ["asyncio", "trio"])
def test_closing_wakes_a_task_that_reads(
    name: str, server: Server, client: Client, outcomes: list[Outcome]
) -> None:
    stalling(server)

    async def race() -> int:
        stream = await opened(client, server)
        first = anyio.Event()
        seen: list[Any] = []

        async def read() -> None:
            async for chunk in stream:
                seen.append(chunk)
                first.set()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(read)
            await first.wait()
            # The reader waits for the network before this task goes on.
            await anyio.wait_all_tasks_blocked()
            await stream.aclose()
        return len(seen)

    assert World(name).run(race) == 1
    assert kinds(outcomes) == ["abandoned"]
    server.wait_until_gone()


def test_threads_that_read_one_stream(
    server: Server, client: Client, outcomes: list[Outcome]
) -> None:
    """Each chunk goes to one of them, and each ends when the stream does."""
    server.reply(answer_events(chunk_bodies("word " * 300)))
    stream = opened_stream(client, server)
    with ThreadPoolExecutor(4) as pool:
        work = [pool.submit(words, stream, threading.Event()) for _ in range(4)]
        found = [word for reading in work for word in reading.result(10)]
    assert len([word for word in found if word]) == 300
    assert kinds(outcomes) == ["completed"]


@pytest.mark.parametrize("name", ["asyncio", "trio"])
@pytest.mark.parametrize("together", [False, True])
def test_tasks_that_read_one_stream(
    name: str, together: bool, server: Server, client: Client, outcomes: list[Outcome]
) -> None:
    """Each chunk goes to one of them, and each ends when the stream does."""
    answer = answer_events(chunk_bodies("word " * 300))
    if together:
        answer.pieces = [b"".join(answer.pieces)]
    server.reply(answer)
    found: list[str | None] = []

    async def read_all() -> None:
        stream = await opened(client, server)

        async def read() -> None:
            async for chunk in stream:
                found.append(chunk.choices[0].delta.content if chunk.choices else None)
                await anyio.lowlevel.checkpoint()

        async with anyio.create_task_group() as tasks:
            for _ in range(4):
                tasks.start_soon(read)

    World(name).run(read_all)
    assert len([word for word in found if word]) == 300
    assert kinds(outcomes) == ["completed"]


@pytest.mark.parametrize("name", ["asyncio", "trio"])
def test_tasks_that_read_a_stream_that_stalls(
    name: str, server: Server, client: Client, outcomes: list[Outcome]
) -> None:
    """A limit ends all of them, and one of them raises it."""
    stalling(server)
    raised: list[Timeout] = []

    async def read_all() -> None:
        stream: Any = await client.acompletion(
            MODEL, MESSAGES, stream=True, timeout={"idle": 0.2}, **arguments(server)
        )

        async def read() -> None:
            try:
                async for _ in stream:
                    pass
            except Timeout as error:
                raised.append(error)

        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(read)

    World(name).run(read_all)
    assert len(raised) == 1
    assert kinds(outcomes) == ["failed"]


def test_threads_that_close_one_stream(
    server: Server, client: Client, outcomes: list[Outcome]
) -> None:
    stalling(server)
    stream = opened_stream(client, server)
    with ThreadPoolExecutor(8) as pool:
        for closing in [pool.submit(stream.close) for _ in range(8)]:
            closing.result(10)
    assert kinds(outcomes) == ["abandoned"]
