"""One call of a handler's method: the limits that apply to it, and the errors of what it does."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic
from typing import TypeVar

import anyio

from ...adapters.adapter import complete_error
from ...adapters.credentials.scrubbing import forget_variables, linked_errors
from ...pipeline.call.request import Endpoint, Request
from ...pipeline.errors import (
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    Timeout,
    error_class,
)
from ...pipeline.transport.limits import Limits

T = TypeVar("T")
GivenT = TypeVar("GivenT")


class HandlerCall:
    """Runs code of a handler within the limits of a call; all that it raises becomes an APIError.

    Args:
        handler: the handler, which errors name.
        method: the name of the method.
        request: the request, whose limits apply and whose credentials no error shows.
        endpoint: the provider and the model.
    """

    def __init__(self, handler: object, method: str, request: Request, endpoint: Endpoint) -> None:
        self._name = f"{type(handler).__name__}.{method}"
        self._request = request
        self._endpoint = endpoint
        self._cancel: Callable[[], object] | None = None
        self.limits = Limits(request)
        self.limits.connected()

    async def get(self, work: Callable[[], Awaitable[T]]) -> T:
        """Return the result of `work`, which runs code of the handler.

        Under an event loop, `work` is cancelled when a limit passes. Nothing can cancel code that
        blocks: the error is then raised when it returns.

        Raises:
            Timeout: a limit passed.
            APIError: `work` raised an exception.
        """
        outer = sys.exception()
        try:
            return await self._within_limit(work)
        except Exception as error:  # noqa: BLE001  # all of them become an error of the call
            failure = self.explain(error, outer)
        except BaseException as error:
            forget_variables(linked_errors(error, outer))
            raise
        try:
            # Raised here, the error has no context but the one that it had.
            raise failure
        finally:
            del failure

    def cancel(self) -> None:
        """Cancel the `get` of another task; it raises a Timeout. In blocking calls, do nothing."""
        if self._cancel is not None:
            self._cancel()

    def explain(self, error: BaseException, outer: BaseException | None) -> APIError:
        """Return the error of the call for an exception of the handler, without credentials.

        Args:
            error: the exception.
            outer: the exception that was being handled when the handler's code began, if any.
        """
        # A handler's variables have the credentials.
        forget_variables(linked_errors(error, outer))
        failure = error if isinstance(error, APIError) else self._api_error(error)
        failure.attempts = 1
        complete_error(failure, (self._request,), None, self._endpoint, None)
        return failure

    def read(self, convert: Callable[[GivenT], T], given: GivenT, what: str) -> T:
        """Return what `convert` makes of an object that the method "returned" or "yielded".

        Raises:
            APIResponseValidationError: it has wrong fields.
        """
        try:
            return convert(given)
        except APIError:
            raise
        except Exception as error:
            raise self.refuse(f"{what} with wrong fields: {error}") from error

    def refuse(self, problem: str) -> APIResponseValidationError:
        """Return the error of something that the method must not return or yield."""
        return APIResponseValidationError(f"{self._name} {problem}")

    def _api_error(self, error: BaseException) -> APIError:
        status, text = _status_of(error), _text_of(error)
        if status is not None:
            made = error_class(status)(text or type(error).__name__, status_code=status)
        else:
            kind = Timeout if isinstance(error, TimeoutError) else APIConnectionError
            made = kind(f"{self._name} raised {type(error).__name__}{text and f': {text}'}")
            made.phase = self.limits.phase
        made.__cause__ = error
        return made

    async def _within_limit(self, work: Callable[[], Awaitable[T]]) -> T:
        try:
            seconds = self.limits.wait()
        except TimeoutError:
            raise self._timeout() from None
        began = monotonic()
        result = await (
            work() if self._request.io.blocking else self._cancelled_after(seconds, work)
        )
        if seconds is not None and monotonic() - began >= seconds:
            raise self._timeout()
        return result

    async def _cancelled_after(self, seconds: float | None, work: Callable[[], Awaitable[T]]) -> T:
        """Return the result of `work`, which is cancelled after some seconds.

        Raises:
            Timeout: the time has passed.
        """
        loop = self._request.io.loop()
        try:
            if isinstance(loop, asyncio.AbstractEventLoop):
                return await self._in_asyncio(loop, seconds, work)
            return await self._in_trio(seconds, work)
        finally:
            self._cancel = None

    async def _in_asyncio(
        self,
        loop: asyncio.AbstractEventLoop,
        seconds: float | None,
        work: Callable[[], Awaitable[T]],
    ) -> T:
        # A scope of anyio's would break one that a generator holds between its chunks.
        limit = asyncio.timeout(seconds)

        def cancel() -> None:
            if not limit.expired():
                limit.reschedule(loop.time())

        self._cancel = cancel
        try:
            async with limit:
                return await work()
        except Exception as error:
            if limit.expired():
                raise self._timeout() from error
            raise

    async def _in_trio(self, seconds: float | None, work: Callable[[], Awaitable[T]]) -> T:
        with anyio.move_on_after(seconds) as scope:
            self._cancel = scope.cancel
            try:
                return await work()
            except Exception as error:
                if scope.cancel_called:
                    raise self._timeout() from error
                raise
        raise self._timeout()

    def _timeout(self) -> Timeout:
        return Timeout(f"{self._name}: {self.limits.exceeded()}", phase=self.limits.phase)


def kind_of(given: object) -> str:
    """Return the name of an object's type, for an error message."""
    return "None" if given is None else type(given).__name__


def _status_of(error: BaseException) -> int | None:
    """Return the HTTP status of an exception, None if it has none."""
    status: object = None
    # A property may raise.
    with suppress(Exception):
        status = getattr(error, "status_code", None)
    return status if isinstance(status, int) and 400 <= status < 600 else None


def _text_of(error: BaseException) -> str:
    """Return the text of an exception, "" if it cannot tell it."""
    with suppress(Exception):
        return str(error)
    return ""
