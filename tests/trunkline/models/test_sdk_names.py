"""Names of models that the vendors' newest client libraries list are known."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_type_hints

import pytest

from trunkline import BadRequestError, get_model_info

# Names without facts, each with the reason.
UNKNOWN: Mapping[str, str] = {
    "openai/gpt-5.1-mini": "never released",
    "gemini/gemini-3.5-transcribe": "transcribes audio; not a chat model",
}
# Names without a price, each with the reason.
UNPRICED: Mapping[str, str] = {
    "openai/gpt-4o-search-preview": "searches cost more, and usage does not count them",
    "openai/gpt-4o-search-preview-2025-03-11": "searches cost more, and usage does not count them",
    "openai/gpt-4o-mini-search-preview": "searches cost more, and usage does not count them",
    "openai/gpt-4o-mini-search-preview-2025-03-11": "searches cost more; usage has no count",
    "openai/gpt-6.2-astra-law": "by contract",
    "gemini/gemini-4-carbon": "not published",
    "gemini/gemini-4-neon": "not published",
    "gemini/gemini-robotics-er-1.6-preview": "not published",
    "gemini/gemma-4-26b-a4b-it": "free of charge",
    "gemini/gemma-4-31b-it": "free of charge",
    "gemini/lyria-3-clip-preview": "a song has a price, not a token",
    "gemini/lyria-3-pro-preview": "a song has a price, not a token",
    "gemini/lyria-3.5": "a song has a price, not a token",
    "groq/compound-beta": "costs what the models and tools behind it cost",
    "groq/compound-beta-mini": "costs what the models and tools behind it cost",
    "groq/qwen/qwen3.6-27b": "not published",
}
# Where the libraries have their lists: provider, module, and the path of names in it.
LISTS = [
    ("openai", "openai.types.shared.chat_model", "ChatModel"),
    ("openai", "openai.types.shared.responses_model", "ResponsesModel"),
    ("openai", "openai.types.shared.all_models", "AllModels"),
    ("anthropic", "anthropic.types.model", "Model"),
    ("gemini", "google.genai._gaos.types.interactions.model", "Model"),
    ("groq", "groq.types.chat.completion_create_params", "CompletionCreateParams.model"),
    ("xai", "xai_sdk.types.model", "ChatModel"),
]
#: Libraries that are always installed for the tests.
REQUIRED = {"openai", "anthropic", "google", "groq"}


def literals(annotation: Any) -> Iterator[str]:
    """Return the strings in a type."""
    for argument in get_args(annotation):
        if isinstance(argument, str):
            yield argument
        else:
            yield from literals(argument)


def names_in(module: str, path: str) -> set[str]:
    """Return the names in a library's list; skip the test if the library is not installed."""
    library = module.partition(".")[0]
    if library not in REQUIRED:
        pytest.importorskip(library, reason=f"{library} is not installed")
    found: Any = importlib.import_module(module)
    name, _, field = path.partition(".")
    found = getattr(found, name)
    return set(literals(get_type_hints(found)[field] if field else found))


@pytest.mark.parametrize(("provider", "module", "path"), LISTS)
def test_all_names_of_the_vendors_libraries_are_known(
    provider: str, module: str, path: str
) -> None:
    names = names_in(module, path)
    assert len(names) > 5
    unknown: list[str] = []
    for name in sorted(names):
        try:
            info = get_model_info(name, provider)
        except BadRequestError:
            unknown.append(f"{provider}/{name}")
            continue
        assert info["key"] == f"{provider}/{name}"
    assert [name for name in unknown if name not in UNKNOWN] == []


@pytest.mark.parametrize(("provider", "module", "path"), LISTS)
def test_all_names_of_the_vendors_libraries_have_a_price(
    provider: str, module: str, path: str
) -> None:
    pytest.importorskip("genai_prices", reason="the extra `costs` is not installed")
    known = [
        name
        for name in sorted(names_in(module, path))
        if f"{provider}/{name}" not in UNKNOWN
        and get_model_info(name, provider)["mode"] in ("chat", "responses")
    ]
    unpriced = {
        f"{provider}/{name}"
        for name in known
        if get_model_info(name, provider).get("input_cost_per_token") is None
    }
    listed = {name for name in UNPRICED if name.partition("/")[2] in known}
    assert unpriced == {name for name in listed if name.startswith(f"{provider}/")}


def test_names_without_facts_are_still_unknown() -> None:
    for name in UNKNOWN:
        with pytest.raises(BadRequestError, match="unknown model"):
            get_model_info(name)


@pytest.mark.parametrize(
    "model",
    [
        "openai/gpt-6.2-sol",
        "openai/gpt-6-cyber",
        "anthropic/claude-fable-5-2",
        "anthropic/claude-mythos-5-2",
        "bedrock/us.anthropic.claude-fable-5-2",
        "vertex_ai/claude-fable-5-2",
        "gemini/gemini-4-argon",
        "gemini/gemini-4-carbon",
        "gemini/gemini-4-hydrogen",
        "gemini/gemini-omni-1.2-flash",
        "gemini/gemini-3-pro-image",
        "gemini/gemini-2.5-flash-image",
        "vertex_ai/gemini-2.5-flash-image",
        "gemini/gemini-3.8-flash-tts",
        "xai/grok-3",
        "xai/grok-4",
        "xai/grok-4-1-fast",
        "groq/llama-3.3-70b-versatile",
        "groq/llama-3.1-8b-instant",
        "groq/qwen/qwen3-32b",
        "groq/compound",
        "groq/groq/compound-mini",
        "cohere/command-a-reasoning-08-2025",
        "cohere/command-a-vision-07-2025",
        "cohere/command-a-translate-08-2025",
    ],
)
def test_models_of_other_lists(model: str) -> None:
    info = get_model_info(model)
    assert info["mode"] == "chat"
    assert info["max_input_tokens"]


@pytest.mark.parametrize(
    ("model", "able"),
    [
        ("openai/computer-use-preview", True),
        ("openai/gpt-5.4", True),
        ("openai/gpt-5.4-mini", True),
        ("openai/gpt-5.4-nano", False),
        ("openai/gpt-5.5", True),
        ("openai/gpt-5.6-terra", True),
        ("openai/gpt-6-luna", True),
        ("openai/gpt-6.2-sol", True),
        ("azure/gpt-5.4", True),
        ("openai/gpt-4.1", False),
        ("anthropic/claude-sonnet-4-5", True),
        ("gemini/gemini-4-argon", True),
    ],
)
def test_models_that_can_use_a_computer(model: str, able: bool) -> None:
    assert get_model_info(model)["supports_computer_use"] is able


@pytest.mark.parametrize("provider", ["gemini", "vertex_ai"])
@pytest.mark.parametrize("agent", ["deep-research-preview-04-2026", "antigravity-preview-05-2026"])
def test_agents_are_not_chat_models(provider: str, agent: str) -> None:
    with pytest.raises(BadRequestError, match="unknown model"):
        get_model_info(f"{provider}/{agent}")
