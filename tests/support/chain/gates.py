"""Calls that wait inside the chain until a test lets them go, in every world."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock
from time import monotonic, sleep
from typing import Any

import anyio
import anyio.from_thread

from tests.support.worlds import World
from trunkline import Client, Handler, Reply, Request
from trunkline.pipeline.port import Signal


class Gate:
    """A layer in which each call waits until `open()`; `names` are the calls that arrived."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._lock = Lock()
        self._waiting: list[Signal] = []
        self._is_open = False

    async def __call__(self, request: Request, call_next: Handler) -> Reply:
        signal = request.io.event()
        with self._lock:
            self.names.append(str(request.messages[-1].get("content")))
            self._waiting.append(signal)
            waits = not self._is_open
        if waits:
            await signal.wait(30)
        return await call_next(request)

    def let_go(self, count: int = 1) -> None:
        """Let the calls go that have waited longest."""
        with self._lock:
            going, self._waiting = self._waiting[:count], self._waiting[count:]
        for signal in going:
            signal.set()

    def open(self) -> None:
        """Let all calls go, and those that come later too."""
        with self._lock:
            self._is_open = True
        self.let_go(len(self._waiting))


class Crowd:
    """Calls at the same time in one world: threads, or tasks of one event loop in a thread."""

    def __init__(self, world: World, client: Client, mode: str, pool: ThreadPoolExecutor) -> None:
        self._world = world
        self._client = client
        self._mode = mode
        self._pool = pool
        self._portal: Any = None

    def start(self, model: str, text: str, **arguments: Any) -> Future[Any]:
        """Start a call with this text; the future has the text of its response."""
        messages = [{"role": "user", "content": text}]
        stream = self._mode == "stream"
        if self._world.blocking:
            return self._pool.submit(self._blocking, model, messages, stream, arguments)

        async def call() -> str:
            reply: Any = await self._client.acompletion(model, messages, stream=stream, **arguments)
            if not stream:
                return str(reply.choices[0].message.content)
            return "".join([chunk.choices[0].delta.content or "" async for chunk in reply])

        found: Future[Any] = self._portal.start_task_soon(call)
        return found

    def _blocking(self, model: str, messages: Any, stream: bool, arguments: dict[str, Any]) -> str:
        reply: Any = self._client.completion(model, messages, stream=stream, **arguments)
        if not stream:
            return str(reply.choices[0].message.content)
        return "".join(chunk.choices[0].delta.content or "" for chunk in reply)

    @contextmanager
    def loop(self) -> Generator[None]:
        """Run the event loop of an asynchronous world."""
        if self._world.blocking:
            yield
            return
        with anyio.from_thread.start_blocking_portal(self._world.name) as self._portal:
            yield


@contextmanager
def crowd(world: World, client: Client, mode: str) -> Generator[Crowd]:
    """Yield a crowd, and wait for its calls at the end."""
    with ThreadPoolExecutor(16) as pool:
        made = Crowd(world, client, mode, pool)
        with made.loop():
            yield made


def until(condition: Callable[[], object]) -> None:
    """Wait until a condition holds that calls of other threads bring about."""
    deadline = monotonic() + 30
    while not condition():
        assert monotonic() < deadline, "it did not happen"
        sleep(0.0005)


def results(futures: Sequence[Future[Any]]) -> list[Any]:
    """Return what calls returned, or the error of those that failed."""
    return [future.exception(30) or future.result() for future in futures]
