"""Distribute the calls of one model name over several deployments.

This layer is outside Retry and uses the call's retries on other deployments first: while another
deployment is available, the failed one is not tried again, and the inner Retry gets
`num_retries=0`. The last available deployment gets the remaining retries. So a call sends at most
`num_retries + 1` requests, however many deployments there are, and waits only if no other
deployment is available. Inside Retry, it would have to wait before each change.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from itertools import count
from random import Random
from time import monotonic, perf_counter
from typing import Any

from msgspec import Struct

from ..pipeline.call.request import NOTHING, Handler, Reply, Request
from ..pipeline.errors import APIError, BadRequestError, LimitExceededError
from ..pipeline.stream.outcome import Outcome, Settlement
from ..pipeline.stream.stream import Stream
from ..pipeline.timeouts import remaining
from .checked_arguments import check_count, check_methods, check_seconds
from .limit_counters import used_tokens
from .routing.attempts import MAX_ATTEMPTS, Attempts, read_num_retries
from .routing.candidates import Candidate, may_try_another, needs_cooldown
from .routing.deployments import (
    ROUTE_KEYS,
    Deployment,
    deployment_request,
    read_aliases,
    read_model_list,
)
from .routing.state import MemoryState, Result, RouteState, is_full
from .routing.strategies import Option, Strategy, StrategyName, find_strategy

_log = logging.getLogger("trunkline")

COOLDOWN = 5.0


class Route:
    """Sends a call to one of the deployments with its model name, and to another if that fails.

    Calls to other models pass through, but a name without a prefix that is neither a group nor
    looks like a model of the default provider is refused: it is probably misspelt.

    A deployment is not used while its limits are reached or its provider's Retry-After lasts. One
    that failed is in cooldown: it is used only if no other is available. Of the rest, the strategy
    chooses among those with the lowest `order`.

    The parameters of a call take precedence over `litellm_params`. An invalid request (400, 422)
    is not sent to another deployment. `response.call.tried` lists what failed.

    Args:
        model_list: dictionaries with `model_name`, `litellm_params` (`model`; `rpm`, `tpm`,
            `max_parallel_requests`, `weight`, `order`; and any argument of completion()) and
            optionally `model_info` (`id`).
        strategy: "simple-shuffle", "round-robin", "least-busy", "latency-based-routing",
            "usage-based-routing", or a function like those in routing/strategies.py.
        attempts: maximum number of requests per call; the call's `num_retries` overrides it.
        cooldown: seconds of cooldown after a failure without Retry-After.
        allowed_fails: number of failures per minute without a cooldown.
        aliases: other names for groups, from alias to group name.
        state: where counts are stored; the default is this process's memory.
        random: random number generator.

    Raises:
        InvalidArgumentError: an argument is invalid; the message says where.
        LimitExceededError: no deployment is available; `retry_after` says when one will be.
        BadRequestError: the call has an `api_key` or `base_url`, or the model's name is misspelt.
    """

    deployment_keys = ROUTE_KEYS

    def __init__(
        self,
        model_list: Iterable[Mapping[str, Any]] = (),
        *,
        strategy: StrategyName | Strategy = "simple-shuffle",
        attempts: int = MAX_ATTEMPTS,
        cooldown: float = COOLDOWN,
        allowed_fails: int = 0,
        aliases: Mapping[str, str] = NOTHING,
        state: RouteState | None = None,
        random: Random | None = None,
    ) -> None:
        check_count("attempts", attempts)
        check_seconds("cooldown", cooldown, least="0 or more")
        check_count("allowed_fails", allowed_fails, least=0)
        if state is not None:
            check_methods("state", state, "begin", "end", "read")
        self.groups = read_model_list(model_list)
        self.groups |= read_aliases(aliases, self.groups)
        self.attempts = attempts
        self.cooldown = cooldown
        self.allowed_fails = allowed_fails
        self.state: RouteState = MemoryState() if state is None else state
        self._strategy = find_strategy(strategy)
        self._random = random or Random()  # noqa: S311  # balances load, not cryptography
        self._numbers = {name: count() for name in self.groups}

    def __repr__(self) -> str:
        counts = (f"{name}: {len(group)}" for name, group in self.groups.items())
        return f"Route({', '.join(counts)})"

    def __call__(self, request: Request, call_next: Handler) -> Awaitable[Reply]:
        """Call the next layer with a deployment, if the model's name has any."""
        group = self.groups.get(request.model)
        if group is None:
            if self.groups and "/" not in request.model:
                self._check_name(request)
            return call_next(request)
        return self._call(request, group, call_next)

    def targets(self) -> list[Candidate]:
        """Return the models of all deployments."""
        return [
            Candidate(each.model, each.arguments, f"deployment {number} of {name!r}")
            for name, group in self.groups.items()
            for number, each in enumerate(group)
        ]

    def _check_name(self, request: Request) -> None:
        from .routing.group_names import check_name  # noqa: PLC0415  # most names are groups

        check_name(request, self.groups)

    async def _call(
        self, request: Request, group: Sequence[Deployment], call_next: Handler
    ) -> Reply:
        retries = read_num_retries(request)
        allowed = self.attempts if retries is None else retries + 1
        number = next(self._numbers[request.model])
        attempts = Attempts()
        untried = list(group)
        while True:
            try:
                reservation = await self._reserve(request, untried, number)
            except LimitExceededError:
                if not attempts.errors:
                    raise
                attempts.fail()
                raise attempts.errors[-1] from None
            untried.remove(reservation.deployment)
            request.trail.add("Route", "chose", deployment=reservation.deployment.id)
            left = 0 if reservation.others else allowed - attempts.requests - 1
            attempts.begin()
            try:
                return attempts.succeed(await self._send(request, reservation, left, call_next))
            except APIError as error:
                attempts.note(request, error)
                ends = isinstance(error, BadRequestError) or not may_try_another(error)
                used_up = attempts.requests >= allowed or remaining(request.answer_by) == 0
                if ends or used_up or not untried:
                    attempts.fail()
                    raise
                _log.debug("%r failed: %s", reservation.deployment, type(error).__name__)

    async def _reserve(
        self, request: Request, untried: Sequence[Deployment], number: int
    ) -> _Reservation:
        """Choose a deployment and count the request against its limits.

        Raises:
            LimitExceededError: none of them is available.
        """
        loads = await self.state.read(request.io, [deployment.id for deployment in untried])
        options = [
            Option(
                deployment=deployment,
                load=load,
                seconds=load.first_seconds if request.stream else load.seconds,
            )
            for deployment, load in zip(untried, loads, strict=True)
        ]
        free = [
            option
            for option in options
            if option.load.blocked <= 0 and not is_full(option.load, option.deployment.quota)
        ]
        while free:
            ready = [option for option in free if option.load.cooling <= 0]
            chosen = self._choose(ready, number) if ready else min(free, key=_cooling)
            deployment = chosen.deployment
            ticket = await self.state.begin(request.io, deployment.id, deployment.quota)
            if ticket is not None:
                return _Reservation(
                    deployment=deployment,
                    ticket=ticket,
                    others=len(ready) > 1,
                    may_fail=chosen.load.fails < self.allowed_fails,
                )
            # Another call took the last free request.
            free.remove(chosen)
        raise _refusal(request.model, options)

    def _choose(self, options: Sequence[Option], number: int) -> Option:
        first = min(option.deployment.order for option in options)
        preferred = [option for option in options if option.deployment.order == first]
        chosen = self._strategy(preferred, number, self._random)
        if not isinstance(chosen, Option):  # pyright: ignore[reportUnnecessaryIsInstance]  # users may not use a type checker
            raise BadRequestError(
                f"strategy: expected a function that returns one of its options, got {chosen!r}",
                param="strategy",
            )
        return chosen

    async def _send(
        self, request: Request, reservation: _Reservation, retries: int, call_next: Handler
    ) -> Reply:
        """Call the next layer and record the result."""
        began = perf_counter()
        try:
            turned = deployment_request(request, reservation.deployment, retries, monotonic())
            reply = await call_next(turned)
        except APIError as error:
            await self._end(request, reservation, self._failed(error, reservation))
            raise
        except BaseException:
            await self._end(request, reservation, Result())
            raise
        seconds = perf_counter() - began
        reply.call.deployment = reservation.deployment.id
        if isinstance(reply, Stream):

            def ended(outcome: Outcome) -> Settlement:
                result = self._streamed(outcome, reservation, seconds)
                return Settlement(lambda: self._end(request, reservation, result))

            reply.observe(ended)
        else:
            result = Result(tokens=used_tokens(reply), seconds=seconds)
            await self._end(request, reservation, result)
        return reply

    async def _end(self, request: Request, reservation: _Reservation, result: Result) -> None:
        io, deployment, ticket = request.io, reservation.deployment.id, reservation.ticket
        # A cancelled call must also be counted as ended.
        await io.shield(lambda: self.state.end(io, deployment, ticket, result))

    def _failed(self, error: APIError, reservation: _Reservation, tokens: int = 0) -> Result:
        if not needs_cooldown(error):
            return Result(tokens=tokens)
        if error.retry_after is not None:
            return Result(tokens=tokens, failed=True, blocked=error.retry_after)
        cooling = 0.0 if reservation.may_fail else self.cooldown
        return Result(tokens=tokens, failed=True, cooling=cooling)

    def _streamed(self, outcome: Outcome, reservation: _Reservation, seconds: float) -> Result:
        tokens = used_tokens(outcome.response)
        if isinstance(outcome.error, APIError):
            return self._failed(outcome.error, reservation, tokens)
        return Result(tokens=tokens, first_seconds=seconds)


class _Reservation(Struct, frozen=True, kw_only=True):
    """A request that counts against a deployment's limits.

    Attributes:
        deployment: the chosen deployment.
        ticket: identifies the request to the state.
        others: whether other deployments were available.
        may_fail: whether a failure is allowed without a cooldown.
    """

    deployment: Deployment
    ticket: str
    others: bool
    may_fail: bool


def _cooling(option: Option) -> float:
    return option.load.cooling


def _refusal(model: str, options: Sequence[Option]) -> LimitExceededError:
    waits = [_wait(option) for option in options]
    known = [wait for wait in waits if wait is not None]
    soonest = min(known) if known and len(known) == len(waits) else None
    when = "" if soonest is None else f"; retry in {soonest:.0f} s"
    return LimitExceededError(
        f"none of the {len(options)} deployments of {model!r} is available{when}",
        model=model,
        retry_after=soonest,
    )


def _wait(option: Option) -> float | None:
    """Return the seconds until a deployment is available, or None if that is not known."""
    load, quota = option.load, option.deployment.quota
    if load.blocked > 0:
        return load.blocked
    parallel = quota.max_parallel_requests
    return None if parallel is not None and load.active >= parallel else load.resets
