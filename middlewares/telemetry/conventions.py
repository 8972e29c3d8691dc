"""Names of OpenTelemetry's GenAI conventions, one table for each version.

"1.41.0" is the latest release, in the semantic-conventions repository. It is the default, because
current backends read it. "next" is the unreleased main branch of the GenAI conventions' own
repository; `OTEL_SEMCONV_STABILITY_OPT_IN=gen_ai_latest_experimental` selects it. The two are never
combined, because every token would be counted twice.

https://github.com/open-telemetry/semantic-conventions/blob/v1.41.0/docs/gen-ai/
https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from msgspec import Struct

Version = Literal["1.41.0", "next"]

OPT_IN = "OTEL_SEMCONV_STABILITY_OPT_IN"
LATEST = "gen_ai_latest_experimental"
CAPTURE_CONTENT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"

OPERATION = "chat"
OPERATION_NAME = "gen_ai.operation.name"
PROVIDER_NAME = "gen_ai.provider.name"
REQUEST_MODEL = "gen_ai.request.model"
REQUEST_STREAM = "gen_ai.request.stream"
REQUEST_CHOICES = "gen_ai.request.choice.count"
REQUEST_STOP = "gen_ai.request.stop_sequences"
OUTPUT_TYPE = "gen_ai.output.type"
CONVERSATION_ID = "gen_ai.conversation.id"
RESPONSE_ID = "gen_ai.response.id"
RESPONSE_MODEL = "gen_ai.response.model"
FINISH_REASONS = "gen_ai.response.finish_reasons"
TIME_TO_FIRST_CHUNK = "gen_ai.response.time_to_first_chunk"
SYSTEM_INSTRUCTIONS = "gen_ai.system_instructions"
INPUT_MESSAGES = "gen_ai.input.messages"
OUTPUT_MESSAGES = "gen_ai.output.messages"
TOOL_DEFINITIONS = "gen_ai.tool.definitions"
SERVER_ADDRESS = "server.address"
SERVER_PORT = "server.port"
ERROR_TYPE = "error.type"
USER_ID = "user.id"

#: Histogram buckets for durations (seconds) and token counts, as the conventions recommend.
SECONDS = tuple(0.01 * 2**power for power in range(14))
TOKENS = tuple(float(4**power) for power in range(14))

TokenCount = Literal["input", "output", "cache_read", "cache_write", "reasoning"]


class TokenMetric(Struct, frozen=True):
    """A metric of token counts: what it counts, and its own attributes."""

    name: str
    instrument: Literal["histogram", "counter"]
    count: TokenCount
    attributes: Mapping[str, str] = MappingProxyType({})


class Conventions(Struct, frozen=True):
    """The names and types that differ between versions.

    Attributes:
        schema_url: identifies the version to backends; None before its release.
        duration, time_to_first_chunk: names of the histograms, in seconds.
        tokens: metrics of token counts.
        usage: span attributes of token counts.
        params: span attributes by parameter name; if two parameters have the same attribute, the
            later one takes precedence.
        whole_top_k: whether `top_k` is an integer.
    """

    schema_url: str | None
    duration: str
    time_to_first_chunk: str
    tokens: tuple[TokenMetric, ...]
    usage: Mapping[TokenCount, str]
    params: Mapping[str, str]
    whole_top_k: bool


_PARAMS = {
    "frequency_penalty": "gen_ai.request.frequency_penalty",
    "max_tokens": "gen_ai.request.max_tokens",
    "max_completion_tokens": "gen_ai.request.max_tokens",
    "presence_penalty": "gen_ai.request.presence_penalty",
    "seed": "gen_ai.request.seed",
    "temperature": "gen_ai.request.temperature",
    "top_k": "gen_ai.request.top_k",
    "top_p": "gen_ai.request.top_p",
}
_USAGE: dict[TokenCount, str] = {
    "input": "gen_ai.usage.input_tokens",
    "output": "gen_ai.usage.output_tokens",
    "cache_read": "gen_ai.usage.cache_read.input_tokens",
    "cache_write": "gen_ai.usage.cache_creation.input_tokens",
    "reasoning": "gen_ai.usage.reasoning.output_tokens",
}
_INFERENCE = "gen_ai.client.inference"
_COUNTERS: tuple[TokenCount, ...] = ("cache_read", "cache_write")

CONVENTIONS: Mapping[Version, Conventions] = MappingProxyType(
    {
        "1.41.0": Conventions(
            schema_url="https://opentelemetry.io/schemas/1.41.0",
            duration="gen_ai.client.operation.duration",
            time_to_first_chunk="gen_ai.client.operation.time_to_first_chunk",
            tokens=(
                TokenMetric(
                    "gen_ai.client.token.usage",
                    "histogram",
                    "input",
                    {"gen_ai.token.type": "input"},
                ),
                TokenMetric(
                    "gen_ai.client.token.usage",
                    "histogram",
                    "output",
                    {"gen_ai.token.type": "output"},
                ),
            ),
            usage=_USAGE,
            params=_PARAMS,
            whole_top_k=False,
        ),
        "next": Conventions(
            schema_url=None,
            duration=f"{_INFERENCE}.duration",
            time_to_first_chunk=f"{_INFERENCE}.time_to_first_chunk",
            tokens=(
                TokenMetric(f"{_INFERENCE}.operation.input_tokens", "histogram", "input"),
                TokenMetric(f"{_INFERENCE}.operation.output_tokens", "histogram", "output"),
                TokenMetric(f"{_INFERENCE}.usage.input_tokens", "counter", "input"),
                TokenMetric(f"{_INFERENCE}.usage.output_tokens", "counter", "output"),
                *(
                    TokenMetric(f"{_INFERENCE}.usage.{name}.input_tokens", "counter", name)
                    for name in _COUNTERS
                ),
                TokenMetric(f"{_INFERENCE}.usage.reasoning.output_tokens", "counter", "reasoning"),
            ),
            usage={**_USAGE, "cache_write": "gen_ai.usage.cache_write.input_tokens"},
            params={**_PARAMS, "reasoning_effort": "gen_ai.request.reasoning.level"},
            whole_top_k=True,
        ),
    }
)


def choose_version(opt_in: str) -> Version:
    """Return the version that a value of OTEL_SEMCONV_STABILITY_OPT_IN selects."""
    chosen = {item.strip() for item in opt_in.split(",")}
    return "next" if LATEST in chosen else "1.41.0"


def captures_content(setting: str) -> bool:
    """Return whether a value of the conventions' variable enables content on spans.

    EVENT_ONLY selects only log events, which trunkline does not emit; "true" is the older value.
    """
    return setting.strip().upper() in {"SPAN_ONLY", "SPAN_AND_EVENT", "TRUE"}
