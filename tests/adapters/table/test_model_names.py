"""A rule about a model also holds for its dated names, its fine-tunes, and the names of hosts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

import pytest

from tests.adapters.wires.calls import sent
from tests.support.answers import MESSAGES, completion_body
from tests.support.server import Server, answer_json
from trunkline import Client, UnsupportedParamsError, get_supported_openai_params
from trunkline.adapters.families.openai import OPENAI_RULES
from trunkline.adapters.provider.rules import exclusive_params, model_flags, supported_params
from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wire import load_wire

OPENAI = [
    "gpt-3.5-turbo",
    "gpt-35-turbo",
    "gpt-4",
    "gpt-4o",
    "gpt-4o-mini",
    "gpt-4.1",
    "gpt-41",
    "chatgpt-4o-latest",
    "gpt-5",
    "gpt-5-mini",
    "gpt-5-chat",
    "gpt-5-codex",
    "gpt-5-pro",
    "gpt-5.1",
    "gpt-5.2-codex",
    "gpt-5.3-chat",
    "gpt-5.4",
    "gpt-5.4-pro",
    "gpt-5.5",
    "gpt-5.6-sol",
    "gpt-6-astra",
    "gpt-6.1-sol",
    "gpt-6-cyber",
    "gpt-10",
    "o1",
    "o1-pro",
    "o3",
    "o3-mini",
    "o3-pro",
    "o4-mini",
    "o3-deep-research",
    "o4-mini-deep-research",
]


def names_of(model: str) -> Iterator[str]:
    """Yield other names of a model of OpenAI."""
    for date in ("2026-01-15", "20260115", "0115", "2027-10"):
        yield f"{model}-{date}"
        yield f"ft:{model}-{date}:org::id"
    for suffix in ("preview", "prod", "eu"):
        yield f"{model}-{suffix}"
    yield model.upper()
    yield f"ft:{model}:org:my-chat:id"
    for prefix in ("openai/", "azure/openai/", "openai.", "us.openai.", "openai-", "databricks-"):
        yield prefix + model
    yield "databricks-" + model.replace(".", "-")


def _rules(model: str) -> list[int]:
    name = model.lower()
    return [place for place, rule in enumerate(OPENAI_RULES) if re.search(rule.pattern, name)]


@pytest.mark.parametrize("model", OPENAI)
def test_names_of_openai(model: str) -> None:
    expected = _rules(model)
    assert {name: _rules(name) for name in names_of(model)} == dict.fromkeys(
        names_of(model), expected
    )


@pytest.mark.parametrize("model", OPENAI)
def test_names_of_deployments(model: str) -> None:
    """Azure's users name their deployments; most names contain that of the model."""
    provider = find_provider("azure")
    params = load_wire(provider.wire).PARAMS
    known = supported_params(provider, model, params), model_flags(provider, model)
    for form in ("prod-{}", "my_{}", "eu-west-{}-two", "{}-deployment", "team/{}"):
        name = form.format(model)
        found = supported_params(provider, name, params), model_flags(provider, name)
        assert found == known, name


@pytest.mark.parametrize("row", ["azure", "azure_ai"])
def test_the_base_model_of_a_deployment(row: str, server: Server) -> None:
    server.reply(answer_json(completion_body()))

    def call(base_model: str, **arguments: Any) -> None:
        named = {**arguments, "base_model": base_model, "base_url": server.url, "api_key": "k"}
        cast("Any", client.completion)(f"{row}/mine", MESSAGES, **named)

    with Client() as client:
        with pytest.raises(UnsupportedParamsError, match="temperature"):
            call("azure/gpt-5.5", temperature=0.5)
        call("gpt-5.5", max_tokens=9)
    [request] = server.seen
    assert request.json.items() >= {"model": "mine", "max_completion_tokens": 9}.items()
    assert "base_model" not in request.json


def test_the_base_model_chooses_the_api(server: Server) -> None:
    request = sent(server, "azure_ai/mine", base_model="claude-opus-5")
    assert request.path == "/anthropic/v1/messages"
    assert request.json["model"] == "mine"
    assert request.json["max_tokens"] == 128_000


def test_old_names_are_no_new_versions() -> None:
    reasoning = {"gpt-35-turbo", "gpt-41", "gpt-4o"}
    provider = find_provider("azure")
    assert provider is not None
    assert not any("reasons" in model_flags(provider, name) for name in reasoning)
    assert "tools_need_responses" not in model_flags(provider, "gpt-5-2025-08-07")
    assert "tools_need_responses" in model_flags(provider, "gpt-5.4-2026-03-05")


@pytest.mark.parametrize(
    ("prefix", "models"),
    [
        ("xai", "grok-4 grok-3 grok-3-mini grok-4-fast-reasoning grok-4.3 grok-code-fast-1"),
        ("moonshot", "kimi-k2.5 kimi-k2.6"),
        ("minimax", "MiniMax-M2 MiniMax-Text-01"),
        ("zai", "glm-4.6 glm-5"),
        ("deepseek", "deepseek-chat deepseek-reasoner"),
        ("mistral", "mistral-large magistral-medium"),
        ("perplexity", "sonar sonar-reasoning-pro sonar-deep-research"),
        ("groq", "openai/gpt-oss-20b llama-3.3-70b-versatile"),
    ],
)
def test_names_of_other_labs(prefix: str, models: str) -> None:
    provider = find_provider(prefix)
    assert provider is not None
    params = load_wire(provider.wire).PARAMS
    for model in models.split():
        known = supported_params(provider, model, params), model_flags(provider, model)
        for name in (f"{model}-latest", f"{model}-2026-01-15", f"{model}-0115", model.upper()):
            found = supported_params(provider, name, params), model_flags(provider, name)
            assert found == known, name


# The same model at several providers; what its maker's API refuses, none of them takes.
ELSEWHERE = {
    "openai/gpt-5.6-sol": "azure/{} azure_ai/{} bedrock/openai.{} bedrock/us.openai.{}"
    " bedrock_mantle/openai.{} databricks/databricks-gpt-5-6-sol snowflake/openai-{} sap/{}"
    " github_copilot/{} replicate/openai/{} gradient_ai/openai-{}",
    "openai/o3": "azure/{} azure_ai/{} sap/{} github_copilot/{}",
    "anthropic/claude-opus-4-7": "azure_ai/{} vertex_ai/{}@20260101 vertex_ai/anthropic/{}"
    " bedrock/us.anthropic.{}-v1:0 bedrock_mantle/anthropic.{} databricks/databricks-{}"
    " snowflake/{} sap/anthropic--claude-4.7-opus github_copilot/claude-opus-4.7"
    " gradient_ai/anthropic-claude-opus-4.7 heroku/claude-4-7-opus heroku/{}",
    "anthropic/claude-haiku-5-5": "bedrock_mantle/anthropic.{} databricks/databricks-{}"
    " snowflake/{} sap/anthropic--claude-5.5-haiku github_copilot/claude-haiku-5.5",
    "xai/grok-4": "azure_ai/{} bedrock_mantle/xai.{} oci/xai.{}",
    "xai/grok-4.20-non-reasoning": "azure_ai/{} oci/xai.{}",
    "gemini/gemini-2.0-flash": "vertex_ai/{} vertex_ai/google/{}",
}
_DIFFERING = {"temperature", "top_p", "stop", "reasoning_effort"}


@pytest.mark.parametrize("model", ELSEWHERE)
def test_rules_hold_at_other_providers(model: str) -> None:
    expected = _DIFFERING - set(get_supported_openai_params(model))
    assert expected
    for form in ELSEWHERE[model].split():
        name = form.format(model.partition("/")[2])
        supported = set(get_supported_openai_params(name))
        assert not expected & supported, name


@pytest.mark.parametrize(
    "model",
    [
        "anthropic/claude-sonnet-4-5",
        "vertex_ai/claude-sonnet-4-5@20250929",
        "bedrock/eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "azure_ai/claude-sonnet-4-5",
        "databricks/databricks-claude-sonnet-4-5",
        "snowflake/claude-sonnet-4-5",
        "sap/anthropic--claude-4.5-sonnet",
        "github_copilot/claude-sonnet-4.5",
    ],
)
def test_models_that_take_one_of_two_parameters(model: str) -> None:
    row, _, name = model.partition("/")
    provider = find_provider(row)
    assert provider is not None
    assert exclusive_params(provider, name) == (("temperature", "top_p"),)
