"""Requests, responses and events of the Responses API as OpenAI's own package types them."""

from __future__ import annotations

from typing import Any

from openai.types.responses import Response, ResponseStreamEvent
from openai.types.responses.response_create_params import ResponseCreateParamsBase
from pydantic import ConfigDict, TypeAdapter

from tests.support.vendors.anthropic_types import read_all


class _Params(ResponseCreateParamsBase, total=False):
    """The client's own, with what it leaves to the methods for streams."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]  # pydantic's own way

    stream: bool


_params = TypeAdapter(_Params)
_response = TypeAdapter(Response)
_event: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)


def check_request(body: dict[str, Any]) -> None:
    """Assert that the client would take every field and value, and knows each of them.

    Raises:
        pydantic.ValidationError: it would not.
    """
    read_all(_params.validate_python(body, strict=True))


def check_response(body: dict[str, Any]) -> None:
    """Assert that a response has every field that the client requires, each of its type.

    Raises:
        pydantic.ValidationError: it has not.
    """
    _response.validate_python(body, strict=True)


def check_event(event: dict[str, Any]) -> Any:
    """Return an event as the client reads it.

    Raises:
        pydantic.ValidationError: it has other fields, or values of other types.
    """
    return _event.validate_python(event, strict=True)
