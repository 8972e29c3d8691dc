"""Many calls: so many at a time, their answers in order, each failure in its place.

The functions are methods of Client.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import closing
from functools import partial
from itertools import islice
from queue import SimpleQueue
from typing import Any, cast

from ..pipeline.call.arguments import fill_in
from ..pipeline.call.client import ChainClient
from ..pipeline.call.messages import Messages, check_messages
from ..pipeline.errors import APIError, BadRequestError
from ..pipeline.schema.model_response import ModelResponse
from .progress import MakeBar, choose_bar
from .workers import (
    Answer,
    Arguments,
    DaemonThreads,
    LocalCall,
    MakeClient,
    Maker,
    RemoteCall,
)

MAX_WORKERS = 100

Task = Callable[[], Answer]


def batch_completion(
    client: ChainClient,
    model: str | None = None,
    messages: Iterable[Messages] | None = None,
    *,
    requests: Iterable[Arguments] | None = None,
    max_workers: int = MAX_WORKERS,
    progress: bool | MakeBar = False,
    executor: Executor | None = None,
    make_client: MakeClient | None = None,
    **arguments: Any,
) -> list[ModelResponse | APIError]:
    """Answer many conversations, blocking, and return what each came to, in their order.

    As with `asyncio.gather(..., return_exceptions=True)`, an APIError stands where the response
    would; any other exception is a defect of a middleware or an executor, ends the batch, and is
    raised. A list is checked whole before anything is sent. Of another iterable only so much is
    read as is under way, and what is wrong there counts like any other error of its call, unless
    it is no request at all.

    A batch that was broken off is resumed by repeating it with a cache that lasts, SQLiteStore or
    RedisStore: only what is missing is asked. Ctrl-C ends it at once; calls that were under way
    may still end, and be cached, if the process lives on.

    Args:
        client: makes the calls.
        model: as of `completion`; for all calls that name none of their own.
        messages: the conversations, each a list of messages.
        requests: instead of `messages`, dictionaries of the arguments of `completion`.
        max_workers: calls at the same time.
        progress: True shows a bar of tqdm's (the extra `progress`); or a class like tqdm,
            called with `total=` for an object with `update(n)` and `close()`.
        executor: where calls run, by default threads of this process; any of the shape of
            concurrent.futures, as ProcessPoolExecutor, or `get_executor()` of Dask's client. It
            is not shut down.
        make_client: for an executor of other processes, a function that makes the client there,
            once in each; this one's chain is not used then.
        arguments: as of `completion`, for all calls; those of a request go before them.

    Raises:
        BadRequestError: an entry of a list cannot be right; the text says which.
        TypeError: an entry is no request, there are both messages and requests, or neither, or
            the client would have to go to another process.
        ValueError: `max_workers` is not above zero.
        ImportError: tqdm is wanted and not installed.
    """
    answers = dict(
        batch_as_completed(
            client,
            model,
            messages,
            requests=requests,
            max_workers=max_workers,
            progress=progress,
            executor=executor,
            make_client=make_client,
            **arguments,
        )
    )
    return [answers[number] for number in range(len(answers))]


def batch_as_completed(
    client: ChainClient,
    model: str | None = None,
    messages: Iterable[Messages] | None = None,
    *,
    requests: Iterable[Arguments] | None = None,
    max_workers: int = MAX_WORKERS,
    progress: bool | MakeBar = False,
    executor: Executor | None = None,
    make_client: MakeClient | None = None,
    **arguments: Any,
) -> Iterator[tuple[int, ModelResponse | APIError]]:
    """Yield each answer as it comes, with its number from 0; see `batch_completion`.

    No more requests are read than `max_workers` before those that were handed out, so neither
    requests nor answers pile up, however many there are. Leaving the loop ends the batch.
    """
    check_max_workers(max_workers)
    calls, total = read_calls(model, messages, requests, arguments)
    if make_client is None:
        tasks: Iterator[Task] = (LocalCall(client, call) for call in calls)
    else:
        maker = Maker(make_client)
        tasks = (RemoteCall(maker, call) for call in calls)
    open_bar = partial(choose_bar(progress), total=total)
    return _run(tasks, executor or DaemonThreads(), max_workers, open_bar)


def _run(
    tasks: Iterable[Task], executor: Executor, max_workers: int, open_bar: MakeBar
) -> Iterator[tuple[int, Answer]]:
    numbered = enumerate(tasks)
    running: dict[Future[Answer], int] = {}
    finished: SimpleQueue[Future[Answer]] = SimpleQueue()
    with closing(open_bar()) as bar:
        try:
            while True:
                for number, task in islice(numbered, max_workers - len(running)):
                    future = executor.submit(task)
                    running[future] = number
                    future.add_done_callback(finished.put)
                if not running:
                    return
                future = finished.get()
                number = running.pop(future)
                found = future.result()
                bar.update(1)
                yield number, found
        finally:
            for future in running:
                future.cancel()


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
    """Answer many conversations under asyncio or trio; see `batch_completion`.

    `max_workers` is how many calls are made at the same time. Cancelling it cancels them all.
    """
    import anyio  # noqa: PLC0415  # it takes a while to load

    check_max_workers(max_workers)
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


async def _answer(client: ChainClient, arguments: Arguments) -> Answer:
    """Make a call, and return the error that it raises."""
    try:
        return await client.acompletion(stream=False, **arguments)
    except APIError as error:
        return error


def check_max_workers(max_workers: int) -> None:
    """Refuse to do nothing at a time.

    Raises:
        ValueError: it is not above zero.
    """
    if max_workers < 1:
        raise ValueError(f"max_workers: expected 1 or more, got {max_workers}")


def read_calls(
    model: str | None,
    messages: Iterable[Messages] | None,
    requests: Iterable[Arguments] | None,
    arguments: Arguments,
) -> tuple[Iterable[Arguments], int | None]:
    """Return the arguments of each call, and how many there are, None where nobody knows.

    Raises:
        TypeError, BadRequestError: as `batch_completion`.
    """
    if (messages is None) == (requests is None):
        raise TypeError("a batch has messages, a list of conversations, or else requests")
    name = "messages" if requests is None else "requests"
    given = cast("Iterable[object]", messages if requests is None else requests)
    entries = ({"messages": each} for each in given) if requests is None else given
    defaults = {**arguments, "model": model}
    calls = (_merge(f"{name}[{number}]", defaults, entry) for number, entry in enumerate(entries))
    if not isinstance(given, Sequence):
        return calls, None
    checked = [_check(f"{name}[{number}]", call) for number, call in enumerate(calls)]
    return checked, len(checked)


def _merge(place: str, defaults: Arguments, entry: object) -> Arguments:
    """Return the arguments of one call, its own before those of the batch."""
    if not isinstance(entry, Mapping):
        raise TypeError(
            f"{place}: expected a dictionary of completion()'s arguments, "
            f"got {type(entry).__name__}"
        )
    call = fill_in(cast("Arguments", entry), defaults)
    for name in ("model", "messages"):
        if call.get(name) is None:
            raise TypeError(f"{place}: {name} is missing")
    if call.pop("stream", None):
        raise BadRequestError(
            f"{place}: stream: a batch gives whole answers; leave it out", param="stream"
        )
    return call


def _check(place: str, call: Arguments) -> Arguments:
    try:
        return {**call, "messages": check_messages(call["messages"])}
    except BadRequestError as error:
        raise BadRequestError(f"{place}: {error.message}", param=error.param) from None
