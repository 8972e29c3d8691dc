"""Ask another model where the first one does not answer."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

from ..pipeline.call.request import Handler, Reply, Request
from ..pipeline.errors import APIError, ContentPolicyViolationError, ContextWindowExceededError
from ..pipeline.timeouts import remaining
from .routing.attempts import Attempts
from .routing.candidates import (
    Cooldowns,
    identity_of,
    may_pass_on,
    read_candidates,
    turn_to,
    will_last,
)

_log = logging.getLogger("trunkline")

COOLDOWN = 30.0


class Fallback:
    """Goes on to the next of the call's `fallbacks` where a model failed, each once.

    A candidate is "provider/model", or a dictionary with `model` and any other argument of
    completion(): `{"model": "groq/llama-3.3-70b-versatile", "api_key": ..., "temperature": 0}`.
    It gets its own provider, key and check of parameters; the call's key and address go to no
    other provider. What retries stand inside this layer hold for each candidate, and the
    `timeout` of the call for all of them together. A stream moves on until its first content.

    A request that is at fault itself (400, 422) ends the call: another model would not mend it.
    That is not so where the prompt was too long or the content refused. A fallback that turns the
    request down before it is sent, say for a parameter that it does not take, is passed over.

    A candidate that failed is left alone for a while: the calls of that time ask it only when all
    others have failed too. `attempts` of the response counts the HTTP requests of all candidates,
    `response.call.tried` says what failed. Where all have failed the last error is raised, with
    the others in its notes and in `tried`.

    Args:
        fallbacks: for calls that give none: a list, or a dictionary from model to list, with "*"
            for all other models.
        context_window_fallback_dict: where a prompt was too long for a model, whom to ask before
            the others: from model to one candidate or several.
        content_policy_fallbacks: the same where a model refused the content.
        cooldown: seconds that a failed candidate is left alone, where it does not say itself.
        clock: monotonic seconds, another one is for tests.

    Raises:
        BadRequestError: one of the options is not what it should be.
    """

    options = frozenset({"content_policy_fallbacks", "context_window_fallback_dict", "fallbacks"})

    def __init__(
        self,
        fallbacks: object = None,
        *,
        context_window_fallback_dict: object = None,
        content_policy_fallbacks: object = None,
        cooldown: float = COOLDOWN,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        given = {
            "fallbacks": fallbacks,
            "context_window_fallback_dict": context_window_fallback_dict,
            "content_policy_fallbacks": content_policy_fallbacks,
        }
        self.settings = {name: value for name, value in given.items() if value}
        for name, value in self.settings.items():
            read_candidates(value, "", name)
        self.cooldown = cooldown
        self._clock = clock
        self._cooldowns = Cooldowns(clock)

    def __repr__(self) -> str:
        names = ", ".join(sorted(self.settings))
        return f"Fallback({names})"

    def __call__(self, request: Request, call_next: Handler) -> Awaitable[Reply]:
        """Call on, with one candidate after the other until one answers."""
        if not self.settings and self.options.isdisjoint(request.options):
            return call_next(request)
        return self._call(request, call_next)

    async def _call(self, request: Request, call_next: Handler) -> Reply:
        waiting = self._plan(request)
        if waiting[0] is not request:
            request.trail.add("Fallback", "turned", to=waiting[0].model, after="cooldown")
        asked: list[Request] = []
        attempts = Attempts()
        while True:
            candidate = waiting.popleft()
            asked.append(candidate)
            attempts.begin()
            try:
                reply = attempts.succeed(await call_next(candidate))
            except APIError as error:
                attempts.note(candidate, error)
                self._cool(candidate, error)
                named = self._named_for(error, request, candidate)
                waiting.extendleft(reversed(named))
                while waiting and waiting[0] in asked:
                    waiting.popleft()
                # A fallback that sent nothing says nothing against the request.
                passed_over = candidate is not request and error.attempts == 0
                ends = not may_pass_on(error) and not passed_over
                if ends or not waiting or remaining(request.answer_by) == 0:
                    _finish(error, attempts)
                    raise
                _log.debug("%s failed, %s is next", candidate.model, waiting[0].model)
                failed = type(error).__name__
                request.trail.add("Fallback", "turned", to=waiting[0].model, after=failed)
            else:
                if candidate is not request:
                    reply.call.fallback = candidate.model
                return reply

    def _plan(self, request: Request) -> deque[Request]:
        """Return the requests to make in turn, those that cool down last."""
        named = {
            # All are read, so that what is wrong with one is said before it is needed.
            name: read_candidates(self._setting(name, request), request.model, name)
            for name in self.options
        }
        candidates = [turn_to(request, candidate, self._clock) for candidate in named["fallbacks"]]
        planned = [request, *candidates]
        return deque(sorted(planned, key=lambda item: self._cooldowns.holds(identity_of(item))))

    def _named_for(self, error: APIError, request: Request, failed: Request) -> list[Request]:
        """Return the candidates that the call names for just this error of just this model."""
        if isinstance(error, ContextWindowExceededError):
            name = "context_window_fallback_dict"
        elif isinstance(error, ContentPolicyViolationError):
            name = "content_policy_fallbacks"
        else:
            return []
        given = self._setting(name, request)
        return [
            turn_to(request, candidate, self._clock)
            for candidate in read_candidates(given, failed.model, name)
        ]

    def _setting(self, name: str, request: Request) -> Any:
        return request.options.get(name, self.settings.get(name, ()))

    def _cool(self, candidate: Request, error: APIError) -> None:
        if will_last(error):
            seconds = self.cooldown if error.retry_after is None else error.retry_after
            self._cooldowns.start(identity_of(candidate), seconds)


def _finish(error: APIError, attempts: Attempts) -> None:
    """Tell the last error of the others."""
    attempts.fail()
    for other in attempts.errors[:-1]:
        error.add_note(f"before that: {type(other).__name__}: {other}")
