"""Batches under asyncio and trio; the functions are methods of Client."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any

from ..pipeline.call.client import ChainClient
from ..pipeline.call.concealed import conceal
from ..pipeline.call.messages import Messages
from ..pipeline.errors import APIError
from ..pipeline.schema.model_response import ModelResponse
from .batch import MAX_WORKERS, check_max_workers, check_names, read_calls
from .progress import Bar, MakeBar, choose_bar
from .workers import Answer, Arguments

if TYPE_CHECKING:
    from anyio import CancelScope

    from ..pipeline.port import Signal


async def abatch_completion(
    client: ChainClient,
    model: str | None = None,
    messages: Iterable[Messages] | None = None,
    *,
    requests: Iterable[Arguments] | None = None,
    max_workers: int = MAX_WORKERS,
    progress: bool | MakeBar = False,
    **arguments: Any,
) -> list[ModelResponse | APIError]:
    """Send many conversations under asyncio or trio; see `batch_completion`.

    `max_workers` is the maximum number of concurrent calls. Cancelling it cancels all calls.
    """
    import anyio  # noqa: PLC0415  # loading it takes a while

    conceal(arguments)
    check_max_workers(max_workers)
    check_names(client, arguments)
    calls, total = read_calls(model, messages, requests, arguments)
    numbered = enumerate(calls)
    answers: dict[int, Answer] = {}
    defects: list[Exception] = []
    with closing(choose_bar(progress)(total=total)) as bar:
        async with anyio.create_task_group() as group:

            async def work() -> None:
                try:
                    for number, call in numbered:
                        answers[number] = await _answer(client, call)
                        bar.update(1)
                except Exception as error:  # noqa: BLE001  # raised below, not in a group
                    defects.append(error)
                    group.cancel_scope.cancel()

            for _ in range(max_workers if total is None else min(max_workers, total)):
                group.start_soon(work)
    if defects:
        raise defects[0]
    return [answers[number] for number in range(len(answers))]


def abatch_as_completed(
    client: ChainClient,
    model: str | None = None,
    messages: Iterable[Messages] | None = None,
    *,
    requests: Iterable[Arguments] | None = None,
    max_workers: int = MAX_WORKERS,
    progress: bool | MakeBar = False,
    **arguments: Any,
) -> AsyncIterator[tuple[int, ModelResponse | APIError]]:
    """Yield each result with its index as it arrives, under asyncio or trio.

    Read it with `async for`. As with `batch_as_completed`, at most `max_workers` requests are read
    ahead of the results that were yielded, and leaving the loop ends the batch and its calls.
    """
    conceal(arguments)
    check_max_workers(max_workers)
    check_names(client, arguments)
    calls, total = read_calls(model, messages, requests, arguments)
    bar = choose_bar(progress)(total=total)
    return AsyncBatch(client, iter(calls), max_workers, bar)


async def _answer(client: ChainClient, arguments: Arguments) -> Answer:
    """Make a call; return its response, or the error that it raises."""
    try:
        return await client.acompletion(stream=False, **arguments)
    except APIError as error:
        return error


class AsyncBatch(AsyncIterator[tuple[int, Answer]]):
    """The results of a batch as they arrive; dropping it cancels the calls that are running."""

    def __init__(
        self, client: ChainClient, calls: Iterator[Arguments], max_workers: int, bar: Bar
    ) -> None:
        self._client = client
        self._calls = enumerate(calls)
        self._max_workers = max_workers
        self._bar = bar
        self._ready: deque[tuple[int, Answer]] = deque()
        self._running: dict[int, CancelScope] = {}
        self._defect: Exception | None = None
        self._signal: Signal | None = None

    async def __anext__(self) -> tuple[int, Answer]:
        try:
            self._start_calls()
            while not self._ready and self._running:
                self._signal = self._client.asynchronous_io().event()
                await self._signal.wait()
        except BaseException:
            self.close()
            raise
        if self._defect is not None:
            self.close()
            raise self._defect
        if not self._ready:
            self.close()
            raise StopAsyncIteration
        return self._ready.popleft()

    async def aclose(self) -> None:
        """Cancel the calls that are running; their results are lost."""
        self.close()

    def close(self) -> None:
        """Cancel the calls that are running."""
        self._calls = enumerate(())
        self._bar.close()
        for scope in self._running.values():
            scope.cancel()

    def _start_calls(self) -> None:
        """Start calls until as many are running, or waiting to be read, as may be."""
        from anyio import CancelScope  # noqa: PLC0415  # loading it takes a while

        while len(self._running) + len(self._ready) < self._max_workers:
            number, call = next(self._calls, (None, None))
            if number is None or call is None:
                return
            scope = self._running[number] = CancelScope()
            self._client.asynchronous_io().spawn(partial(self._run, number, call, scope))

    async def _run(self, number: int, call: Arguments, scope: CancelScope) -> None:
        try:
            with scope:
                self._ready.append((number, await _answer(self._client, call)))
                self._bar.update(1)
        except Exception as error:  # noqa: BLE001  # raised by the loop that reads the batch
            self._defect = error
        finally:
            del self._running[number]
            if self._signal is not None:
                self._signal.set()

    def __del__(self) -> None:
        if self._running:
            self.close()
