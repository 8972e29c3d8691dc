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
    "FileObject",
    "HttpxBinaryResponseContent",
    "ImageObject",
    "ImageResponse",
    "RerankResponse",
    "TextCompletionResponse",
    "TranscriptionResponse",
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


class ImageObject(PositionalObject):
    """An image."""

    positional = ("b64_json", "url", "revised_prompt")

    b64_json: str | None = None
    url: str | None = None
    revised_prompt: str | None = None


class ImageResponse(PositionalObject):
    """A response of images; no call returns one."""

    positional = ("created", "data")

    created: int | None = None
    data: list[Any] = Field(default_factory=list[Any])
    usage: Any = None


class TranscriptionResponse(PositionalObject):
    """A response of transcriptions; no call returns one."""

    positional = ("text",)

    text: str | None = None


class RerankResponse(OpenAIObject):
    """A response of reranking; no call returns one."""

    id: str | None = None
    results: list[Any] | None = None
    meta: Any = None


class HttpxBinaryResponseContent(PositionalObject):
    """A response of speech; no call returns one."""

    positional = ("response",)

    response: Any = None


class FileObject(OpenAIObject):
    """A file at a provider; no call returns one."""

    id: str
    bytes: int | None = None
    created_at: int | None = None
    filename: str | None = None
    object: str = "file"
    purpose: str | None = None
    status: str | None = None


class CredentialItem(OpenAIObject):
    """A named set of credentials."""

    credential_name: str
    credential_values: dict[str, Any] = Field(default_factory=dict[str, Any])
    credential_info: dict[str, Any] = Field(default_factory=dict[str, Any])


for _name in __all__:
    globals()[_name].__module__ = "litellm.types.utils"
