"""What the Responses API sends: responses, their items, and the events of a stream.

https://platform.openai.com/docs/api-reference/responses/object and .../responses-streaming

Items and events are tagged by `type`. Known kinds are converted to the structs below; unknown kinds
are kept as they came, since the API gains new ones every few weeks.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field

from ....pipeline.json_values import JSON


class InputTokensDetails(Struct):
    """Parts of `input_tokens`."""

    cached_tokens: int | None = None
    cache_write_tokens: int | None = None


class OutputTokensDetails(Struct):
    """Parts of `output_tokens`."""

    reasoning_tokens: int | None = None


class ResponseUsage(Struct):
    """Tokens of a response."""

    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0
    # xAI and OpenRouter send null where they have no details.
    input_tokens_details: InputTokensDetails | None = None
    output_tokens_details: OutputTokensDetails | None = None


class IncompleteDetails(Struct):
    """Why a response is incomplete: "max_output_tokens" or "content_filter"."""

    reason: str | None = None


class ResponseBody(Struct):
    """A response, whole or in the events that begin and end a stream.

    `output` and `usage` stay dictionaries: both are passed on with fields that nobody declared.
    """

    id: str = ""
    created_at: float | None = None
    model: str | None = None
    status: str | None = None
    output: list[JSON] | None = None
    usage: JSON | None = None
    # An object in OpenAI's responses, a string with some hosts.
    error: Any = None
    incomplete_details: IncompleteDetails | None = None
    service_tier: str | None = None
    conversation: Any = None
    metadata: Any = None
    input_transformations: Any = None
    moderation: Any = None
    prompt_cache_diagnostics: Any = None
    tool_usage: Any = None


class OutputContent(Struct):
    """A part of a message: "output_text", "refusal", or in reasoning "reasoning_text"."""

    type: str
    text: str | None = None
    refusal: str | None = None
    annotations: list[JSON] | None = None
    logprobs: list[JSON] | None = None


class OutputMessage(Struct):
    """An item of type "message"."""

    content: list[OutputContent] | None = None


class ReasoningItem(Struct):
    """An item of type "reasoning"; `content` is the raw reasoning of open models."""

    summary: list[OutputContent] | None = None
    content: list[OutputContent] | None = None


class FunctionCallItem(Struct):
    """An item of type "function_call"."""

    call_id: str
    name: str
    arguments: str = ""
    namespace: str | None = None


class CustomToolCallItem(Struct):
    """An item of type "custom_tool_call"."""

    call_id: str
    name: str
    input: str = ""
    namespace: str | None = None


class ImageGenerationItem(Struct):
    """An item of type "image_generation_call"; `result` is base64."""

    result: str | None = None
    output_format: str | None = None


class EventKind(Struct):
    """The type of an event, read before the rest of it."""

    type: str = ""


class TextDelta(Struct):
    """A piece of text, reasoning, a refusal, or a call's arguments."""

    delta: str
    output_index: int = 0
    content_index: int = 0
    summary_index: int = 0
    logprobs: list[JSON] | None = None


class AnnotationAdded(Struct):
    """A citation in the text before it."""

    annotation: JSON
    output_index: int = 0
    content_index: int = 0


class ItemEvent(Struct):
    """An item that begins or is whole."""

    item: JSON
    output_index: int = 0


class ResponseEvent(Struct):
    """An event that carries the response itself: "response.created", "response.completed" ..."""

    response: ResponseBody = field(default_factory=ResponseBody)
