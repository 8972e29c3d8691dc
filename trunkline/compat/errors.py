"""litellm's exceptions: each is also trunkline's and, if openai is installed, OpenAI's."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from inspect import isclass
from types import TracebackType
from typing import Any, cast

from msgspec import Struct

from ..pipeline import errors
from ..pipeline.errors import APIError

_MODULE = "litellm.exceptions"

#: Other names of litellm for the same classes.
_OTHER_NAMES = {
    "InvalidRequestError": "BadRequestError",
    "RouterRateLimitError": "LimitExceededError",
}
_OWN: Mapping[str, type[APIError]] = {
    name: kind
    for name, kind in vars(errors).items()
    if isclass(kind) and issubclass(kind, APIError)
}
#: The names of `error_classes`, known before the classes are created.
ERROR_NAMES = frozenset({*_OWN, *_OTHER_NAMES, "OpenAIError"})
#: Names that only litellm.exceptions has, not litellm itself, or that litellm does not have.
NOT_BESIDE = frozenset(
    {
        "ConflictError",
        "LimitExceededError",
        "MissingExtraError",
        "PaymentRequiredError",
        "StreamInterruptedError",
        "SuspendedError",
    }
)


class ErrorResponse(Struct, frozen=True, kw_only=True):
    """The HTTP response behind an error: `status_code`, `headers` (in lower case) and `body`."""

    status_code: int
    headers: Mapping[str, str]
    body: object


class _Arguments:
    """The constructor's arguments that only litellm's exceptions have."""

    def __init__(
        self,
        message: str = "",
        llm_provider: str | None = None,
        model: str | None = None,
        response: object = None,
        *,
        litellm_debug_info: str | None = None,
        max_retries: int | None = None,
        num_retries: int | None = None,
        **fields: Any,
    ) -> None:
        super().__init__(message, llm_provider, model, **fields)  # type: ignore[call-arg]  # the next class is APIError  # pyright: ignore[reportCallIssue]
        self.litellm_debug_info = litellm_debug_info
        self.max_retries = max_retries
        self.num_retries = num_retries
        if response is not None:
            self.__dict__["response"] = response


class _OpenAIFields(Exception):
    """The attributes of OpenAI's classes, as a base before them: their constructors do not run."""

    litellm_debug_info: str | None = None
    max_retries: int | None = None
    num_retries: int | None = None
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
        if given is None and self.status_code is not None and self.headers:
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
    of them are litellm's APIError: in litellm too that one stands for what has no other name.
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
    by_name["OpenAIError"] = getattr(openai, "OpenAIError", by_name["APIError"])
    return by_name


def _make(name: str, bases: tuple[type, ...], doc: str | None) -> type[APIError]:
    return cast("type[APIError]", type(name, bases, {"__module__": _MODULE, "__doc__": doc}))


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
    vars(made).update(vars(error))
    return made


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
