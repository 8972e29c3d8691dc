"""Stop calling a deployment that fails, and try it again later."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import monotonic
from typing import cast

from ...pipeline.call.request import Handler, Reply, Request
from ...pipeline.errors import (
    APIConnectionError,
    APIError,
    CircuitOpenError,
    InternalServerError,
    InvalidArgumentError,
    Timeout,
)
from ...pipeline.secret import plain_url
from ...pipeline.stream.outcome import Outcome
from ...pipeline.stream.stream import Stream
from ..checked_arguments import (
    check_count,
    check_plain_function,
    check_positive,
    check_share,
    is_count,
    read_key,
    refuse_awaitable,
)
from ..routing.redis_state import RedisState, check_redis_state
from .circuits import Admission, Circuits, MemoryCircuits, RedisCircuits, Result, Thresholds

_OUTAGES = (APIConnectionError, InternalServerError, Timeout)


def is_outage(error: APIError) -> bool:
    """Return whether the deployment failed: no connection, a limit passed, or 500 and above."""
    return isinstance(error, _OUTAGES)


def deployment_of(request: Request) -> str:
    """Return the deployment of a request: provider, model, address, and a digest of the key.

    A model that only an inner `Route` knows is its own deployment.
    """
    try:
        endpoint = request.adapter.resolve(request)
    except APIError:
        return request.model
    account = "" if endpoint.key is None else f" {_digest(endpoint.key.reveal())}"
    return f"{endpoint.provider}/{endpoint.model} {plain_url(endpoint.base_url)}{account}"


class CircuitBreaker:
    """Refuses calls to a deployment whose latest calls failed, without sending them.

    Each deployment has a circuit. It opens when `failure_rate` of the latest calls failed. While
    it is open, a call raises CircuitOpenError, a ServiceUnavailableError, at once: `attempts` is
    0, `retry_after` says when the next call may be sent. After `open_for` seconds, or the
    provider's Retry-After if that is longer, one call is sent as a probe; it closes the circuit
    or opens it again. The others are still refused meanwhile.

    A call fails if there is no connection, a limit of its time passes, or the status is 500 or
    above, also in the middle of a stream. Any other error shows that the deployment works: wrong
    requests, wrong keys and rate limits do not open a circuit. A call that was cancelled, or for
    which nothing was sent, does not count. A window begins with the first failure.

    Args:
        failure_rate: share of failed calls at which a circuit opens, above 0 and up to 1.
        window: how many of the latest calls count.
        min_calls: how many calls there must be in the window before the circuit may open.
        open_for: seconds until a call is sent as a probe.
        state: a RedisState shares the circuits between processes; None keeps them in memory. If
            Redis cannot be reached, this process keeps its own, and a warning is logged once.
        key: returns the deployment of a request, as text without secrets.
        failure: returns whether an error is a failure of the deployment.
        clock: monotonic seconds; tests pass their own. With Redis, the state's clock counts.

    Raises:
        CircuitOpenError: the circuit is open; nothing was sent.
        InvalidArgumentError: an argument is out of its range, or `state` is not a
            RedisState.
    """

    def __init__(
        self,
        *,
        failure_rate: float = 0.5,
        window: int = 20,
        min_calls: int = 10,
        open_for: float = 30.0,
        state: RedisState | None = None,
        key: Callable[[Request], str] = deployment_of,
        failure: Callable[[APIError], bool] = is_outage,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        check_share("failure_rate", failure_rate)
        check_count("window", window)
        if not is_count(min_calls) or min_calls > window:
            raise InvalidArgumentError(
                f"min_calls: expected 1 to window={window}, got {min_calls!r}"
            )
        check_positive("open_for", open_for)
        check_plain_function("key", key, "request")
        check_plain_function("failure", failure, "error")
        check_plain_function("clock", clock)
        check_redis_state(state)
        self.failure_rate = failure_rate
        self.open_for = open_for
        thresholds = Thresholds(
            failure_rate=failure_rate, window=window, min_calls=min_calls, open_for=open_for
        )
        self._own = MemoryCircuits(thresholds, clock)
        self._shared = None if state is None else RedisCircuits(thresholds, state)
        self._key = key
        self._failure = failure

    def __repr__(self) -> str:
        shared = "" if self._shared is None else ", shared"
        limits = f"failure_rate={self.failure_rate:g}, open_for={self.open_for:g}"
        return f"CircuitBreaker({limits}{shared})"

    async def __call__(self, request: Request, call_next: Handler) -> Reply:
        """Call the next layer unless the circuit is open, and count how the call ends."""
        call: _Call | None = None
        if self._shared is not None or not self._own.idle:
            call = await self._enter(request)
        # Else nothing has failed lately: there is nothing to look up, and no success to count.
        try:
            reply = await call_next(request)
        except BaseException as error:
            if call is not None or self.failed(error):
                await self._raised(call or _Call(self, request, self._own), error)
            raise
        if isinstance(reply, Stream):
            call = call or _Call(self, request, self._own)
            await call.began()
            reply.observe(call.ended)
        elif call is not None:
            await call.end(False if reply.call.attempts else None)
        return reply

    async def _raised(self, call: _Call, error: BaseException) -> None:
        # A probe that is cancelled must end too.
        after = error.retry_after if isinstance(error, APIError) else None
        await call.request.io.shield(lambda: call.end(self.failed(error), after))

    async def _enter(self, request: Request) -> _Call:
        """Return a call that may be sent.

        Raises:
            CircuitOpenError: it may not.
        """
        key = self.key_of(request)
        circuits: Circuits = self._own
        admission: Admission | None = None
        if self._shared is not None:
            circuits = self._shared
            admission = await circuits.enter(request.io, key)
        if admission is None:
            circuits = self._own
            admission = await self._own.enter(request.io, key)
        if admission.refused_for is not None:
            request.trail.add("CircuitBreaker", "refused")
            raise _refusal(request, admission.refused_for)
        if admission.probe:
            request.trail.add("CircuitBreaker", "probe")
        return _Call(self, request, circuits, probe=admission.probe, key=key)

    def failed(self, error: BaseException | None) -> bool | None:
        """Return whether an error shows that the deployment failed, None if it does not tell."""
        if error is None:
            return False
        if not isinstance(error, APIError) or isinstance(error, CircuitOpenError):
            return None
        # Nothing was sent, for example because no time was left or a limit was reached.
        unsent = error.attempts == 0
        if unsent and isinstance(error, Timeout):
            return None
        failed = self._failure(error)
        refuse_awaitable("failure", failed)
        return bool(failed) or (None if unsent else False)

    def key_of(self, request: Request) -> str:
        """Return the deployment of a request.

        Raises:
            BadRequestError: the user's function returned what cannot be a key.
        """
        return cast("str", read_key(self._key, request))


class _Call:
    """A call that was admitted."""

    def __init__(
        self,
        breaker: CircuitBreaker,
        request: Request,
        circuits: Circuits,
        *,
        probe: bool = False,
        key: str | None = None,
    ) -> None:
        self.request = request
        self._breaker = breaker
        self._circuits = circuits
        self._probe = probe
        self._key = key

    async def began(self) -> None:
        """End a probe that is a stream: its content has begun, so the deployment works."""
        if self._probe:
            await self.end(False)
            self._probe = False

    def ended(self, outcome: Outcome) -> Awaitable[None] | None:
        """Count the end of a stream; one that was abandoned does not tell."""
        if outcome.kind == "abandoned":
            return None
        failed = self._breaker.failed(outcome.error)
        if isinstance(self._circuits, MemoryCircuits):
            if failed or self._key is not None:
                self._circuits.count(self._found_key(), Result(failed=failed))
            return None
        return self.end(failed)

    async def end(self, failed: bool | None, retry_after: float | None = None) -> None:
        """Count the end of the call; `failed` is None if it does not tell."""
        if failed is not None or self._probe:
            result = Result(failed=failed, probe=self._probe, retry_after=retry_after)
            await self._circuits.leave(self.request.io, self._found_key(), result)

    def _found_key(self) -> str:
        if self._key is None:
            self._key = self._breaker.key_of(self.request)
        return self._key


def _refusal(request: Request, seconds: float) -> CircuitOpenError:
    return CircuitOpenError(
        f"too many of the latest calls failed, so nothing was sent; retry in {seconds:.1f} s",
        model=request.model,
        retry_after=seconds,
    )


def _digest(key: str) -> str:
    from hashlib import blake2b  # noqa: PLC0415  # loads OpenSSL, which few calls need

    return blake2b(key.encode(), digest_size=8).hexdigest()
