"""Which API a call uses: by the model's name, by what the call needs, and as the caller says."""

from __future__ import annotations

import re
import typing
from itertools import product
from typing import Any

import pytest
from openai.types.shared import responses_model
from openai.types.shared.chat_model import ChatModel

from tests.support.answers import MESSAGES, good
from tests.support.server import Server, answer_json
from tests.support.worlds import World
from trunkline import (
    BadRequestError,
    Client,
    NotFoundError,
    Request,
    UnsupportedParamsError,
    get_supported_openai_params,
    list_providers,
    replace,
)
from trunkline.adapters.table.model_facts import MODES, read_facts
from trunkline.adapters.table.routes import MAX_REMEMBERED, REMEMBERED, Route, find_route
from trunkline.pipeline.json_values import JSON
from trunkline.testing import FakeProvider

TOOLS: list[JSON] = [{"type": "function", "function": {"name": "look", "parameters": {}}}]
SEARCH: list[JSON] = [{"type": "web_search"}]

#: Models that have only the Responses API, which the list of models has not or has as chat models.
ONLY_RESPONSES = """
openai/gpt-5-pro-2025-10-06 openai/gpt-5.4-pro openai/gpt-5.5-pro-2026-04-23 openai/gpt-6-pro
openai/gpt-5-codex openai/gpt-5.1-codex-max openai/gpt-5.3-codex-2026-02-05
openai/codex-mini-latest openai/o1-pro-2025-03-19 openai/o3-pro
openai/o3-deep-research-2025-06-26 openai/o4-mini-deep-research
openai/computer-use-preview-2025-03-11 openai/gpt-5.5-cyber-preview openai/gpt-6-cyber
openai/gpt-rosalind-research openai/gpt-6-rosalind openai/gpt-6.2-astra-law
openai/gpt-daybreak-blue-latest openai/ft:gpt-5-pro:acme::abc123 gpt-5-pro azure/gpt-5-codex
azure/gpt-5.1-codex-mini-2025-11-13 azure/o3-pro azure/codex-mini
azure_ai/gpt-5.4-pro-2026-03-05 azure_ai/o3-deep-research bedrock_mantle/openai.gpt-5.4
bedrock_mantle/openai.gpt-5.6-sol bedrock_mantle/openai.gpt-6.1-terra
databricks/databricks-gpt-5-3-codex databricks/databricks-gpt-5-5
databricks/databricks-gpt-6-1-sol github_copilot/gpt-5.3-codex github_copilot/gpt-5.4-mini
github_copilot/gpt-6-astra opencode_go/gpt-6-luna opencode_go/grok-4.7
opencode_go/muse-spark-1.3-contributor perplexity/anthropic/claude-sonnet-4-5
perplexity/preset/pro-search xai/grok-4.20-multi-agent-0309 xai/grok-4.20-multi-agent-latest
""".split()  # noqa: SIM905  # a table of names

#: Models that stay on chat completions unless the call needs something else.
CHAT = """
openai/gpt-4o openai/gpt-5 openai/gpt-5.6-sol openai/gpt-6-astra openai/o3
openai/gpt-5-chat-latest openai/ft:gpt-4o-mini:acme::abc openai/gpt-oss-120b
openai/my-procurement-model azure/gpt-5.5 azure/my-deployment azure_ai/gpt-6-sol
bedrock/openai.gpt-oss-120b-1:0 bedrock/us.amazon.nova-pro-v1:0 bedrock/openai.gpt-5.5
azure_ai/DeepSeek-V3.2 bedrock_mantle/openai.gpt-oss-120b databricks/databricks-gpt-5-4
databricks/databricks-claude-opus-4 github_copilot/gpt-5.4 github_copilot/claude-sonnet-4.5
opencode_go/glm-5.2 perplexity/sonar-pro xai/grok-4.7 anthropic/claude-sonnet-4-5
openrouter/openai/gpt-5.6 groq/openai/gpt-oss-120b fireworks_ai/accounts/fireworks/models/x
sambanova/gpt-oss-120b sambanova/Meta-Llama-3.3-70B-Instruct
""".split()  # noqa: SIM905  # a table of names

#: Reasoning models, and others.
REASONING = ["openai/gpt-5.6", "openai/o3", "openai/gpt-5", "azure/gpt-6-sol", "xai/grok-4.7"]
OTHERS = ["openai/gpt-4o", "openai/gpt-5-chat-latest", "groq/openai/gpt-oss-120b", "mistral/m"]


def route(model: str, *, base_url: str | None = None, wire: Any = None, **params: Any) -> Route:
    fake = FakeProvider(["Hi"])
    fake.client([]).completion(model, MESSAGES, base_url=base_url, wire=wire, **params)
    request: Request = fake.requests[0]
    return find_route(request)


@pytest.mark.parametrize(
    "model",
    [
        *ONLY_RESPONSES,
        *(
            f"{provider}/{name}"
            for provider, models in read_facts().models.items()
            for name, facts in models.items()
            if MODES[facts.mode] == "responses"
        ),
    ],
)
def test_models_with_one_api(model: str) -> None:
    found = route(model)
    assert found.api == "responses"
    assert found.reason.endswith("has only this API")


def test_the_sdk_names_only_models_with_one_api() -> None:
    _text, _chat, others = typing.get_args(responses_model.ResponsesModel)
    names = typing.get_args(others)
    assert len(names) > 15
    assert {route(f"openai/{name}").api for name in names} == {"responses"}


@pytest.mark.parametrize("model", CHAT)
def test_models_with_both(model: str) -> None:
    assert route(model)[2:] == ("chat", route(model).wire, "")


@pytest.mark.parametrize("model", typing.get_args(ChatModel))
def test_chat_models_of_the_sdk(model: str) -> None:
    # These are in both lists, but have no chat completions.
    expected = "responses" if "-pro" in model or "codex" in model else "chat"
    assert route(f"openai/{model}").api == expected


@pytest.mark.parametrize("model", [*CHAT, *ONLY_RESPONSES])
def test_what_is_remembered(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = route(model)
    # Another call between, whose parameters decide.
    route(model, reasoning_effort="low")
    route(model, base_url="https://llm.example.com/v1")
    assert route(model, user="me") == route(model) == usual
    # What is remembered is forgotten when the table changes.
    monkeypatch.setattr("trunkline.adapters.table.table._state", object())
    assert route(model) == usual


def test_what_is_remembered_is_limited() -> None:
    fake = FakeProvider(["Hi"] * 3)
    fake.client([]).completion("openai/x", MESSAGES)
    for number in range(MAX_REMEMBERED * 2):
        find_route(replace(fake.requests[0], model=f"openai/{number}"))
    assert len(REMEMBERED) <= MAX_REMEMBERED


class TestWhatACallNeeds:
    @pytest.mark.parametrize("model", REASONING)
    def test_tools_of_reasoning_models(self, model: str) -> None:
        assert route(model, tools=TOOLS).reason == "tools of a reasoning model"
        assert route(model, tools=TOOLS, reasoning_effort="high").api == "responses"
        assert route(model, tools=TOOLS, reasoning_effort="none").api == "chat"
        assert route(model, tools=TOOLS, reasoning_effort={"effort": "none"}).api == "chat"

    @pytest.mark.parametrize("model", OTHERS)
    def test_tools_of_others(self, model: str) -> None:
        assert route(model, tools=TOOLS).api == "chat"

    @pytest.mark.parametrize(
        "params",
        [
            {"tools": SEARCH},
            {"previous_response_id": "resp_1"},
            {"conversation": "conv_1"},
            {"background": True},
            {"include": ["file_search_call.results"]},
            {"reasoning_effort": {"effort": "high", "summary": "auto"}},
        ],
        ids=str,
    )
    def test_what_only_one_api_has(self, params: JSON) -> None:
        assert route("openai/gpt-4o", **params).api == "responses"
        with pytest.raises(BadRequestError, match=r"Responses API has this, and the prefix chat/"):
            route("openai/chat/gpt-4o", **params)

    def test_models_of_a_row_that_lack_it(self) -> None:
        for model in ("anthropic.claude-sonnet-4-5-20250929-v1:0", "openai.gpt-oss-120b-1:0"):
            assert route(f"bedrock/{model}", tools=SEARCH).api == "chat"
        assert route("bedrock/us.openai.gpt-5.6-sol", tools=SEARCH).api == "responses"
        assert route("sambanova/Meta-Llama-3.3-70B-Instruct", include=["x"]).api == "chat"
        assert route("sambanova/gpt-oss-120b", include=["x"]).api == "responses"

    def test_an_effort_alone_does_not_need_it(self) -> None:
        assert route("openai/gpt-5.6", reasoning_effort={"effort": "low"}).api == "chat"

    def test_the_largest_effort_of_new_models(self) -> None:
        for given in ("max", {"effort": "max"}):
            found = route("openai/gpt-6-astra", reasoning_effort=given)
            assert found.reason == "reasoning_effort 'max', which only the Responses API has"
        assert route("openai/gpt-6-astra", reasoning_effort="xhigh").api == "chat"
        assert route("deepseek/deepseek-chat", reasoning_effort="max").api == "chat"

    def test_chat_only_parameters(self) -> None:
        assert route("openai/gpt-5", tools=TOOLS, seed=1).api == "chat"
        # From 5.4 on, chat completions refuse tools with reasoning.
        with pytest.raises(UnsupportedParamsError, match=r"seed.*tools of a reasoning model"):
            Client().completion("openai/gpt-5.6", MESSAGES, tools=TOOLS, seed=1, api_key="sk-1234")

    def test_the_model_behind_a_deployment(self) -> None:
        assert route("azure/my-deployment", base_model="azure/gpt-5-pro").api == "responses"
        assert route("azure/gpt5_series/mine", tools=TOOLS).api == "responses"


class TestForced:
    @pytest.mark.parametrize(
        ("model", "api"), [*product(["openai", "azure", "groq", "vllm"], ["chat", "responses"])]
    )
    def test_by_a_prefix(self, model: str, api: str) -> None:
        found = route(f"{model}/{api}/some-model", base_url="https://api.example.com")
        assert found[1:3] == ("some-model", api)
        assert found.reason == f"the prefix {api}/"

    def test_a_prefix_takes_precedence(self) -> None:
        assert route("openai/responses/gpt-4o", wire="chat").api == "responses"

    def test_by_an_argument(self) -> None:
        found = route("openai/gpt-4o", wire="responses")
        assert (found.api, found.reason) == ("responses", 'wire="responses"')

    @pytest.mark.parametrize(
        ("model", "api", "other"),
        [
            ("openai/gpt-5-pro", "chat", "responses"),
            ("azure/gpt-5.3-codex", "chat", "responses"),
            ("databricks/databricks-gpt-5-5", "chat", "responses"),
            ("xai/grok-4.20-multi-agent", "chat", "responses"),
            ("perplexity/sonar", "responses", "chat"),
            ("bedrock/us.amazon.nova-pro-v1:0", "responses", "chat"),
        ],
    )
    def test_models_that_lack_it(
        self, server: Server, world: World, model: str, api: str, other: str
    ) -> None:
        provider, name = model.split("/")
        server.reply(good("plain"))
        where: JSON = {"base_url": server.url, "api_key": "sk-1234"}
        for forced, own in ((f"{provider}/{api}/{name}", {}), (model, {"wire": api})):
            with pytest.raises(BadRequestError, match=f"{provider} offers {name} with") as caught:
                world.complete(Client(), forced, MESSAGES, **where, **own)
            assert f'write "{other}" instead of "{api}"' in caught.value.message
            assert caught.value.param == "model"
        with pytest.raises(BadRequestError, match=r"with .* only"):
            get_supported_openai_params(f"{provider}/{api}/{name}")
        assert server.seen == []

    @pytest.mark.parametrize(
        ("model", "arguments"),
        [("anthropic/responses/claude", {}), ("anthropic/claude", {"wire": "responses"})],
    )
    def test_rows_without_it(self, model: str, arguments: JSON) -> None:
        with pytest.raises(BadRequestError, match="does not have the Responses API") as caught:
            Client().completion(model, MESSAGES, api_key="sk-1234", **arguments)
        rows = [row.name for row in list_providers() if row.responses is not None]
        assert ", ".join(rows) in caught.value.message
        # The remedy comes first.
        remedy = r'write anthropic/claude:|leave out wire="responses":'
        assert re.match(remedy, caught.value.message)
        assert "openai" in rows

    def test_models_that_are_called_like_a_prefix(self) -> None:
        assert route("anthropic/chat/claude").model == "chat/claude"
        assert route("openai/chat").model == "chat"

    @pytest.mark.parametrize("prefix", ["openai/chat/", "openai/responses/ ", "anthropic/chat/"])
    def test_prefixes_without_a_name(self, prefix: str) -> None:
        with pytest.raises(BadRequestError, match=r"names no model after '(chat|responses)'"):
            route(prefix)


class TestAddresses:
    @pytest.mark.parametrize(
        ("model", "address", "api"),
        [
            ("openai/gpt-5.6", "https://api.openai.com/v1", "responses"),
            ("openai/gpt-5.6", "https://eu.api.openai.com/v1", "responses"),
            ("openai/gpt-5.6", "https://gateway.example.com/v1", "chat"),
            ("openai/gpt-5.6", "https://api.openai.com.example.com/v1", "chat"),
            ("azure/gpt-5.6", "https://mine.openai.azure.com", "responses"),
            ("azure/gpt-5.6", "https://mine.services.ai.azure.com", "responses"),
            ("azure/gpt-5.6", "https://gateway.example.com", "chat"),
            ("databricks/databricks-gpt-5-4", "https://adb-1.azuredatabricks.net/x", "responses"),
            ("openai/responses/gpt-5.6", "https://gateway.example.com/v1", "responses"),
            ("openai/gpt-5-pro", "https://gateway.example.com/v1", "responses"),
        ],
    )
    def test_hosts(self, model: str, address: str, api: str) -> None:
        assert route(model, base_url=address, tools=TOOLS).api == api

    def test_a_field_of_the_path_leaves_the_host(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CLOUDFLARE_ACCOUNT_ID", "abc")
        assert route("cloudflare/@cf/openai/gpt-oss-120b", include=["x"]).api == "responses"

    def test_they_are_the_reason(self) -> None:
        address = "https://gateway.example.com/v1"
        for params in ({"tools": TOOLS}, {"tools": SEARCH}, {"background": False}):
            found = route("openai/gpt-5.6", base_url=address, **params)
            assert (found.api, found.reason) == (
                "chat",
                "gateway.example.com is a custom address",
            )
        assert route("openai/gpt-5.6", base_url=address).reason == ""

    def test_of_a_variable(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("OPENAI_BASE_URL", "https://gateway.example.com/v1")
        assert route("openai/gpt-5.6", tools=TOOLS).api == "chat"


class TestSupportedParams:
    def test_of_all_apis_and_of_one(self) -> None:
        both = set(get_supported_openai_params("openai/gpt-5"))
        chat = set(get_supported_openai_params("openai/chat/gpt-5"))
        responses = set(get_supported_openai_params("openai/responses/gpt-5"))
        assert both == chat | responses
        assert {"seed", "n"} <= chat - responses
        assert {"background", "previous_response_id", "truncation"} <= responses - chat
        assert set(get_supported_openai_params("openai/gpt-5-pro")).isdisjoint({"seed", "n"})

    @pytest.mark.parametrize(
        "model", ["gpt-rosalind-research", "gpt-daybreak-blue-latest", "codex-mini-latest"]
    )
    def test_reasoning_models_without_a_version(self, server: Server, model: str) -> None:
        supported = get_supported_openai_params(f"openai/{model}")
        assert not {"temperature", "top_p"} & set(supported)
        server.reply(answer_json({"error": {"message": "refused"}}, 400))
        with pytest.raises(BadRequestError, match="refused"):
            Client().completion(f"openai/{model}", MESSAGES, base_url=server.url, api_key="sk-1234")
        assert server.seen[0].json["include"] == ["reasoning.encrypted_content"]

    @pytest.mark.parametrize("model", ["gpt-5.5", "gpt-5.6-sol", "gpt-6-astra", "gpt-6.1-sol"])
    @pytest.mark.parametrize("prefix", ["", "chat/", "responses/"])
    def test_of_models_that_reason_by_default(self, model: str, prefix: str) -> None:
        supported = get_supported_openai_params(f"openai/{prefix}{model}")
        assert not {"temperature", "top_p"} & set(supported)

    @pytest.mark.parametrize("effort", ["none", "low"])
    def test_astra_never_takes_a_temperature(self, effort: str) -> None:
        asked: JSON = {"reasoning_effort": effort, "temperature": 0.5, "api_key": "sk-1234"}
        for model in ("openai/gpt-6-astra", "azure/gpt-6-astra-2026-10-01", "openai/gpt-6.2-astra"):
            with pytest.raises(UnsupportedParamsError, match="temperature"):
                Client().completion(model, MESSAGES, base_url="https://a.openai.azure.com", **asked)
        fake = FakeProvider(["Hi"])
        fake.client().completion(
            "openai/gpt-5.6", MESSAGES, reasoning_effort="none", temperature=0.5
        )
        assert fake.requests[0].params["temperature"] == 0.5

    def test_providers_without_it(self) -> None:
        assert "background" not in get_supported_openai_params("anthropic/claude-sonnet-4-5")
        with pytest.raises(BadRequestError, match="does not have the Responses API"):
            get_supported_openai_params("anthropic/responses/claude-sonnet-4-5")


class TestRefusals:
    @pytest.mark.parametrize(
        ("model", "message", "remedy"),
        [
            ("openai/gpt-9", "This model is only supported in v1/responses and not in "
             "v1/chat/completions.", "openai/responses/gpt-9"),
            ("openai/gpt-9", "Function tools with reasoning_effort are not supported for gpt-9 in "
             "/v1/chat/completions. To use function tools, use /v1/responses or set "
             "reasoning_effort to 'none'.", "openai/responses/gpt-9"),
            ("openai/responses/gpt-9", "This model is only supported in v1/chat/completions.",
             "openai/chat/gpt-9"),
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("status", [400, 404])
    def test_they_say_what_to_use(
        self, server: Server, world: World, model: str, message: str, remedy: str, status: int
    ) -> None:
        server.reply(answer_json({"error": {"message": message}}, status))
        with pytest.raises((BadRequestError, NotFoundError)) as caught:
            world.complete(Client([]), model, MESSAGES, base_url=server.url, api_key="sk-1234")
        api = remedy.split("/")[1]
        assert caught.value.message.startswith(message)
        assert f'model="{remedy}" or wire="{api}"' in caught.value.message

    def test_other_errors_stay_as_they_are(self, server: Server) -> None:
        server.reply(answer_json({"error": {"message": "no such model"}}, 404))
        with pytest.raises(NotFoundError) as caught:
            Client([]).completion("openai/x", MESSAGES, base_url=server.url, api_key="sk-1234")
        assert caught.value.message == "no such model"


class TestEffort:
    @pytest.mark.parametrize("effort", [{"effort": "low"}, {"effort": "low", "summary": None}])
    def test_chat_completions_get_a_string(self, server: Server, effort: JSON) -> None:
        server.reply(good("plain"))
        where: JSON = {"base_url": server.url, "api_key": "sk-1234"}
        Client([]).completion("openai/gpt-5.6", MESSAGES, reasoning_effort=effort, **where)
        assert server.seen[0].json["reasoning_effort"] == "low"

    def test_none_of_it(self, server: Server) -> None:
        server.reply(good("plain"))
        where: JSON = {"base_url": server.url, "api_key": "sk-1234"}
        Client([]).completion("openai/x", MESSAGES, reasoning_effort={"effort": None}, **where)
        assert "reasoning_effort" not in server.seen[0].json
