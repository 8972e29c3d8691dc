"""What is known of models."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest

import trunkline
from trunkline import (
    BadRequestError,
    get_max_tokens,
    get_model_info,
    list_providers,
    model_cost,
    register_model,
    supports_audio_input,
    supports_audio_output,
    supports_function_calling,
    supports_pdf_input,
    supports_prompt_caching,
    supports_reasoning,
    supports_vision,
)
from trunkline.adapters.table.model_facts import known_models, read_facts

FILE = Path(trunkline.__file__).parent / "adapters" / "table" / "model_facts.json"
SCRIPT = Path(__file__).parents[3] / "scripts" / "make_model_facts.py"


def test_a_prefix_of_an_api_is_not_part_of_the_name() -> None:
    for api in ("chat", "responses"):
        assert get_model_info(f"openai/{api}/gpt-4o") == get_model_info("openai/gpt-4o")
        assert supports_vision(f"openai/{api}/gpt-4o")
    assert not supports_vision("openai/other/gpt-4o")


def test_what_is_told_of_a_model() -> None:
    info = get_model_info("gpt-4o-2024-08-06")
    assert info["key"] == "openai/gpt-4o-2024-08-06"
    assert (info["litellm_provider"], info["mode"]) == ("openai", "chat")
    assert (info["max_input_tokens"], info["max_output_tokens"]) == (128_000, 16_384)
    assert info["max_tokens"] == get_max_tokens("gpt-4o-2024-08-06") == 16_384
    assert info["supports_vision"] is True
    assert info["supports_reasoning"] is False
    assert info["supports_function_calling"] is supports_function_calling("gpt-4o")
    assert "temperature" in info["supported_openai_params"]


def test_prices_are_those_of_the_list() -> None:
    pytest.importorskip("genai_prices", reason="the extra `costs` is not installed")
    info = get_model_info("gpt-4o-2024-08-06")
    assert info["input_cost_per_token"] == pytest.approx(2.5e-6)
    assert info["output_cost_per_token"] == pytest.approx(10e-6)
    assert info["cache_read_input_token_cost"] == pytest.approx(1.25e-6)
    in_steps = get_model_info("gemini/gemini-2.5-pro")
    assert in_steps["input_cost_per_token"] == pytest.approx(1.25e-6)
    assert get_model_info("deepinfra/" + model_of("deepinfra"))["input_cost_per_token"] is None


def model_of(provider: str) -> str:
    return next(iter(read_facts().models[provider]))


@pytest.mark.parametrize(
    "model",
    [
        "anthropic/claude-sonnet-4-5",
        "gemini/gemini-2.5-pro",
        "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "bedrock_converse/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "vertex_ai/claude-sonnet-4-5@20250929",
    ],
)
def test_models_of_others(model: str) -> None:
    info = get_model_info(model)
    assert info["max_input_tokens"] >= 200_000
    assert supports_vision(model)
    assert supports_reasoning(model)
    assert supports_pdf_input(model)
    assert supports_prompt_caching(model)
    assert not supports_audio_output(model)
    assert supports_audio_input(model) is model.startswith("gemini")


def test_the_provider_may_stand_apart() -> None:
    apart = get_model_info("claude-sonnet-4-5", custom_llm_provider="anthropic")
    assert apart == get_model_info("anthropic/claude-sonnet-4-5")


def test_an_unknown_model() -> None:
    with pytest.raises(BadRequestError, match="unknown model 'no-such' of vllm; add it with"):
        get_model_info("vllm/no-such")
    with pytest.raises(
        BadRequestError, match=r"of openai \(other providers have anthropic/claude-son.*; add"
    ):
        get_model_info("openai/claude-sonnet-4-5")
    with pytest.raises(BadRequestError, match="write 'anthropic/claude-sonnet-4-5'"):
        get_model_info("claude-sonnet-4-5")
    with pytest.raises(BadRequestError, match="unknown provider 'nobody'"):
        get_max_tokens("nobody/x")
    # A namesake at another host is another model.
    assert not supports_vision("vllm/gpt-4o")
    assert supports_vision("openai/gpt-4o")


def test_registering() -> None:
    told = register_model(
        {
            "vllm/facts-of-mine": {
                "max_input_tokens": 8192,
                "supports_vision": True,
                "input_cost_per_token": 1e-6,
                "output_cost_per_token": 2e-6,
            },
            "facts-apart": {"litellm_provider": "groq", "max_output_tokens": 100},
        }
    )
    assert list(told) == ["vllm/facts-of-mine", "facts-apart"]
    info = get_model_info("vllm/facts-of-mine")
    assert (info["max_input_tokens"], info["max_output_tokens"]) == (8192, None)
    assert (info["input_cost_per_token"], info["output_cost_per_token"]) == (1e-6, 2e-6)
    assert supports_vision("vllm/facts-of-mine")
    assert get_model_info("groq/facts-apart")["max_output_tokens"] == 100
    register_model({"vllm/facts-of-mine": {"max_output_tokens": 512}})
    again = get_model_info("vllm/facts-of-mine")
    assert (again["max_input_tokens"], again["max_output_tokens"]) == (8192, 512)
    assert again["input_cost_per_token"] == 1e-6
    assert "vllm/facts-of-mine" in known_models()


def test_registering_over_what_is_known() -> None:
    before = get_model_info("openai/gpt-4-turbo")
    register_model({"openai/gpt-4-turbo": {"supports_pdf_input": True}})
    after = get_model_info("gpt-4-turbo")
    assert after == {**before, "supports_pdf_input": True}


@pytest.mark.parametrize(
    ("told", "wrong"),
    [
        ({"nobody/x": {"max_tokens": 1}}, "unknown provider"),
        ({"vllm/x": {"input_cost_per_token": 1e-6}}, "vllm/x: prices: .*output_cost_per_token"),
        (
            {
                "vllm/x": {
                    "input_cost_per_token": 1e-6,
                    "output_cost_per_token": 1e-6,
                    "input_cost_per_token_above_200k_tokens": 2e-6,
                }
            },
            "vllm/x: prices: .*unknown field `input_cost_per_token_above_200k_tokens`",
        ),
        (
            {"vllm/x": {"input_cost_per_token": 3, "output_cost_per_token": 1}},
            "dollars for one token",
        ),
    ],
)
def test_registering_what_cannot_be(told: dict[str, dict[str, object]], wrong: str) -> None:
    with pytest.raises(BadRequestError, match=wrong):
        register_model(told)


def test_registering_an_address() -> None:
    address: Any = "https://example.com/models.json"
    with pytest.raises(BadRequestError, match="expected dict, got str; URLs"):
        register_model(address)


def test_model_cost() -> None:
    assert "gpt-4o" in model_cost
    assert "vllm/nothing" not in model_cost
    assert model_cost["openai/gpt-4o"]["max_input_tokens"] == 128_000
    assert model_cost.get("nobody/x") is None
    assert "anthropic/claude-sonnet-4-5" in set(model_cost)
    assert len(model_cost) > 2000
    assert repr(model_cost).startswith("ModelCost(")


def test_the_file_says_where_it_is_from() -> None:
    facts = read_facts()
    assert facts.source.startswith("litellm ")
    assert facts.date >= "2026-11-22"
    assert "Permission is hereby granted, free of charge" in facts.license
    assert "Copyright (c) 2023 Berri AI" in facts.license


def test_the_file_is_small_and_of_known_providers() -> None:
    assert FILE.stat().st_size < 300_000
    known = {row.name for row in list_providers()}
    facts = read_facts()
    assert set(facts.models) <= known
    assert {"anthropic", "azure", "bedrock", "gemini", "mistral", "openai", "vertex_ai"} <= set(
        facts.models
    )
    for models in facts.models.values():
        for name, fact in models.items():
            assert name == name.strip() != ""
            assert fact.max_input_tokens is None or fact.max_input_tokens > 0
            assert fact.max_output_tokens is None or fact.max_output_tokens > 0


def test_the_file_is_what_its_script_writes() -> None:
    source = read_facts().source.partition(",")[0]
    try:
        installed = f"litellm {version('litellm')}"
    except PackageNotFoundError:
        pytest.skip("litellm, whose list it is made from, is not installed")
    if installed != source:
        pytest.skip(f"it was made from {source}, and {installed} is installed")
    written = json.loads(FILE.read_text(encoding="utf-8"))["models"]
    fresh = runpy.run_path(str(SCRIPT))["document"]()["models"]
    # Providers that came into the table since then may have to wait for the next list.
    assert {name: fresh[name] for name in written} == written


def test_it_is_read_when_somebody_asks() -> None:
    code = (
        "import sys\n"
        "opened = []\n"
        "note = lambda name, args: opened.append(str(args[0])) if name == 'open' else None\n"
        "sys.addaudithook(note)\n"
        "import trunkline\n"
        "trunkline.completion('openai/a', [{'role': 'user', 'content': 'x'}], mock_response='y')\n"
        "read = lambda: any(path.endswith('model_facts.json') for path in opened)\n"
        "assert not read()\n"
        "trunkline.supports_vision('gpt-4o')\n"
        "assert read()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
