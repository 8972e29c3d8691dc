"""What a call can raise.

Everything derives from `APIError`, so `except trunkline.APIError` catches all of it::

    APIError
    ├── BadRequestError                  400
    │   ├── ContextWindowExceededError   the prompt is longer than the model takes
    │   ├── ContentPolicyViolationError  the provider refused the content
    │   └── UnsupportedParamsError       the provider or model has no such parameter
    ├── AuthenticationError              401, or no key was found
    ├── PaymentRequiredError             402
    │   └── BudgetExceededError          a budget of the caller's own is spent
    ├── PermissionDeniedError            403
    ├── NotFoundError                    404
    ├── Timeout                          408, or a limit of our own passed
    ├── ConflictError                    409
    ├── UnprocessableEntityError         422
    ├── RateLimitError                   429
    │   └── LimitExceededError           a limit of the caller's own; nothing was sent
    ├── InternalServerError              500 and above
    │   ├── BadGatewayError              502
    │   └── ServiceUnavailableError      503
    ├── APIConnectionError               no response at all: status_code is None
    │   └── StreamInterruptedError       the answer broke off in the middle
    ├── APIResponseValidationError       a success that cannot be read
    │   └── JSONSchemaValidationError    the text does not fit the response_format
    ├── MissingExtraError                a package is not installed; an ImportError as well
    └── SuspendedError                   a middleware awaited an event loop in completion()
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from .schema.call_info import Attempt
    from .schema.model_response import ModelResponse

__all__ = [
    "APIConnectionError",
    "APIError",
    "APIResponseValidationError",
    "AuthenticationError",
    "BadGatewayError",
    "BadRequestError",
    "BudgetExceededError",
    "ConflictError",
    "ContentPolicyViolationError",
    "ContextWindowExceededError",
    "InternalServerError",
    "JSONSchemaValidationError",
    "LimitExceededError",
    "MissingExtraError",
    "NotFoundError",
    "PaymentRequiredError",
    "PermissionDeniedError",
    "RateLimitError",
    "ServiceUnavailableError",
    "StreamInterruptedError",
    "SuspendedError",
    "Timeout",
    "UnprocessableEntityError",
    "UnsupportedParamsError",
]

Phase = Literal["connect", "first_event", "mid_stream"]


class APIError(Exception):
    """Base of everything that a call raises.

    Attributes:
        status_code: HTTP status, None where there was no response.
        provider: prefix of the provider, also as `llm_provider`.
        model: name as the caller gave it.
        code: the provider's own error code.
        param: the parameter that the provider names.
        request_id: the provider's id of the request.
        retry_after: seconds that the provider asks to wait.
        headers: response headers, names in lower case.
        body: the provider's error object, or the first bytes of the body as text.
        attempts: HTTP requests that were made for this call.
        tried: the attempts that failed, oldest first, where there was more than one.
        phase: where a connection or a limit failed.
        partial: what had arrived of an answer that broke off.
    """

    default_status: int | None = None

    def __init__(
        self,
        message: str,
        llm_provider: str | None = None,
        model: str | None = None,
        *,
        status_code: int | None = None,
        code: str | None = None,
        param: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        headers: Mapping[str, str] | None = None,
        body: object = None,
        phase: Phase | None = None,
        partial: ModelResponse | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.provider = llm_provider
        self.model = model
        self.status_code = self.default_status if status_code is None else status_code
        self.code = code
        self.param = param
        self.request_id = request_id
        self.retry_after = retry_after
        self.headers: Mapping[str, str] = headers or {}
        self.body = body
        self.attempts = 0
        self.tried: list[Attempt] = []
        self.phase: Phase | None = phase
        self.partial = partial

    @property
    def llm_provider(self) -> str | None:
        """The provider, under the name that users of litellm know."""
        return self.provider

    @property
    def retryable(self) -> bool:
        """Whether the same request may well succeed when it is sent again."""
        return self.status_code in {408, 409, 429} or (self.status_code or 0) >= 500

    def __str__(self) -> str:
        origin = ": ".join(part for part in (self.model, self.message) if part)
        details = [
            f"{name} {value}"
            for name, value in (
                ("status", self.status_code),
                ("request id", self.request_id),
                ("attempts", self.attempts if self.attempts > 1 else None),
            )
            if value is not None
        ]
        return f"{origin} ({', '.join(details)})" if details else origin

    def __reduce__(self) -> tuple[Any, ...]:
        # Exception's own way would pass only `message`; the rest travels as state.
        return (type(self), (self.message,), self.__dict__)


class BadRequestError(APIError):
    """The request is at fault: sending it again will not help."""

    default_status = 400


class ContextWindowExceededError(BadRequestError):
    """The prompt, or prompt and answer together, are longer than the model takes."""


class ContentPolicyViolationError(BadRequestError):
    """The provider refused the content of the request or of the answer."""


class UnsupportedParamsError(BadRequestError):
    """The provider or the model has no such parameter."""


class AuthenticationError(APIError):
    """The key is missing or refused."""

    default_status = 401


class PaymentRequiredError(APIError):
    """The account has no credit."""

    default_status = 402


class BudgetExceededError(PaymentRequiredError):
    """A budget of the caller's own is spent, so nothing was sent."""


class PermissionDeniedError(APIError):
    """The key may not do this."""

    default_status = 403


class NotFoundError(APIError):
    """The model, the deployment or the URL does not exist."""

    default_status = 404


class Timeout(APIError):
    """A limit passed, ours or the provider's; `phase` says which wait it was."""

    default_status = 408


class ConflictError(APIError):
    """The resource is in use."""

    default_status = 409


class UnprocessableEntityError(APIError):
    """The provider understood the request and will not carry it out."""

    default_status = 422


class RateLimitError(APIError):
    """Too many requests or tokens; `retry_after` says how long to wait, where known."""

    default_status = 429


class LimitExceededError(RateLimitError):
    """A limit of the caller's own is reached, so nothing was sent; `retry_after` is its wait."""

    @property
    def retryable(self) -> bool:
        """Whoever limits a call has said whether it shall wait."""
        return False


class InternalServerError(APIError):
    """The provider failed, status 500 or above."""

    default_status = 500


class BadGatewayError(InternalServerError):
    """A gateway got no proper answer from the provider."""

    default_status = 502


class ServiceUnavailableError(InternalServerError):
    """The provider is overloaded or down."""

    default_status = 503


class APIConnectionError(APIError):
    """There was no response."""

    @property
    def retryable(self) -> bool:
        """Nothing of an answer reached the caller, so it may be sent again."""
        return self.partial is None


class StreamInterruptedError(APIConnectionError):
    """The answer broke off; `partial` is what had arrived, `__cause__` what happened."""


class APIResponseValidationError(APIError):
    """The provider reported success and sent something that cannot be read."""


class JSONSchemaValidationError(APIResponseValidationError):
    """The model's text does not fit the response_format; `body` is the text."""


class MissingExtraError(APIError, ImportError):
    """The provider needs a package that is not installed; the text names the extra."""


class SuspendedError(APIError):
    """A middleware awaited an event loop inside the blocking completion()."""

    @property
    def retryable(self) -> bool:
        """The same code would suspend again."""
        return False


_BY_STATUS: dict[int, type[APIError]] = {
    401: AuthenticationError,
    402: PaymentRequiredError,
    403: PermissionDeniedError,
    404: NotFoundError,
    408: Timeout,
    409: ConflictError,
    422: UnprocessableEntityError,
    429: RateLimitError,
    502: BadGatewayError,
    503: ServiceUnavailableError,
    504: Timeout,
    529: ServiceUnavailableError,
}


def error_class(status_code: int) -> type[APIError]:
    """Return the class that stands for an HTTP status."""
    known = _BY_STATUS.get(status_code)
    if known is not None:
        return known
    if status_code >= 500:
        return InternalServerError
    return BadRequestError if status_code >= 400 else APIError
