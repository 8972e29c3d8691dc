"""completion_with_retries() and acompletion_with_retries(), as in litellm."""

from __future__ import annotations

from typing import Any, Literal, overload

from ..pipeline.call.concealed import conceal
from ..pipeline.call.messages import Messages
from ..pipeline.schema.model_response import ModelResponse
from ..pipeline.stream.stream import Stream
from .default import acompletion, completion

#: How often these functions retry; litellm's default, one more than that of other calls.
#: The default of `num_retries` here, as in litellm.
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
    """Call `completion` with up to `num_retries` retries."""
    conceal(arguments)
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
    """Call `acompletion` with up to `num_retries` retries."""
    conceal(arguments)
    return await acompletion(model, messages, stream=stream, num_retries=num_retries, **arguments)
