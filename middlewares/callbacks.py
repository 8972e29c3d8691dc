"""Tell functions and objects of every call that has ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

from ..pipeline.call.request import Handler, Reply, Request
from ..pipeline.errors import BadRequestError
from .listening.delivery import Delivery
from .listening.listeners import Audience, Callback, gather

#: Lists of callbacks: for every call, for those that completed, for those that did not.
Lists = tuple[Sequence[Callback], Sequence[Callback], Sequence[Callback]]


class Callbacks:
    """Tells callbacks of each call exactly once, when it has ended, in the caller's context.

    A callback is a function of one argument, a `CallRecord`; a function of litellm's four
    (kwargs, completion_response, start_time, end_time); an object with litellm's method names, as
    `CustomLogger` has them; or the name under which an installed package brings one (entry point
    group trunkline.callbacks). Functions may be plain or `async`, in blocking and asynchronous
    calls alike. Per call, the options of the same names add to these. One that is listed twice
    hears of a call once.

    A plain answer is told before it is returned, a stream when it has ended: read to its end,
    failed, closed or dropped. A callback that raises is logged and counted in `failures`; the call
    does not notice.

    Args:
        callbacks: hear of every call, whatever its outcome.
        success_callback: hear of calls that completed.
        failure_callback: hear of all others: failed, truncated, abandoned.
        defaults: returns further (callbacks, success_callback, failure_callback), asked at every
            call; for settings that may change.

    Raises:
        TypeError: something in a list is no callback.
        ValueError: no package brings a callback of that name; the text lists the known ones.
        BadRequestError: the same, in a call's own lists or those of `defaults`.
    """

    options = frozenset({"callbacks", "failure_callback", "success_callback"})

    def __init__(
        self,
        callbacks: Sequence[Callback] = (),
        *,
        success_callback: Sequence[Callback] = (),
        failure_callback: Sequence[Callback] = (),
        defaults: Callable[[], Lists] | None = None,
    ) -> None:
        self._audience = gather(callbacks, success_callback, failure_callback)
        self._defaults = defaults
        self._delivery = Delivery()

    def __repr__(self) -> str:
        names = ", ".join(listener.name for listener in self._audience.everyone())
        return f"Callbacks({names})"

    @property
    def failures(self) -> Counter[str]:
        """How often which callback raised, by name."""
        return self._delivery.failures

    def __call__(self, request: Request, call_next: Handler) -> Awaitable[Reply]:
        """Call on, and tell whoever wants to hear of it."""
        audience = self._audience
        if self._defaults is not None and any(lists := self._defaults()):
            audience = _gathered(*lists) + audience
        if not self.options.isdisjoint(request.options):
            given = request.options
            audience += _gathered(
                given.get("callbacks", ()),
                given.get("success_callback", ()),
                given.get("failure_callback", ()),
            )
        if not audience:
            return call_next(request)
        return self._delivery.watch(audience, request, call_next)


class AttemptCallbacks:
    """Tells callbacks of every single attempt; stands inside Retry and Fallback.

    They are given as to `Callbacks`, per call as `attempt_callbacks`. The records of the attempts
    of a call have the same `call_id`.

    Raises:
        TypeError: something in the list is no callback.
        ValueError: no package brings a callback of that name.
    """

    options = frozenset({"attempt_callbacks"})

    def __init__(self, callbacks: Sequence[Callback] = ()) -> None:
        self._audience = gather(callbacks)
        self._delivery = Delivery()

    def __repr__(self) -> str:
        names = ", ".join(listener.name for listener in self._audience.everyone())
        return f"AttemptCallbacks({names})"

    @property
    def failures(self) -> Counter[str]:
        """How often which callback raised, by name."""
        return self._delivery.failures

    def __call__(self, request: Request, call_next: Handler) -> Awaitable[Reply]:
        """Call on, and tell whoever wants to hear of the attempt."""
        audience = self._audience
        if "attempt_callbacks" in request.options:
            audience += _gathered(request.options["attempt_callbacks"], (), ())
        if not audience:
            return call_next(request)
        return self._delivery.watch(audience, request, call_next)


def _gathered(
    both: Sequence[Callback], success: Sequence[Callback], failure: Sequence[Callback]
) -> Audience:
    """Return the audience of lists that were not checked when they were set."""
    try:
        return gather(both, success, failure)
    except (TypeError, ValueError) as error:
        raise BadRequestError(
            str(error), param=str(error).partition("[")[0].partition(":")[0]
        ) from error
