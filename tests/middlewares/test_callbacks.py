"""Each call is told of once, whatever becomes of it, in the context of its caller."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest
import tenacity
import trio

from tests.support.answers import (
    HEAD,
    MESSAGES,
    TEXT,
    USAGE,
    chunk_bodies,
    chunk_body,
    failing,
    good,
    unfinished,
)
from tests.support.server import Answer, Ending, Server, answer_events
from tests.support.worlds import WORLDS, World
from trunkline import (
    BadRequestError,
    Client,
    Handler,
    InternalServerError,
    ModelResponseStream,
    Reply,
    Request,
    Retry,
    Stream,
    StreamInterruptedError,
    SuspendedError,
)
from trunkline.middlewares.callbacks import AttemptCallbacks, Callbacks
from trunkline.middlewares.listening.record import CallRecord

KEY = "sk-very-secret-0123456789"
MODEL = "openai/test-model"
ENTRY_POINT = "[trunkline.callbacks]\nprinter = brought_callbacks:hear\nbroken = brought_none:x\n"


class Told:
    """What plain and asynchronous callbacks heard, in order."""

    def __init__(self) -> None:
        self.events: list[tuple[str, CallRecord]] = []

    def plain(self, record: CallRecord) -> None:
        self.events.append(("plain", record))

    async def awaited(self, record: CallRecord) -> None:
        if not record.request.io.blocking:
            await anyio.lowlevel.checkpoint()
        self.events.append(("async", record))

    async def until_both(self) -> None:
        await turn_until(lambda: len(self.events) >= 2)

    def both(self) -> Callbacks:
        return Callbacks([self.plain, self.awaited])

    @property
    def outcomes(self) -> list[tuple[str, str]]:
        return [(name, record.outcome) for name, record in self.events]

    @property
    def record(self) -> CallRecord:
        """What all of them heard, the same for all."""
        records = [record for _, record in self.events]
        assert records
        assert all(record is records[0] for record in records)
        return records[0]


@pytest.fixture
def told() -> Told:
    return Told()


ASYNCHRONOUS = [world for world in WORLDS if not world.blocking]


async def turn_until(done: Callable[[], bool]) -> None:
    """Let the loop turn until what was spawned has run; it takes a handful of turns."""
    for _ in range(1000):
        if done():
            return
        await anyio.lowlevel.checkpoint()
    raise AssertionError("it has not run")


def twice(outcome: str) -> list[tuple[str, str]]:
    return [("plain", outcome), ("async", outcome)]


def ask(world: World, client: Client, mode: str, server: Server, **arguments: Any) -> Any:
    given: dict[str, Any] = {"base_url": server.url, "api_key": KEY, **arguments}
    return world.answer(client, mode, MODEL, MESSAGES, **given)


async def open_stream(client: Client, server: Server) -> Stream:
    return await client.acompletion(MODEL, MESSAGES, stream=True, base_url=server.url, api_key=KEY)


def open_blocking(client: Client, server: Server) -> Stream:
    return client.completion(MODEL, MESSAGES, stream=True, base_url=server.url, api_key=KEY)


# The matrix: every way in which a call can end, in every world.


def test_an_answer_is_told_before_it_is_returned(
    world: World, mode: str, server: Server, told: Told
) -> None:
    server.reply(good(mode))
    client = Client(middlewares=[told.both()])
    response = ask(world, client, mode, server, temperature=0.5)
    assert told.outcomes == twice("completed")
    record = told.record
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


def test_a_stream_is_told_after_its_last_chunk(world: World, server: Server, told: Told) -> None:
    server.reply(good("stream"))
    client = Client(middlewares=[told.both()])
    seen: list[int] = []
    if world.blocking:
        for _ in open_blocking(client, server):
            seen.append(len(told.events))
    else:

        async def read() -> None:
            async for _ in await open_stream(client, server):
                seen.append(len(told.events))

        world.run(read)
    assert seen == [0, 0, 0, 0]
    assert told.outcomes == twice("completed")


def test_leaving_the_loop(world: World, server: Server, told: Told) -> None:
    server.reply(unfinished("stall"))
    client = Client(middlewares=[told.both()])
    if world.blocking:
        for _ in open_blocking(client, server):
            break
        assert told.outcomes == twice("abandoned")
    else:

        async def leave() -> None:
            async for _ in await open_stream(client, server):
                break
            # The plain one has heard of it, the other one does at the loop's next turns.
            assert told.outcomes == [("plain", "abandoned")]
            await told.until_both()

        world.run(leave)
        server.wait_until_gone()
    check_abandoned(told)


@pytest.mark.parametrize("world", ASYNCHRONOUS, ids=repr)
def test_a_loop_that_ends_at_once(world: World, server: Server, told: Told) -> None:
    server.reply(unfinished("stall"))
    callbacks = told.both()
    client = Client(middlewares=[callbacks])

    async def leave() -> None:
        async for _ in await open_stream(client, server):
            break

    world.run(leave)
    server.wait_until_gone()
    # The plain one has heard of it; the other one began, and was cancelled with its loop.
    assert told.outcomes == [("plain", "abandoned")]
    assert callbacks.failures == {"Told.awaited": 1}


def test_closing(world: World, server: Server, told: Told) -> None:
    server.reply(unfinished("stall"))
    client = Client(middlewares=[told.both()])
    if world.blocking:
        stream = open_blocking(client, server)
        next(stream)
        stream.close()
        stream.close()
        assert told.outcomes == twice("abandoned")
    else:

        async def close() -> None:
            stream = await open_stream(client, server)
            await anext(stream)
            await stream.aclose()
            await stream.aclose()
            assert told.outcomes == twice("abandoned")

        world.run(close)
    check_abandoned(told)


def test_dropping(world: World, server: Server, told: Told) -> None:
    server.reply(unfinished("stall"))
    client = Client(middlewares=[told.both()])
    if world.blocking:
        stream = open_blocking(client, server)
        next(stream)
        del stream
        gc.collect()
        assert told.outcomes == twice("abandoned")
    else:

        async def drop() -> None:
            stream = await open_stream(client, server)
            await anext(stream)
            del stream
            gc.collect()
            assert told.outcomes == [("plain", "abandoned")]
            await told.until_both()

        world.run(drop)
        server.wait_until_gone()
    check_abandoned(told)


def check_abandoned(told: Told) -> None:
    assert told.outcomes == twice("abandoned")
    record = told.record
    assert record.error is None
    assert record.response is not None
    assert record.response.choices[0].message.content == "Hello"
    assert record.usage is None


def test_an_exception_in_the_loop(world: World, server: Server, told: Told) -> None:
    server.reply(unfinished("stall"))
    client = Client(middlewares=[told.both()])

    async def fail() -> None:
        async with await open_stream(client, server) as stream:
            async for _ in stream:
                raise KeyError("of the caller")

    def fail_blocking() -> None:
        for _ in open_blocking(client, server):
            raise KeyError("of the caller")

    with pytest.raises(KeyError):
        fail_blocking() if world.blocking else world.run(fail)
    assert told.outcomes == twice("abandoned")


@pytest.mark.parametrize("status", [400, 500])
def test_an_error_of_the_call(
    status: int, world: World, mode: str, server: Server, told: Told
) -> None:
    server.reply(failing(status))
    client = Client(middlewares=[told.both()])
    with pytest.raises((BadRequestError, InternalServerError)) as caught:
        ask(world, client, mode, server)
    assert told.outcomes == twice("failed")
    assert told.record.error is caught.value
    assert told.record.response is None
    assert told.record.provider == "openai"


def test_an_error_before_anything_is_sent(
    world: World, mode: str, server: Server, told: Told
) -> None:
    client = Client(middlewares=[told.both()])
    with pytest.raises(BadRequestError):
        ask(world, client, mode, server, base_url="ftp://nowhere")
    assert told.outcomes == twice("failed")
    assert server.seen == []


def test_an_error_in_the_middle_of_a_stream(world: World, server: Server, told: Told) -> None:
    events = [chunk_body({"content": "Hello"}), {"error": {"message": "full", "code": 503}}]
    server.reply(answer_events(events, done=False))
    client = Client(middlewares=[told.both()])
    with pytest.raises(StreamInterruptedError) as caught:
        ask(world, client, "stream", server)
    assert told.outcomes == twice("failed")
    check_partial(told, caught.value)


@pytest.mark.parametrize("ending", ["clean", "cut"])
def test_a_truncated_stream(ending: Ending, world: World, server: Server, told: Told) -> None:
    server.reply(unfinished(ending))
    client = Client(middlewares=[told.both()])
    with pytest.raises(StreamInterruptedError) as caught:
        ask(world, client, "stream", server)
    assert told.outcomes == twice("truncated")
    check_partial(told, caught.value)


def test_a_truncated_answer(world: World, server: Server, told: Told) -> None:
    answer = Answer([b'{"id": "x", "choi'], ending="cut")
    server.reply(answer)
    client = Client(middlewares=[told.both()])
    with pytest.raises(StreamInterruptedError):
        ask(world, client, "plain", server)
    assert told.outcomes == twice("truncated")


def check_partial(told: Told, error: StreamInterruptedError) -> None:
    record = told.record
    assert record.error is error
    assert record.response is not None
    assert record.response.choices[0].message.content == "Hello"


@pytest.mark.parametrize("world", ASYNCHRONOUS, ids=repr)
def test_a_cancelled_call(world: World, server: Server, told: Told) -> None:
    entered: list[anyio.Event] = []

    async def hang(request: Request, call_next: Handler) -> Reply:
        entered[0].set()
        await anyio.sleep_forever()
        return await call_next(request)

    client = Client(middlewares=[told.both(), hang])

    async def call() -> None:
        await client.acompletion(MODEL, MESSAGES, base_url=server.url, api_key=KEY)

    cancel(world, call, entered, told)
    assert told.outcomes == twice("abandoned")
    assert told.record.response is None
    assert server.seen == []


@pytest.mark.parametrize("world", ASYNCHRONOUS, ids=repr)
def test_a_cancelled_reader(world: World, server: Server, told: Told) -> None:
    server.reply(unfinished("stall"))
    client = Client(middlewares=[told.both()])
    reading: list[anyio.Event] = []

    async def read() -> None:
        async for _ in await open_stream(client, server):
            reading[0].set()

    cancel(world, read, reading, told)
    server.wait_until_gone()
    check_abandoned(told)


def cancel(
    world: World, work: Callable[[], Awaitable[None]], started: list[anyio.Event], told: Told
) -> None:
    """Run `work` in a task and cancel that, as its library does, once the event is set."""

    async def in_asyncio() -> None:
        started.append(anyio.Event())
        task = asyncio.ensure_future(work())
        await started[0].wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await told.until_both()

    async def in_trio() -> None:
        started.append(anyio.Event())
        async with trio.open_nursery() as nursery:
            nursery.start_soon(work)
            await started[0].wait()
            nursery.cancel_scope.cancel()
        await told.until_both()

    world.run(in_trio if world.name == "trio" else in_asyncio)


def test_an_interrupted_call(server: Server, told: Told) -> None:
    def interrupt(request: Request, call_next: Handler) -> Awaitable[Reply]:
        raise KeyboardInterrupt

    client = Client(middlewares=[told.both(), interrupt])
    with pytest.raises(KeyboardInterrupt):
        client.completion(MODEL, MESSAGES, base_url=server.url, api_key=KEY)
    assert told.outcomes == twice("abandoned")


def test_a_stream_dropped_after_its_loop(
    server: Server, told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    server.reply(unfinished("stall"))
    callbacks = told.both()
    client = Client(middlewares=[callbacks])
    kept: list[Stream] = []

    async def call() -> None:
        kept.append(await open_stream(client, server))

    asyncio.run(call())
    server.wait_until_gone()
    kept.clear()
    gc.collect()
    assert told.outcomes == [("plain", "abandoned")]
    assert callbacks.failures == {"Told.awaited": 1}
    assert "Told.awaited was not run: there was no event loop" in caplog.text


# What callbacks are, and what they may do.


def test_the_order(world: World, mode: str, server: Server) -> None:
    server.reply(good(mode))
    heard: list[str] = []

    async def first(record: CallRecord) -> None:
        heard.append("first, async")

    async def third(record: CallRecord) -> None:
        heard.append("third, async")

    callbacks = Callbacks(
        [first, lambda record: heard.append("second")],
        success_callback=[third, lambda record: heard.append("fourth")],
    )
    ask(world, Client(middlewares=[callbacks]), mode, server)
    if world.blocking:
        assert heard == ["first, async", "second", "third, async", "fourth"]
    else:
        assert heard == ["second", "fourth", "first, async", "third, async"]


@pytest.mark.parametrize("status", [200, 500])
def test_success_and_failure(status: int, world: World, mode: str, server: Server) -> None:
    server.reply(good(mode) if status == 200 else failing(500))
    heard: list[str] = []
    callbacks = Callbacks(
        success_callback=[lambda record: heard.append(f"success {record.outcome}")],
        failure_callback=[lambda record: heard.append(f"failure {record.outcome}")],
    )
    client = Client(middlewares=[callbacks])
    if status == 200:
        ask(world, client, mode, server)
        assert heard == ["success completed"]
    else:
        with pytest.raises(InternalServerError):
            ask(world, client, mode, server)
        assert heard == ["failure failed"]


def test_what_the_caller_leaves_is_for_the_failure_callback(server: Server) -> None:
    server.reply(unfinished("stall"))
    success, failure = Told(), Told()
    callbacks = Callbacks(success_callback=[success.plain], failure_callback=[failure.plain])
    open_blocking(Client(middlewares=[callbacks]), server).close()
    assert success.events == []
    assert failure.outcomes == [("plain", "abandoned")]


def test_a_callback_that_raises(
    world: World, mode: str, server: Server, told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    server.reply(good(mode))

    def broken(record: CallRecord) -> None:
        raise ZeroDivisionError("of the callback")

    async def broken_too(record: CallRecord) -> None:
        raise KeyError("of the other")

    callbacks = Callbacks([broken, broken_too, told.plain, told.awaited])
    response = ask(world, Client(middlewares=[callbacks]), mode, server)
    assert response.choices[0].message.content == TEXT
    assert told.outcomes == twice("completed")
    assert sum(callbacks.failures.values()) == 2
    assert [name.rpartition(".")[2] for name in callbacks.failures] == ["broken", "broken_too"]
    assert [entry.levelno for entry in caplog.records] == [logging.ERROR] * 2
    assert "of the callback" in caplog.text
    assert KEY not in caplog.text


def test_an_async_callback_that_awaits_a_loop_in_a_blocking_call(
    mode: str, server: Server, told: Told, caplog: pytest.LogCaptureFixture
) -> None:
    server.reply(good(mode))

    async def needs_a_loop(record: CallRecord) -> None:
        await asyncio.sleep(0)

    callbacks = Callbacks([needs_a_loop, told.plain])
    response = ask(World("sync"), Client(middlewares=[callbacks]), mode, server)
    assert response.choices[0].message.content == TEXT
    assert told.outcomes == [("plain", "completed")]
    assert sum(callbacks.failures.values()) == 1
    assert "needs_a_loop awaited an event loop in a blocking call" in caplog.text


def test_a_middleware_that_awaits_a_loop_is_a_failed_call(server: Server, told: Told) -> None:
    async def suspend(request: Request, call_next: Handler) -> Reply:
        await asyncio.sleep(0)
        return await call_next(request)

    client = Client(middlewares=[told.both(), suspend])
    with pytest.raises(SuspendedError):
        client.completion(MODEL, MESSAGES, base_url=server.url, api_key=KEY)
    assert told.outcomes == twice("failed")
    assert isinstance(told.record.error, SuspendedError)


WHOSE: ContextVar[str] = ContextVar("whose", default="nobody's")


@pytest.mark.parametrize(
    ("mode", "ending"), [("plain", "clean"), ("stream", "clean"), ("stream", "stall")]
)
def test_callbacks_run_in_the_callers_context(
    ending: str, world: World, mode: str, server: Server
) -> None:
    server.reply(good(mode) if ending == "clean" else unfinished("stall"))
    seen: list[str] = []

    async def awaited(record: CallRecord) -> None:
        seen.append(WHOSE.get())

    client = Client(middlewares=[Callbacks([lambda record: seen.append(WHOSE.get()), awaited])])

    async def call() -> None:
        WHOSE.set("the caller's")
        if mode == "plain":
            await client.acompletion(MODEL, MESSAGES, base_url=server.url, api_key=KEY)
            return
        async for _ in await open_stream(client, server):
            if ending == "stall":
                break
        await turn_until(lambda: len(seen) >= 2)

    if world.blocking:
        token = WHOSE.set("the caller's")
        try:
            if ending == "clean":
                ask(world, client, mode, server)
            else:
                leave(client, server)
        finally:
            WHOSE.reset(token)
    else:
        world.run(call)
    assert seen == ["the caller's", "the caller's"]


def leave(client: Client, server: Server) -> None:
    for _ in open_blocking(client, server):
        break


def test_callbacks_of_one_call(world: World, mode: str, server: Server, told: Told) -> None:
    server.reply(good(mode))
    client = Client(middlewares=[Callbacks()])
    ask(world, client, mode, server, callbacks=[told.plain])
    ask(world, client, mode, server, success_callback=[told.plain], failure_callback=[])
    ask(world, client, mode, server)
    assert told.outcomes == [("plain", "completed")] * 2


def test_one_that_is_listed_twice_hears_once(world: World, mode: str, server: Server) -> None:
    server.reply(good(mode))
    told = Told()
    client = Client(middlewares=[Callbacks([told.plain], success_callback=[told.plain])])
    ask(world, client, mode, server, callbacks=[told.plain], success_callback=[told.plain])
    assert told.outcomes == [("plain", "completed")]


def test_settings_that_change(world: World, mode: str, server: Server, told: Told) -> None:
    server.reply(good(mode))
    settings: dict[str, list[object]] = {"callbacks": [], "success": [], "failure": []}
    callbacks = Callbacks(
        defaults=lambda: (settings["callbacks"], settings["success"], settings["failure"])
    )
    client = Client(middlewares=[callbacks])
    ask(world, client, mode, server)
    assert told.events == []
    settings["success"].append(told.plain)
    ask(world, client, mode, server)
    assert told.outcomes == [("plain", "completed")]
    settings["success"].append("nobody")
    with pytest.raises(BadRequestError, match="unknown callback 'nobody'"):
        ask(world, client, mode, server)


def test_settings_come_before_the_clients_own(server: Server) -> None:
    server.reply(good("plain"))
    heard: list[str] = []

    def setting(_: object) -> None:
        heard.append("setting")

    def of_the_call(_: object) -> None:
        heard.append("call")

    callbacks = Callbacks(
        [lambda record: heard.append("own")], defaults=lambda: ([setting], [], [])
    )
    client = Client(middlewares=[callbacks])
    ask(World("sync"), client, "plain", server, callbacks=[of_the_call])
    assert heard == ["setting", "own", "call"]


def test_whatever_takes_one_argument_is_a_native_callback(server: Server) -> None:
    server.reply(good("plain"))
    heard: list[object] = []

    def any_number(*records: object) -> None:
        heard.extend(records)

    def with_defaults(record: object, more: object = None) -> None:
        heard.extend([record, more])

    class Callable:
        def __call__(self, record: object) -> None:
            heard.append(record)

    given = [any_number, with_defaults, partial(with_defaults, more=1), Callable(), heard.append]
    callbacks = Callbacks(given)
    ask(World("sync"), Client(middlewares=[callbacks]), "plain", server)
    assert not callbacks.failures
    record = heard[0]
    assert isinstance(record, CallRecord)
    assert heard == [record, record, None, record, 1, record, record]


def test_nothing_is_done_when_nobody_listens() -> None:
    request = Request(model=MODEL, messages=(), io=None, adapter=None)  # type: ignore[arg-type]  # neither is used
    answers: list[object] = []

    def call_next(_: Request) -> Any:
        answers.append(object())
        return answers[-1]

    for middleware in (Callbacks(), AttemptCallbacks(), Callbacks(defaults=lambda: ([], [], []))):
        assert middleware(request, call_next) is answers[-1]


def test_a_record_cannot_be_changed(server: Server, told: Told) -> None:
    server.reply(good("plain"))
    client = Client(middlewares=[told.both()])
    notes = {"tenant": "a"}
    ask(World("sync"), client, "plain", server, metadata=notes, seed=1)
    record = told.record
    notes["tenant"] = "b"
    assert record.metadata == {"tenant": "a"}
    for change in (
        lambda: setattr(record, "outcome", "failed"),
        lambda: record.metadata.update(tenant="c"),  # type: ignore[attr-defined]  # that is the point
        lambda: record.request.params.update(seed=2),  # type: ignore[attr-defined]  # that is the point
    ):
        with pytest.raises(AttributeError):
            change()


def takes_two(one: object, two: object) -> None: ...
def takes_none() -> None: ...
def takes_a_name(record: object, *, more: object) -> None: ...


@pytest.mark.parametrize(
    ("callback", "text"),
    [
        (Told, "Told is a class; pass an instance, Told()"),
        (17, "17 is not a callback; a callback is"),
        (
            takes_two,
            "takes_two(one: 'object', two: 'object') -> 'None' takes the wrong number of "
            "arguments; a callback is",
        ),
        (takes_none, "takes the wrong number of arguments; a callback is"),
        (takes_a_name, "takes the wrong number of arguments; a callback is"),
    ],
)
def test_what_is_no_callback(callback: object, text: str, server: Server) -> None:
    with pytest.raises(TypeError) as caught:
        Callbacks([print, callback])
    assert str(caught.value).startswith("callbacks[1]: ")
    assert text in str(caught.value)
    client = Client(middlewares=[Callbacks(), AttemptCallbacks()])
    for option in ("callbacks", "success_callback", "failure_callback", "attempt_callbacks"):
        with pytest.raises(BadRequestError) as refused:
            ask(World("sync"), client, "plain", server, **{option: [callback]})
        assert text in str(refused.value)
    assert server.seen == []


def test_what_is_no_list(server: Server) -> None:
    with pytest.raises(TypeError, match="success_callback: expected a list of callbacks, got str"):
        Callbacks(success_callback="printer")
    with pytest.raises(BadRequestError, match="callbacks: expected a list of callbacks"):
        ask(World("sync"), Client(middlewares=[Callbacks()]), "plain", server, callbacks=print)


@pytest.fixture
def brought(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that brings callbacks."""
    (tmp_path / "brought_callbacks.py").write_text("heard = []\ndef hear(x): heard.append(x)\n")
    metadata = tmp_path / "brought_callbacks-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: brought\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(ENTRY_POINT)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])


@pytest.mark.usefixtures("brought")
def test_names_of_installed_callbacks(world: World, mode: str, server: Server) -> None:
    server.reply(good(mode))
    client = Client(middlewares=[Callbacks(["printer"])])
    ask(world, client, mode, server, success_callback=["printer"])
    heard: list[CallRecord] = sys.modules["brought_callbacks"].heard
    assert [record.outcome for record in heard] == ["completed"]
    heard.clear()


@pytest.mark.usefixtures("brought")
def test_unknown_names_are_refused_when_they_are_set(server: Server) -> None:
    with pytest.raises(
        ValueError, match="unknown callback 'nobody'; installed callbacks: broken, printer"
    ):
        Callbacks(["nobody"])
    with pytest.raises(ValueError, match=r"cannot load the callback 'broken' "):
        Callbacks(failure_callback=["broken"])
    client = Client(middlewares=[Callbacks()])
    with pytest.raises(BadRequestError, match="unknown callback 'nobody'"):
        ask(World("sync"), client, "plain", server, failure_callback=["nobody"])
    assert server.seen == []


def test_each_attempt(world: World, mode: str, server: Server) -> None:
    server.reply(failing(503), failing(429), good(mode))
    calls, attempts = Told(), Told()
    client = Client(
        middlewares=[
            Callbacks([calls.plain]),
            Retry(wait=tenacity.wait_none()),
            AttemptCallbacks([attempts.plain]),
        ]
    )
    ask(world, client, mode, server)
    assert calls.outcomes == [("plain", "completed")]
    assert [record.outcome for _, record in attempts.events] == ["failed", "failed", "completed"]
    assert {record.call_id for _, record in attempts.events} == {calls.record.call_id}
    assert calls.record.attempts == 3 == len(server.seen)
    ask(world, client, mode, server, attempt_callbacks=[calls.plain])
    assert len(attempts.events) == 4


def test_a_mapped_stream_keeps_usage_and_outcome(world: World, server: Server, told: Told) -> None:
    async def shout(chunk: ModelResponseStream) -> ModelResponseStream:
        for choice in chunk.choices:
            if choice.delta.content:
                choice.delta.content = choice.delta.content.upper()
        return chunk

    async def mapped(request: Request, call_next: Handler) -> Reply:
        reply = await call_next(request)
        assert isinstance(reply, Stream)
        return reply.map(shout)

    client = Client(middlewares=[told.both(), mapped])
    server.reply(answer_events(chunk_bodies()))
    chunks, stream = world.stream(client, MODEL, MESSAGES, base_url=server.url, api_key=KEY)
    assert all(chunk.choices for chunk in chunks)
    assert stream.response.choices[0].message.content == TEXT.upper()
    assert told.record.usage == stream.response.usage
    assert told.record.usage is not None
    assert told.record.usage.total_tokens == USAGE["total_tokens"]
    assert told.record.first_token is not None
    events = [chunk_body({"content": "Hello"}), {"error": {"message": "full", "code": 503}}]
    server.reply(answer_events(events, done=False))
    told.events.clear()
    with pytest.raises(StreamInterruptedError):
        ask(world, client, "stream", server)
    assert told.outcomes == twice("failed")


def test_the_price_that_a_provider_tells(server: Server, told: Told) -> None:
    events: list[object] = [
        chunk_body({"content": "Hello"}, "stop"),
        {**HEAD, "choices": [], "usage": {**USAGE, "cost": 0.25}},
    ]
    server.reply(answer_events(events))
    ask(World("sync"), Client(middlewares=[told.both()]), "stream", server)
    assert told.record.cost == 0.25


def test_no_credential_is_in_a_record(world: World, mode: str, server: Server) -> None:
    told = Told()
    client = Client(middlewares=[Callbacks([told.plain, told.awaited]), Retry()])
    server.reply(good(mode), failing(401, f"wrong key {KEY}"))
    secrets = {
        "extra_headers": {"authorization": f"Bearer {KEY}", "x-trace": KEY},
        "extra_query": {"key": KEY},
        "extra_body": {"data_sources": [{"authentication": {"type": "api_key", "key": KEY}}]},
        "gateway_api_key": KEY,
        "tenant_secret": KEY,
        "vertex_credentials": {"private_key": KEY, "client_email": "someone"},
        "num_retries": 0,
    }
    ask(world, client, mode, server, max_tokens=5, prompt_cache_key="mine", **secrets)
    with pytest.raises(Exception, match="wrong key"):
        ask(world, client, mode, server, **secrets)
    assert [outcome for _, outcome in told.outcomes] == ["completed"] * 2 + ["failed"] * 2
    for _, record in told.events:
        request = record.request
        assert request.api_key is None
        assert request.options == {}
        for part in (
            repr(record),
            repr(request.params),
            repr(request.extra_body),
            repr(request.extra_headers),
            repr(request.extra_query),
            str(record.error),
            repr(getattr(record.error, "body", None)),
        ):
            assert KEY not in part
    params = told.events[0][1].request.params
    assert (params["max_tokens"], params["prompt_cache_key"]) == (5, "mine")
    assert params["vertex_credentials"]["client_email"] == "someone"


def test_a_credential_in_the_address_is_not_in_the_record(server: Server, told: Told) -> None:
    client = Client(middlewares=[told.both()])
    with pytest.raises(BadRequestError):
        ask(World("sync"), client, "plain", server, base_url=f"https://me:{KEY}@host/v1?key={KEY}")
    assert told.record.request.base_url == "https://host/v1"
