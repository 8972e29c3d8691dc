"""Types of the `litellm` namespace that no call of it takes or returns.

Frameworks import them for annotations, for `isinstance`, or to build what a test compares.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from .objects import OpenAIObject, PositionalObject
from .response_types import Usage

__all__ = [
    "ChatCompletionTokenLogprob",
    "ChoiceLogprobs",
    "CredentialItem",
    "EmbeddingResponse",
    "ModelInfo",
    "RetryPolicy",
    "TextCompletionResponse",
    "TopLogprob",
]


class TopLogprob(OpenAIObject):
    """A token that was likely too."""

    token: str
    bytes: list[int] | None = None
    logprob: float


class ChatCompletionTokenLogprob(OpenAIObject):
    """The log probability of one token."""

    token: str
    bytes: list[int] | None = None
    logprob: float
    top_logprobs: list[TopLogprob] = Field(default_factory=list[TopLogprob])


class ChoiceLogprobs(OpenAIObject):
    """The log probabilities of a choice's tokens."""

    content: list[ChatCompletionTokenLogprob] | None = None
    refusal: list[ChatCompletionTokenLogprob] | None = None


class EmbeddingResponse(PositionalObject):
    """A response of embeddings; no call returns one."""

    positional = ("model", "usage", "response_ms", "data")

    model: str | None = None
    data: list[Any] = Field(default_factory=list[Any])
    object: str = "list"
    usage: Usage | None = None


class TextCompletionResponse(OpenAIObject):
    """A response of text completions; no call returns one."""

    id: str | None = None
    object: str = "text_completion"
    created: int | None = None
    model: str | None = None
    choices: list[Any] = Field(default_factory=list[Any])
    usage: Usage | None = None


class CredentialItem(OpenAIObject):
    """A named set of credentials."""

    credential_name: str
    credential_values: dict[str, Any] = Field(default_factory=dict[str, Any])
    credential_info: dict[str, Any] = Field(default_factory=dict[str, Any])


class RetryPolicy(OpenAIObject):
    """The number of retries by exception; a Router refuses it, use `Retry(policy=)`."""

    BadRequestErrorRetries: int | None = None
    AuthenticationErrorRetries: int | None = None
    TimeoutErrorRetries: int | None = None
    RateLimitErrorRetries: int | None = None
    ContentPolicyViolationErrorRetries: int | None = None
    InternalServerErrorRetries: int | None = None


class ModelInfo(OpenAIObject):
    """Facts about a deployment of a Router."""

    id: str | None = None


for _name in __all__:
    globals()[_name].__module__ = "litellm.types.utils"
