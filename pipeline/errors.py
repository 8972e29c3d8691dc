"""The errors that a call can raise.

All that trunkline raises in a call derive from `APIError`, so `except trunkline.APIError` catches
them; exceptions of the user's own code, such as a middleware, pass through::

    APIError
    ├── BadRequestError                  400
    │   ├── ContextWindowExceededError   the prompt is too long for the model
    │   ├── ContentPolicyViolationError  the provider refused the content
    │   │   └── GuardrailError           a Guardrail refused the input or output
    │   ├── InvalidArgumentError         of a client, layer or setting; also TypeError, ValueError
    │   └── UnsupportedParamsError       the model does not support a parameter
    ├── AuthenticationError              401, or there is no key
    ├── PaymentRequiredError             402
    │   └── BudgetExceededError          a budget that you set is spent
    ├── PermissionDeniedError            403
    ├── NotFoundError                    404
    ├── Timeout                          408, or a limit of the call passed
    ├── ConflictError                    409
    ├── UnprocessableEntityError         422
    ├── RateLimitError                   429
    │   └── LimitExceededError           a limit that you set; nothing was sent
    ├── InternalServerError              500 and above
    │   ├── BadGatewayError              502
    │   └── ServiceUnavailableError      503
    │       └── CircuitOpenError         a CircuitBreaker refuses the call; nothing was sent
    ├── APIConnectionError               no response: status_code is None
    │   └── StreamInterruptedError       the response broke off
    ├── APIResponseValidationError       a successful response that cannot be read
    │   └── JSONSchemaValidationError    the text does not match response_format
    ├── ToolLoopError                    the model still calls tools after the last step
    ├── MissingExtraError                a package is missing; also an ImportError
    └── SuspendedError                   a middleware awaited an event loop in completion()
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from .schema.call_info import Attempt

__all__ = [
    "APIConnectionError",
    "APIError",
    "APIResponseValidationError",
    "AuthenticationError",
    "BadGatewayError",
    "BadRequestError",
    "BudgetExceededError",
    "CircuitOpenError",
    "ConflictError",
    "ContentPolicyViolationError",
    "ContextWindowExceededError",
    "GuardrailError",
    "InternalServerError",
    "InvalidArgumentError",
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
    "ToolLoopError",
    "UnprocessableEntityError",
    "UnsupportedParamsError",
]

#: Codes of accounts without credit, which some providers send with status 429.
SPENT_CODES = frozenset(
    {
        "billing_hard_limit_reached",
        "exceeded_current_quota_error",
        "insufficient_balance",
        "insufficient_quota",
    }
)

Phase = Literal["connect", "first_event", "mid_stream"]


class APIError(Exception):
    """Base of all errors that a call raises.

    Attributes:
        status_code: HTTP status, None if there was no response.
        provider: prefix of the provider, also as `llm_provider`.
        model: the model name that the caller gave.
        code: the provider's error code.
        param: the parameter that caused the error, if known.
        request_id: the provider's id of the request.
        retry_after: seconds to wait before a retry, as the provider asks.
        headers: response headers, names in lower case.
        body: the provider's error object, or the first bytes of the body as text.
        attempts: HTTP requests that this call made.
        tried: the failed attempts, oldest first, if there was more than one.
        phase: the phase of the request in which the connection failed or a limit passed.
        partial: what had arrived: a ModelResponse, or in `responses()` a Response.
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
        partial: Any = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.provider = llm_provider
        self.model = model
        self.status_code = self.default_status if status_code is None else status_code
        # The status of an error that needed no response is not worth showing.
        self._has_response = status_code is not None
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
        """The same as `provider`, under litellm's name."""
        return self.provider

    @property
    def retryable(self) -> bool:
        """Whether a retry of the same request may succeed.

        The header `x-should-retry` of OpenAI and Anthropic takes precedence over the status. 501
        (Not Implemented) is not retried: what is missing is still missing a moment later.
        """
        told = self.headers.get("x-should-retry")
        if told in ("true", "false"):
            return told == "true"
        if self.code in SPENT_CODES:
            return False
        status = self.status_code or 0
        return status in {408, 409, 429} or (status >= 500 and status != 501)

    def __str__(self) -> str:
        origin = ": ".join(part for part in (self.model, self.message) if part)
        details = [
            f"{name} {value}"
            for name, value in (
                ("status", self.status_code if self._has_response or self.attempts else None),
                ("request id", self.request_id),
                ("attempts", self.attempts if self.attempts > 1 else None),
            )
            if value is not None
        ]
        return f"{origin} ({', '.join(details)})" if details else origin

    def __reduce__(self) -> tuple[Any, ...]:
        # Exception's own method would keep only `message`; the state holds everything else.
        return (type(self), (self.message,), self.__dict__)


class BadRequestError(APIError):
    """The request is invalid; a retry does not help."""

    default_status = 400


class ContextWindowExceededError(BadRequestError):
    """The prompt, or the prompt and the response together, are too long for the model."""


class ContentPolicyViolationError(BadRequestError):
    """The provider refused the content of the request or of the response."""


class GuardrailError(ContentPolicyViolationError):
    """A Guardrail refused the input or the output of a call.

    Attributes:
        where: "input", which was not sent, or "output".
        reason: what the check said.
    """

    where: str = ""
    reason: str = ""


class InvalidArgumentError(BadRequestError, TypeError, ValueError):
    """An argument of a client, a router, a layer or a batch, or a setting, is wrong.

    It is also a TypeError and a ValueError, as Python programs expect of such mistakes.
    """


class UnsupportedParamsError(BadRequestError):
    """The provider or the model does not support a parameter."""


class AuthenticationError(APIError):
    """The key is missing or invalid."""

    default_status = 401


class PaymentRequiredError(APIError):
    """The account has no credit."""

    default_status = 402

    @property
    def retryable(self) -> bool:
        """False: the account still has no credit a moment later."""
        return False


class BudgetExceededError(PaymentRequiredError):
    """A budget that you set is spent; nothing was sent."""


class PermissionDeniedError(APIError):
    """The key does not have permission."""

    default_status = 403


class NotFoundError(APIError):
    """The model, the deployment or the URL does not exist."""

    default_status = 404


class Timeout(APIError):
    """A limit of the call or of the provider passed; `phase` says in which phase."""

    default_status = 408


class ConflictError(APIError):
    """The resource is in use, or was changed by another request."""

    default_status = 409


class UnprocessableEntityError(APIError):
    """The provider understood the request but cannot process it."""

    default_status = 422


class RateLimitError(APIError):
    """Too many requests or tokens; `retry_after` is the time to wait, if known."""

    default_status = 429


class LimitExceededError(RateLimitError):
    """A limit that you set is reached; nothing was sent. `retry_after` is the time to wait."""

    @property
    def retryable(self) -> bool:
        """False: the limit's own settings say whether a call waits."""
        return False


class InternalServerError(APIError):
    """The provider failed with a status of 500 or above."""

    default_status = 500


class BadGatewayError(InternalServerError):
    """A gateway got no valid response from the provider."""

    default_status = 502


class ServiceUnavailableError(InternalServerError):
    """The provider is overloaded or down."""

    default_status = 503


class CircuitOpenError(ServiceUnavailableError):
    """The latest calls failed, so nothing was sent; `retry_after` is the time to wait."""

    @property
    def retryable(self) -> bool:
        """False: the circuit stays open longer than a retry would wait."""
        return False


class APIConnectionError(APIError):
    """There was no response."""

    @property
    def retryable(self) -> bool:
        """Whether nothing of the response has reached the caller."""
        return self.partial is None


class StreamInterruptedError(APIConnectionError):
    """The response broke off; `partial` has what had arrived, `__cause__` the reason."""


class APIResponseValidationError(APIError):
    """The provider sent a successful response that cannot be read."""


class JSONSchemaValidationError(APIResponseValidationError):
    """The model's text does not match response_format; `body` is the text."""


class ToolLoopError(APIError):
    """The model still calls tools after the last step of a ToolLoop.

    Attributes:
        messages: the conversation so far, with all tool results; a call can continue it. `partial`
            is the last response, whose calls were not run.
    """

    messages: Sequence[Mapping[str, Any]] = ()

    @property
    def retryable(self) -> bool:
        """False: all steps would run again."""
        return False


class MissingExtraError(APIError, ImportError):
    """The provider needs a package that is not installed; the message names the extra."""


class SuspendedError(APIError):
    """A middleware or callback awaited an event loop inside the blocking completion()."""

    @property
    def retryable(self) -> bool:
        """False: the same code would suspend again."""
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
    """Return the class for an HTTP status."""
    known = _BY_STATUS.get(status_code)
    if known is not None:
        return known
    if status_code >= 500:
        return InternalServerError
    return BadRequestError if status_code >= 400 else APIError


# Tracebacks and pickles name the classes by the path under which users import them.
for _name in __all__:
    globals()[_name].__module__ = "trunkline.exceptions"
