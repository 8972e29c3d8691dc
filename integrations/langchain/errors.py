"""Make trunkline's errors instances of LangChain's error classes too.

LangChain's middlewares check for its own classes: they summarize a conversation after
`ContextOverflowError`, and retry depending on `ModelError.is_retryable`. LangChain asks
integrations for errors of both kinds:
https://reference.langchain.com/python/langchain_core/exceptions/
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

# The first match counts.
_MATCHES: tuple[tuple[type[APIError], type[ModelError]], ...] = (
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
_COMBINED: dict[type[APIError], type[APIError]] = {}


@contextmanager
def langchain_errors() -> Generator[None]:
    """Give each trunkline error that passes a LangChain base class; it stays the same object."""
    try:
        yield
    except APIError as error:
        error.__class__ = _combine(type(error))
        raise


def _combine(kind: type[APIError]) -> type[APIError]:
    """Return a class that derives from `kind` and from its match in LangChain."""
    if issubclass(kind, ModelError):
        return kind
    if kind not in _COMBINED:
        _COMBINED[kind] = _make(kind)
    return _COMBINED[kind]


def _make(kind: type[APIError]) -> type[APIError]:
    match = next(theirs for ours, theirs in _MATCHES if issubclass(kind, ours))

    def reduce(error: APIError) -> tuple[Any, ...]:
        # Pickle cannot find a class that was created here, so it stores trunkline's class.
        return (kind, *APIError.__reduce__(error)[1:])

    def is_retryable(error: APIError) -> bool:
        return error.retryable

    members: dict[str, Any] = {
        "__module__": kind.__module__,
        "__doc__": kind.__doc__,
        "__reduce__": reduce,
        "is_retryable": property(is_retryable),
    }
    return type(kind.__name__, (kind, match), members)
