"""litellm's exceptions: each is also trunkline's and, if openai is installed, OpenAI's."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import TracebackType
from typing import Any, cast

from msgspec import Struct

from ..pipeline import errors
from ..pipeline.errors import APIError
from ..pipeline.json_values import as_object
from .pickling import is_importable, reduce_by_name

_MODULE = "litellm.exceptions"

#: Other names of litellm for the same classes.
_OTHER_NAMES = {
    "InvalidRequestError": "BadRequestError",
    "MidStreamFallbackError": "StreamInterruptedError",
    "RouterRateLimitError": "LimitExceededError",
}
#: Classes that only litellm has, with their base; no call raises them.
_ONLY_NAMES = {
    "AnthropicError": "APIError",
    "AzureOpenAIError": "APIError",
    "ImageFetchError": "BadRequestError",
    "RejectedRequestError": "BadRequestError",
}
_OWN: Mapping[str, type[APIError]] = {
    name: kind
    for name, kind in vars(errors).items()
    if inspect.isclass(kind) and issubclass(kind, APIError)
}
#: The names of `error_classes`, known before the classes are created.
ERROR_NAMES = frozenset({*_OWN, *_OTHER_NAMES, *_ONLY_NAMES, "OpenAIError"})
#: Names that dir(litellm) omits, because litellm lacks them: aider refuses errors it does not know.
NOT_LISTED = frozenset(
    {
        "AnthropicError",
        "CircuitOpenError",
        "ConflictError",
        "CustomLLMError",
        "GuardrailError",
        "InvalidArgumentError",
        "LimitExceededError",
        "MidStreamFallbackError",
        "MissingExtraError",
        "PermissionDeniedError",
        "PaymentRequiredError",
        "RejectedRequestError",
        "StreamInterruptedError",
        "SuspendedError",
        "ToolLoopError",
    }
)
# The positional parameters of litellm's constructors; their order differs between the classes.
_USUAL_ORDER = ("message", "llm_provider", "model", "response")
_MODEL_FIRST = ("message", "model", "llm_provider", "response")
_ORDERS: Mapping[str, Sequence[str]] = {
    "APIConnectionError": ("message", "llm_provider", "model", "request"),
    "APIError": ("status_code", "message", "llm_provider", "model", "request"),
    "BudgetExceededError": ("current_cost", "max_budget", "message", "llm_provider"),
    "JSONSchemaValidationError": ("model", "llm_provider", "raw_response", "schema"),
    "UnsupportedParamsError": ("message", "llm_provider", "model", "status_code", "response"),
    **dict.fromkeys(
        (
            "BadRequestError",
            "ContentPolicyViolationError",
            "ContextWindowExceededError",
            "ImageFetchError",
            "NotFoundError",
            "PaymentRequiredError",
            "RejectedRequestError",
            "UnprocessableEntityError",
        ),
        _MODEL_FIRST,
    ),
    "Timeout": _MODEL_FIRST[:3],
}
# The texts that are errors as `mock_response`.
_MOCKED = frozenset(
    {
        "litellm.ContextWindowExceededError",
        "litellm.InternalServerError",
        "litellm.RateLimitError",
    }
)
# What `trunkline.APIError` takes; all other arguments become attributes.
_OWN_FIELDS = frozenset(inspect.signature(APIError).parameters)


class ErrorResponse(Struct, frozen=True, kw_only=True):
    """The HTTP response behind an error: `status_code`, `headers` (in lower case) and `body`."""

    status_code: int
    headers: Mapping[str, str]
    body: object


class _Arguments:
    """litellm's constructors and texts: a class's name is in front of its message."""

    _order: Sequence[str] = _USUAL_ORDER
    _front: str
    message: str
    litellm_debug_info: str | None = None
    max_retries: int | None = None
    num_retries: int | None = None
    # The text of the error that a call raised, in trunkline's words.
    _said: str | None = None

    def __init__(self, *values: object, **fields: Any) -> None:
        given = {**dict(zip(self._order, values, strict=False)), **fields}
        message = str(given.pop("message", "") or _default_message(given))
        own = {name: given.pop(name) for name in _OWN_FIELDS & given.keys()}
        super().__init__(in_front(self._front, message), **own)  # type: ignore[call-arg]  # the next class is APIError  # pyright: ignore[reportCallIssue]
        vars(self).update({name: value for name, value in given.items() if value is not None})

    def __reduce__(self) -> tuple[Any, ...]:
        kind = type(self)
        if is_importable(kind):
            return kind, (self.message,), self.__dict__
        return reduce_by_name(kind, (self.message,), self.__dict__)

    def __str__(self) -> str:
        if self._said is not None:
            return in_front(self._front, self._said)
        retried = "" if self.num_retries is None else f" LiteLLM Retried: {self.num_retries} times"
        if retried and self.max_retries is not None:
            retried += f", LiteLLM Max Retries: {self.max_retries}"
        return self.message + retried


def _default_message(given: Mapping[str, object]) -> str:
    """Return the text of an error that is made of facts and not of a message."""
    if "max_budget" in given:
        return (
            f"Budget has been exceeded! Current cost: {given.get('current_cost')}, "
            f"Max budget: {given['max_budget']}"
        )
    if "schema" in given:
        return (
            f"model={given.get('model')}, returned an invalid "
            f"response={given.get('raw_response')}, for schema={given['schema']}"
        )
    return ""


def in_front(front: str, message: str) -> str:
    """Return a message with its class's name in front, once."""
    return message if message.startswith(front) else front + message


class _OpenAIFields(Exception):
    """The attributes of OpenAI's classes, as a base before them: their constructors do not run."""

    request: object = None
    type: str | None = None
    status_code: int | None
    headers: Mapping[str, str]
    body: object

    def __init__(self, message: str) -> None:
        Exception.__init__(self, message)

    @property
    def response(self) -> object:
        """The HTTP response, None if there was none."""
        given = self.__dict__.get("response")
        if given is None and self.status_code is not None:
            given = ErrorResponse(
                status_code=self.status_code, headers=self.headers, body=self.body
            )
        return given

    @response.setter
    def response(self, value: object) -> None:
        self.__dict__["response"] = value


@cache
def error_classes() -> Mapping[str, type[APIError]]:
    """Return the exceptions by name; created on first use, because openai is slow to load.

    A class is litellm's by its module, trunkline's class of the same name, and OpenAI's. Not all
    of them are litellm's APIError: in litellm too, that class is for errors that have no other.
    """
    openai = import_module("openai") if find_spec("openai") is not None else None
    made: dict[type[APIError], type[APIError]] = {}
    by_name: dict[str, type[APIError]] = {}
    for name, own in _OWN.items():
        parent = next((made[base] for base in own.__mro__[1:-2] if base in made), None)
        if parent is None or parent is by_name.get("APIError"):
            bases: tuple[type, ...] = (_Arguments, own, _OpenAIFields, _openai_base(openai, own))
        else:
            bases = (parent, own)
        made[own] = by_name[name] = _make(name, bases, own.__doc__)
    for other, name in _OTHER_NAMES.items():
        by_name[other] = by_name[name]
    for name, base in _ONLY_NAMES.items():
        doc = f"litellm's {name}, for `except`; no call raises it."
        by_name[name] = _make(name, (by_name[base],), doc)
    by_name["OpenAIError"] = getattr(openai, "OpenAIError", by_name["APIError"])
    return by_name


def _make(name: str, bases: tuple[type, ...], doc: str | None) -> type[APIError]:
    members = {
        "__module__": _MODULE,
        "__doc__": doc,
        "_front": f"litellm.{name}: ",
        "_order": _ORDERS.get(name, _USUAL_ORDER),
    }
    return cast("type[APIError]", type(name, bases, members))


def _openai_base(openai: object, own: type[APIError]) -> type[Exception]:
    """Return OpenAI's class for a class of trunkline."""
    if openai is None:
        return Exception
    general = "APIError" if own.default_status is None else "APIStatusError"
    name = "APITimeoutError" if own is errors.Timeout else own.__name__
    found: type[Exception] = getattr(openai, name, None) or getattr(openai, general)
    return found


def to_litellm(error: APIError) -> APIError:
    """Return an error as litellm's exception of the same name, with all its details."""
    classes = error_classes()
    if type(error).__module__ == _MODULE:
        return error
    name = next(base.__name__ for base in type(error).__mro__ if base.__name__ in classes)
    made = classes[name].__new__(classes[name])
    made.args = error.args
    front = str(vars(type(made))["_front"])
    vars(made).update(vars(error))
    made.message = in_front(front, error.message)
    vars(made)["_said"] = str(error)
    # litellm has the model without the prefix, and of a body what OpenAI has inside "error".
    made.model = error.model and error.model.removeprefix(f"{error.provider}/")
    inner = (as_object(error.body) or {}).get("error")
    made.body = inner if isinstance(inner, dict) else error.body
    return made


def mocked(response: object) -> object:
    """Return a `mock_response`, with the error for one that describes an error in litellm.

    Such are "litellm.RateLimitError" and exceptions that are not those of a call.
    """
    if isinstance(response, str) and response in _MOCKED:
        return error_classes()[response.partition(".")[2]](f"mock_response={response!r}")
    if isinstance(response, Exception) and not isinstance(response, APIError):
        return error_classes()["InternalServerError"](str(response))
    return response


class LitellmErrors:
    """A context manager that converts trunkline's errors to litellm's."""

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if isinstance(error, APIError):
            raise to_litellm(error) from error
