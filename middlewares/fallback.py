"""Send the request to another model when one fails."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Any

from ..pipeline.call.chain import inner_layers
from ..pipeline.call.concealed import conceal_calls
from ..pipeline.call.request import Handler, Reply, Request
from ..pipeline.errors import (
    APIError,
    BadRequestError,
    ContentPolicyViolationError,
    ContextWindowExceededError,
    InvalidArgumentError,
)
from ..pipeline.timeouts import remaining
from .checked_arguments import check_count, check_plain_function, check_seconds
from .routing.attempts import Attempts
from .routing.candidates import (
    Candidate,
    Cooldowns,
    cooldown_key,
    may_try_another,
    named_models,
    needs_cooldown,
    read_candidates,
    request_for,
)

_log = logging.getLogger("trunkline")

COOLDOWN = 30.0
#: What the trail says when a call goes to a fallback.
FELL_BACK = "fell back"


class Fallback:
    """Tries the call's `fallbacks` in order when a model fails, each of them once.

    A candidate is "provider/model", or a dictionary with `model` and any other argument of
    completion(): `{"model": "groq/llama-3.3-70b-versatile", "api_key": ..., "temperature": 0}`.
    It has its own provider, key and parameter check; the call's key and address are never sent to
    another provider. A Retry inside this layer retries each candidate; the `timeout` of the call
    covers all of them together. A stream may fall back until its first content.

    An invalid request (400, 422) ends the call, because another model would reject it too; but a
    prompt that is too long, or refused content, may fall back. A fallback that rejects the
    request before it is sent, for example because of an unsupported parameter or a missing key,
    is skipped. One that nobody can call, because its provider or group does not exist, is an
    error before anything is sent.

    A candidate that failed is in cooldown: until it is over, calls try that candidate last.
    `attempts` of the response counts the HTTP requests of all candidates, `response.call.tried`
    lists the failed ones. If no candidate succeeds, the error of the model that the call named is
    raised, even if it was in cooldown and tried last; the others are in its notes and in `tried`.

    Args:
        fallbacks: for calls without their own: a list, or a dictionary from model to list, with
            "*" for all other models.
        context_window_fallback_dict: models to try first if a prompt is too long: from model to
            one candidate or several.
        content_policy_fallbacks: the same if a model refuses the content.
        cooldown: seconds of cooldown after a failure without Retry-After.
        allowed_fails: number of failures per minute without a cooldown.
        clock: monotonic seconds; tests pass their own.

    Raises:
        InvalidArgumentError: an argument is invalid.
        BadRequestError: an option of a call is invalid.
    """

    options = frozenset({"content_policy_fallbacks", "context_window_fallback_dict", "fallbacks"})

    def __init__(
        self,
        fallbacks: object = None,
        *,
        context_window_fallback_dict: object = None,
        content_policy_fallbacks: object = None,
        cooldown: float = COOLDOWN,
        allowed_fails: int = 0,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        given = {
            "fallbacks": fallbacks,
            "context_window_fallback_dict": context_window_fallback_dict,
            "content_policy_fallbacks": content_policy_fallbacks,
        }
        self.settings = {name: conceal_calls(value) for name, value in given.items() if value}
        for name, value in self.settings.items():
            try:
                read_candidates(value, "", name)
            except BadRequestError as error:
                raise InvalidArgumentError(error.message, param=name) from None
        check_seconds("cooldown", cooldown, least="0 or more")
        check_count("allowed_fails", allowed_fails, least=0)
        self.cooldown = cooldown
        self.allowed_fails = allowed_fails
        check_plain_function("clock", clock)
        self._clock = clock
        self._cooldowns = Cooldowns(clock)

    def __repr__(self) -> str:
        names = ", ".join(sorted(self.settings))
        return f"Fallback({names})"

    def __call__(self, request: Request, call_next: Handler) -> Awaitable[Reply]:
        """Call the next layer with one candidate after another until one succeeds."""
        options = request.options
        if not self.settings and (not options or self.options.isdisjoint(options)):
            return call_next(request)
        return self._call(request, call_next)

    def targets(self) -> list[Candidate]:
        """Return all candidates of its settings."""
        return [
            candidate
            for name, value in self.settings.items()
            for candidate in read_candidates(value, None, name)
        ]

    def sources(self) -> list[tuple[str, str]]:
        """Return the models that have their own candidates in its settings, with their places."""
        return [
            found for name, value in self.settings.items() for found in named_models(value, name)
        ]

    async def _call(self, request: Request, call_next: Handler) -> Reply:
        untried = self._plan(request, call_next)
        if untried[0] is not request:
            request.trail.add("Fallback", FELL_BACK, to=untried[0].model, after="cooldown")
        tried: list[Request] = []
        attempts = Attempts()
        while True:
            candidate = untried.popleft()
            tried.append(candidate)
            attempts.begin()
            try:
                # Not in a variable: the errors have this frame, so a stream would live on.
                return _noted(attempts.succeed(await call_next(candidate)), candidate, request)
            except APIError as error:
                attempts.note(candidate, error)
                self._cool(candidate, error)
                named = self._named_for(error, request, candidate)
                untried.extendleft(reversed(named))
                while untried and untried[0] in tried:
                    untried.popleft()
                # A fallback that sent nothing does not prove the request invalid.
                skipped = candidate is not request and error.attempts == 0
                ends = not may_try_another(error) and not skipped
                if ends or not untried or remaining(request.answer_by) == 0:
                    break
                _log.debug("%s failed, trying %s", candidate.model, untried[0].model)
                failed = type(error).__name__
                request.trail.add("Fallback", FELL_BACK, to=untried[0].model, after=failed)
        # Not in the `except` block, whose error would become the context of this one.
        raise _error_of(attempts, tried, request)

    def _plan(self, request: Request, call_next: Handler) -> deque[Request]:
        """Return the requests to try in order; candidates in cooldown come last."""
        own = self._candidates("fallbacks", request)
        planned = [request, *(turned for _, turned in own)]
        for name in self.options & request.options.keys():
            from .routing.group_names import check_candidates, check_sources  # noqa: PLC0415  # rare

            layers = inner_layers(call_next)
            named = own if name == "fallbacks" else self._candidates(name, request)
            check_candidates(named, layers)
            check_sources(named_models(request.options[name], name), request, layers)
        return deque(
            sorted(planned, key=lambda item: self._cooldowns.is_cooling(cooldown_key(item)))
        )

    def _candidates(self, name: str, request: Request) -> list[tuple[Candidate, Request]]:
        """Return the candidates that an option names for a request, with the requests to them."""
        given = self._setting(name, request)
        return [
            (candidate, request_for(candidate, request, self._clock))
            for candidate in read_candidates(given, request.model, name)
        ]

    def _named_for(self, error: APIError, request: Request, failed: Request) -> list[Request]:
        """Return the candidates that the call names for this kind of error of this model."""
        if isinstance(error, ContextWindowExceededError):
            name = "context_window_fallback_dict"
        elif isinstance(error, ContentPolicyViolationError):
            name = "content_policy_fallbacks"
        else:
            return []
        given = self._setting(name, request)
        return [
            request_for(candidate, request, self._clock)
            for candidate in read_candidates(given, failed.model, name)
        ]

    def _setting(self, name: str, request: Request) -> Any:
        return request.options.get(name, self.settings.get(name, ()))

    def _cool(self, candidate: Request, error: APIError) -> None:
        if not needs_cooldown(error):
            return
        key = cooldown_key(candidate)
        fails = self._cooldowns.count_failure(key)
        if error.retry_after is not None:
            self._cooldowns.start(key, error.retry_after)
        elif fails > self.allowed_fails:
            self._cooldowns.start(key, self.cooldown)


def _noted(reply: Reply, candidate: Request, request: Request) -> Reply:
    """Note in a reply that it is a fallback's."""
    if candidate is not request:
        reply.call.fallback = candidate.model
    return reply


def _error_of(attempts: Attempts, tried: list[Request], request: Request) -> APIError:
    """Return the error of the model that the call named, else the last, with the others as notes.

    A fallback that also fails must not hide what the call's own model says.
    """
    own = [error for error, each in zip(attempts.errors, tried, strict=True) if each is request]
    error = (own or attempts.errors)[-1]
    attempts.fail(error)
    for candidate, other in zip(tried, attempts.errors, strict=True):
        if other is not error:
            error.add_note(f"{candidate.model}: {type(other).__name__}: {other.message}")
    return error
