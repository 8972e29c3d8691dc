"""Equal calls at the same time make one request."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import msgspec
import pytest
import trio

from tests.support.answers import MESSAGES
from tests.support.worlds import World
from trunkline import APIError, Handler, InternalServerError, ModelResponse, Reply, Request
from trunkline.middlewares.cache import Cache
from trunkline.middlewares.caching.in_flight import RequestsInFlight
from trunkline.middlewares.stores.memory import MemoryStore
from trunkline.pipeline.transport.sync_io import SyncIO
from trunkline.testing import FakeProvider

MODEL = "openai/gpt-4o"


def numbered() -> FakeProvider:
    """A provider whose every answer is another."""
    return FakeProvider([f"answer {number}" for number in range(1, 10)])


def text(response: ModelResponse) -> str | None:
    return response.choices[0].message.content


class Gate:
    """Holds calls at the door of the provider until it opens."""

    def __init__(self) -> None:
        self.arrived = threading.Semaphore(0)
        self.opened = threading.Event()

    async def __call__(self, request: Request, call_next: Handler) -> Reply:
        self.arrived.release()
        await request.io.run(self._wait)
        return await call_next(request)

    def _wait(self) -> None:
        assert self.opened.wait(30)


class Crowd(Cache):
    """A cache that counts who waits for a request under way."""

    def waiting(self) -> int:
        return self._in_flight.waiting


async def until(true: Callable[[], bool], sleep: Callable[[float], Awaitable[None]]) -> None:
    while not true():
        await sleep(0.001)


def blocking_until(true: Callable[[], bool]) -> None:
    while not true():
        threading.Event().wait(0.001)


def in_threads(functions: list[Callable[[], None]]) -> list[threading.Thread]:
    threads = [threading.Thread(target=function) for function in functions]
    for thread in threads:
        thread.start()
    return threads


def test_a_forked_process_does_not_wait_for_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    requests, io = RequestsInFlight(), SyncIO()
    assert requests.join("key", io)[1] is None
    assert requests.join("key", io)[1] is not None
    monkeypatch.setattr("os.getpid", lambda: -1)
    assert requests.join("key", io)[1] is None


def test_threads_make_one_request() -> None:
    fake, gate, cache = numbered(), Gate(), Crowd(MemoryStore())
    client = fake.client([cache, gate])
    answers: list[ModelResponse] = []
    threads = in_threads([lambda: answers.append(client.completion(MODEL, MESSAGES))] * 5)
    blocking_until(lambda: cache.waiting() == 4)
    gate.opened.set()
    for thread in threads:
        thread.join(30)
    assert len(fake.requests) == 1
    assert [text(answer) for answer in answers] == ["answer 1"] * 5
    assert sorted(answer.attempts for answer in answers) == [0, 0, 0, 0, 1]
    assert len({id(answer) for answer in answers}) == 5
    assert cache.waiting() == 0


@pytest.mark.parametrize("library", ["asyncio", "trio"])
def test_tasks_make_one_request(library: str) -> None:
    fake, gate, cache = numbered(), Gate(), Crowd(MemoryStore())
    client = fake.client([cache, gate])
    answers: list[ModelResponse] = []

    async def ask() -> None:
        answers.append(await client.acompletion(MODEL, MESSAGES))

    async def with_asyncio() -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(5):
                group.create_task(ask())
            await until(lambda: cache.waiting() == 4, asyncio.sleep)
            gate.opened.set()

    async def with_trio() -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(5):
                nursery.start_soon(ask)
            await until(lambda: cache.waiting() == 4, trio.sleep)
            gate.opened.set()

    World(library).run(with_asyncio if library == "asyncio" else with_trio)
    assert len(fake.requests) == 1
    assert [text(answer) for answer in answers] == ["answer 1"] * 5


def test_all_worlds_together_make_one_request() -> None:
    fake, gate, cache = numbered(), Gate(), Crowd(MemoryStore())
    client = fake.client([cache, gate])
    answers: list[ModelResponse] = []
    worlds = [World("sync"), World("asyncio"), World("trio")] * 2

    def ask(world: World) -> None:
        answers.append(world.complete(client, MODEL, MESSAGES))

    threads = in_threads([partial(ask, world) for world in worlds])
    blocking_until(lambda: cache.waiting() == 5)
    gate.opened.set()
    for thread in threads:
        thread.join(30)
    assert len(fake.requests) == 1
    assert [text(answer) for answer in answers] == ["answer 1"] * 6


def test_where_the_first_fails_the_others_try_themselves() -> None:
    fake = FakeProvider([InternalServerError("down"), "good", "good", "good"])
    gate, cache = Gate(), Crowd(MemoryStore())
    client = fake.client([cache, gate])
    ended: list[str | None] = []

    def ask() -> None:
        try:
            ended.append(text(client.completion(MODEL, MESSAGES)))
        except InternalServerError:
            ended.append("failed")

    threads = in_threads([ask] * 4)
    blocking_until(lambda: cache.waiting() == 3)
    gate.opened.set()
    for thread in threads:
        thread.join(30)
    assert len(fake.requests) == 4
    assert sorted(str(end) for end in ended) == ["failed", "good", "good", "good"]


def test_a_first_one_that_is_cancelled_leaves_the_others_to_one_of_them() -> None:
    fake, cache = numbered(), Crowd(MemoryStore())
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def hold(request: Request, call_next: Handler) -> Reply:
        inside.set()
        await go_on.wait()
        return await call_next(request)

    client = fake.client([cache, hold])

    async def main() -> list[ModelResponse]:
        first = asyncio.create_task(client.acompletion(MODEL, MESSAGES))
        await inside.wait()
        others = [asyncio.create_task(client.acompletion(MODEL, MESSAGES)) for _ in range(3)]
        await until(lambda: cache.waiting() == 3, asyncio.sleep)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        await until(lambda: cache.waiting() == 2, asyncio.sleep)
        go_on.set()
        return await asyncio.gather(*others)

    answers = asyncio.run(main())
    assert [text(answer) for answer in answers] == ["answer 1"] * 3
    assert len(fake.requests) == 1


def test_one_who_waits_may_be_cancelled() -> None:
    fake, cache = numbered(), Crowd(MemoryStore())
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def hold(request: Request, call_next: Handler) -> Reply:
        inside.set()
        await go_on.wait()
        return await call_next(request)

    client = fake.client([cache, hold])

    async def main() -> str | None:
        first = asyncio.create_task(client.acompletion(MODEL, MESSAGES))
        await inside.wait()
        second = asyncio.create_task(client.acompletion(MODEL, MESSAGES))
        await until(lambda: cache.waiting() == 1, asyncio.sleep)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        assert cache.waiting() == 0
        go_on.set()
        return text(await first)

    assert asyncio.run(main()) == "answer 1"


def test_a_blocking_call_never_waits_for_a_task_of_its_own_thread() -> None:
    fake, cache = numbered(), Crowd(MemoryStore())
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def hold(request: Request, call_next: Handler) -> Reply:
        if not request.io.blocking:
            inside.set()
            await go_on.wait()
        return await call_next(request)

    client = fake.client([cache, hold])

    async def main() -> list[str | None]:
        task = asyncio.create_task(client.acompletion(MODEL, MESSAGES))
        await inside.wait()
        blocking = client.completion(MODEL, MESSAGES)
        go_on.set()
        return [text(blocking), text(await task)]

    assert asyncio.run(main()) == ["answer 1", "answer 2"]


def test_waiting_ends_with_the_calls_own_time() -> None:
    fake, gate, cache = numbered(), Gate(), Crowd(MemoryStore())
    client = fake.client([cache, gate])

    async def short(request: Request, call_next: Handler) -> Reply:
        return await call_next(msgspec.structs.replace(request, answer_by=0.0))

    ended: list[object] = []

    def impatient() -> None:
        try:
            client.completion(MODEL, MESSAGES, middlewares=[short])
        except APIError as error:
            ended.append(error)

    [first] = in_threads([lambda: ended.append(text(client.completion(MODEL, MESSAGES)))])
    assert gate.arrived.acquire(timeout=30)
    [second] = in_threads([impatient])
    # It has given up waiting, and tries for itself.
    assert gate.arrived.acquire(timeout=30)
    gate.opened.set()
    for thread in (first, second):
        thread.join(30)
    assert "answer 1" in ended
    assert any("no time is left" in str(error) for error in ended)


def test_streams_do_not_wait_for_each_other() -> None:
    fake = numbered()
    client = fake.client([Cache(MemoryStore())])
    one = client.completion(MODEL, MESSAGES, stream=True)
    two = client.completion(MODEL, MESSAGES, stream=True)
    assert [stream.response.id for stream in (one, two)] == ["chatcmpl-fake-1", "chatcmpl-fake-2"]


def test_those_who_do_not_read_or_write_do_not_wait() -> None:
    fake, gate, cache = numbered(), Gate(), Crowd(MemoryStore())
    client = fake.client([cache, gate])
    ended: list[str | None] = []

    def ask(option: Any) -> None:
        ended.append(text(client.completion(MODEL, MESSAGES, cache=option)))

    options = (None, {"no-cache": True}, {"no-store": True})
    threads = in_threads([partial(ask, option) for option in options])
    for _ in threads:
        assert gate.arrived.acquire(timeout=30)
    gate.opened.set()
    for thread in threads:
        thread.join(30)
    assert len(fake.requests) == 3
