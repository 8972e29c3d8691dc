"""Run alternatives in threads, for blocking calls; see `IO.race`.

A thread cannot be stopped from outside. So each alternative has a port of its own, `_Lane`: when
another alternative has won, its waits end and its sockets are shut down, and whatever it does next
raises `RaceLostError`. Layers see that as a cancellation.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
from functools import partial
from queue import SimpleQueue
from time import monotonic
from typing import Generic, cast

import msgspec

from ..errors import APIError
from ..port import IO, Alternative, Hold, HTTPRequest, HTTPResponse, HTTPStream, Signal, T
from ..sync import ThreadSignal, drive
from .limits import read_whole
from .wrapped_io import WrappedIO

# How long to wait for the threads of the losers, which nearly always end at once.
_JOIN_SECONDS = 0.1


class RaceLostError(BaseException):
    """Another alternative has won. It is a BaseException, like other cancellations."""


class _Lane(WrappedIO):
    """The port of one alternative."""

    def __init__(self, inner: IO) -> None:
        super().__init__(inner)
        self._lock = threading.Lock()
        self._lost = threading.Event()
        self._aborts: dict[object, Callable[[], object]] = {}

    def cancel(self) -> None:
        """Let the alternative end: wake it where it waits."""
        with self._lock:
            self._lost.set()
            aborts = list(self._aborts.values())
        for abort in aborts:
            abort()

    def check(self) -> None:
        """Raise `RaceLostError` if another alternative has won."""
        if self._lost.is_set():
            raise RaceLostError

    def add(self, key: object, abort: Callable[[], object]) -> None:
        """Call `abort` when the alternative has lost; raise if it has lost already."""
        with self._lock:
            self._aborts[key] = abort
        self.check()

    def remove(self, key: object) -> None:
        """Do not call the function of this key any more."""
        with self._lock:
            self._aborts.pop(key, None)

    async def sleep(self, seconds: float) -> None:
        """See `IO.sleep`."""
        signal = self.event()
        await signal.wait(seconds)

    def event(self) -> Signal:
        """See `IO.event`."""
        self.check()
        return _LaneSignal(self)

    async def send(self, request: HTTPRequest) -> HTTPResponse:
        """See `IO.send`."""
        return await read_whole(await self.open(request), request)

    async def open(self, request: HTTPRequest) -> HTTPStream:
        """See `IO.open`."""
        self.check()
        key = object()
        # The pool tells here which socket it uses, several times if it uses several.
        held = msgspec.structs.replace(request, hold=partial(self._hold, key, request.hold))
        try:
            stream = await self._inner.open(held)
        except APIError as error:
            self.remove(key)
            if self._lost.is_set():
                raise RaceLostError from error
            raise
        if self._lost.is_set():
            await stream.aclose()
            raise RaceLostError
        return _HeldStream(stream, self, key)

    def _hold(self, key: object, outer: Hold | None, abort: Callable[[], object]) -> None:
        if outer is not None:
            outer(abort)
        self.add(key, abort)


class _LaneSignal:
    """A signal that also wakes when the alternative has lost."""

    def __init__(self, lane: _Lane) -> None:
        self._lane = lane
        self._inner = ThreadSignal()

    def set(self) -> None:
        self._inner.set()

    async def wait(self, seconds: float | None = None) -> bool:
        self._lane.add(self, self._inner.set)
        try:
            woken = await self._inner.wait(seconds)
        finally:
            self._lane.remove(self)
        self._lane.check()
        return woken


class _HeldStream:
    """A response whose socket is shut down if its alternative loses."""

    def __init__(self, inner: HTTPStream, lane: _Lane, key: object) -> None:
        self._inner = inner
        self._lane = lane
        self._key = key

    @property
    def status(self) -> int:
        return self._inner.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._inner.headers

    async def read(self) -> bytes:
        try:
            data = await self._inner.read()
        except APIError:
            self._lane.check()
            raise
        self._lane.check()
        return data

    def content_began(self) -> None:
        self._inner.content_began()

    async def drain(self) -> None:
        await self._inner.drain()

    async def aclose(self) -> None:
        # From here on the connection may serve another call.
        self._lane.remove(self._key)
        await self._inner.aclose()


class _Race(Generic[T]):
    """Several alternatives, each in a thread."""

    def __init__(self, io: IO, alternatives: Sequence[Alternative[T]]) -> None:
        self._lanes = [_Lane(io) for _ in alternatives]
        self._alternatives = alternatives
        self._ended: SimpleQueue[tuple[int, T | None, BaseException | None]] = SimpleQueue()
        self._lock = threading.Lock()
        self._winner: int | None = None
        self._threads: list[threading.Thread] = []

    def run(self) -> T:
        """Return the first result, or raise the error of the first alternative."""
        errors: dict[int, BaseException] = {}
        try:
            for number in range(len(self._lanes)):
                self._start(number)
            while len(errors) < len(self._lanes):
                number, result, error = self._ended.get()
                if error is None:
                    return cast("T", result)
                errors[number] = error
        finally:
            self._stop()
        raise errors[min(errors)]

    def _start(self, number: int) -> None:
        context = copy_context()
        thread = threading.Thread(
            target=context.run, args=(self._run, number), name="trunkline-race", daemon=True
        )
        thread.start()
        self._threads.append(thread)

    def _run(self, number: int) -> None:
        try:
            result = drive(_run(self._alternatives[number], self._lanes[number]))
        except BaseException as error:  # noqa: BLE001  # raised in the thread of the call
            self._ended.put((number, None, error))
            return
        with self._lock:
            first = self._winner is None
            self._winner = number if first else self._winner
        if first:
            self._ended.put((number, result, None))
        else:
            # It ended in the same moment as the winner, or after the call was interrupted.
            with contextlib.suppress(Exception):
                drive(_discard(result))

    def _stop(self) -> None:
        """Cancel all that still run, and wait a moment for them."""
        with self._lock:
            if self._winner is None:
                self._winner = -1
        losers = [number for number in range(len(self._threads)) if number != self._winner]
        for number in losers:
            self._lanes[number].cancel()
        until = monotonic() + _JOIN_SECONDS
        for number in losers:
            self._threads[number].join(max(0.0, until - monotonic()))


async def _run(alternative: Alternative[T], lane: _Lane) -> T:
    return await alternative(lane)


async def _discard(result: object) -> None:
    close = getattr(result, "aclose", None)
    if close is not None:
        await close()


async def race(io: IO, alternatives: Sequence[Alternative[T]]) -> T:
    """See `IO.race`."""
    return _Race(io, alternatives).run()
