"""What Google sends for generateContent and countTokens, on both AI Studio and Vertex.

https://ai.google.dev/api/generate-content#generatecontentresponse and, for Vertex,
https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference#response

Every field is optional and may be null: protobuf's JSON omits fields that have their default
value, and treats null like an omitted field (https://protobuf.dev/programming-guides/json/).
Fields that are not declared here are read from the decoded JSON and passed on.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from ....pipeline.json_values import JSON

#: Protobuf's JSON writes an enum's name, or its number where the client requested
#: `enum-encoding=int`, as some proxies do.
Enum = str | int
#: Protobuf's JSON writes numbers that JSON does not have as strings.
Float = float | Literal["Infinity", "-Infinity", "NaN"]


class Blob(Struct, rename="camel"):
    """Media bytes, base64 in `data`."""

    mime_type: str | None = None
    data: str | None = None


class PartialArg(Struct, rename="camel"):
    """A piece of a function call's arguments, as Vertex streams them.

    `json_path` is an RFC 9535 path. The value is the one field of the four that is present.
    """

    json_path: str | None = None
    string_value: str | None = None
    number_value: int | float | None = None
    bool_value: bool | None = None
    # Unlike in other fields, null is a value here.
    null_value: str | UnsetType | None = UNSET


class FunctionCall(Struct, rename="camel"):
    """A function call, or a piece of one if `will_continue` is set."""

    id: str | None = None
    name: str | None = None
    args: JSON | None = None
    partial_args: list[PartialArg] | None = None
    will_continue: bool | None = None


class Part(Struct, rename="camel"):
    """A part of the content; which kind it is depends on the field that is present.

    There are more kinds, such as code that Google ran. These have none of the fields below but
    `thought` and `thought_signature`, and are passed on as they are.
    """

    text: str | None = None
    thought: bool | None = None
    thought_signature: str | None = None
    function_call: FunctionCall | None = None
    inline_data: Blob | None = None


class Content(Struct, rename="camel"):
    """The parts of a candidate."""

    parts: list[Part] | None = None


class Token(Struct, rename="camel"):
    """A token with its log probability."""

    token: str | None = None
    log_probability: Float | None = None


class TopCandidates(Struct, rename="camel"):
    """The most likely tokens at one position."""

    candidates: list[Token] | None = None


class LogprobsResult(Struct, rename="camel"):
    """The log probabilities of a candidate's tokens."""

    chosen_candidates: list[Token] | None = None
    top_candidates: list[TopCandidates] | None = None


class Source(Struct, rename="camel"):
    """A source of grounded text; images have `source_uri` instead of `uri`."""

    uri: str | None = None
    source_uri: str | None = None
    title: str | None = None
    domain: str | None = None


class GroundingChunk(Struct, rename="camel"):
    """A source under the name of its kind."""

    web: Source | None = None
    maps: Source | None = None
    retrieved_context: Source | None = None
    image: Source | None = None


class Segment(Struct, rename="camel"):
    """A range of the text, counted in bytes of UTF-8 from its start."""

    start_index: int | None = None
    end_index: int | None = None


class GroundingSupport(Struct, rename="camel"):
    """The sources, by their position, that support a segment of the text."""

    segment: Segment | None = None
    grounding_chunk_indices: list[int] | None = None


class GroundingMetadata(Struct, rename="camel"):
    """Which sources support which text."""

    grounding_chunks: list[GroundingChunk] | None = None
    grounding_supports: list[GroundingSupport] | None = None


class Candidate(Struct, rename="camel"):
    """One of the generated messages, or what one event adds to it."""

    content: Content | None = None
    finish_reason: Enum | None = None
    finish_message: str | None = None
    index: Annotated[int, Meta(ge=0)] | None = None
    grounding_metadata: GroundingMetadata | None = None
    logprobs_result: LogprobsResult | None = None


class PromptFeedback(Struct, rename="camel"):
    """Why a prompt was blocked."""

    block_reason: Enum | None = None


class ModalityTokenCount(Struct, rename="camel"):
    """The tokens of one modality."""

    modality: Enum | None = None
    token_count: int | None = None


class UsageMetadata(Struct, rename="camel"):
    """Token counts: https://ai.google.dev/api/generate-content#UsageMetadata."""

    prompt_token_count: int | None = None
    tool_use_prompt_token_count: int | None = None
    cached_content_token_count: int | None = None
    candidates_token_count: int | None = None
    thoughts_token_count: int | None = None
    total_token_count: int | None = None
    prompt_tokens_details: list[ModalityTokenCount] | None = None
    candidates_tokens_details: list[ModalityTokenCount] | None = None
    # Not part of OpenAI's usage, but prices depend on them.
    cache_tokens_details: list[ModalityTokenCount] | None = None
    traffic_type: Enum | None = None


class GenerateContentResponse(Struct, rename="camel"):
    """A whole response, or one event of a stream.

    `usage_metadata` stays a dictionary until the end of the stream: an event need not repeat the
    counts of an earlier one, so they are joined before they are read as `UsageMetadata`.
    """

    candidates: list[Candidate] | None = None
    prompt_feedback: PromptFeedback | None = None
    usage_metadata: JSON | None = None
    model_version: str | None = None
    response_id: str | None = None
    create_time: str | None = None


class TextPart(Struct, rename="camel", forbid_unknown_fields=True):
    """A part of a `TextEvent`: text or a thought."""

    text: str
    thought: bool | None = None
    thought_signature: str | None = None


class TextContent(Struct, rename="camel", forbid_unknown_fields=True):
    """The parts of a `TextCandidate`."""

    parts: list[TextPart]
    role: str | None = None


class TextCandidate(Struct, rename="camel", forbid_unknown_fields=True):
    """A candidate of a `TextEvent`."""

    content: TextContent
    finish_reason: Enum | None = None
    index: Annotated[int, Meta(ge=0)] | None = None


class TextEvent(Struct, rename="camel", forbid_unknown_fields=True):
    """A `GenerateContentResponse` with nothing but text, as most events of a stream are.

    It has no other fields, so it is decoded once: there is nothing to pass on from the JSON.
    """

    candidates: list[TextCandidate]
    usage_metadata: JSON | None = None
    model_version: str | None = None
    response_id: str | None = None
    create_time: str | None = None


class CountTokensResponse(Struct, rename="camel"):
    """The token count of a request. Without it, the response is useless."""

    total_tokens: int
