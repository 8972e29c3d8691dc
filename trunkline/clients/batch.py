"""Batches: many calls with limited concurrency, results in order, errors in place.

The functions are methods of Client.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import closing
from functools import partial
from inspect import signature
from itertools import islice
from queue import SimpleQueue
from typing import Any, cast

from ..middlewares.checked_arguments import check_count
from ..pipeline.call.arguments import OWN_ARGUMENTS, fill_in
from ..pipeline.call.client import ChainClient
from ..pipeline.call.concealed import conceal
from ..pipeline.call.messages import Messages, check_messages
from ..pipeline.errors import APIError, BadRequestError, InvalidArgumentError
from ..pipeline.schema.model_response import ModelResponse
from .progress import MakeBar, choose_bar
from .workers import Answer, Arguments, DaemonThreads, LocalCall, MakeClient, Maker, RemoteCall

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
    """Send many conversations, blocking, and return their results in the same order.

    As with `asyncio.gather(..., return_exceptions=True)`, the result of a failed call is its
    APIError. Any other exception means a bug in a middleware or an executor; it ends the batch and
    is raised. A list is validated completely before anything is sent. Other iterables are read
    only as far as calls are running; an invalid entry is then the error of its call, unless it is
    not a request at all.

    To resume an interrupted batch, repeat it with a persistent cache, SQLiteStore or RedisStore:
    only missing responses are requested. Ctrl-C ends a batch immediately; running calls may still
    complete, and be cached, if the process continues.

    Args:
        client: makes the calls.
        model: as in `completion`; for all calls without their own model.
        messages: the conversations, each a list of messages.
        requests: instead of `messages`, dictionaries of arguments of `completion`.
        max_workers: maximum number of concurrent calls.
        progress: True shows a progress bar of tqdm (the extra `progress`). A class like tqdm is
            called with `total=` and returns an object with `update(n)` and `close()`.
        executor: runs the calls, by default in threads of this process. Any executor like those
            of concurrent.futures works, such as ProcessPoolExecutor or `get_executor()` of a Dask
            client. It is not shut down.
        make_client: for executors with other processes, a function that creates the client, called
            once in each process; the chain of this client is not used then.
        arguments: as in `completion`, for all calls; a request's own arguments take precedence.

    Raises:
        BadRequestError: an entry of a list is invalid, or the name of an argument is a slip; the
            error names it.
        InvalidArgumentError: an entry is not a request, both or neither of messages and requests
            are given, `max_workers` is less than 1, or the client would have to be sent to another
            process.
        ImportError: `progress` is True and tqdm is not installed.
    """
    conceal(arguments)
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
    """Yield each result with its index as it arrives; see `batch_completion`.

    At most `max_workers` requests are read ahead of the results that were yielded, so memory use
    does not grow with the number of requests. Leaving the loop ends the batch.
    """
    conceal(arguments)
    check_max_workers(max_workers)
    if make_client is None:
        check_names(client, arguments)
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


def check_max_workers(max_workers: int) -> None:
    """Check the number of concurrent calls.

    Raises:
        InvalidArgumentError: it is not an int of 1 or more.
    """
    check_count("max_workers", max_workers)


def check_names(client: ChainClient, arguments: Arguments) -> None:
    """Refuse a slip in the arguments of a batch at once: each call would fail with it.

    Raises:
        BadRequestError: a name is a slip; the error names the right one.
    """
    if "middlewares" not in arguments:
        from ..pipeline.call.slips import refuse_slip  # noqa: PLC0415  # programs may run no batch

        known = client.options.union(OWN_ARGUMENTS, signature(batch_completion).parameters)
        for name, value in arguments.items():
            if value is not None and not name.startswith("_"):
                refuse_slip(name, known)


def read_calls(
    model: str | None,
    messages: Iterable[Messages] | None,
    requests: Iterable[Arguments] | None,
    arguments: Arguments,
) -> tuple[Iterable[Arguments], int | None]:
    """Return the arguments of each call, and the number of calls, None if unknown.

    Raises:
        BadRequestError: see `batch_completion`.
    """
    if (messages is None) == (requests is None):
        raise InvalidArgumentError(
            "batch: pass either messages (a list of conversations) or requests"
        )
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
    """Return the arguments of one call; its own take precedence over those of the batch."""
    if not isinstance(entry, Mapping):
        raise InvalidArgumentError(
            f"{place}: expected a dict of completion()'s arguments, got {type(entry).__name__}"
        )
    call = fill_in(cast("Arguments", entry), defaults)
    conceal(call)
    for name in ("model", "messages"):
        if call.get(name) is None:
            raise InvalidArgumentError(f"{place}: {name} is missing")
    if call.pop("stream", None):
        raise BadRequestError(f"{place}: stream: batches cannot stream; omit it", param="stream")
    return call


def _check(place: str, call: Arguments) -> Arguments:
    try:
        return {**call, "messages": check_messages(call["messages"])}
    except BadRequestError as error:
        raise BadRequestError(f"{place}: {error.message}", param=error.param) from None
