"""What a service that was moved over from litellm relied on."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import httpx
import pytest

from tests.integrations.weather import claude_says
from tests.support.answers import MESSAGES, failing, good
from tests.support.server import Server
from tests.trunkline.compat.stand_in import installed

MODEL = "openai/gpt-4o"
KEY = "k" * 9


@pytest.fixture
def litellm() -> Iterator[Any]:
    with installed() as namespace:
        yield namespace


def entry(name: str = "chat", model: str = MODEL, **params: Any) -> dict[str, Any]:
    return {"model_name": name, "litellm_params": {"model": model, "api_key": KEY, **params}}


class TestCostsAtAnotherAddress:
    """litellm takes the listed prices of a model wherever it is called."""

    @pytest.fixture
    def told(self, litellm: Any) -> Iterator[list[float | None]]:
        costs: list[float | None] = []

        def note(kwargs: Any, _response: Any, _start: Any, _end: Any) -> None:
            costs.append(kwargs["response_cost"])

        litellm.success_callback = [note]
        yield costs
        litellm.success_callback = []

    @pytest.fixture
    def address(self, server: Server) -> dict[str, Any]:
        server.reply(good("plain"))
        return {"api_base": server.url, "api_key": KEY}

    def test_of_a_call(self, litellm: Any, address: Any, told: list[float | None]) -> None:
        response = litellm.completion(MODEL, MESSAGES, **address)
        assert (
            told
            == [response._hidden_params["response_cost"]]
            == [litellm.completion_cost(response, model=MODEL)]
        )

    def test_of_an_alias(
        self,
        litellm: Any,
        address: dict[str, Any],
        told: list[float | None],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(litellm, "model_alias_map", {"cheap": MODEL})
        litellm.completion("cheap", MESSAGES, **address)
        litellm.completion(MODEL, MESSAGES, **address)
        assert told[0] == told[1] != None  # noqa: E711  # both have a cost

    def test_of_a_batch(self, litellm: Any, address: Any, told: list[float | None]) -> None:
        litellm.batch_completion(model=MODEL, messages=[MESSAGES] * 2, **address)
        assert [bool(cost) for cost in told] == [True, True]

    def test_of_a_router(self, litellm: Any, address: Any, told: list[float | None]) -> None:
        groups = [entry(**address), entry("openai/*", "openai/*", **address)]
        for model in ("chat", MODEL):
            litellm.Router(groups).completion(model, MESSAGES)
        assert told[0] == told[1] != None  # noqa: E711  # both have a cost

    def test_of_a_model_without_a_price(
        self, litellm: Any, address: Any, told: list[float | None]
    ) -> None:
        litellm.completion("openai/my-own", MESSAGES, **address)
        assert told == [None]

    def test_own_prices_take_precedence(
        self, litellm: Any, address: Any, told: list[float | None]
    ) -> None:
        own = {"input_cost_per_token": 0.001, "output_cost_per_token": 0.0}
        response = litellm.completion(MODEL, MESSAGES, **address, **own)
        litellm.completion(
            MODEL, MESSAGES, **address, model_info={"base_model": "openai/no-such-model"}
        )
        assert told == [pytest.approx(response.usage.prompt_tokens / 1000), None]


def test_known_models_are_their_vendors_at_any_address(litellm: Any, server: Server) -> None:
    server.reply(claude_says("plain"), good("plain"))
    address = {"api_base": server.url, "api_key": KEY}
    litellm.completion("claude-sonnet-4-5", MESSAGES, **address)
    litellm.completion("claude-of-my-own", MESSAGES, **address)
    assert [seen.path.rpartition("/")[2] for seen in server.seen] == ["messages", "completions"]


def test_a_functions_definition(litellm: Any) -> None:
    def weather(city: str, days: int = 1) -> str:
        """Say the weather.

        Args:
            city: the name of a city.
        """
        return f"{city} {days}"

    made = litellm.utils.function_to_dict(weather)
    assert (made["name"], made["description"]) == ("weather", "Say the weather.")
    assert made["parameters"]["required"] == ["city"]
    assert made["parameters"]["properties"]["city"]["type"] == "string"
    assert made["parameters"].keys() == {"type", "properties", "required"}


def test_fields_that_openai_always_sends(litellm: Any) -> None:
    response = litellm.completion(MODEL, MESSAGES, api_key=KEY, mock_response="Hi")
    choice = response.choices[0]
    assert (choice.logprobs, choice.message.refusal) == (None, None)


def test_counts_that_a_provider_does_not_report(litellm: Any) -> None:
    usage = litellm.Usage(prompt_tokens_details={}, completion_tokens_details={})
    assert usage.prompt_tokens_details.text_tokens is None
    assert usage.completion_tokens_details.accepted_prediction_tokens is None


def test_the_cost_of_texts_sends_nothing(litellm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tiktoken", None)
    costs = [
        litellm.completion_cost(model="anthropic/claude-sonnet-4-5", **given)
        for given in (
            {"prompt": "Hello there"},
            {"prompt": "Hello there", "completion": "Hi", "call_type": "completion"},
            {"messages": MESSAGES},
        )
    ]
    assert 0 < costs[0] < costs[1]
    assert costs[2] > 0


@pytest.mark.parametrize(
    ("mock", "kind"),
    [
        ("litellm.RateLimitError", "RateLimitError"),
        ("litellm.ContextWindowExceededError", "ContextWindowExceededError"),
        ("litellm.InternalServerError", "InternalServerError"),
        (ValueError("bad"), "InternalServerError"),
    ],
)
def test_errors_as_mock_response(litellm: Any, mock: object, kind: str) -> None:
    with pytest.raises(getattr(litellm, kind), match=f"^litellm.{kind}: ") as caught:
        litellm.completion(MODEL, MESSAGES, api_key=KEY, mock_response=mock, num_retries=0)
    assert type(caught.value).__name__ == kind


class TestRouter:
    def test_its_lists(self, litellm: Any) -> None:
        router = litellm.Router(
            [entry(), entry(), entry("other")],
            model_group_alias={"gpt": "chat", "old": {"model": "chat", "hidden": True}},
        )
        assert router.model_names == ["chat", "other"]
        assert router.get_model_names() == ["chat", "other", "gpt"]
        assert [len(router.get_model_list(name)) for name in ("chat", "gpt")] == [2, 2]
        groups = [entry["model_name"] for entry in router.get_model_list()]
        assert groups == ["gpt", "gpt", "chat", "chat", "other"]

    def test_arguments_without_effect(self, litellm: Any, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.WARNING, "trunkline"):
            litellm.Router(
                [entry()],
                retry_after=5,
                enable_pre_call_checks=True,
                client_ttl=0,
                debug_level="INFO",
            )
        assert [message.split(": ")[1] for message in caplog.messages] == [
            "retry_after has no effect",
            "enable_pre_call_checks has no effect",
        ]
        with pytest.raises(ValueError, match="allowed_fails_policy"):
            litellm.Router([entry()], allowed_fails_policy={"RateLimitErrorAllowedFails": 5})

    def test_deployments_as_objects(self, litellm: Any) -> None:
        types = litellm.types.router
        params = types.LiteLLM_Params(model=MODEL, api_key=KEY, mock_response="Hi")
        router = litellm.Router([types.Deployment(model_name="chat", litellm_params=params)])
        assert router.completion("chat", MESSAGES).choices[0].message.content == "Hi"
        assert router.get_model_list()[0]["litellm_params"]["model"] == MODEL


def test_details_of_a_response(litellm: Any) -> None:
    response = litellm.completion(MODEL, MESSAGES, api_key=KEY, mock_response="Hi")
    assert response.json()["choices"][0]["message"]["content"] == "Hi"
    assert response.choices[0].message.json()["role"] == "assistant"
    assert response._response_ms == response._hidden_params["_response_ms"]
    choice = litellm.Choices(finish_reason="end_turn", provider_specific_fields={"a": 1})
    assert choice.finish_reason == "stop"
    assert choice.provider_specific_fields == {"native_finish_reason": "end_turn", "a": 1}
    assert not hasattr(litellm.Choices(finish_reason="stop"), "provider_specific_fields")


def test_details_of_an_error(litellm: Any, server: Server) -> None:
    server.reply(failing(429))
    with pytest.raises(litellm.RateLimitError) as caught:
        litellm.completion(MODEL, MESSAGES, api_base=server.url, api_key=KEY, num_retries=0)
    assert caught.value.model == "gpt-4o"
    assert "message" in caught.value.body


def test_httpx_clients_of_the_program(litellm: Any) -> None:
    def reply(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.host)
        return httpx.Response(200, json={"choices": [{"message": {"content": "Hi"}}]})

    seen: list[str] = []
    with httpx.Client(transport=httpx.MockTransport(reply)) as client:
        litellm.client_session = client
        assert litellm.client_session is client
        litellm.completion(MODEL, MESSAGES, api_key=KEY)
        litellm.client_session = None
        assert litellm.http_client is None
    assert seen == ["api.openai.com"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("context_window_fallbacks", [{"a": ["b"]}]),
        ("post_call_rules", [print]),
    ],
)
def test_settings_that_must_not_be_lost(litellm: Any, name: str, value: object) -> None:
    with pytest.raises(AttributeError, match=f"litellm.{name} cannot be set here: "):
        setattr(litellm, name, value)
    setattr(litellm, name, None)
    assert not getattr(litellm, name)


def test_where_a_routers_call_went(litellm: Any, server: Server) -> None:
    logged: list[dict[str, Any]] = []

    def note(kwargs: Any, _response: Any, _start: Any, _end: Any) -> None:
        logged.append({**kwargs["standard_logging_object"], "cost": kwargs["response_cost"]})

    router = litellm.Router(
        [{**entry(api_base=server.url), "model_info": {"id": "one"}}],
        callbacks=[note],
        num_retries=0,
    )
    server.reply(good("plain"), failing(400))
    router.completion("chat", MESSAGES)
    with pytest.raises(litellm.BadRequestError):
        router.completion("chat", MESSAGES)
    ok, failed = logged
    assert (ok["model_id"], ok["api_base"]) == ("one", server.url)
    assert ok["hidden_params"]["response_cost"] == ok["cost"] > 0
    assert (failed["cost"], failed["response_cost"]) == (0, 0)


def test_the_type_of_what_callbacks_get(litellm: Any) -> None:
    logged: list[dict[str, Any]] = []

    def note(kwargs: Any, _response: Any, _start: Any, _end: Any) -> None:
        logged.append(kwargs["standard_logging_object"])

    litellm.callbacks = [note]
    litellm.completion(MODEL, MESSAGES, api_key=KEY, mock_response="Hi")
    declared = litellm.types.utils.StandardLoggingPayload.__annotations__
    assert set(logged[0]) == set(declared)


@pytest.mark.parametrize("name", ["proxy", "proxy.proxy_server", "router_strategy.base"])
def test_missing_modules_say_what_to_use(litellm: Any, name: str) -> None:
    remedy = {"proxy": "trunkline serve", "router_strategy": "routing_strategy"}
    with pytest.raises(ImportError, match=remedy[name.partition(".")[0]]):
        import_module(f"{litellm.__name__}.{name}")
