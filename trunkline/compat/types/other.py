"""Types of the `litellm` namespace that no call of it takes or returns.

Frameworks import them for annotations, for `isinstance`, or to build what a test compares.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from .objects import OpenAIObject, PositionalObject
from .response import Usage

__all__ = [
    "CredentialItem",
    "EmbeddingResponse",
    "TextCompletionResponse",
]


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


for _name in __all__:
    globals()[_name].__module__ = "litellm.types.utils"
