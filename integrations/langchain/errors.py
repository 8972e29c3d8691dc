"""Errors that are trunkline's and LangChain's at once.

LangChain's middlewares decide by its own classes (`ContextOverflowError` has a conversation
summarized, `ModelError.is_retryable` says whether to try again), and asks integrations for errors
that are both: https://reference.langchain.com/python/langchain_core/exceptions/
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelError,
    ModelInvalidRequestError,
    ModelNotFoundError,
    ModelPermissionDeniedError,
    ModelRateLimitError,
    ModelTimeoutError,
)

from ... import (
    APIConnectionError,
    APIError,
    AuthenticationError,
    BadRequestError,
    ContextWindowExceededError,
    InternalServerError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    Timeout,
    UnprocessableEntityError,
)

# The first that fits counts.
_FAMILIES: tuple[tuple[type[APIError], type[ModelError]], ...] = (
    (ContextWindowExceededError, ContextOverflowError),
    (BadRequestError, ModelInvalidRequestError),
    (UnprocessableEntityError, ModelInvalidRequestError),
    (AuthenticationError, ModelAuthenticationError),
    (PermissionDeniedError, ModelPermissionDeniedError),
    (NotFoundError, ModelNotFoundError),
    (RateLimitError, ModelRateLimitError),
    (Timeout, ModelTimeoutError),
    (InternalServerError, ModelAPIError),
    (APIConnectionError, ModelConnectionError),
    (APIError, ModelError),
)
_MADE: dict[type[APIError], type[APIError]] = {}


@contextmanager
def langchain_errors() -> Generator[None]:
    """Have each error of trunkline's that passes be LangChain's too; it stays the same object."""
    try:
        yield
    except APIError as error:
        error.__class__ = _both(type(error))
        raise


def _both(kind: type[APIError]) -> type[APIError]:
    """Return a class that is `kind` and its kin in LangChain."""
    if issubclass(kind, ModelError):
        return kind
    if kind not in _MADE:
        _MADE[kind] = _make(kind)
    return _MADE[kind]


def _make(kind: type[APIError]) -> type[APIError]:
    kin = next(theirs for ours, theirs in _FAMILIES if issubclass(kind, ours))

    def reduce(error: APIError) -> tuple[Any, ...]:
        # A class made here cannot be found by its name, so that it is pickled as trunkline's.
        return (kind, *APIError.__reduce__(error)[1:])

    def is_retryable(error: APIError) -> bool:
        return error.retryable

    members: dict[str, Any] = {
        "__module__": kind.__module__,
        "__doc__": kind.__doc__,
        "__reduce__": reduce,
        "is_retryable": property(is_retryable),
    }
    return type(kind.__name__, (kind, kin), members)
