"""What Cohere's chat API sends: responses, and the events of a stream.

Only fields that this wire reads are declared. Citations and usage are passed on as they came, so
they stay dictionaries; `Citation` and `NativeUsage` describe what is read from them. Fields are
optional where Cohere's SDK has them so.

https://docs.cohere.com/reference/chat and https://docs.cohere.com/reference/chat-stream
"""

from __future__ import annotations

from msgspec import Struct

from ....pipeline.json_values import JSON


class Content(Struct):
    """A part of a message, or a piece of one: text, reasoning, or a kind that is not known here."""

    text: str | None = None
    thinking: str | None = None


class CalledFunction(Struct):
    """Name and arguments of a call; `arguments` is JSON text."""

    name: str
    arguments: str | None = None


class NativeToolCall(Struct):
    """A tool call, or its start in a stream."""

    id: str
    function: CalledFunction


class Source(Struct):
    """What a citation cites.

    Documents and outputs of tools are the caller's own data, so they may have any form.
    """

    document: object = None
    tool_output: object = None


class Citation(Struct):
    """A citation of the text or the reasoning in a message."""

    start: int | None = None
    end: int | None = None
    type: str | None = None
    sources: list[Source] | None = None


class LogprobItem(Struct):
    """A piece of text with the log probability of each of its tokens."""

    text: str | None = None
    logprobs: list[float] | None = None


class TokenCounts(Struct):
    """Token counts, which the API documents as floating-point numbers."""

    input_tokens: float | None = None
    output_tokens: float | None = None
    reasoning_tokens: float | None = None


class NativeUsage(Struct):
    """Token counts of a call, and the counts that are billed."""

    tokens: TokenCounts | None = None
    billed_units: TokenCounts | None = None
    cached_tokens: float | None = None


class Failure(Struct, kw_only=True):
    """What a response says of an error, if its finish reason is that of a failure."""

    error: str | None = None
    error_type: str | None = None


class End(Failure, kw_only=True):
    """How a stream ends, in the event `message-end`; `NativeUsage` describes `usage`."""

    finish_reason: str | None = None
    usage: JSON | None = None


class NativeMessage(Struct):
    """The message of a response; `Citation` describes `citations`."""

    content: list[Content] | None = None
    tool_plan: str | None = None
    tool_calls: list[NativeToolCall] | None = None
    citations: list[JSON] | None = None


class ChatResponse(Failure, kw_only=True):
    """A response that is not streamed; `NativeUsage` describes `usage`."""

    message: NativeMessage
    finish_reason: str | None
    id: str | None = None
    usage: JSON | None = None
    logprobs: list[LogprobItem] | None = None


class ContentMessage(Struct):
    """The message in `ContentDelta`."""

    content: Content


class ContentChange(Struct):
    """The change in `ContentDelta`."""

    message: ContentMessage


class PlanMessage(Struct):
    """The message in `ToolPlanDelta`."""

    tool_plan: str


class PlanChange(Struct):
    """The change in `ToolPlanDelta`."""

    message: PlanMessage


class CallMessage(Struct):
    """The message in `ToolCallStart`."""

    tool_calls: NativeToolCall


class CallStart(Struct):
    """The change in `ToolCallStart`."""

    message: CallMessage


class FunctionPiece(Struct):
    """A piece of a call's arguments."""

    arguments: str | None = None


class CallPiece(Struct):
    """A piece of a call."""

    function: FunctionPiece | None = None


class PieceMessage(Struct):
    """The message in `ToolCallDelta`."""

    tool_calls: CallPiece


class CallChange(Struct):
    """The change in `ToolCallDelta`."""

    message: PieceMessage


class CitationMessage(Struct):
    """The message in `CitationStart`; Cohere documents one citation and also sent lists."""

    citations: JSON | list[JSON]


class CitationChange(Struct):
    """The change in `CitationStart`."""

    message: CitationMessage


class MessageStart(Struct, tag_field="type", tag="message-start"):
    """The first event."""

    id: str | None = None


class ContentDelta(Struct, tag_field="type", tag="content-delta"):
    """A piece of text or reasoning."""

    delta: ContentChange
    index: int = 0
    logprobs: LogprobItem | None = None


class ContentStart(ContentDelta, tag_field="type", tag="content-start"):
    """The first piece of text or reasoning."""


class ToolPlanDelta(Struct, tag_field="type", tag="tool-plan-delta"):
    """A piece of the plan that the model makes before its tool calls."""

    delta: PlanChange


class ToolCallStart(Struct, tag_field="type", tag="tool-call-start"):
    """The start of a tool call."""

    delta: CallStart
    index: int = 0


class ToolCallDelta(Struct, tag_field="type", tag="tool-call-delta"):
    """A piece of a tool call's arguments."""

    delta: CallChange
    index: int = 0


class CitationStart(Struct, tag_field="type", tag="citation-start"):
    """A citation, which comes whole."""

    delta: CitationChange


class MessageEnd(Struct, tag_field="type", tag="message-end"):
    """The last event; `End` describes `delta`."""

    delta: JSON | None = None


#: Events that are read. There are others, such as `content-end` and `debug`.
Event = (
    MessageStart
    | ContentStart
    | ContentDelta
    | ToolPlanDelta
    | ToolCallStart
    | ToolCallDelta
    | CitationStart
    | MessageEnd
)
#: Values of the field `type` of these events.
EVENT_TYPES = frozenset(
    {
        "message-start",
        "content-start",
        "content-delta",
        "tool-plan-delta",
        "tool-call-start",
        "tool-call-delta",
        "citation-start",
        "message-end",
    }
)


class EventType(Struct):
    """The type of any event; errors have none."""

    type: str = ""


class Tokenized(Struct):
    """The response of the endpoint that counts tokens."""

    tokens: list[int]
