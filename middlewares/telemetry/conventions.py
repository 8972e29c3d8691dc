"""Names of OpenTelemetry's GenAI conventions: one table, keyed by their version.

"1.41.0" is the last release, in the semantic-conventions repository; it is the default, since it
is what backends read today. "next" is what their own repository holds on its main branch, without
a release so far: `OTEL_SEMCONV_STABILITY_OPT_IN=gen_ai_latest_experimental` asks for the latest
there is, and so gets it. Never both: every token would be counted twice.

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

#: Providers that the conventions name otherwise than their prefix here.
PROVIDERS: Mapping[str, str] = MappingProxyType(
    {
        "azure": "azure.ai.openai",
        "azure_ai": "azure.ai.inference",
        "bedrock": "aws.bedrock",
        "gemini": "gcp.gemini",
        "mistral": "mistral_ai",
        "moonshot": "moonshot_ai",
        "vertex_ai": "gcp.vertex_ai",
        "watsonx": "ibm.watsonx.ai",
        "xai": "x_ai",
    }
)

#: Buckets of durations (seconds) and of token counts, as the conventions advise.
SECONDS = tuple(0.01 * 2**power for power in range(14))
TOKENS = tuple(float(4**power) for power in range(14))

TokenCount = Literal["input", "output", "cache_read", "cache_write", "reasoning"]


class TokenMetric(Struct, frozen=True):
    """A metric of token counts: what it counts, and with which attributes."""

    name: str
    instrument: Literal["histogram", "counter"]
    count: TokenCount
    attributes: Mapping[str, str] = MappingProxyType({})


class Conventions(Struct, frozen=True):
    """What has another name or shape from version to version.

    Attributes:
        schema_url: what identifies the version to backends, None before its release.
        duration, time_to_first_chunk: names of the histograms of seconds.
        tokens: metrics of token counts.
        usage: span attributes of token counts.
        params: span attributes of parameters, by the parameter's name; of two that stand for the
            same the later goes before.
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
    """Return the version that a value of OTEL_SEMCONV_STABILITY_OPT_IN asks for."""
    chosen = {item.strip() for item in opt_in.split(",")}
    return "next" if LATEST in chosen else "1.41.0"


def captures_content(setting: str) -> bool:
    """Tell whether a value of the conventions' variable asks for content on spans.

    EVENT_ONLY asks for log events alone, which are not emitted here; "true" is what it was before.
    """
    return setting.strip().upper() in {"SPAN_ONLY", "SPAN_AND_EVENT", "TRUE"}
