"""Where the calls of a batch run: in threads of this process, or in other processes."""

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
from ..pipeline.errors import APIError
from ..pipeline.schema.model_response import ModelResponse

P = ParamSpec("P")
T = TypeVar("T")

#: What a call came to: the error that it raised stands where its response would.
Answer = ModelResponse | APIError

#: The arguments of one completion().
Arguments = Mapping[str, Any]

MakeClient = Callable[[], ChainClient]

# A worker process serves few batches; clients of factories that nobody uses any more go.
_CLIENTS = 16


def answer(client: ChainClient, arguments: Arguments) -> Answer:
    """Make a call, and return the error that it raises."""
    try:
        return client.completion(stream=False, **arguments)
    except APIError as error:
        return error


class DaemonThreads(Executor):
    """Gives each call a thread of its own, which nobody waits for at exit.

    A ThreadPoolExecutor's threads are waited for, so that after Ctrl-C the process would stay
    until the last provider has answered. How many there are is for the caller to bound.
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
    except BaseException as error:  # noqa: BLE001  # whoever waits for the future raises it
        future.set_exception(error)
    else:
        future.set_result(result)


class LocalCall:
    """A call of this process's client, in the context in which it was made."""

    def __init__(self, client: ChainClient, arguments: Arguments) -> None:
        self._client = client
        self._arguments = arguments
        self._context = copy_context()

    def __call__(self) -> Answer:
        """Make the call."""
        return self._context.run(answer, self._client, self._arguments)

    def __reduce__(self) -> Never:
        raise TypeError(
            "a client has connections and locks, and cannot go to another process: give the "
            "batch make_client=, a function that makes one there"
        )


class RemoteCall:
    """A call that another process makes, with the client that `maker` stands for there.

    It takes the ambient metadata and the current span along. Executors write its repr into their
    logs, so that shows nothing of the call but its model.
    """

    def __init__(self, maker: Maker, arguments: Arguments) -> None:
        self._maker = maker
        self._arguments = arguments
        self._metadata = dict(ambient_metadata())
        self._span = _carry_span()
        # Executors that take equal tasks for one, as Dask's does, would ask equal questions once.
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
    """A function that makes a client, called once in each process.

    The function itself may arrive as a copy with every call, as those of a notebook do, so what
    tells it from others is a name that it gets where the batch is made.
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
            TypeError: the function made something else.
        """
        with self._lock:
            client = self._clients.get(self._name)
            if client is None:
                client = self._make()
                if not isinstance(client, ChainClient):  # pyright: ignore[reportUnnecessaryIsInstance]  # a user's function
                    raise TypeError(f"make_client made {type(client).__name__}, no Client")
                self._clients[self._name] = client
            return client


def _carry_span() -> dict[str, str]:
    """Return what tells other processes of the current span; nothing where nobody traces."""
    carrier: dict[str, str] = {}
    if "opentelemetry.trace" in sys.modules:
        from opentelemetry.propagate import inject  # noqa: PLC0415  # only where it is used

        inject(carrier)
    return carrier


@contextmanager
def _current_span(carrier: dict[str, str]) -> Generator[None]:
    from opentelemetry.context import attach, detach  # noqa: PLC0415  # only where it is used
    from opentelemetry.propagate import extract  # noqa: PLC0415

    token = attach(extract(carrier))
    try:
        yield
    finally:
        detach(token)
