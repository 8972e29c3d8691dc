"""Spread the calls of one model name over several deployments.

The layer stands outside Retry and spends the call's retries on other deployments first: while
another one is ready, a failed deployment is not asked again, and the inner Retry is told
`num_retries=0`; the last one that is ready gets the retries that are left. So a call makes at most
`num_retries + 1` requests, however many deployments there are, and waits only when there is nobody
else to ask. Standing inside Retry, it would have to wait before each move.
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
from ..pipeline.stream.outcome import Outcome
from ..pipeline.stream.stream import Stream
from ..pipeline.timeouts import remaining
from .limit_counters import used_tokens
from .routing.attempts import Attempts, read_num_retries
from .routing.candidates import may_pass_on, will_last
from .routing.deployments import Deployment, read_aliases, read_model_list, turn_to_deployment
from .routing.state import MemoryState, Result, RouteState, is_full
from .routing.strategies import Option, Strategy, find_strategy

_log = logging.getLogger("trunkline")

COOLDOWN = 5.0


class Route:
    """Asks one of the deployments that share the call's model name, and another if it fails.

    Calls of other names pass. Left out are deployments whose limits are used up, and those whose
    provider asks to wait (Retry-After). One that failed cools down: it is asked only where no
    other is ready. Of the rest those with the lowest `order` count, and the strategy chooses.

    A call's own parameters go before those of `litellm_params`. A request that is at fault itself
    (400, 422) goes to no other deployment. `response.call.tried` says what failed.

    Args:
        model_list: dictionaries with `model_name`, `litellm_params` (`model`; `rpm`, `tpm`,
            `max_parallel_requests`, `weight`, `order`; and any argument of completion()) and
            perhaps `model_info` (`id`).
        strategy: "simple-shuffle", "round-robin", "least-busy", "latency-based-routing",
            "usage-based-routing", or a function as in strategies.py.
        attempts: requests at most for a call; its `num_retries` goes before it.
        cooldown: seconds that a failed deployment is left alone, where it does not say itself.
        allowed_fails: failures within a minute after which it is not left alone yet.
        aliases: further names of groups, from alias to the group's own name.
        state: where the counts are kept; by default in this process.
        random: source of chance.

    Raises:
        ValueError: the list or the strategy's name is wrong.
        LimitExceededError: no deployment may be asked now; `retry_after` says when one may.
        BadRequestError: the call brings a key or an address.
    """

    def __init__(
        self,
        model_list: Iterable[Mapping[str, Any]] = (),
        *,
        strategy: str | Strategy = "simple-shuffle",
        attempts: int = 3,
        cooldown: float = COOLDOWN,
        allowed_fails: int = 0,
        aliases: Mapping[str, str] = NOTHING,
        state: RouteState | None = None,
        random: Random | None = None,
    ) -> None:
        if attempts < 1:
            raise ValueError(f"attempts: expected 1 or more, got {attempts}")
        self.groups = read_model_list(model_list)
        self.groups |= read_aliases(aliases, self.groups)
        self.attempts = attempts
        self.cooldown = cooldown
        self.allowed_fails = allowed_fails
        self.state: RouteState = MemoryState() if state is None else state
        self._strategy = find_strategy(strategy)
        self._random = random or Random()  # noqa: S311  # spreads load, hides nothing
        self._numbers = {name: count() for name in self.groups}

    def __repr__(self) -> str:
        counts = (f"{name}: {len(group)}" for name, group in self.groups.items())
        return f"Route({', '.join(counts)})"

    def __call__(self, request: Request, call_next: Handler) -> Awaitable[Reply]:
        """Call on with a deployment, where the model's name has any."""
        group = self.groups.get(request.model)
        if group is None:
            return call_next(request)
        return self._call(request, group, call_next)

    async def _call(
        self, request: Request, group: Sequence[Deployment], call_next: Handler
    ) -> Reply:
        retries = read_num_retries(request)
        allowed = self.attempts if retries is None else retries + 1
        number = next(self._numbers[request.model])
        attempts = Attempts()
        waiting = list(group)
        while True:
            try:
                taken = await self._take(request, waiting, number)
            except LimitExceededError:
                if not attempts.errors:
                    raise
                attempts.fail()
                raise attempts.errors[-1] from None
            waiting.remove(taken.deployment)
            request.trail.add("Route", "chose", deployment=taken.deployment.id)
            left = 0 if taken.others else allowed - attempts.requests - 1
            attempts.begin()
            try:
                return attempts.succeed(await self._ask(request, taken, left, call_next))
            except APIError as error:
                attempts.note(request, error)
                ends = isinstance(error, BadRequestError) or not may_pass_on(error)
                used_up = attempts.requests >= allowed or remaining(request.answer_by) == 0
                if ends or used_up or not waiting:
                    attempts.fail()
                    raise
                _log.debug("%r failed: %s", taken.deployment, type(error).__name__)

    async def _take(self, request: Request, waiting: Sequence[Deployment], number: int) -> _Taken:
        """Choose a deployment and take up a place there.

        Raises:
            LimitExceededError: none of them may be asked now.
        """
        loads = await self.state.read(request.io, [deployment.id for deployment in waiting])
        options = [
            Option(
                deployment=deployment,
                load=load,
                seconds=load.first_seconds if request.stream else load.seconds,
            )
            for deployment, load in zip(waiting, loads, strict=True)
        ]
        free = [
            option
            for option in options
            if option.load.blocked <= 0 and not is_full(option.load, option.deployment.quota)
        ]
        while free:
            warm = [option for option in free if option.load.cooling <= 0]
            chosen = self._choose(warm, number) if warm else min(free, key=_cooling)
            deployment = chosen.deployment
            ticket = await self.state.begin(request.io, deployment.id, deployment.quota)
            if ticket is not None:
                return _Taken(
                    deployment=deployment,
                    ticket=ticket,
                    others=len(warm) > 1,
                    may_fail=chosen.load.fails < self.allowed_fails,
                )
            # Another call was faster.
            free.remove(chosen)
        raise _refusal(request.model, options)

    def _choose(self, options: Sequence[Option], number: int) -> Option:
        first = min(option.deployment.order for option in options)
        preferred = [option for option in options if option.deployment.order == first]
        return self._strategy(preferred, number, self._random)

    async def _ask(
        self, request: Request, taken: _Taken, retries: int, call_next: Handler
    ) -> Reply:
        """Call on, and count what becomes of it."""
        began = perf_counter()
        try:
            turned = turn_to_deployment(request, taken.deployment, retries, monotonic())
            reply = await call_next(turned)
        except APIError as error:
            await self._end(request, taken, self._failed(error, taken))
            raise
        except BaseException:
            await self._end(request, taken, Result())
            raise
        seconds = perf_counter() - began
        reply.call.deployment = taken.deployment.id
        if isinstance(reply, Stream):
            reply.observe(
                lambda outcome: self._end(request, taken, self._streamed(outcome, taken, seconds))
            )
        else:
            result = Result(tokens=used_tokens(reply), seconds=seconds)
            await self._end(request, taken, result)
        return reply

    async def _end(self, request: Request, taken: _Taken, result: Result) -> None:
        io, deployment, ticket = request.io, taken.deployment.id, taken.ticket
        # A cancelled call leaves its place as well.
        await io.shield(lambda: self.state.end(io, deployment, ticket, result))

    def _failed(self, error: APIError, taken: _Taken, tokens: int = 0) -> Result:
        if not will_last(error):
            return Result(tokens=tokens)
        if error.retry_after is not None:
            return Result(tokens=tokens, failed=True, blocked=error.retry_after)
        cooling = 0.0 if taken.may_fail else self.cooldown
        return Result(tokens=tokens, failed=True, cooling=cooling)

    def _streamed(self, outcome: Outcome, taken: _Taken, seconds: float) -> Result:
        tokens = used_tokens(outcome.response)
        if isinstance(outcome.error, APIError):
            return self._failed(outcome.error, taken, tokens)
        return Result(tokens=tokens, first_seconds=seconds)


class _Taken(Struct, frozen=True, kw_only=True):
    """A place at a deployment.

    `others` says whether more of them were ready, `may_fail` whether it may fail without being
    left alone.
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
    when = "" if soonest is None else f"; the first may be in {soonest:.0f} s"
    return LimitExceededError(
        f"none of the {len(options)} deployments of {model!r} may be asked now{when}",
        model=model,
        retry_after=soonest,
    )


def _wait(option: Option) -> float | None:
    """Return the seconds until a deployment may be asked, None where nobody knows."""
    load, quota = option.load, option.deployment.quota
    if load.blocked > 0:
        return load.blocked
    parallel = quota.max_parallel_requests
    return None if parallel is not None and load.active >= parallel else load.resets
