"""Calls that are sent again until they succeed, under the names that litellm has for them."""

from __future__ import annotations

from typing import Any, Literal, overload

from ..pipeline.call.messages import Messages
from ..pipeline.schema.model_response import ModelResponse
from ..pipeline.stream.stream import Stream
from .default import acompletion, completion

#: How often these functions retry; litellm's default, one more than that of other calls.
RETRIES = 3


@overload
def completion_with_retries(
    model: str,
    messages: Messages,
    *,
    stream: Literal[False] | None = ...,
    num_retries: int = ...,
    **arguments: Any,
) -> ModelResponse: ...
@overload
def completion_with_retries(
    model: str,
    messages: Messages,
    *,
    stream: Literal[True],
    num_retries: int = ...,
    **arguments: Any,
) -> Stream: ...
@overload
def completion_with_retries(
    model: str,
    messages: Messages,
    *,
    stream: bool | None,
    num_retries: int = ...,
    **arguments: Any,
) -> ModelResponse | Stream: ...
def completion_with_retries(
    model: str,
    messages: Messages,
    *,
    stream: bool | None = None,
    num_retries: int = RETRIES,
    **arguments: Any,
) -> ModelResponse | Stream:
    """Call `completion`, and again up to `num_retries` times where that may help."""
    return completion(model, messages, stream=stream, num_retries=num_retries, **arguments)


@overload
async def acompletion_with_retries(
    model: str,
    messages: Messages,
    *,
    stream: Literal[False] | None = ...,
    num_retries: int = ...,
    **arguments: Any,
) -> ModelResponse: ...
@overload
async def acompletion_with_retries(
    model: str,
    messages: Messages,
    *,
    stream: Literal[True],
    num_retries: int = ...,
    **arguments: Any,
) -> Stream: ...
@overload
async def acompletion_with_retries(
    model: str,
    messages: Messages,
    *,
    stream: bool | None,
    num_retries: int = ...,
    **arguments: Any,
) -> ModelResponse | Stream: ...
async def acompletion_with_retries(
    model: str,
    messages: Messages,
    *,
    stream: bool | None = None,
    num_retries: int = RETRIES,
    **arguments: Any,
) -> ModelResponse | Stream:
    """Call `acompletion`, and again up to `num_retries` times where that may help."""
    return await acompletion(model, messages, stream=stream, num_retries=num_retries, **arguments)
