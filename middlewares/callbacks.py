"""Call functions and objects when a call has ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from ..pipeline.call.request import Handler, Reply, Request
from ..pipeline.errors import BadRequestError
from .checked_arguments import check_count, check_flag, check_plain_function
from .listening.delivery import Delivery
from .listening.listeners import NOBODY, Audience, Callback, make_audience

if TYPE_CHECKING:
    from .listening.background import BackgroundDelivery

#: How many events wait for callbacks in the background at most.
MAX_WAITING = 10_000
#: How long the end of the program waits for callbacks in the background.
EXIT_SECONDS = 10.0

#: The callbacks for every call, for calls that completed, and for all other calls.
CallbackLists = tuple[Sequence[Callback], Sequence[Callback], Sequence[Callback]]


class Callbacks:
    """Calls each callback exactly once when a call has ended, in the caller's context.

    A callback is a function that takes one argument, a `CallRecord`; a function that takes
    litellm's four (kwargs, completion_response, start_time, end_time); an object with litellm's
    method names, such as a `CustomLogger`; or the name of a callback that an installed package
    provides (entry point group trunkline.callbacks). Functions may be plain or `async`, in
    blocking and in asynchronous calls. The options of a call with the same names add callbacks.
    A callback that is listed twice is called once.

    Callbacks run before a plain response is returned, and when a stream has ended: read to its
    end, failed, closed or dropped. A callback that raises is logged and counted in `failures`; it
    does not fail the call. The same goes for an `async` one that takes longer than a minute, which
    is stopped.

    Args:
        callbacks: called for every call, whatever its outcome.
        success_callback: called for calls that completed.
        failure_callback: called for all others: failed, truncated, abandoned.
        defaults: returns further (callbacks, success_callback, failure_callback), called for
            each call; for settings that may change.
        background: whether callbacks run in a thread, for those that are slow.
        max_waiting: how many events wait in the background at most: ends of calls, and for
            loggers with such methods their starts and chunks.

    Raises:
        InvalidArgumentError: a value in a list is not a callback, no package provides a callback
            with that name (the message lists the known ones), or `max_waiting` is not above zero.
        BadRequestError: the same, in the lists of a call or of `defaults`.
    """

    options = frozenset({"callbacks", "failure_callback", "success_callback"})

    def __init__(
        self,
        callbacks: Sequence[Callback] = (),
        *,
        success_callback: Sequence[Callback] = (),
        failure_callback: Sequence[Callback] = (),
        defaults: Callable[[], CallbackLists] | None = None,
        background: bool = False,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        check_count("max_waiting", max_waiting)
        check_flag("background", background)
        if defaults is not None:
            check_plain_function("defaults", defaults)
        self._audience = make_audience(callbacks, success_callback, failure_callback)
        self._defaults = defaults
        self._background: BackgroundDelivery | None = None
        if background:
            from .listening.background import BackgroundDelivery  # noqa: PLC0415  # few need it

            self._background = BackgroundDelivery(max_waiting)
        self._delivery = self._background or Delivery()

    def __repr__(self) -> str:
        names = ", ".join(listener.name for listener in self._audience.all_listeners())
        return f"Callbacks({names})"

    @property
    def failures(self) -> Counter[str]:
        """How often each callback raised, by name."""
        return self._delivery.failed.counts

    @property
    def dropped(self) -> int:
        """How many events were not reported, because the queue in the background was full."""
        return 0 if self._background is None else self._background.queue.count()[1]

    def flush(self, seconds: float | None = None) -> bool:
        """Wait until no callback waits; return False if that takes longer than `seconds`."""
        return self._background is None or self._background.queue.flush(seconds)

    def close(self, seconds: float = EXIT_SECONDS) -> None:
        """Call the callbacks that wait, for at most `seconds`, and end the thread.

        A later call starts it again.
        """
        if self._background is not None:
            self._background.queue.close(seconds)

    def __call__(self, request: Request, call_next: Handler) -> Awaitable[Reply]:
        """Call the next layer and notify the callbacks of this call."""
        audience = self._audience
        if self._defaults is not None:
            both, success, failure = self._defaults()
            if both or success or failure:
                audience = _validated(both, success, failure) + audience
        if request.options and not self.options.isdisjoint(request.options):
            given = request.options
            audience += _validated(
                given.get("callbacks", ()),
                given.get("success_callback", ()),
                given.get("failure_callback", ()),
            )
        if audience is NOBODY or not audience:
            return call_next(request)
        return self._delivery.watch(audience, request, call_next)


class AttemptCallbacks:
    """Calls callbacks after every single attempt; placed inside Retry and Fallback.

    It takes the same callbacks as `Callbacks`; the option of a call is `attempt_callbacks`. All
    records of one call have the same `call_id`.

    Raises:
        InvalidArgumentError: a value in the list is not a callback, or no package provides a
            callback with that name.
    """

    options = frozenset({"attempt_callbacks"})

    def __init__(self, callbacks: Sequence[Callback] = ()) -> None:
        self._audience = make_audience(callbacks)
        self._delivery = Delivery()

    def __repr__(self) -> str:
        names = ", ".join(listener.name for listener in self._audience.all_listeners())
        return f"AttemptCallbacks({names})"

    @property
    def failures(self) -> Counter[str]:
        """How often each callback raised, by name."""
        return self._delivery.failed.counts

    def __call__(self, request: Request, call_next: Handler) -> Awaitable[Reply]:
        """Call the next layer and notify the callbacks of this attempt."""
        audience = self._audience
        if "attempt_callbacks" in request.options:
            audience += _validated(
                request.options["attempt_callbacks"], (), (), name="attempt_callbacks"
            )
        if audience is NOBODY or not audience:
            return call_next(request)
        return self._delivery.watch(audience, request, call_next)


def _validated(
    both: Sequence[Callback],
    success: Sequence[Callback],
    failure: Sequence[Callback],
    *,
    name: str = "callbacks",
) -> Audience:
    """Return the audience of lists that were not validated when they were set."""
    try:
        return make_audience(both, success, failure, name=name)
    except (TypeError, ValueError) as error:
        raise BadRequestError(
            str(error), param=str(error).partition("[")[0].partition(":")[0]
        ) from error
