"""Facts about models through `litellm`: for what is unknown False, None or an empty result."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.trunkline.compat.stand_in import installed

SUPPORTS = [
    "supports_audio_input",
    "supports_function_calling",
    "supports_parallel_function_calling",
    "supports_pdf_input",
    "supports_prompt_caching",
    "supports_reasoning",
    "supports_response_schema",
    "supports_tool_choice",
    "supports_vision",
    "supports_web_search",
]


@pytest.fixture
def litellm() -> Iterator[Any]:
    with installed() as module:
        yield module


@pytest.mark.parametrize("name", SUPPORTS)
def test_what_an_unknown_model_supports(litellm: Any, name: str) -> None:
    supports = getattr(litellm, name)
    assert supports("nope/x") is False
    assert supports(model="no-such-model") is False
    assert supports("x", custom_llm_provider="nope") is False


@pytest.mark.parametrize(
    "model",
    [
        "gemini/gemini-2.5-flash",
        "gemini-2.5-flash",
        "litellm_proxy/gemini-2.5-flash",
        "gpt-4o",
        "claude-sonnet-4-5-20250929",
    ],
)
def test_what_a_known_model_supports(litellm: Any, model: str) -> None:
    assert litellm.supports_vision(model) is True
    assert litellm.utils.supports_function_calling(model) is True
    assert "tools" in litellm.get_supported_openai_params(model)


def test_other_answers_for_an_unknown_provider(litellm: Any) -> None:
    assert litellm.validate_environment("nope/x") == {
        "keys_in_environment": False,
        "missing_keys": [],
    }
    assert litellm.get_supported_openai_params("nope/x") is None
    assert litellm.get_supported_openai_params("no-such-model") is None
    for model in ("nope/x", "no-such-model"):
        with pytest.raises(litellm.BadRequestError):
            litellm.get_llm_provider(model)


@pytest.mark.parametrize(
    ("model", "provider"),
    [
        ("claude-sonnet-4-5-20250929", "anthropic"),
        ("gemini-2.5-flash", "vertex_ai"),
        ("gpt-4o", "openai"),
        ("us.anthropic.claude-3-sonnet-20240229-v1:0", "bedrock"),
    ],
)
def test_names_without_a_prefix(litellm: Any, model: str, provider: str) -> None:
    given = {"custom_llm_provider": None, "api_base": None, "api_key": None}
    assert litellm.get_llm_provider(model=model, **given)[:2] == (model, provider)
    split = litellm.get_llm_provider(model, custom_llm_provider="litellm_proxy")
    assert split[:2] == (model, "litellm_proxy")


def test_the_facts_are_a_dictionary_that_may_be_changed(litellm: Any) -> None:
    cost: Any = litellm.model_cost
    assert issubclass(type(cost), dict)
    assert cost["gpt-4o"]["max_input_tokens"] == cost["openai/gpt-4o"]["max_input_tokens"] > 0
    assert "claude-sonnet-4-5-20250929" in cost
    assert (cost.get("no-such-model"), cost.get("no-such-model", 1)) == (None, 1)
    try:
        cost["my-model"] = {"max_input_tokens": 5, "litellm_provider": "openai"}
        assert litellm.get_model_info("my-model")["max_input_tokens"] == 5
        cost.update({"my-model": {"max_input_tokens": 6, "input_cost_per_token_above_9k": {}}})
        assert litellm.get_model_info("my-model")["max_input_tokens"] == 6
        assert cost.setdefault("my-model", {}) == cost["my-model"]
        cost["x"] = {}
        assert cost["x"] == {}
    finally:
        for name in ("my-model", "x"):
            cost.pop(name, None)
    assert "my-model" not in cost


def test_copies_of_the_facts_have_them_all(litellm: Any) -> None:
    cost: Any = litellm.model_cost

    copies: list[Any] = [dict(cost), cost.copy(), copy.deepcopy(cost), {**cost}]
    for plain in copies:
        assert type(plain).__name__ == "dict"
        assert plain["gpt-4o"]["max_input_tokens"] > 0
        assert len(plain) == len(cost)
    assert json.dumps(cost["gpt-4o"])


def test_lists_of_providers_and_models(litellm: Any) -> None:
    assert litellm.LlmProviders.OPENAI == "openai"
    assert litellm.LlmProviders("groq").value == "groq"
    assert "anthropic" in litellm.provider_list
    assert {"gpt-4o", "claude-sonnet-4-5-20250929"} <= set(litellm.model_list)
    assert "gpt-4o" in litellm.models_by_provider["openai"]
    assert "gpt-4o" in litellm.open_ai_chat_completion_models


MESSAGES = [{"role": "user", "content": "hello world"}]


def test_tokens_are_estimated_and_nothing_is_sent(litellm: Any) -> None:
    for model in ("nope/x", "claude-sonnet-4-5-20250929", "", "anthropic/claude-sonnet-4-5"):
        assert litellm.token_counter(model, text="hello world") == 2
        assert litellm.token_counter(model=model, text=["hello ", "world"]) == 2
        assert litellm.token_counter(model=model, messages=MESSAGES) == 9
    image = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
    seen = [{"role": "user", "content": [{"type": "text", "text": "hi"}, image]}]
    assert litellm.token_counter(model="nope/x", messages=seen) > 100


def test_a_tokenizer_of_ones_own(litellm: Any) -> None:
    class Words:
        def encode(self, text: str) -> list[int]:
            return [len(word) for word in text.split()]

        def decode(self, tokens: list[int]) -> str:
            return " ".join("x" * size for size in tokens)

    own = {"type": "huggingface_tokenizer", "tokenizer": Words()}
    assert litellm.encode(text="a bc", custom_tokenizer=own) == [1, 2]
    assert litellm.decode(tokens=[1, 2], custom_tokenizer=own) == "x xx"
    assert litellm.token_counter(custom_tokenizer=own, text="a bc") == 2
    assert litellm.token_counter(custom_tokenizer=own, messages=MESSAGES) == 2


OFFLINE = """
import trunkline.compat as litellm
for model, said in (("gpt-4o", "o200k_base"), ("openai/nobody", "cl100k_base")):
    for call in (lambda: litellm.encode(model, "Hello"), lambda: litellm.decode(model, [1])):
        try:
            call()
        except litellm.APIConnectionError as error:
            assert f"the vocabulary {said} could not be fetched" in str(error), error
            print("said")
print(litellm.token_counter("gpt-4o", text="Hello"))
"""


def test_tokens_without_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    command = [sys.executable, "-c", OFFLINE]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["said", "said", "said", "said", "1"]


@pytest.mark.parametrize(
    ("model", "sampling", "adaptive"),
    [
        ("anthropic/claude-sonnet-5", False, True),
        ("claude-opus-4-7", False, True),
        ("claude-opus-4-6", None, True),
        ("claude-sonnet-4-5-20250929", None, None),
        ("gpt-4o", None, None),
        ("gpt-5-mini", None, None),
    ],
)
def test_how_models_reason(
    litellm: Any, model: str, sampling: bool | None, adaptive: bool | None
) -> None:
    # OpenHands sends no temperature, and another `thinking`, to models with these facts.
    for facts in (litellm.get_model_info(model), litellm.model_cost[model]):
        assert facts.get("supports_sampling_params") is sampling
        assert facts.get("supports_adaptive_thinking") is adaptive


def test_lists_of_models(litellm: Any) -> None:
    assert "claude-sonnet-4-5" in litellm.anthropic_models
    assert "gemini/gemini-2.5-flash" in litellm.gemini_models
    assert litellm.cohere_chat_models == litellm.cohere_models
    assert litellm.provider_list == litellm.LITELLM_CHAT_PROVIDERS
    with pytest.raises(AttributeError, match=r"litellm\.nobodys_models is not available"):
        assert litellm.nobodys_models
