"""The types of requests of the `litellm` namespace: dictionaries with a declared shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Required, TypedDict

__all__ = [
    "AllMessageValues",
    "ChatCompletionAnnotation",
    "ChatCompletionAnnotationURLCitation",
    "ChatCompletionAssistantMessage",
    "ChatCompletionAssistantToolCall",
    "ChatCompletionDeveloperMessage",
    "ChatCompletionFileObject",
    "ChatCompletionFileObjectFile",
    "ChatCompletionImageObject",
    "ChatCompletionImageUrlObject",
    "ChatCompletionRedactedThinkingBlock",
    "ChatCompletionSystemMessage",
    "ChatCompletionTextObject",
    "ChatCompletionThinkingBlock",
    "ChatCompletionToolCallChunk",
    "ChatCompletionToolCallFunctionChunk",
    "ChatCompletionToolMessage",
    "ChatCompletionToolParam",
    "ChatCompletionToolParamFunctionChunk",
    "ChatCompletionUsageBlock",
    "ChatCompletionUserMessage",
    "ChatCompletionVideoObject",
    "ChatCompletionVideoUrlObject",
    "CostPerToken",
    "GenericStreamingChunk",
    "OpenAIMessageContent",
]


class ChatCompletionSystemMessage(TypedDict, total=False):
    """A system message in a request."""

    role: Required[Literal["system"]]
    content: Required[Any]
    name: str


class ChatCompletionDeveloperMessage(TypedDict, total=False):
    """A developer's message in a request."""

    role: Required[Literal["developer"]]
    content: Required[Any]
    name: str


class ChatCompletionUserMessage(TypedDict, total=False):
    """A user's message in a request."""

    role: Required[Literal["user"]]
    content: Required[Any]


class ChatCompletionAssistantMessage(TypedDict, total=False):
    """An assistant's message in a request."""

    role: Required[Literal["assistant"]]
    content: Any
    name: str | None
    tool_calls: Any
    function_call: Any
    reasoning_content: str | None
    thinking_blocks: Any


class ChatCompletionToolMessage(TypedDict):
    """A tool's result in a request."""

    role: Literal["tool"]
    content: Any
    tool_call_id: str


class ChatCompletionToolCallFunctionChunk(TypedDict, total=False):
    """Name and arguments of a function call in a request."""

    name: str | None
    arguments: str
    provider_specific_fields: dict[str, Any] | None


class ChatCompletionToolCallChunk(TypedDict):
    """A chunk of a tool call."""

    id: str | None
    type: Literal["function"]
    function: ChatCompletionToolCallFunctionChunk
    index: int


class ChatCompletionAssistantToolCall(TypedDict):
    """A tool call in an assistant's message."""

    id: str | None
    type: Literal["function"]
    function: ChatCompletionToolCallFunctionChunk


class ChatCompletionToolParamFunctionChunk(TypedDict, total=False):
    """The description of a function."""

    name: Required[str]
    description: str
    parameters: dict[str, Any]
    strict: bool


class ChatCompletionToolParam(TypedDict, total=False):
    """A tool of a request."""

    type: Required[str]
    function: Required[ChatCompletionToolParamFunctionChunk]
    cache_control: Mapping[str, Any]


class ChatCompletionTextObject(TypedDict, total=False):
    """A text part of a message."""

    type: Required[Literal["text"]]
    text: Required[str]
    cache_control: Mapping[str, Any]


class ChatCompletionImageUrlObject(TypedDict, total=False):
    """The place of an image."""

    url: Required[str]
    detail: str
    format: str


class ChatCompletionImageObject(TypedDict):
    """An image part of a message."""

    type: Literal["image_url"]
    image_url: str | ChatCompletionImageUrlObject


class ChatCompletionVideoUrlObject(TypedDict, total=False):
    """The place of a video."""

    url: Required[str]
    detail: str


class ChatCompletionVideoObject(TypedDict):
    """A video part of a message."""

    type: Literal["video_url"]
    video_url: str | ChatCompletionVideoUrlObject


class ChatCompletionFileObjectFile(TypedDict, total=False):
    """A file as data, or the id of one."""

    file_data: str
    file_id: str
    filename: str
    format: str


class ChatCompletionFileObject(TypedDict):
    """A file part of a message."""

    type: Literal["file"]
    file: ChatCompletionFileObjectFile


class ChatCompletionThinkingBlock(TypedDict, total=False):
    """A block of reasoning, in Anthropic's format."""

    type: Required[Literal["thinking"]]
    thinking: str
    signature: str | None
    cache_control: Any


class ChatCompletionRedactedThinkingBlock(TypedDict, total=False):
    """A block of reasoning that the provider encrypted."""

    type: Required[Literal["redacted_thinking"]]
    data: str
    cache_control: Any


class ChatCompletionAnnotationURLCitation(TypedDict, total=False):
    """A cited page, and the cited part of the text."""

    start_index: int
    end_index: int
    url: str
    title: str


class ChatCompletionAnnotation(TypedDict, total=False):
    """An annotation of a message."""

    type: Literal["url_citation"]
    url_citation: ChatCompletionAnnotationURLCitation


class ChatCompletionUsageBlock(TypedDict, total=False):
    """The token counts of a `GenericStreamingChunk`."""

    prompt_tokens: Required[int]
    completion_tokens: Required[int]
    total_tokens: Required[int]
    prompt_tokens_details: dict[str, Any] | None
    completion_tokens_details: dict[str, Any] | None


class GenericStreamingChunk(TypedDict, total=False):
    """What the stream of a `CustomLLM` yields."""

    text: Required[str]
    tool_use: ChatCompletionToolCallChunk | None
    is_finished: Required[bool]
    finish_reason: Required[str]
    usage: Required[ChatCompletionUsageBlock | None]
    index: int
    provider_specific_fields: dict[str, Any] | None


class CostPerToken(TypedDict, total=False):
    """Prices of a call, in US dollars per token."""

    input_cost_per_token: Required[float]
    output_cost_per_token: Required[float]
    cache_read_input_token_cost: float
    cache_creation_input_token_cost: float


#: The type of a message's content, for annotations.
OpenAIMessageContent = str | list[Any]
#: The type of a message, for annotations.
AllMessageValues = (
    ChatCompletionUserMessage
    | ChatCompletionAssistantMessage
    | ChatCompletionToolMessage
    | ChatCompletionSystemMessage
)

for _name in __all__:
    _type: object = globals()[_name]
    if isinstance(_type, type):
        _type.__module__ = "litellm.types.llms.openai"
