"""litellm.utils.ProviderConfigManager: what providers take, and what is not offered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.trunkline.compat.stand_in import installed


@pytest.fixture
def litellm() -> Iterator[Any]:
    with installed() as module:
        yield module


@pytest.mark.parametrize("kind", ["text", "member"])
def test_the_parameters_of_a_model(litellm: Any, kind: str) -> None:
    provider = "anthropic" if kind == "text" else litellm.LlmProviders.ANTHROPIC
    config = litellm.utils.ProviderConfigManager.get_provider_chat_config(
        model="claude-sonnet-4-5", provider=provider
    )
    expected = litellm.get_supported_openai_params("claude-sonnet-4-5", "anthropic")
    assert "temperature" in expected
    assert config.get_supported_openai_params("claude-sonnet-4-5") == expected
    assert config.get_supported_openai_params() == expected
    assert config.custom_llm_provider == "anthropic"


def test_an_unknown_provider(litellm: Any) -> None:
    find = litellm.utils.ProviderConfigManager.get_provider_chat_config
    assert find("x", "nope") is None


def test_methods_that_a_config_lacks(litellm: Any) -> None:
    config = litellm.ProviderConfigManager.get_provider_chat_config("gpt-4o", "openai")
    with pytest.raises(NotImplementedError, match=r"map_openai_params\(\).*by completion\(\)"):
        config.map_openai_params({}, {}, "gpt-4o", False)
    assert not hasattr(config, "_private")


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("get_provider_embedding_config", "the provider's own SDK"),
        ("get_provider_text_completion_config", "use chat completions"),
        ("get_provider_batches_config", "batch_completion"),
    ],
)
def test_what_is_not_offered(litellm: Any, name: str, remedy: str) -> None:
    find = getattr(litellm.ProviderConfigManager, name)
    with pytest.raises(NotImplementedError, match=f"ProviderConfigManager.{name}.*{remedy}"):
        find(model="x", provider="openai")


def test_all_methods_have_a_remedy(litellm: Any) -> None:
    names = [name for name in dir(litellm.ProviderConfigManager) if name.startswith("get_")]
    assert len(names) > 15
    for name in set(names) - {"get_provider_chat_config", "get_provider_responses_api_config"}:
        with pytest.raises(NotImplementedError) as caught:
            getattr(litellm.ProviderConfigManager, name)(model="x", provider="openai")
        assert not str(caught.value).endswith("None")
