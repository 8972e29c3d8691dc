"""Return a cached response instead of sending an equal request again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from threading import Lock
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec import Struct

from ..pipeline.call.request import NOTHING, Handler, Reply, Request
from ..pipeline.errors import InvalidArgumentError, JSONSchemaValidationError, SuspendedError
from ..pipeline.schema.model_response import ModelResponse
from ..pipeline.stream.outcome import Outcome
from ..pipeline.timeouts import remaining
from .caching.entry import Entry, decode_entry, encode_entry, make_reply
from .caching.in_flight import RequestsInFlight, SharedRequest
from .caching.key import UnserializableError, make_key
from .caching.options import find_problem, read_option
from .checked_arguments import check_methods, check_plain_function
from .stores.memory import MemoryStore
from .stores.store import Store, StoreWarnings

if TYPE_CHECKING:
    from .stores.access import SlowStores

T = TypeVar("T")

TTL = 3600.0
NAMESPACE = "trunkline"


#: A store; True for one in memory; None or False for no store.
StoreSetting = Store | bool | None


class Cache:
    """Caches responses and returns them to later calls with an equal request.

    The key is a hash of the whole request: provider, address and API key, model, messages,
    parameters (a class as `response_format` by its schema), extra body, headers and query, API
    version, and the options of all other middlewares, including those of your own. Streaming or
    not, metadata, timeouts, callbacks and tracing headers are not part of the key. A request that
    contains a value which cannot be serialized is not cached; a warning is logged.

    A hit sets `reply.call.cache_hit`, counts no attempts and costs nothing; its usage is that of
    the original response, and `reply.call.saved_cost` is what that cost. Each hit is a new object,
    so callers may change it. A stream is cached once it has been read to its end. A cached
    response is replayed as a stream to a streaming call, and a cached stream is returned whole to
    a plain one. A response that is incomplete, failed, abandoned, or does not fit the class of
    `response_format` is not cached.

    Equal calls at the same time send one request: the others wait for it, across threads and
    event loops. If it fails, each of them sends its own. Streams do not wait for each other: the
    first caller decides how fast chunks arrive, and may stop reading at any time.

    A hit does not reach the inner layers, so they do not count it. A fallback's response is not
    cached, because the requested model may work again next time. The name of a Route's group
    counts as a model name: clients that share a store but not their groups need different
    namespaces.

    Option of a call: `cache`, which is True, False, or a dictionary with any of "no-cache" (True
    sends the request even if a response is cached), "no-store" (True does not cache the
    response), "ttl" and "namespace". Without a store, only calls with this option are cached, in
    memory.

    A store that fails or returns invalid data never fails the call. The logger "trunkline" warns
    once for each kind of problem. A look-up or a write that takes longer than a second, or than a
    quarter of the time that the call has left, is given up, and the store is skipped for the next
    30 seconds.

    Args:
        store: MemoryStore, SQLiteStore, RedisStore, or your own `Store`; True caches in memory.
        ttl: seconds for which a response is valid; None for as long as the store keeps it.
        namespace: prefix of all keys.
        defaults: returns the store, called for each call without its own option; for settings
            that may change. `store` takes precedence over it.
        clock: monotonic seconds; tests pass their own.

    Raises:
        BadRequestError: the option has a wrong type or an unknown key.
        SuspendedError: the store needs an event loop, but the call is a blocking one.
        InvalidArgumentError: an argument is invalid.
    """

    options = frozenset({"cache"})
    #: Several may be in one chain, for example one in memory outside one in Redis.
    shares_options = True

    def __init__(
        self,
        store: StoreSetting = None,
        *,
        ttl: float | None = TTL,
        namespace: str = NAMESPACE,
        defaults: Callable[[], StoreSetting] | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        if store is not None and not isinstance(store, bool):
            check_methods("store", store, "get", "set")
        problem = find_problem({"ttl": ttl, "namespace": namespace})
        if problem is not None:
            raise InvalidArgumentError(problem)
        if defaults is not None:
            check_plain_function("defaults", defaults)
        check_plain_function("clock", clock)
        self.ttl = ttl
        self.namespace = namespace
        self._setting = store
        self._defaults = defaults
        self._memory: MemoryStore | None = None
        self._in_flight = RequestsInFlight()
        self._lock = Lock()
        self._warnings = StoreWarnings()
        self._clock = clock
        self._slow: SlowStores | None = None

    def __repr__(self) -> str:
        return f"Cache({self._setting!r}, ttl={self.ttl}, namespace={self.namespace!r})"

    def __call__(self, request: Request, call_next: Handler) -> Awaitable[Reply]:
        """Return the cached response, or call the next layer and cache what it returns."""
        setting = self._setting
        if setting is None and self._defaults is not None:
            setting = self._defaults()
        if (setting is None or setting is False) and "cache" not in request.options:
            return call_next(request)
        plan = self._plan(request, setting)
        if plan is None:
            return call_next(request)
        return self._start(plan, request, call_next)

    def _plan(self, request: Request, setting: StoreSetting) -> _Plan | None:
        """Return how to cache a call, or None if it is not cached."""
        if request.native is not None and request.native.action != "create":
            # An unfinished response changes.
            return None
        given: object = request.options.get("cache")
        if given is False or (given is None and (setting is None or setting is False)):
            return None
        option = NOTHING if given is None else read_option(given)
        read, write = not option.get("no-cache"), not option.get("no-store")
        if not (read or write):
            return None
        return _Plan(
            store=self._memory_store() if setting is None or isinstance(setting, bool) else setting,
            read=read,
            write=write,
            ttl=option.get("ttl", self.ttl),
            namespace=option.get("namespace", self.namespace),
        )

    def _memory_store(self) -> MemoryStore:
        with self._lock:
            if self._memory is None:
                self._memory = MemoryStore()
            return self._memory

    async def _start(self, plan: _Plan, request: Request, call_next: Handler) -> Reply:
        started = perf_counter()
        try:
            key = make_key(request, plan.namespace)
        except UnserializableError as error:
            self._warn("cannot cache a request", error)
            return await call_next(request)
        call = _Call(plan, key, request, call_next, started)
        if plan.read and plan.write and not request.stream:
            return await self._share(call)
        return (await self._find_or_send(call))[0]

    async def _find_or_send(self, call: _Call) -> tuple[Reply, bytes | None]:
        """Return the cached reply or a new one, with its bytes if other calls may use it."""
        if call.plan.read:
            data = await self._read(call)
            found = None if data is None else self._decode(data)
            call.request.trail.add("Cache", "hit" if found else "miss", since=call.started)
            if found is not None:
                return await make_reply(*found, call.request), data
        return await self._send(call)

    async def _send(self, call: _Call) -> tuple[Reply, bytes | None]:
        """Call the next layer and cache its reply."""
        reply = await call.call_next(call.request)
        if not call.plan.write or reply.call.fallback is not None:
            return reply, None
        if isinstance(reply, ModelResponse):
            data = self._encode(reply)
            if data is not None:
                await self._write(call, data)
            return reply, data
        stream = reply

        def ended(outcome: Outcome) -> Awaitable[None] | None:
            if outcome.kind != "completed" or outcome.response is None or not stream.exhausted:
                return None
            data = self._encode(outcome.response)
            return None if data is None else self._write(call, data)

        stream.observe(ended)
        return stream, None

    async def _share(self, call: _Call) -> Reply:
        """Send the request, or wait for an equal call that is sending it."""
        io = call.request.io
        while True:
            shared, done = self._in_flight.join(call.key, io)
            if done is None:
                return await self._lead(call, shared)
            try:
                seconds = remaining(call.request.answer_by)
                ended = not shared.would_deadlock(io) and await done.wait(seconds)
            finally:
                self._in_flight.leave(shared, done)
            if shared.result is not None:
                call.request.trail.add("Cache", "joined", since=call.started)
                return await make_reply(*decode_entry(shared.result), call.request)
            if not ended or shared.failed:
                return (await self._send(call))[0]
            # The call that was sending was cancelled: one of the waiting calls takes over.

    async def _lead(self, call: _Call, shared: SharedRequest) -> Reply:
        """Send the request that equal calls wait for."""
        try:
            reply, shared.result = await self._find_or_send(call)
            shared.failed = shared.result is None
        except Exception:
            shared.failed = True
            raise
        finally:
            self._in_flight.finish(call.key, shared)
        return reply

    async def _read(self, call: _Call) -> bytes | None:
        store = call.plan.store
        problem = "cannot read from the cache"
        data, _ = await self._operate(call, lambda: store.get(call.key), problem)
        return data

    def _decode(self, data: bytes) -> tuple[Entry, ModelResponse] | None:
        try:
            return decode_entry(data)
        except (msgspec.DecodeError, TypeError, ValueError) as error:
            self._warn("the cache contains invalid data", error)
            return None

    def _encode(self, response: ModelResponse) -> bytes | None:
        """Return a response as bytes, or None if it must not or cannot be cached."""
        try:
            return encode_entry(response)
        except JSONSchemaValidationError:
            return None
        except (TypeError, ValueError, RecursionError) as error:
            self._warn("cannot cache a response", error)
            return None

    async def _write(self, call: _Call, data: bytes) -> None:
        store, ttl = call.plan.store, call.plan.ttl
        began = perf_counter()
        problem = "cannot write to the cache"
        _, done = await self._operate(call, lambda: store.set(call.key, data, ttl), problem)
        if done:
            call.request.trail.add("Cache", "stored", since=began)

    async def _operate(
        self, call: _Call, operation: Callable[[], Coroutine[Any, Any, T]], problem: str
    ) -> tuple[T | None, bool]:
        """Return what an operation of the store returns, and whether it was done."""
        from .stores.access import SlowStores, TooSlowError, use_store  # noqa: PLC0415  # most calls have no cache

        slow = self._slow = self._slow or SlowStores(self._clock)
        store = call.plan.store
        seconds = slow.seconds(store, call.request)
        if not seconds:
            return None, False
        try:
            return await use_store(store, call.request.io, operation, seconds), True
        except SuspendedError:
            raise
        except TooSlowError as error:
            slow.skip(store)
            self._warn("the cache is slow, and skipped for a while", error)
        except Exception as error:  # noqa: BLE001  # a store must never fail the call
            self._warn(problem, error)
        return None, False

    def _warn(self, problem: str, error: Exception) -> None:
        """Log a warning once for each kind of problem."""
        # The message of a store's client may contain its password.
        why = f"{error}" if isinstance(error, UnserializableError) else type(error).__name__
        self._warnings.warn(problem, why)


class _Plan(Struct, frozen=True, kw_only=True):
    """How to cache a call."""

    store: Store
    read: bool
    write: bool
    ttl: float | None
    namespace: str


class _Call(Struct, frozen=True):
    """A call that reads from or writes to the cache."""

    plan: _Plan
    key: str
    request: Request
    call_next: Handler
    started: float
