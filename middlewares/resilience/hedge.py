"""Send a second request when the first one is slow, and return what responds first."""

from __future__ import annotations

from collections import deque
from threading import Lock
from time import perf_counter
from typing import ClassVar

from cachetools import LRUCache

from ...pipeline.call.request import Handler, Reply, Request, replace
from ...pipeline.errors import APIError, InvalidArgumentError
from ...pipeline.port import IO
from ...pipeline.schema.call_info import Attempt
from ...pipeline.schema.charges import unasked
from ...pipeline.schema.model_response import ModelResponse
from ..checked_arguments import check_seconds

AFTER = 2.0
_SAMPLES = 100
_ENOUGH = 20
_MODELS = 1000


class Hedge:
    """Sends a second request if the first has not responded after some time.

    The first success is returned. The other request is cancelled, its connection is closed, and
    `response.call.tried` lists it; `attempts` counts both. For a stream, the response is its first
    content. If the first request fails before the time is over, its error is raised at once, so
    that a Retry handles it; after that, the call waits for the other request. If both fail, the
    first one's error is raised.

    A provider may charge for a request that was cancelled.

    Args:
        after: seconds to wait before the second request.
        percentile: if given, wait as long as this percentage of the model's latest 100 responses
            took, for example 95. The first 20 calls of a model use `after`.

    Raises:
        InvalidArgumentError: an argument is out of range.
    """

    single: ClassVar[bool] = True

    def __init__(self, after: float = AFTER, *, percentile: float | None = None) -> None:
        check_seconds("after", after, least="0 or more")
        if percentile is not None and not _is_percentage(percentile):
            raise InvalidArgumentError(
                f"percentile: expected between 0 and 100, got {percentile!r}"
            )
        self.after = after
        self.percentile = percentile
        self._lock = Lock()
        self._seconds: LRUCache[str, deque[float]] = LRUCache(_MODELS)

    def __repr__(self) -> str:
        learned = "" if self.percentile is None else f", percentile={self.percentile:g}"
        return f"Hedge({self.after:g}{learned})"

    async def __call__(self, request: Request, call_next: Handler) -> Reply:
        """Return the reply of the request that responds first."""
        began = perf_counter()
        reply = await _Race(request, call_next, self.seconds_for(request.model)).run()
        if self.percentile is not None:
            self.learn(request.model, perf_counter() - began)
        return reply

    def seconds_for(self, model: str) -> float:
        """Return how long the first request of a call of a model may take."""
        if self.percentile is None:
            return self.after
        with self._lock:
            known = sorted(self._seconds.get(model, ()))
        if len(known) < _ENOUGH:
            return self.after
        return known[min(len(known) - 1, int(len(known) * self.percentile / 100))]

    def learn(self, model: str, seconds: float) -> None:
        """Remember how long a response of a model took."""
        with self._lock:
            known = self._seconds.setdefault(model, deque(maxlen=_SAMPLES))
            known.append(seconds)


def _is_percentage(value: object) -> bool:
    return isinstance(value, int | float) and 0 < value < 100


class _NotNeededError(Exception):
    """The first request has ended in time."""


class _Lane:
    """One of the two requests."""

    def __init__(self) -> None:
        self.began: float | None = None
        self.reply: Reply | None = None
        self.error: APIError | None = None


class _Race:
    """One call with up to two requests."""

    def __init__(self, request: Request, call_next: Handler, after: float) -> None:
        self._request = request
        self._call_next = call_next
        self._after = after
        self._first, self._second = _Lane(), _Lane()
        # Set when the first request has ended, whatever happened.
        self._ended = request.io.event()

    async def run(self) -> Reply:
        """Return the reply of the request that responds first."""
        try:
            return await self._run_both()
        finally:
            # The error of the other request has frames with this object: a stream would live on.
            self._first.reply = self._second.reply = None

    async def _run_both(self) -> Reply:
        trail = self._request.trail
        before, began = trail.attempts, perf_counter()
        try:
            reply = await self._request.io.race([self._run_first, self._run_second])
        except APIError as error:
            if self._second.began is not None:
                error.attempts = max(error.attempts, trail.attempts - before)
                lost = self._second if error is self._first.error else self._first
                error.tried = [*error.tried, *self._lost(lost)]
            raise
        if self._second.began is not None:
            call = reply.call
            won, lost = self._first, self._second
            if reply is not won.reply:
                won, lost = lost, won
            call.attempts = max(call.attempts, trail.attempts - before)
            call.tried = [*call.tried, *self._lost(lost)]
            name = "first" if won is self._first else "second"
            trail.add("Hedge", "hedged", since=began, won=name)
        return reply

    async def _run_first(self, io: IO) -> Reply:
        try:
            return await self._run(self._first, io)
        finally:
            self._ended.set()

    async def _run_second(self, io: IO) -> Reply:
        if await self._ended.wait(self._after):
            raise _NotNeededError
        return await self._run(self._second, io)

    async def _run(self, lane: _Lane, io: IO) -> Reply:
        lane.began = perf_counter()
        try:
            reply = await self._call_next(replace(self._request, io=io))
        except APIError as error:
            lane.error = error
            raise
        lane.reply = reply
        return reply

    def _lost(self, lane: _Lane) -> list[Attempt]:
        """Return the attempts of a request that did not win."""
        earlier = [] if lane.error is None else lane.error.tried
        # Usage arrives only if it ended in the same moment as the winner.
        reply = lane.reply
        cost = unasked(lambda: reply.cost) if isinstance(reply, ModelResponse) else None
        ended = Attempt(
            model=self._request.model,
            error="cancelled" if lane.error is None else type(lane.error).__name__,
            status_code=None if lane.error is None else lane.error.status_code,
            seconds=perf_counter() - (lane.began or 0.0),
            cost=cost,
        )
        return [*earlier, ended]
