"""Which parameters each row of the provider table lists, and sends."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.calls.wire_answers import WIRES
from tests.support.provider_rows import CALLED, every_row, set_up, tapped, value_of
from trunkline import Provider, get_supported_openai_params
from trunkline.adapters.provider.rules import model_flags
from trunkline.adapters.table.table import find_provider

STREAMING = {"stream", "stream_options"}
# A value of each of OpenAI's parameters.
VALUES: dict[str, Any] = {
    "audio": {"voice": "alloy", "format": "wav"},
    "frequency_penalty": 0.5,
    "function_call": "auto",
    "functions": [{"name": "f"}],
    "logit_bias": {"1": 1},
    "logprobs": True,
    "max_completion_tokens": 9,
    "max_tokens": 9,
    "modalities": ["text"],
    "moderation": {"mode": "x"},
    "n": 2,
    "parallel_tool_calls": False,
    "prediction": {"type": "content", "content": "x"},
    "presence_penalty": 0.5,
    "prompt_cache_key": "k",
    "prompt_cache_options": {"mode": "explicit"},
    "prompt_cache_retention": "24h",
    "reasoning_effort": "low",
    "response_format": {"type": "json_object"},
    "safety_identifier": "u",
    "seed": 1,
    "service_tier": "auto",
    "stop": ["x"],
    "store": True,
    "temperature": 0.5,
    "tool_choice": "auto",
    "tools": [{"type": "function", "function": {"name": "f"}}],
    "top_logprobs": 2,
    "top_p": 0.5,
    "user": "u",
    "verbosity": "low",
    "web_search_options": {},
}
# Where a parameter goes under a name that no row's renames tell.
OTHER_NAMES = {
    "function_call": {"tool_choice", "tool_choice_option"},
    "functions": {"tools"},
    "reasoning_effort": {"thinking", "enable_thinking"},
    "tool_choice": {"tool_choice_option"},
}


def on_chat(row: Provider, model: str) -> str:
    """A model's name that forces chat completions, of which these tests are."""
    return model if row.responses is None else f"chat/{model}"


@every_row
def test_supported_params(row: Provider) -> None:
    """What is listed is of the wire, and nothing is dropped that the wire does not have."""
    model = on_chat(row, WIRES[row.wire].model if row.wire in WIRES else "a-model")
    supported = get_supported_openai_params(model, custom_llm_provider=row.name)
    assert supported == sorted(set(supported))
    assert not row.drops & set(supported)
    assert "stream" in supported


@pytest.mark.parametrize(
    ("model", "taken", "not_taken"),
    [
        ("openai/gpt-4o", "stop temperature logprobs max_tokens", "reasoning_effort verbosity"),
        ("openai/ft:gpt-4.1:us::1", "stop", "reasoning_effort verbosity"),
        ("openai/o1", "stop reasoning_effort", "temperature top_p logprobs verbosity"),
        ("openai/o3", "reasoning_effort", "stop temperature parallel_tool_calls logit_bias"),
        ("openai/gpt-5", "reasoning_effort verbosity", "temperature top_p logprobs stop"),
        ("openai/gpt-5-mini-2025-08-07", "verbosity", "temperature top_p frequency_penalty"),
        ("openai/gpt-5.1", "reasoning_effort temperature top_p logprobs", "stop logit_bias"),
        ("openai/gpt-5-chat-latest", "temperature stop", "reasoning_effort verbosity"),
        ("openai/gpt-10", "reasoning_effort", "stop"),
        ("openai/our-own-model", "reasoning_effort temperature stop logprobs", ""),
        ("xai/grok-4", "tools", "stop presence_penalty reasoning_effort"),
        ("xai/grok-3-mini", "reasoning_effort", "stop frequency_penalty"),
        ("xai/grok-4-fast-non-reasoning", "stop presence_penalty", "reasoning_effort"),
        ("xai/grok-4.20-non-reasoning", "stop presence_penalty", "reasoning_effort"),
        ("xai/grok-4.20-0309-non-reasoning", "stop", "reasoning_effort"),
        ("xai/grok-4.20-reasoning", "reasoning_effort", "stop"),
        ("xai/grok-4-latest", "tools", "reasoning_effort"),
        ("perplexity/sonar", "web_search_options response_format", "tools stop reasoning_effort"),
        ("perplexity/sonar-reasoning-pro", "reasoning_effort", "tools"),
        ("mistral/mistral-large", "seed prediction prompt_cache_key logprobs", "user logit_bias"),
        ("groq/openai/gpt-oss-20b", "reasoning_effort service_tier", "logprobs store"),
        ("openrouter/x/y", "verbosity web_search_options prediction", "store"),
        ("vllm/x", "logprobs logit_bias seed reasoning_effort", "store service_tier audio"),
    ],
)
def test_families(model: str, taken: str, not_taken: str) -> None:
    prefix, _, name = model.partition("/")
    row = find_provider(prefix)
    supported = set(get_supported_openai_params(on_chat(row, name), row.name))
    assert set(taken.split()) <= supported
    assert not set(not_taken.split()) & supported


OPENAI_BODIES = {
    "azure/openai",
    "azure/foundry",
    "databricks",
    "gigachat",
    "openai",
    "sagemaker",
    "snowflake",
    "watsonx",
}
OPENAI_LIKE = [row for row in CALLED if row.wire in OPENAI_BODIES]


@pytest.mark.parametrize(
    "row",
    [row for row in CALLED if row.wire in {*OPENAI_BODIES, "sap"}],
    ids=lambda row: row.name,
)
def test_marks_of_prompt_caching(row: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tool keeps its mark only where the row takes marks."""
    set_up(row, monkeypatch)
    for variable in row.key_env[:1]:
        monkeypatch.setenv(variable, value_of(variable))
    mark = {"cache_control": {"type": "ephemeral"}}
    function = {"name": "f", "parameters": {"type": "object"}}
    marked = {"type": "function", "function": {**function, **mark}, **mark}
    sent = tapped(row, tools=[marked]).body
    assert (b"cache_control" in sent) == (not row.strips)
    assert b'"function":{"name":"f","parameters":{"type":"object"}' in sent


@pytest.mark.filterwarnings("ignore:functions, function_call:DeprecationWarning")
@pytest.mark.parametrize("row", OPENAI_LIKE, ids=[row.name for row in OPENAI_LIKE])
def test_supported_params_are_sent(row: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    set_up(row, monkeypatch)
    for variable in row.key_env[:1]:
        monkeypatch.setenv(variable, value_of(variable))
    model = WIRES[row.wire].model
    flags = model_flags(row, model)
    for name in get_supported_openai_params(on_chat(row, model), custom_llm_provider=row.name):
        if name in STREAMING:
            continue
        body = json.loads(tapped(row, **{name: VALUES[name]}).body)
        added = body.keys() - {"messages", "model", "model_id", "project_id"}
        if name == "response_format" and "forced_json" in flags:
            assert added == ({"tools"} if "unforced_tools" in flags else {"tools", "tool_choice"})
            continue
        assert len(added) == 1
        assert added <= {name, row.renames.get(name, name)} | OTHER_NAMES.get(name, set())
