"""Give an answer again that was given before."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Coroutine
from threading import Lock
from time import perf_counter
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from ..pipeline.call.request import NOTHING, Handler, Reply, Request
from ..pipeline.errors import JSONSchemaValidationError, SuspendedError
from ..pipeline.port import IO
from ..pipeline.schema.model_response import ModelResponse
from ..pipeline.stream.outcome import Outcome
from ..pipeline.sync import drive
from ..pipeline.timeouts import remaining
from .caching.entry import Entry, decode_entry, encode_entry, make_reply
from .caching.in_flight import Flight, Flights
from .caching.key import UnkeyedError, make_key
from .caching.options import find_wrong, read_option
from .stores.memory import MemoryStore
from .stores.store import Store

_log = logging.getLogger("trunkline")

T = TypeVar("T")

TTL = 3600.0
NAMESPACE = "trunkline"


#: A store, True for one in memory, None or False for none.
Setting = Store | bool | None


class Cache:
    """Keeps answers, and gives them again where nothing is asked that could change them.

    The key is a hash over all of the request: provider, address and key, model, messages,
    parameters (a class as `response_format` by its schema), extra body, headers and query, API
    version, and the options of all other middlewares, known or not. What does not count: stream
    or not, metadata, timeouts, callbacks, and headers that trace calls. A request that holds
    something which is no data is not kept, with a warning.

    A hit has `reply.call.cache_hit`, no attempts and no cost; its usage is that of the first
    answer. It is an object of its own, so whoever changes an answer changes no other. Streams are
    kept when they were read to their end, and replayed as streams, and streams and whole answers
    stand for each other. An answer that broke off, failed, was left, or does not fit the class of
    `response_format` is not kept.

    Equal calls at the same time make one request: the others wait for it, in threads and event
    loops alike. Where it fails they try for themselves. Streams do not wait for each other: their
    chunks come as fast as the first caller reads them, and he may stop at any time.

    A hit leaves the counts of all layers further in alone. What a fallback answered is not kept:
    the model that was asked may be well again the next time. The name of a group of Route's is a
    model like any other: give clients that share a store, but not their groups, each its namespace.

    Option of a call: `cache`, True or False, or a dictionary of these: "no-cache" (True asks
    anew), "no-store" (True keeps nothing), "ttl", "namespace". Without a store nothing is kept
    but for calls that ask for it, in memory.

    A store that fails, or holds something else than answers, costs a warning of the logger
    "trunkline", one for each kind of trouble, and never the call.

    Args:
        store: MemoryStore, SQLiteStore, RedisStore or another with their two methods; True keeps
            answers in memory.
        ttl: seconds that an answer is given again, None for as long as the store has it.
        namespace: what all keys begin with.
        defaults: returns the store, asked at every call that is to be cached by default; for
            settings that may change. `store` goes before it.

    Raises:
        BadRequestError: the option is something else.
        SuspendedError: the store needs an event loop, and the call is a blocking one.
        ValueError: an argument is not what it should be.
    """

    options = frozenset({"cache"})

    def __init__(
        self,
        store: Setting = None,
        *,
        ttl: float | None = TTL,
        namespace: str = NAMESPACE,
        defaults: Callable[[], Setting] | None = None,
    ) -> None:
        wrong = find_wrong({"ttl": ttl, "namespace": namespace})
        if wrong is not None:
            raise ValueError(wrong)
        self.ttl = ttl
        self.namespace = namespace
        self._setting = store
        self._defaults = defaults
        self._memory: MemoryStore | None = None
        self._flights = Flights()
        self._lock = Lock()
        self._warned: set[str] = set()

    def __repr__(self) -> str:
        return f"Cache({self._setting!r}, ttl={self.ttl}, namespace={self.namespace!r})"

    def __call__(self, request: Request, call_next: Handler) -> Awaitable[Reply]:
        """Give the answer that is kept, or call on and keep it."""
        plan = self._plan(request)
        if plan is None:
            return call_next(request)
        return self._start(plan, request, call_next)

    def _plan(self, request: Request) -> _Plan | None:
        """Return what to do for a call, None for nothing."""
        setting = self._setting
        if setting is None and self._defaults is not None:
            setting = self._defaults()
        given: object = request.options.get("cache")
        if given is False or (given is None and (setting is None or setting is False)):
            return None
        own = NOTHING if given is None else read_option(given)
        read, write = not own.get("no-cache"), not own.get("no-store")
        if not (read or write):
            return None
        return _Plan(
            store=self._own_memory() if setting is None or isinstance(setting, bool) else setting,
            read=read,
            write=write,
            ttl=own.get("ttl", self.ttl),
            namespace=own.get("namespace", self.namespace),
        )

    def _own_memory(self) -> MemoryStore:
        with self._lock:
            if self._memory is None:
                self._memory = MemoryStore()
            return self._memory

    async def _start(self, plan: _Plan, request: Request, call_next: Handler) -> Reply:
        started = perf_counter()
        try:
            key = make_key(request, plan.namespace)
        except UnkeyedError as error:
            self._warn("a request cannot be cached", error)
            return await call_next(request)
        call = _Call(plan, key, request, call_next, started)
        if plan.read and plan.write and not request.stream:
            return await self._share(call)
        return (await self._answer(call))[0]

    async def _answer(self, call: _Call) -> tuple[Reply, bytes | None]:
        """Give the answer that is kept, or ask for it; with its bytes, where others may have it."""
        if call.plan.read:
            data = await self._read(call)
            found = None if data is None else self._decode(data)
            call.request.trail.add("Cache", "hit" if found else "miss", since=call.started)
            if found is not None:
                return await make_reply(*found, call.request), data
        return await self._ask(call)

    async def _ask(self, call: _Call) -> tuple[Reply, bytes | None]:
        """Make the request, and keep what comes of it."""
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
            whole = self._encode(outcome.response)
            return None if whole is None else self._write(call, whole)

        stream.observe(ended)
        return stream, None

    async def _share(self, call: _Call) -> Reply:
        """Find the answer, or wait until an equal call has found it."""
        io = call.request.io
        while True:
            flight, landing = self._flights.board(call.key, io)
            if landing is None:
                return await self._lead(call, flight)
            try:
                seconds = remaining(call.request.answer_by)
                ended = not flight.would_stop_itself(io) and await landing.wait(seconds)
            finally:
                self._flights.leave(flight, landing)
            if flight.landed is not None:
                call.request.trail.add("Cache", "joined", since=call.started)
                return await make_reply(*decode_entry(flight.landed), call.request)
            if not ended or flight.failed:
                return (await self._ask(call))[0]
            # The one that went ahead was cancelled: another of them does now.

    async def _lead(self, call: _Call, flight: Flight) -> Reply:
        try:
            reply, flight.landed = await self._answer(call)
            flight.failed = flight.landed is None
        except Exception:
            flight.failed = True
            raise
        finally:
            self._flights.land(call.key, flight)
        return reply

    async def _read(self, call: _Call) -> bytes | None:
        store = call.plan.store
        try:
            return await _use(store, call.request.io, lambda: store.get(call.key))
        except SuspendedError:
            raise
        except Exception as error:  # noqa: BLE001  # no trouble of a store is the call's
            self._warn("nothing can be read from the cache", error)
            return None

    def _decode(self, data: bytes) -> tuple[Entry, ModelResponse] | None:
        try:
            return decode_entry(data)
        except (msgspec.DecodeError, TypeError, ValueError) as error:
            self._warn("the cache holds something else than answers", error)
            return None

    def _encode(self, response: ModelResponse) -> bytes | None:
        """Return an answer as bytes, None where it must not or cannot be kept."""
        try:
            if response.call.parse is not None:
                # One that does not fit would be an error of later calls.
                _ = [choice.message.parsed for choice in response.choices]
            return encode_entry(response)
        except JSONSchemaValidationError:
            return None
        except (TypeError, ValueError, RecursionError) as error:
            self._warn("an answer cannot be cached", error)
            return None

    async def _write(self, call: _Call, data: bytes) -> None:
        store, ttl = call.plan.store, call.plan.ttl
        began = perf_counter()
        try:
            await _use(store, call.request.io, lambda: store.set(call.key, data, ttl))
            call.request.trail.add("Cache", "stored", since=began)
        except SuspendedError:
            raise
        except Exception as error:  # noqa: BLE001  # no trouble of a store is the call's
            self._warn("nothing can be written to the cache", error)

    def _warn(self, trouble: str, error: Exception) -> None:
        """Warn of each kind of trouble once."""
        with self._lock:
            if trouble in self._warned:
                return
            self._warned.add(trouble)
        # Only our own words: those of a client may hold its password.
        why = f"{error}" if isinstance(error, UnkeyedError) else type(error).__name__
        _log.warning("%s: %s (said once)", trouble, why)


async def _use(store: Store, io: IO, operation: Callable[[], Coroutine[Any, Any, T]]) -> T:
    if io.blocking or not getattr(store, "blocking", False):
        return await operation()
    return await io.run(lambda: drive(operation()))


class _Plan(Struct, frozen=True, kw_only=True):
    """What is to be done for a call."""

    store: Store
    read: bool
    write: bool
    ttl: float | None
    namespace: str


class _Call(Struct, frozen=True):
    """A call that is to be answered from the cache, or kept there."""

    plan: _Plan
    key: str
    request: Request
    call_next: Handler
    started: float
