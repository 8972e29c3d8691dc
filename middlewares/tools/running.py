"""Run functions at the same time, each with a time limit, in blocking and asynchronous calls.

A plain function runs in a thread of its own in every world, and an async one as a task of the event
loop; in a blocking call it runs in a thread with an event loop of its own. A thread cannot be
stopped: after its limit it goes on, and what it returns is dropped.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import threading
from collections.abc import Callable, Coroutine
from contextvars import copy_context
from typing import Any

from ...pipeline.port import IO


class ReportedError(Exception):
    """A tool's own report that it failed; its text is for the model."""


class Pending:
    """A result that will come; one task or thread waits for it."""

    def __init__(self, io: IO) -> None:
        self._signal = io.event()
        self._result: object = None
        self._error: Exception | None = None
        self._stop: Callable[[], object] | None = None
        self._given_up = False

    def succeed(self, result: object) -> None:
        """Set the result."""
        self._result = result
        self._wake()
        if self._given_up:
            self._drop()

    def fail(self, error: Exception) -> None:
        """Set an error instead of a result."""
        self._error = error
        self._wake()

    def stop_with(self, stop: Callable[[], object]) -> None:
        """Call `stop` when nobody waits for the result any more."""
        self._stop = stop
        if self._given_up:
            stop()

    def give_up(self) -> None:
        """Do not wait any more."""
        self._given_up = True
        stop, self._stop = self._stop, None
        if stop is not None:
            stop()
        self._drop()

    async def wait(self, seconds: float | None) -> object:
        """Return the result.

        Raises:
            TimeoutError: it did not come within `seconds`.
            Exception: the function raised it.
        """
        if not await self._signal.wait(seconds):
            raise TimeoutError
        if self._error is not None:
            raise self._error
        result, self._result = self._result, None
        return result

    def _drop(self) -> None:
        """Drop a result that nobody waits for; Python warns of a coroutine that nobody awaits."""
        result, self._result = self._result, None
        if inspect.iscoroutine(result):
            result.close()

    def _wake(self) -> None:
        self._stop = None
        # The event loop that waited may have ended meanwhile.
        with contextlib.suppress(RuntimeError):
            self._signal.set()


def start(function: Callable[[], object], io: IO) -> Pending:
    """Start a plain function in a thread."""
    pending = Pending(io)

    def run() -> None:
        try:
            result = function()
        except Exception as error:  # noqa: BLE001  # raised where the result is awaited
            pending.fail(error)
        except BaseException as error:  # noqa: BLE001  # such as sys.exit(): only the tool ends
            pending.fail(_ended(error))
        else:
            pending.succeed(result)

    _start_thread(run)
    return pending


def start_async(function: Callable[[], Coroutine[Any, Any, object]], io: IO) -> Pending:
    """Start an async function as a task, or in a thread with an event loop in a blocking call."""
    pending = Pending(io)
    if io.blocking:
        _start_thread(lambda: _run_loop(function, pending))
    else:
        io.spawn(lambda: _run_task(function, pending))
    return pending


def _start_thread(run: Callable[[], object]) -> None:
    context = copy_context()
    # A daemon, so that a function that never ends does not keep the program alive.
    threading.Thread(target=context.run, args=(run,), name="trunkline-tool", daemon=True).start()


def _run_loop(function: Callable[[], Coroutine[Any, Any, object]], pending: Pending) -> None:
    async def main() -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        if task is not None:
            cancel = task.cancel
            pending.stop_with(lambda: loop.call_soon_threadsafe(cancel))
        await _settle(function, pending)

    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(main())


async def _run_task(function: Callable[[], Coroutine[Any, Any, object]], pending: Pending) -> None:
    import anyio  # noqa: PLC0415  # blocking calls do not need it

    with anyio.CancelScope() as scope:
        pending.stop_with(scope.cancel)
        await _settle(function, pending)


async def _settle(function: Callable[[], Coroutine[Any, Any, object]], pending: Pending) -> None:
    try:
        result = await function()
    except Exception as error:  # noqa: BLE001  # raised where the result is awaited
        pending.fail(error)
    except SystemExit as error:
        # Only the tool ends.
        pending.fail(_ended(error))
    except BaseException as error:
        # If the tool itself has cancelled something, the call still waits for it.
        pending.fail(_ended(error))
        raise
    else:
        pending.succeed(result)


def _ended(error: BaseException) -> ReportedError:
    """Return what is told of a function that ended with neither a result nor an Exception."""
    return ReportedError(f"{type(error).__name__}: {error}".removesuffix(": "))
