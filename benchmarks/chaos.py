"""Chaos: many calls to a server that misbehaves at random, and callers that give up at random.

Each call has exactly one outcome, which callbacks hear of once; a response is that of its own
request; an error is an APIError; calls that the server answers properly succeed. When all have
ended, no place of a Limit or a SharedLimit is taken, no descriptor is open, and neither Python nor
the event loop has reported an exception that nobody handled. Redis is killed and started again in
the middle.
"""

from __future__ import annotations

import gc
import itertools
import logging
import sys
import threading
import warnings
from collections import Counter
from collections.abc import Collection, Generator, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from time import monotonic
from typing import Any

import anyio
from tenacity import wait_random

from trunkline import (
    Callbacks,
    Client,
    Limit,
    LimitExceededError,
    Retry,
    SharedLimit,
    Stream,
    default_middlewares,
)
from trunkline.middlewares.routing.redis_state import RedisState
from trunkline.pipeline.call.request import Middleware
from trunkline.pipeline.engines import EngineName

from .endurance.chaos_calls import Caller, Tick, call_in_asyncio, call_in_threads, call_in_trio
from .endurance.chaos_plan import Ending, Plan, Run, World, plan_calls
from .endurance.chaos_server import prompt_of, serving_chaos
from .endurance.laps import open_files
from .progress import show
from .servers.bodies import KEY
from .servers.redis_process import RedisProcess

_EXPECTED_WARNINGS = ("cannot reach Redis",)
_THREADS_MAY_TAKE = 20.0


@dataclass(frozen=True)
class Chaos:
    """What to run.

    Attributes:
        calls: how many calls.
        at_once: how many of them at a time.
        patience: seconds that a call waits for a server that stalls.
        redis: whether a SharedLimit counts the calls in a Redis that is killed in the middle.
    """

    world: World
    engine: EngineName
    calls: int
    at_once: int
    seed: int = 0
    patience: float = 1.0
    redis: bool = False


def run_chaos(chaos: Chaos) -> Run:
    """Make the calls; return how they ended, with all that was wrong."""
    run = Run()
    before, others = open_files(), threading.enumerate()
    with _reports(run.faults), serving_chaos(chaos.seed) as base:
        if chaos.redis:
            with RedisProcess() as redis:
                _run_with(chaos, run, f"{base}/v1", redis)
        else:
            _run_with(chaos, run, f"{base}/v1", None)
    run.check()
    _wait_for_threads(others)
    gc.collect()
    left = [name for number, name in open_files().items() if before.get(number) != name]
    if left:
        run.faults.append(f"left open: {', '.join(left)}")
    return run


def run_apart(chaos: Chaos) -> Run:
    """Do the same in a process of its own, where nothing else opens files and begins threads."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        endings, faults = pool.submit(_outcome, chaos).result()
    return Run(endings=endings, faults=faults)


def _outcome(chaos: Chaos) -> tuple[Counter[Ending], list[str]]:
    run = run_chaos(chaos)
    return run.endings, run.faults


def _run_with(chaos: Chaos, run: Run, base: str, redis: RedisProcess | None) -> None:
    others = threading.enumerate()
    # A few callers wait for a place.
    limit = Limit(max_parallel_requests=max(1, chaos.at_once * 9 // 10))
    layers: list[Middleware] = default_middlewares(
        callbacks=Callbacks([run.callback]), retry=Retry(wait=wait_random(0, 0.1)), limit=limit
    )
    if redis is not None:
        state = RedisState.from_url(redis.url)
        layers.append(SharedLimit(state, max_parallel_requests=10 * chaos.at_once))
    client = Client(middlewares=layers, engine=chaos.engine)
    # Threads take turns, so that each number comes once, and Redis starts after it has stopped.
    turn, numbers = threading.Lock(), itertools.count(1)

    def tick() -> None:
        with turn:
            made = next(numbers)
            if made % max(1, chaos.calls // 20) == 0:
                show(f"{chaos.world}, {chaos.engine}: {made} of {chaos.calls} calls")
            if redis is not None and made == chaos.calls // 3:
                redis.stop()
            if redis is not None and made == 2 * chaos.calls // 3:
                redis.start()

    caller = Caller(client, base, run)
    plans = plan_calls(chaos.seed, chaos.world, chaos.calls, chaos.patience)
    places = _Places(client, base, limit, run)
    _call_all(chaos, caller, plans, tick, places)
    _wait_for_threads(others)
    if redis is not None and redis.held():
        run.faults.append(f"{redis.held()} places of the SharedLimit were left")


def _call_all(
    chaos: Chaos, caller: Caller, plans: Iterator[Plan], tick: Tick, places: _Places
) -> None:
    if chaos.world == "sync":
        call_in_threads(caller, plans, chaos.at_once, tick)
        gc.collect()
        places.check()
        caller.client.close()
    elif chaos.world == "asyncio":
        call_in_asyncio(caller, plans, chaos.at_once, tick, places.acheck, caller.run.faults.append)
    else:
        call_in_trio(caller, plans, chaos.at_once, tick, places.acheck)


@dataclass(frozen=True)
class _Places:
    """Checks that all places of a Limit are free: as many streams as it allows open at once."""

    client: Client
    base: str
    limit: Limit
    run: Run

    def _arguments(self) -> list[dict[str, Any]]:
        self.limit.wait = 0
        return [
            {
                "model": "openai/chaos",
                "messages": [{"role": "user", "content": prompt_of(f"safe-place-{number}")}],
                "base_url": self.base,
                "api_key": KEY,
            }
            for number in range(self.limit.limits["max_parallel_requests"])
        ]

    def check(self) -> None:
        """Take all places and leave them, blocking."""
        streams: list[Stream] = []
        try:
            for arguments in self._arguments():
                streams.append(self.client.completion(stream=True, **arguments))
        except LimitExceededError:
            self._note(len(streams))
        for stream in streams:
            stream.close()

    async def acheck(self) -> None:
        """Do the same in an event loop, and close the client's connections."""
        gc.collect()
        await anyio.sleep(0.05)
        streams: list[Stream] = []
        try:
            for arguments in self._arguments():
                streams.append(await self.client.acompletion(stream=True, **arguments))
        except LimitExceededError:
            self._note(len(streams))
        for stream in streams:
            await stream.aclose()
        await self.client.aclose()

    def _note(self, free: int) -> None:
        self.run.faults.append(f"only {free} places of {self.limit!r} are free")


@contextmanager
def _reports(faults: list[str]) -> Generator[None]:
    """Note what Python reports of exceptions that nobody handles, and what is logged."""

    def unraisable(found: sys.UnraisableHookArgs) -> None:
        faults.append(f"unraisable: {found.exc_value!r} in {found.object!r}")

    def in_thread(found: threading.ExceptHookArgs) -> None:
        faults.append(f"in a thread: {found.exc_value!r}")

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            text = record.getMessage()
            if not any(expected in text for expected in _EXPECTED_WARNINGS):
                faults.append(f"logged by {record.name}: {text}")

    handler = Handler(logging.WARNING)
    hooks = sys.unraisablehook, threading.excepthook
    sys.unraisablehook, threading.excepthook = unraisable, in_thread
    logging.getLogger().addHandler(handler)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            yield
            gc.collect()
    finally:
        sys.unraisablehook, threading.excepthook = hooks
        logging.getLogger().removeHandler(handler)


def _wait_for_threads(others: Collection[threading.Thread]) -> None:
    """Wait for what stores still do for calls that have ended; `others` are not theirs.

    One that ends may have begun another.
    """
    until = monotonic() + _THREADS_MAY_TAKE
    while working := [
        thread
        for thread in threading.enumerate()
        if thread not in others and thread.name in ("trunkline store", "trunkline releases")
    ]:
        working[0].join(max(0, until - monotonic()))
        if monotonic() > until:
            return
