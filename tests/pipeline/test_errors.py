"""The error tree."""

from __future__ import annotations

import copy
import pickle
import re
from typing import Any

import pytest

from trunkline import (
    APIConnectionError,
    APIError,
    BadRequestError,
    InternalServerError,
    RateLimitError,
    ServiceUnavailableError,
    StreamInterruptedError,
    Timeout,
    exceptions,
)
from trunkline.pipeline import errors
from trunkline.pipeline.schema.model_response import ModelResponse

CLASSES: list[type[APIError]] = [
    cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, APIError)
]


def pickled(thing: object) -> object:
    return pickle.loads(pickle.dumps(thing))


def drawn() -> dict[str, str]:
    """Return {class: base} as the module's docstring draws them."""
    assert errors.__doc__
    tree: dict[str, str] = {}
    line_of_bases = ["APIError"]
    for line in errors.__doc__.splitlines():
        found = re.match(r"    ([│ ├└─]*)(\w+Error|Timeout)\b", line)
        if found and found[2] != "APIError":
            depth = len(found[1]) // 4
            tree[found[2]] = line_of_bases[depth - 1]
            line_of_bases[depth:] = [found[2]]
    return tree


def test_the_drawn_tree_is_the_real_one() -> None:
    real = {cls.__name__: cls.__bases__[0].__name__ for cls in CLASSES if cls is not APIError}
    assert drawn() == real


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickled])
def test_every_error_can_be_copied(cls: type[APIError], duplicate: Any) -> None:
    error = cls(
        "no", "groq", "groq/x", code="c", param="p", request_id="r", retry_after=1.5,
        headers={"a": "b"}, body={"x": 1}, phase="mid_stream", partial=ModelResponse(id="1"),
    )  # fmt: skip
    error.attempts = 3
    other = duplicate(error)
    assert type(other) is cls
    assert str(other) == str(error)
    assert vars(other) == vars(error)


@pytest.mark.parametrize(
    ("status", "cls"),
    [
        (400, BadRequestError),
        (413, BadRequestError),
        (429, RateLimitError),
        (500, InternalServerError),
        (503, ServiceUnavailableError),
        (504, Timeout),
        (599, InternalServerError),
        (302, APIError),
    ],
)
def test_statuses(status: int, cls: type[APIError]) -> None:
    assert errors.error_class(status) is cls


def test_what_may_be_sent_again() -> None:
    assert APIConnectionError("x").retryable
    assert StreamInterruptedError("x").retryable
    assert not StreamInterruptedError("x", partial=ModelResponse()).retryable
    assert not BadRequestError("x").retryable
    assert APIError("x", status_code=529).retryable


def test_the_text_names_what_is_known() -> None:
    error = RateLimitError("slow down", "groq", "groq/x", request_id="r1")
    error.attempts = 3
    assert str(error) == "groq/x: slow down (status 429, request id r1, attempts 3)"
    assert str(APIConnectionError("nobody there")) == "nobody there"


def test_a_status_is_shown_where_there_was_a_response() -> None:
    assert str(errors.AuthenticationError("no key")) == "no key"
    assert str(errors.AuthenticationError("no", status_code=401)) == "no (status 401)"
    error = errors.RateLimitError("slow down")
    error.attempts = 1
    assert str(error) == "slow down (status 429)"


@pytest.mark.parametrize("name", errors.__all__)
def test_tracebacks_name_the_public_path(name: str) -> None:
    cls = getattr(errors, name)
    assert f"{cls.__module__}.{cls.__qualname__}" == f"trunkline.exceptions.{name}"
    assert getattr(exceptions, name) is cls
