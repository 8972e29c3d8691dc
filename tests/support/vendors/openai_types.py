"""Requests as the vendor's own client types them: what it would not take is a defect of ours."""

from __future__ import annotations

from typing import Any

from openai.types.chat.completion_create_params import CompletionCreateParamsBase
from pydantic import ConfigDict, TypeAdapter

from tests.support.vendors.anthropic_types import read_all


class _Params(CompletionCreateParamsBase, total=False):
    """The client's own, with what it leaves to the methods for streams."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]  # pydantic's own way

    stream: bool


_params = TypeAdapter(_Params)


def check_request(body: dict[str, Any]) -> None:
    """Assert that the client would take every field and value, and knows each of them.

    Raises:
        pydantic.ValidationError: it would not.
    """
    read_all(_params.validate_python(body, strict=True))
