"""Run the calls of a batch in threads of this process or in other processes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import Executor, Future
from contextlib import ExitStack, contextmanager
from contextvars import copy_context
from functools import partial
from threading import Lock, Thread
from typing import Any, ClassVar, Never, ParamSpec, TypeVar
from uuid import uuid4
from weakref import WeakKeyDictionary

from cachetools import LRUCache

from ..middlewares.metadata_context import ambient_metadata, metadata
from ..pipeline.call.client import ChainClient
from ..pipeline.errors import APIError, InvalidArgumentError
from ..pipeline.schema.model_response import ModelResponse

P = ParamSpec("P")
T = TypeVar("T")

#: The result of a call: its response, or the error that it raised.
Answer = ModelResponse | APIError

#: The arguments of one completion().
Arguments = Mapping[str, Any]

MakeClient = Callable[[], ChainClient]

# A worker process serves few batches; the least recently used clients are dropped.
_CLIENTS = 16


def answer(client: ChainClient, arguments: Arguments) -> Answer:
    """Make a call; return its response, or the error that it raises."""
    try:
        return client.completion(stream=False, **arguments)
    except APIError as error:
        return error


class DaemonThreads(Executor):
    """Runs each call in its own daemon thread.

    Python waits for the threads of a ThreadPoolExecutor at exit, so after Ctrl-C the process would
    continue until the last provider has responded. The caller limits the number of threads.
    """

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """See `concurrent.futures.Executor.submit`."""
        future: Future[T] = Future()
        work = partial(_fulfil, future, partial(fn, *args, **kwargs))
        Thread(target=work, name="trunkline-batch", daemon=True).start()
        return future


def _fulfil(future: Future[T], function: Callable[[], T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = function()
    except BaseException as error:  # noqa: BLE001  # the future raises it in the waiting thread
        future.set_exception(error)
    else:
        future.set_result(result)


class LocalCall:
    """A call with this process's client, in the context of its creation."""

    def __init__(self, client: ChainClient, arguments: Arguments) -> None:
        self._client = client
        self._arguments = arguments
        self._context = copy_context()

    def __call__(self) -> Answer:
        """Make the call."""
        return self._context.run(answer, self._client, self._arguments)

    def __reduce__(self) -> Never:
        raise InvalidArgumentError(
            "a client has connections and locks and cannot be sent to another process: pass "
            "make_client=, a function that creates a client there"
        )


class RemoteCall:
    """A call that another process makes, with the client that `maker` creates there.

    It carries the current metadata and span. Executors write its repr to their logs, so the repr
    shows only the model.
    """

    def __init__(self, maker: Maker, arguments: Arguments) -> None:
        self._maker = maker
        self._arguments = arguments
        self._metadata = dict(ambient_metadata())
        self._span = _carry_span()
        # Dask's executor runs equal tasks once; a unique value makes equal requests different.
        self._identity = uuid4().hex

    def __call__(self) -> Answer:
        """Make the call."""
        with ExitStack() as stack:
            stack.enter_context(metadata(**self._metadata))
            if self._span:
                stack.enter_context(_current_span(self._span))
            return answer(self._maker.client(), self._arguments)

    def __repr__(self) -> str:
        return f"completion({self._arguments.get('model')!r})"


class Maker:
    """A function that creates a client, called once in each process.

    Each call may carry its own copy of the function, for example one defined in a notebook. So a
    name that is assigned when the batch is created identifies it.
    """

    _names: ClassVar[WeakKeyDictionary[MakeClient, str]] = WeakKeyDictionary()
    _clients: ClassVar[LRUCache[str, ChainClient]] = LRUCache(_CLIENTS)
    _lock: ClassVar[Lock] = Lock()

    def __init__(self, make: MakeClient) -> None:
        self._make = make
        with self._lock:
            self._name = self._names.setdefault(make, uuid4().hex)

    def client(self) -> ChainClient:
        """Return this process's client.

        Raises:
            TypeError: the function returned something else.
        """
        with self._lock:
            client = self._clients.get(self._name)
            if client is None:
                client = self._make()
                if not isinstance(client, ChainClient):  # pyright: ignore[reportUnnecessaryIsInstance]  # a user's function
                    raise TypeError(f"make_client: expected a Client, got {type(client).__name__}")
                self._clients[self._name] = client
            return client


def _carry_span() -> dict[str, str]:
    """Return the context of the current span for other processes, {} without tracing."""
    carrier: dict[str, str] = {}
    if "opentelemetry.trace" in sys.modules:
        from opentelemetry.propagate import inject  # noqa: PLC0415  # only if it is used

        inject(carrier)
    return carrier


@contextmanager
def _current_span(carrier: dict[str, str]) -> Generator[None]:
    from opentelemetry.context import attach, detach  # noqa: PLC0415  # only if it is used
    from opentelemetry.propagate import extract  # noqa: PLC0415

    token = attach(extract(carrier))
    try:
        yield
    finally:
        detach(token)
