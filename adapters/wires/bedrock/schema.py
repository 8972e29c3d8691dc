"""What Converse sends: responses, the events of a stream, and the content blocks of both.

Only fields that this wire reads are declared. Fields that are passed on as they came (citations,
results of tools that AWS runs, pieces of images) stay dictionaries.

A content block is an object with one member, whose name is its kind. All members are optional, so
a block of a kind that is not known here has none. Other fields are optional where the API's model
says so, and where a response can be used without them: gateways that copy the API leave some out.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_ResponseSyntax
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html#API_runtime_ConverseStream_ResponseSyntax
"""

from __future__ import annotations

from msgspec import Struct

from ....pipeline.json_values import JSON


class ToolUse(Struct, rename="camel"):
    """A tool call, or its start in a stream, where `input` follows in pieces."""

    tool_use_id: str
    name: str
    input: object = None
    type: str | None = None

    @property
    def is_for_caller(self) -> bool:
        """Whether the caller runs the tool; a call that AWS runs itself has another type."""
        return (self.type or "tool_use") == "tool_use"


class ReasoningText(Struct):
    """Reasoning with its signature."""

    text: str | None = None
    signature: str | None = None


class Reasoning(Struct, rename="camel"):
    """A block of reasoning: as text, or encrypted."""

    reasoning_text: ReasoningText | None = None
    redacted_content: str | None = None


class S3Location(Struct):
    """An address in S3."""

    uri: str | None = None


class ImageSource(Struct, rename="camel"):
    """An image as base64, or its address in S3."""

    bytes: str | None = None
    s3_location: S3Location | None = None


class Image(Struct):
    """An image that the model made."""

    format: str
    source: ImageSource | None = None


class CitedText(Struct):
    """Text that citations belong to."""

    text: str | None = None


class CitedContent(Struct):
    """Text with citations; see `Citation`."""

    content: list[CitedText] | None = None
    citations: list[JSON] | None = None


class Web(Struct):
    """A page on the web."""

    url: str | None = None
    domain: str | None = None


class Location(Struct):
    """Where cited text comes from; only pages on the web have a place in OpenAI's message."""

    web: Web | None = None


class Citation(Struct):
    """A citation, also the piece of one in a stream."""

    title: str | None = None
    location: Location | None = None


class Block(Struct, rename="camel"):
    """A content block; see the module's docstring."""

    text: str | None = None
    tool_use: ToolUse | None = None
    reasoning_content: Reasoning | None = None
    citations_content: CitedContent | None = None
    image: Image | None = None


class TokenUsage(Struct, rename="camel"):
    """Token counts: `input_tokens` does not include what the cache read or wrote."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_write_input_tokens: int | None = None


class ServiceTier(Struct):
    """The service tier that served a request."""

    type: str | None = None


class NativeMessage(Struct):
    """The message of a response."""

    content: list[Block] | None = None


class Output(Struct):
    """What holds the message of a response."""

    message: NativeMessage | None = None


class ConverseResponse(Struct, rename="camel"):
    """A response that is not streamed; `TokenUsage` describes `usage`."""

    output: Output | None = None
    stop_reason: str | None = None
    usage: JSON | None = None
    service_tier: ServiceTier | None = None


class MessageStart(Struct):
    """Event `messageStart`."""

    role: str | None = None


class BlockStart(Struct, rename="camel"):
    """What `contentBlockStart` says of a block."""

    tool_use: ToolUse | None = None
    tool_result: JSON | None = None
    image: JSON | None = None


class ContentBlockStart(Struct, rename="camel"):
    """Event `contentBlockStart`; `BlockStart` describes `start`."""

    content_block_index: int = 0
    start: JSON | None = None


class ToolUseDelta(Struct):
    """A piece of a call's arguments, which are JSON text."""

    input: str | None = None


class ReasoningDelta(Struct, rename="camel"):
    """A piece of reasoning, of its signature, or of encrypted reasoning."""

    text: str | None = None
    signature: str | None = None
    redacted_content: str | None = None


class BlockDelta(Struct, rename="camel"):
    """A piece of a content block; like a block, it has one member."""

    text: str | None = None
    tool_use: ToolUseDelta | None = None
    reasoning_content: ReasoningDelta | None = None
    citation: JSON | None = None
    tool_result: list[JSON] | None = None
    image: JSON | None = None


class ContentBlockDelta(Struct, rename="camel"):
    """Event `contentBlockDelta`."""

    content_block_index: int = 0
    delta: BlockDelta | None = None


class ContentBlockStop(Struct, rename="camel"):
    """Event `contentBlockStop`."""

    content_block_index: int = 0


class MessageStop(Struct, rename="camel"):
    """Event `messageStop`."""

    stop_reason: str | None = None


class Metadata(Struct, rename="camel"):
    """Event `metadata`, the last of a stream; `TokenUsage` describes `usage`."""

    usage: JSON | None = None
    service_tier: ServiceTier | None = None


class TokenCount(Struct, rename="camel"):
    """The response of CountTokens."""

    input_tokens: int
