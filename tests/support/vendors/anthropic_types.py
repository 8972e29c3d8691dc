"""Requests as the vendor's own client types them: what it would not take is a defect of ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, cast

from anthropic.types import ContentBlockParam, SystemMessageParam
from anthropic.types.message_create_params import MessageCreateParamsBase
from pydantic import ConfigDict, TypeAdapter
from typing_extensions import TypedDict


class _Params(MessageCreateParamsBase, total=False):
    """The client's own, with what it left out as newer models do, and older ones take."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]  # pydantic's own way

    stream: bool
    temperature: float
    top_k: int
    top_p: float


class _Message(TypedDict):
    """A message of blocks; the client's own also takes answers, with fields of any name."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]  # pydantic's own way

    role: Literal["user", "assistant"]
    content: list[ContentBlockParam]


_params = TypeAdapter(_Params)
_messages = TypeAdapter(list[_Message | SystemMessageParam])


def check_request(body: dict[str, Any]) -> None:
    """Assert that the client would take every field, value and block, and knows each of them.

    Raises:
        pydantic.ValidationError: it would not.
    """
    read_all(_params.validate_python(body, strict=True))
    read_all(_messages.validate_python(body["messages"], strict=True))


def read_all(value: object) -> None:
    """Read what is only checked when it is read, as most lists are."""
    if isinstance(value, dict):
        value = list(cast("dict[str, object]", value).values())
    if isinstance(value, Iterator | list):
        for item in cast("Iterator[object]", value):
            read_all(item)
