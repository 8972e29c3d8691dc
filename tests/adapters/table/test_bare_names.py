"""A name without a prefix that belongs to another provider is refused, and nothing is sent."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.adapters.table.test_model_names import OPENAI, names_of
from tests.support.answers import MESSAGES, good
from tests.support.server import Server
from tests.support.worlds import World
from trunkline import BadRequestError, Client, Router, list_providers, register_provider
from trunkline.adapters.table.model_facts import known_models
from trunkline.adapters.table.table import spell_model

SPELLINGS = {
    "claude-sonnet-4-5": "anthropic/claude-sonnet-4-5",
    "CLAUDE-3-5-HAIKU": "anthropic/CLAUDE-3-5-HAIKU",
    "claude-sonnet-4@20250514": "vertex_ai/claude-sonnet-4@20250514",
    "us.anthropic.claude-sonnet-4-v1:0": "bedrock/us.anthropic.claude-sonnet-4-v1:0",
    "amazon.nova-pro-v1:0": "bedrock/amazon.nova-pro-v1:0",
    "gemini-2.5-pro": "gemini/gemini-2.5-pro",
    "mistral-large-latest": "mistral/mistral-large-latest",
    "command-r-plus": "cohere/command-r-plus",
    "grok-4": "xai/grok-4",
    "deepseek-chat": "deepseek/deepseek-chat",
    "llama3:8b": "ollama/llama3:8b",
    "gpt-oss:20b": "ollama/gpt-oss:20b",
    "sonar-pro": "perplexity/sonar-pro",
    "qwen-max": "dashscope/qwen-max",
    "anthropic:claude-sonnet-4-5": "anthropic/claude-sonnet-4-5",
    "Anthropic:claude-sonnet-4-5": "anthropic/claude-sonnet-4-5",
    "openai:gpt-4o": "openai/gpt-4o",
    "groq|llama-3": "groq/llama-3",
    "together_ai my-model": "together_ai/my-model",
}


@pytest.fixture
def client(server: Server, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setenv("OPENAI_BASE_URL", f"{server.url}/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-openai-0123456789")
    return Client()


@pytest.mark.parametrize(("name", "spelling"), SPELLINGS.items())
def test_it_is_refused_with_the_right_spelling(name: str, spelling: str) -> None:
    assert spell_model(name) == spelling
    with pytest.raises(BadRequestError, match=re.escape(repr(spelling))) as caught:
        Client().completion(name, MESSAGES, api_key="sk-0123456789")
    assert caught.value.param == "model"


def test_nothing_is_sent(server: Server, client: Client, world: World, mode: str) -> None:
    with pytest.raises(BadRequestError, match="write 'anthropic/claude-sonnet-4-5'"):
        world.answer(client, mode, "claude-sonnet-4-5", MESSAGES)
    assert not server.seen


@pytest.mark.parametrize("model", OPENAI)
def test_names_of_openai_stay_bare(model: str) -> None:
    bare = [name for name in names_of(model) if "/" not in name and "." not in name.split("-")[0]]
    assert {name: spell_model(name) for name in bare if not name.startswith("databricks-")} == {
        name: name for name in bare if not name.startswith("databricks-")
    }


@pytest.mark.parametrize("model", ["my-model", "text-embedding-3-small", "ft:gpt-4o:org:claude:id"])
def test_unknown_names_are_openais(model: str) -> None:
    assert spell_model(model) == model


@pytest.mark.parametrize(
    ("model", "given"),
    [
        ("openai/claude-sonnet-4-5", {}),
        ("claude-sonnet-4-5", {"custom_llm_provider": "openai"}),
        ("claude-sonnet-4-5", {"base_url": None}),
        ("anthropic:claude-sonnet-4-5", {"base_url": None}),
    ],
)
def test_any_name_is_allowed_where_the_caller_says_where(
    server: Server, client: Client, model: str, given: dict[str, str | None]
) -> None:
    server.reply(good("plain"))
    if "base_url" in given:
        client.completion(model, MESSAGES, base_url=f"{server.url}/v1")
    else:
        client.completion(model, MESSAGES, custom_llm_provider=given.get("custom_llm_provider"))
    assert server.seen[0].json["model"] == model.removeprefix("openai/")


def test_an_empty_base_url_is_refused(server: Server, client: Client) -> None:
    for name in ("base_url", "api_base"):
        given: Any = {name: ""}
        with pytest.raises(BadRequestError, match="base_url: expected http"):
            client.completion("gpt-4o", MESSAGES, stream=False, **given)
    assert not server.seen


@pytest.mark.parametrize(
    "provider", ["anthropic", "cohere", "deepseek", "gemini", "mistral", "openai", "xai"]
)
def test_every_known_model_of_a_lab(provider: str) -> None:
    known = [model.partition("/") for model in known_models()]
    # Mistral also serves models of others.
    other = re.compile("deepseek|glm" if provider == "mistral" else "^$")
    names = [
        name
        for owner, _, name in known
        if owner == provider and "/" not in name and not other.search(name)
    ]
    assert names
    prefix = "" if provider == "openai" else f"{provider}/"
    assert {name: spell_model(name) for name in names} == {name: prefix + name for name in names}


@pytest.mark.usefixtures("own_table")
def test_a_registered_provider_has_a_family() -> None:
    register_provider(name="acme-family", family="^zork-", base_url="http://127.0.0.1:9")
    assert spell_model("zork-9") == "acme-family/zork-9"
    # A row that replaces one without naming its models keeps the known names.
    register_provider(name="perplexity", base_url="http://127.0.0.1:9")
    assert spell_model("sonar-pro") == "perplexity/sonar-pro"


class TestGroups:
    @pytest.fixture
    def router(self, client: Client) -> Router:
        deployment = {"model": "openai/gpt-4o"}
        return Router(
            [
                {"model_name": "fast", "litellm_params": deployment},
                {"model_name": "claude-main", "litellm_params": deployment},
            ],
            num_retries=0,
        )

    def test_a_misspelt_group(self, router: Router, server: Server, world: World) -> None:
        with pytest.raises(BadRequestError, match="'fsat' is not a group: did you mean 'fast'"):
            world.complete(router, "fsat", MESSAGES)
        with pytest.raises(BadRequestError, match="did you mean 'claude-main'"):
            world.complete(router, "claude-mian", MESSAGES)
        with pytest.raises(BadRequestError, match="groups are 'fast', 'claude-main'"):
            world.complete(router, "zzz", MESSAGES)
        assert not server.seen

    def test_a_group_may_have_any_name(self, router: Router, server: Server, world: World) -> None:
        server.reply(good("plain"))
        world.complete(router, "claude-main", MESSAGES)
        assert server.seen[0].json["model"] == "gpt-4o"

    def test_other_models_can_still_be_called(self, router: Router, server: Server) -> None:
        server.reply(good("plain"), good("plain"), good("plain"))
        router.completion("gpt-4o-mini", MESSAGES)
        router.completion("zzz", MESSAGES, base_url=f"{server.url}/v1")
        router.completion("zzz", MESSAGES, custom_llm_provider="openai")
        assert len(server.seen) == 3


@pytest.mark.parametrize(
    ("prefix", "meant"),
    [
        ("claude", "anthropic"),
        ("google", "gemini"),
        ("AWS", "bedrock"),
        ("meta-llama", "huggingface/meta-llama/... or openrouter/meta-llama/..."),
        ("opneai", "openai"),
    ],
)
def test_a_prefix_that_people_write_by_mistake(client: Client, prefix: str, meant: str) -> None:
    with pytest.raises(BadRequestError, match=re.escape(f"did you mean {meant}")):
        client.completion(f"{prefix}/model", MESSAGES)


def test_no_misspelling_is_the_prefix_of_a_provider() -> None:
    rows = list_providers()
    prefixes = {prefix for row in rows for prefix in (row.name, *row.aliases)}
    for row in rows:
        assert not prefixes & set(row.misspellings), row.name


@pytest.mark.parametrize(
    ("prefix", "meant"),
    [
        ("claude", "anthropic"),
        ("google", "gemini"),
        ("aws", "bedrock"),
        ("meta-llama", "huggingface/meta-llama/... or openrouter/meta-llama/..."),
        ("azure-openai", "azure"),
        ("gpt", "openai"),
    ],
)
def test_other_prefixes_that_people_write(prefix: str, meant: str) -> None:
    with pytest.raises(BadRequestError, match=rf"did you mean .*{re.escape(meant)}.*\?"):
        Client().completion(f"{prefix}/x", MESSAGES)
