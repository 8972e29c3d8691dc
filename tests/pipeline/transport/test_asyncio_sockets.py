"""Connections of asyncio: what a wait costs, who stops whom, and how waits end."""

from __future__ import annotations

import asyncio
import socket
import struct
import tracemalloc
from collections.abc import Awaitable, Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import httpcore
import pytest

from trunkline.pipeline.port import HTTPRequest
from trunkline.pipeline.timeouts import Timeouts
from trunkline.pipeline.transport.asyncio_sockets import MOST_UNREAD, connect_tcp
from trunkline.pipeline.transport.connections import Socket
from trunkline.pipeline.transport.limits import Limits

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Use = Callable[[Socket], Awaitable[None]]
# What asyncio reads at once.
READ_AT_ONCE = 256 * 1024


class Loops:
    """Runs a client and a server in one event loop.

    Attributes:
        timers: the times for which a timer was set.
        port: the server's port.
    """

    def __init__(self, name: str) -> None:
        self.timers: list[float] = []
        self.port = 0
        self._name = name

    def run(self, serve: Serve, use: Use) -> None:
        factory = import_module("uvloop").new_event_loop if self._name == "uvloop" else None
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(self._main(serve, use))

    async def _main(self, serve: Serve, use: Use) -> None:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await serve(reader, writer)
            except ConnectionError:
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        async with server:
            self.port = server.sockets[0].getsockname()[1]
            connection = await connect_tcp("127.0.0.1", self.port, limits())
            self._count_timers()
            try:
                await use(connection)
            finally:
                await connection.aclose()

    def _count_timers(self) -> None:
        # uvloop's loops have no attributes to replace.
        loop: Any = asyncio.get_running_loop()
        if self._name != "uvloop":
            set_timer = loop.call_at

            def call_at(when: float, *given: Any, **named: Any) -> asyncio.TimerHandle:
                self.timers.append(when)
                handle: asyncio.TimerHandle = set_timer(when, *given, **named)
                return handle

            loop.call_at = call_at


@pytest.fixture(params=["asyncio", "uvloop"])
def loops(request: pytest.FixtureRequest) -> Loops:
    if find_spec(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    return Loops(request.param)


def limits(idle: float | None = 600.0) -> Limits:
    """Return the limits of a response that has begun."""
    found = Limits(HTTPRequest(url="http://x", headers={}, body=b"", timeouts=Timeouts(idle=idle)))
    found.answering()
    return found


async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)


@pytest.mark.parametrize("idle", [600.0, None])
def test_waits_share_one_timer(idle: float | None) -> None:
    loops = Loops("asyncio")

    async def use(connection: Socket) -> None:
        for number in range(50):
            await connection.write(b"%d" % number, limits(idle))
            assert await connection.read(limits(idle)) == b"%d" % number

    loops.run(echo, use)
    assert len(loops.timers) == (0 if idle is None else 1)


def test_a_read_allocates_what_has_arrived(loops: Loops) -> None:
    go = asyncio.Event()

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(10):
            await go.wait()
            go.clear()
            writer.write(b"x" * 100)

    async def use(connection: Socket) -> None:
        tracemalloc.start()
        for _ in range(10):
            go.set()
            assert await connection.read(limits()) == b"x" * 100
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < READ_AT_ONCE / 2

    loops.run(serve, use)


def test_connections_do_not_mix_what_they_receive(loops: Loops) -> None:
    sent = [bytes([number]) * 100_000 for number in range(10)]

    async def use(_connection: Socket) -> None:
        made = [await connect_tcp("127.0.0.1", loops.port, limits()) for _ in sent]

        async def read(number: int) -> bytes:
            await made[number].write(sent[number], limits())
            received = b""
            while len(received) < len(sent[number]):
                received += await made[number].read(limits())
            return received

        assert await asyncio.gather(*map(read, range(len(sent)))) == sent
        for each in made:
            await each.aclose()

    loops.run(echo, use)


def test_a_shorter_limit_moves_the_timer(loops: Loops) -> None:
    async def use(connection: Socket) -> None:
        await connection.write(b"x", limits())
        assert await connection.read(limits()) == b"x"
        with pytest.raises(TimeoutError):
            await connection.read(limits(0.05))
        # The connection can still be used.
        await connection.write(b"y", limits())
        assert await connection.read(limits()) == b"y"

    loops.run(echo, use)


def test_a_timer_that_comes_too_early_is_set_again(loops: Loops) -> None:
    async def use(connection: Socket) -> None:
        with pytest.raises(TimeoutError):
            await connection.read(limits(0.05))
        began = asyncio.get_running_loop().time()
        short = asyncio.ensure_future(connection.read(limits(0.05)))
        await asyncio.sleep(0)
        await connection.write(b"x", limits())
        assert await short == b"x"
        with pytest.raises(TimeoutError):
            await connection.read(limits(0.2))
        assert asyncio.get_running_loop().time() - began >= 0.19

    loops.run(echo, use)


def test_a_slow_reader_stops_the_server(loops: Loops) -> None:
    size, sent = 30_000_000, [0]

    async def flood(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        piece = b"x" * 100_000
        while sent[0] < size:
            writer.write(piece)
            await writer.drain()
            sent[0] += len(piece)

    async def use(connection: Socket) -> None:
        turns = 0
        while turns < 200:
            before = sent[0]
            await asyncio.sleep(0)
            turns = 0 if sent[0] > before or not before else turns + 1
        # The rest is in the buffers of the system.
        assert sent[0] < size
        received = len(await connection.read(limits()))
        assert received <= MOST_UNREAD + READ_AT_ONCE
        while data := await connection.read(limits()):
            received += len(data)
        assert received == size

    loops.run(flood, use)


def test_a_server_that_reads_slowly_stops_the_writer(loops: Loops) -> None:
    size, go = 30_000_000, asyncio.Event()

    async def read_late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await go.wait()
        data = await reader.readexactly(size)
        writer.write(b"%d" % len(data))

    async def use(connection: Socket) -> None:
        with pytest.raises(TimeoutError):
            await connection.write(b"x" * size, limits(0.01))
        go.set()
        assert await connection.read(limits()) == b"%d" % size

    loops.run(read_late, use)


def test_the_server_may_close_its_half_first(loops: Loops) -> None:
    received: list[bytes] = []
    done = asyncio.Event()

    async def close_half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"early")
        writer.write_eof()
        received.append(await reader.readexactly(4))
        done.set()

    async def use(connection: Socket) -> None:
        assert await connection.read(limits()) == b"early"
        assert await connection.read(limits()) == b""
        assert connection.is_readable()
        await connection.write(b"late", limits())
        await done.wait()

    loops.run(close_half, use)
    assert received == [b"late"]


def test_another_task_closes(loops: Loops) -> None:
    async def use(connection: Socket) -> None:
        reading = asyncio.ensure_future(connection.read(limits()))
        await asyncio.sleep(0)
        await connection.aclose()
        assert await reading == b""
        await connection.aclose()
        # The event loop has closed it in its next turn.
        await asyncio.sleep(0)
        with pytest.raises(ConnectionError):
            await connection.write(b"x", limits())

    loops.run(silent, use)


def test_a_cancelled_read_loses_nothing(loops: Loops) -> None:
    async def use(connection: Socket) -> None:
        reading = asyncio.ensure_future(connection.read(limits()))
        await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await connection.write(b"x", limits())
        assert await connection.read(limits()) == b"x"

    loops.run(echo, use)


def test_two_tasks_cannot_read_at_once(loops: Loops) -> None:
    async def use(connection: Socket) -> None:
        reading = asyncio.ensure_future(connection.read(limits()))
        await asyncio.sleep(0)
        with pytest.raises(httpcore.ReadError, match="another task"):
            await connection.read(limits())
        await connection.write(b"x", limits())
        assert await reading == b"x"

    loops.run(echo, use)


def test_a_reset_is_an_error(loops: Loops) -> None:
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1)
        now = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, now)

    async def use(connection: Socket) -> None:
        await connection.write(b"x", limits())
        with pytest.raises(ConnectionResetError):
            await connection.read(limits())
        assert connection.is_readable()

    loops.run(reset, use)
