"""The types of arguments of `litellm.completion`, which frameworks import for annotations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, Required, TypedDict

__all__ = [
    "AnthropicThinkingParam",
    "ChatCompletionAudioParam",
    "ChatCompletionModality",
    "ChatCompletionPredictionContentParam",
    "OpenAIWebSearchOptions",
    "OpenAIWebSearchUserLocation",
]


class AnthropicThinkingParam(TypedDict, total=False):
    """`thinking`: whether Claude reasons, and for how many tokens."""

    type: Literal["enabled", "adaptive", "disabled"]
    budget_tokens: int
    display: Literal["summarized", "omitted"]


class ChatCompletionAudioParam(TypedDict):
    """`audio`: the format and the voice of spoken responses."""

    format: str
    voice: Any


class ChatCompletionPredictionContentParam(TypedDict, total=False):
    """`prediction`: text that the response will contain for the most part."""

    type: Required[Literal["content"]]
    content: Required[str | Iterable[Any]]


class OpenAIWebSearchUserLocation(TypedDict):
    """The place for which a web search looks."""

    type: Literal["approximate"]
    approximate: dict[str, str]


class OpenAIWebSearchOptions(TypedDict, total=False):
    """`web_search_options`: how a model searches the web."""

    search_context_size: Literal["low", "medium", "high"] | None
    user_location: OpenAIWebSearchUserLocation | None


#: An item of `modalities`.
ChatCompletionModality = Literal["text", "audio"]

for _name in __all__:
    _type: object = globals()[_name]
    if isinstance(_type, type):
        _type.__module__ = "litellm.types.llms.openai"

AnthropicThinkingParam.__module__ = "litellm.types.llms.anthropic"
