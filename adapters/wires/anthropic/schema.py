"""The vocabulary of the Messages API: what it sends, as types.

https://platform.claude.com/docs/en/api/messages/create and, for streams,
https://platform.claude.com/docs/en/build-with-claude/streaming. The names are those of Anthropic's
own client.

Content blocks and usage stay dictionaries in the structs that hold them: they are passed on with
all their fields. `KnownBlock` and `Usage` are the types to convert them to. Objects that are
only passed on are `object`.
"""

from __future__ import annotations

from msgspec import Struct, field

from ....pipeline.json_values import JSON

# Content blocks


class Citation(Struct):
    """The source of a text; only those on the web have a URL."""

    url: str | None = None
    title: str | None = None


class TextBlock(Struct, tag="text"):
    """Text, and what it cites.

    `text` may be missing where a stream starts a block: the deltas bring it.
    """

    text: str = ""
    citations: list[Citation] | None = None


class ThinkingBlock(Struct, tag="thinking"):
    """Reasoning. Servers of other makers send no signature, or null."""

    thinking: str = ""
    signature: str | None = None


class RedactedThinkingBlock(Struct, tag="redacted_thinking"):
    """Encrypted reasoning."""

    data: str


class Caller(Struct):
    """Who calls a tool: "direct" is the model, other types are programs that it wrote."""

    type: str


class ToolUseBlock(Struct, tag="tool_use"):
    """A call of one of the caller's tools.

    Some servers of other makers leave `input` out where a stream starts a block.
    """

    id: str
    name: str
    input: JSON | None = None
    caller: Caller | None = None
    toolset_name: str | None = None


class CompactionBlock(Struct, tag="compaction"):
    """A summary of the conversation so far; null where it failed."""

    content: str | None = None
    encrypted_content: str | None = None


class OtherBlock(Struct):
    """A block of any other kind: tools that Anthropic runs, and kinds newer than this file."""

    type: str


KnownBlock = TextBlock | ThinkingBlock | RedactedThinkingBlock | ToolUseBlock | CompactionBlock
ContentBlock = KnownBlock | OtherBlock

# Messages


class CacheCreation(Struct):
    """Tokens written to the cache, by how long they stay there."""

    ephemeral_5m_input_tokens: int | None = None
    ephemeral_1h_input_tokens: int | None = None


class OutputTokensDetails(Struct):
    """Parts of `output_tokens`."""

    thinking_tokens: int | None = None


class ServerToolUsage(Struct):
    """Calls of the tools that Anthropic runs."""

    web_search_requests: int | None = None
    web_fetch_requests: int | None = None


class Iteration(Struct):
    """One of the requests that a call became; prices read the counts of some kinds."""

    type: str = ""
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None


class Usage(Struct):
    """Token counts, and what else decides about the price.

    Counts may be null: those at the end of a stream are, where they have not changed. The totals
    leave out compactions, which are only among the iterations.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation: CacheCreation | None = None
    iterations: list[Iteration] | None = None
    output_tokens_details: OutputTokensDetails | None = None
    server_tool_use: ServerToolUsage | None = None
    service_tier: str | None = None
    inference_geo: str | None = None
    speed: str | None = None


class Message(Struct):
    """A whole response, or the start of a streamed one.

    Servers of other makers leave out `id` and `model`, or send null. An error that comes with the
    status of a success has no `content`.
    """

    id: str | None = None
    model: str | None = None
    content: list[JSON] | None = None
    stop_reason: str | None = None
    stop_sequence: str | None = None
    stop_details: JSON | None = None
    usage: JSON | None = None
    container: object = None
    context_management: object = None
    diagnostics: object = None
    input_transformations: object = None


class Count(Struct):
    """The response of the endpoint that counts tokens."""

    input_tokens: int


# Deltas


class TextDelta(Struct, tag="text_delta"):
    """A piece of text."""

    text: str


class InputJSONDelta(Struct, tag="input_json_delta"):
    """A piece of a tool's input, as JSON text."""

    partial_json: str


class ThinkingDelta(Struct, tag="thinking_delta"):
    """A piece of reasoning."""

    thinking: str
    estimated_tokens: int | None = None


class SignatureDelta(Struct, tag="signature_delta"):
    """The signature of the reasoning."""

    signature: str


class CitationsDelta(Struct, tag="citations_delta"):
    """One more citation of a text."""

    citation: JSON


class CompactionDelta(Struct, tag="compaction_delta"):
    """A piece of a summary."""

    content: str | None = None
    encrypted_content: str | None = None


Delta = (
    TextDelta | InputJSONDelta | ThinkingDelta | SignatureDelta | CitationsDelta | CompactionDelta
)


class MessageChange(Struct):
    """What the end of a stream adds to the message."""

    stop_reason: str | None = None
    stop_sequence: str | None = None
    stop_details: JSON | None = None
    container: object = None


# Events of a stream


class MessageStartEvent(Struct, tag="message_start"):
    """The start of a message; its content is empty, or that of the turn that goes on.

    Some gateways send it without a message.
    """

    message: Message = field(default_factory=Message)


class ContentBlockStartEvent(Struct, tag="content_block_start"):
    """The start of a block. Servers that omit zero values leave out `index`."""

    content_block: JSON
    index: int = 0


class ContentBlockDeltaEvent(Struct, tag="content_block_delta"):
    """A piece of a block."""

    delta: Delta
    index: int = 0


class ContentBlockStopEvent(Struct, tag="content_block_stop"):
    """The end of a block."""

    index: int = 0


class MessageDeltaEvent(Struct, tag="message_delta"):
    """The end of the content: why it ends, and the usage; some gateways send only the usage."""

    delta: MessageChange = field(default_factory=MessageChange)
    usage: JSON | None = None
    context_management: object = None
    input_transformations: object = None


class MessageStopEvent(Struct, tag="message_stop"):
    """The end of the stream."""


class PingEvent(Struct, tag="ping"):
    """A sign of life."""


class ErrorEvent(Struct, tag="error"):
    """An error in the middle of a stream."""

    error: object = None


class OtherEvent(Struct):
    """An event of any other kind, or with a delta of any other kind.

    Gateways send errors without a type.
    """

    type: str = ""
    error: object = None


KnownEvent = (
    ContentBlockDeltaEvent
    | ContentBlockStartEvent
    | ContentBlockStopEvent
    | MessageStartEvent
    | MessageDeltaEvent
    | MessageStopEvent
    | PingEvent
    | ErrorEvent
)
Event = KnownEvent | OtherEvent
