"""Callbacks(background=True): calls do not wait for callbacks, and nothing is lost silently."""

from __future__ import annotations

import gc
import logging
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from contextvars import ContextVar
from itertools import repeat
from pathlib import Path
from threading import Event
from typing import Any

import anyio
import pytest
import sniffio

from tests.support.answers import MESSAGES
from tests.support.worlds import World
from trunkline import APIError, CallRecord, Client, CustomLogger, InternalServerError
from trunkline.middlewares.callbacks import Callbacks
from trunkline.testing import FakeProvider

MODEL = "openai/gpt-4o"
WHOSE: ContextVar[str] = ContextVar("WHOSE", default="nobody")


class Slow:
    """A callback that waits until it may go on."""

    def __init__(self) -> None:
        self.began, self.may_end = Event(), Event()
        self.records: list[CallRecord] = []
        self.threads: set[str] = set()

    def hear(self, record: CallRecord) -> None:
        self.began.set()
        assert self.may_end.wait(30)
        self.threads.add(threading.current_thread().name)
        self.records.append(record)


@pytest.fixture
def slow() -> Iterator[Slow]:
    made = Slow()
    yield made
    made.may_end.set()


def client_of(callbacks: Callbacks, *script: Any) -> Client:
    return FakeProvider(script or repeat("Hello")).client([callbacks])


def test_a_call_does_not_wait(world: World, mode: str, slow: Slow) -> None:
    callbacks = Callbacks([slow.hear], background=True)
    client = client_of(callbacks)
    answers = [world.answer(client, mode, MODEL, MESSAGES) for _ in range(3)]
    assert slow.records == []
    assert not callbacks.flush(0)
    slow.may_end.set()
    assert callbacks.flush(30)
    ids = [record.call_id for record in slow.records]
    assert ids == [answer.call.call_id for answer in answers]
    assert slow.threads == {"trunkline-callbacks"}
    assert (callbacks.dropped, callbacks.failures) == (0, {})
    callbacks.close()


def test_a_failed_call(world: World, mode: str) -> None:
    records: list[CallRecord] = []
    callbacks = Callbacks(failure_callback=[records.append], background=True)
    client = client_of(callbacks, InternalServerError("no"))
    with pytest.raises(APIError):
        world.answer(client, mode, MODEL, MESSAGES)
    callbacks.close()
    assert [record.outcome for record in records] == ["failed"]


def test_asynchronous_callbacks_may_wait(world: World, mode: str) -> None:
    libraries: list[str] = []

    async def hear(record: CallRecord) -> None:
        await anyio.sleep(0)
        libraries.append(sniffio.current_async_library())

    callbacks = Callbacks([hear], background=True)
    world.answer(client_of(callbacks), mode, MODEL, MESSAGES)
    callbacks.close()
    assert libraries == ["trio" if world.name == "trio" else "asyncio"]
    assert not callbacks.failures


def test_context_variables_of_the_call(world: World, mode: str) -> None:
    heard: list[str] = []

    async def awaited(record: CallRecord) -> None:
        heard.append(WHOSE.get())

    callbacks = Callbacks([lambda record: heard.append(WHOSE.get()), awaited], background=True)
    token = WHOSE.set("mine")
    try:
        world.answer(client_of(callbacks), mode, MODEL, MESSAGES)
    finally:
        WHOSE.reset(token)
    callbacks.close()
    assert heard == ["mine", "mine"]


def test_a_logger_hears_everything_in_order(world: World) -> None:
    heard: list[str] = []

    class Logger(CustomLogger):
        def log_pre_api_call(self, model: str, messages: list[Any], kwargs: Any, /) -> None:
            heard.append("start")

        def log_stream_event(self, kwargs: Any, given: Any, start: Any, end: Any, /) -> None:
            heard.append("chunk")

        def log_success_event(self, kwargs: Any, given: Any, start: Any, end: Any, /) -> None:
            heard.append("end")

    callbacks = Callbacks([Logger()], background=True)
    chunks, _ = world.stream(client_of(callbacks), MODEL, MESSAGES)
    callbacks.close()
    assert heard == ["start", *["chunk"] * len(chunks), "end"]


def test_a_full_queue_is_told(
    world: World, mode: str, slow: Slow, caplog: pytest.LogCaptureFixture
) -> None:
    callbacks = Callbacks([slow.hear], background=True, max_waiting=2)
    client = client_of(callbacks)
    with caplog.at_level(logging.WARNING, "trunkline"):
        world.answer(client, mode, MODEL, MESSAGES)
        assert slow.began.wait(30)
        for _ in range(5):
            world.answer(client, mode, MODEL, MESSAGES)
    assert callbacks.dropped == 3
    assert [record.message for record in caplog.records] == [
        "Callbacks: calls are not reported to the callbacks: the queue is full (logged only once)"
    ]
    slow.may_end.set()
    callbacks.close()
    assert len(slow.records) == 3


def test_a_callback_that_fails(world: World, mode: str, caplog: pytest.LogCaptureFixture) -> None:
    heard: list[CallRecord] = []

    def broken(record: CallRecord) -> None:
        raise SystemExit("not the end of the thread")

    async def broken_too(record: CallRecord) -> None:
        raise KeyError("x")

    callbacks = Callbacks([broken, broken_too, heard.append], background=True)
    client = client_of(callbacks)
    for _ in range(2):
        world.answer(client, mode, MODEL, MESSAGES)
    callbacks.close()
    assert len(heard) == 2
    assert sorted(callbacks.failures.values()) == [2, 2]
    assert "broken raised" in caplog.text
    assert callbacks.dropped == 0


def test_it_works_again_after_close(slow: Slow) -> None:
    slow.may_end.set()
    callbacks = Callbacks([slow.hear], background=True)
    client = client_of(callbacks)
    for count in (1, 2):
        client.completion(MODEL, MESSAGES)
        callbacks.close()
        assert len(slow.records) == count


def test_its_thread_ends_with_it(slow: Slow) -> None:
    slow.may_end.set()
    callbacks = Callbacks([slow.hear], background=True)
    FakeProvider(["Hello"]).client([callbacks]).completion(MODEL, MESSAGES)
    assert callbacks.flush(30)
    gone = weakref.ref(callbacks)
    del callbacks
    slow.records.clear()
    gc.collect()
    assert gone() is None
    assert "trunkline-callbacks" not in {thread.name for thread in threading.enumerate()}


def test_without_a_background_nothing_waits(slow: Slow) -> None:
    slow.may_end.set()
    callbacks = Callbacks([slow.hear])
    client_of(callbacks).completion(MODEL, MESSAGES)
    assert len(slow.records) == 1
    assert callbacks.flush(0)
    assert callbacks.dropped == 0
    callbacks.close()
    with pytest.raises(ValueError, match="max_waiting: expected an int of 1 or more, got 0"):
        Callbacks(background=True, max_waiting=0)


def run(code: str, folder: Path) -> str:
    start = """
from threading import Event
from trunkline import Callbacks
from trunkline.testing import FakeProvider
def call(*callbacks, count=1):
    made = Callbacks(callbacks, background=True)
    client = FakeProvider(["a"] * count).client([made])
    for _ in range(count):
        client.completion("openai/gpt-4o", [{"role": "user", "content": "Hi"}])
    return made
"""
    done = subprocess.run(
        [sys.executable, "-c", start + code], capture_output=True, text=True, check=True, cwd=folder
    )
    return done.stdout + done.stderr


def test_the_end_of_the_program_waits_for_callbacks(tmp_path: Path) -> None:
    code = """
def hear(record):
    print(record.outcome, flush=True)
kept = call(hear, count=3)
"""
    assert run(code, tmp_path).split() == ["completed"] * 3


def test_what_the_end_of_the_program_loses_is_told(tmp_path: Path) -> None:
    code = """
import logging
from trunkline.middlewares.listening import queue
logging.basicConfig()
queue.EXIT_SECONDS = 0.01
kept = call(lambda record: Event().wait(), count=3)
"""
    assert "Callbacks: 3 calls were not reported to the callbacks" in run(code, tmp_path)
