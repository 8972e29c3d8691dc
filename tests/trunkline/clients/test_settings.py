"""Settings of the default client on the module, and of other clients as arguments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_type_hints

import pytest

import trunkline
import trunkline.clients.settings
from tests.support.answers import MESSAGES, failing, good
from tests.support.server import Server
from trunkline import (
    BadRequestError,
    Budget,
    CallRecord,
    Client,
    InternalServerError,
    MemoryStore,
    ModelResponse,
    Router,
    UnsupportedParamsError,
    completion,
)
from trunkline.clients.settings import SETTING_NAMES, ClientSettings, RouterSettings, Settings
from trunkline.testing import FakeProvider

MODEL = "anthropic/claude-sonnet-4-5"
CHAIN = [
    "Metadata",
    "Tracing",
    "Callbacks",
    "Deadline",
    "Cache",
    "Fallback",
    "Route",
    "Retry",
    "AttemptEvents",
    "AttemptCallbacks",
    "Limit",
    "Params",
    "Cost",
    "ProviderAdapter",
]


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """The module's settings are those of one client for the whole process."""
    names = sorted(trunkline.clients.settings.SETTING_NAMES)
    before = {name: getattr(trunkline, name) for name in names}
    yield
    for name, value in before.items():
        setattr(trunkline, name, value)


def ask(**arguments: Any) -> Any:
    given: dict[str, Any] = {"api_key": "k" * 9, "mock_response": "Hi", **arguments}
    return completion(given.pop("model", MODEL), MESSAGES, stream=False, **given)


@pytest.mark.parametrize("described", [trunkline.describe, Client().describe, Router([]).describe])
def test_the_default_chain(described: Any) -> None:
    lines = described().splitlines()
    assert [line.split()[1].partition("(")[0] for line in lines] == CHAIN


class TestOnARouter:
    """The settings of the module hold for a Router; its own take precedence."""

    def router(self, **arguments: Any) -> Router:
        params = {"model": MODEL, "api_key": "k" * 9}
        return Router([{"model_name": "chat", "litellm_params": params}], **arguments)

    def ask(self, router: Router, **arguments: Any) -> ModelResponse:
        reply: ModelResponse = router.completion(
            "chat", MESSAGES, mock_response="Hi", stream=False, **arguments
        )
        return reply

    def test_drop_params(self) -> None:
        router, own = self.router(), self.router(drop_params=False)
        with pytest.raises(UnsupportedParamsError):
            self.ask(router, seed=1)
        trunkline.drop_params = True
        assert self.ask(router, seed=1).dropped_params == ["seed"]
        with pytest.raises(UnsupportedParamsError):
            self.ask(own, seed=1)

    def test_callbacks_and_cache(self) -> None:
        told: list[CallRecord] = []
        others: list[CallRecord] = []
        router, own = self.router(), self.router(callbacks=[others.append], cache=None)
        trunkline.callbacks = [told.append]
        trunkline.cache = MemoryStore()
        assert [self.ask(router).call.cache_hit for _ in range(2)] == [False, True]
        assert [self.ask(own).call.cache_hit for _ in range(2)] == [False, False]
        assert (len(told), len(others)) == (2, 2)

    @pytest.mark.parametrize(("given", "requests"), [({}, 1), ({"num_retries": 1}, 2)])
    def test_num_retries(self, server: Server, given: dict[str, Any], requests: int) -> None:
        server.reply(failing(500))
        params = {"model": "openai/x", "api_key": "k" * 9, "base_url": server.url}
        group = {"model_name": "chat", "litellm_params": params}
        trunkline.num_retries = 0
        with Router([group], **given) as router, pytest.raises(InternalServerError):
            router.completion("chat", MESSAGES)
        assert len(server.seen) == requests

    def test_what_is_set_on_the_router_later(self) -> None:
        router = self.router()
        router.settings.change("drop_params", True)
        assert self.ask(router, seed=1).dropped_params == ["seed"]
        router.settings.callbacks = []
        assert not trunkline.drop_params

    def test_describe_shows_where_each_was_made(self) -> None:
        def listener(record: CallRecord) -> None: ...

        trunkline.drop_params = True
        trunkline.num_retries = 5
        router = self.router(callbacks=[listener], num_retries=3)
        assert router.describe().splitlines()[-1] == (
            "settings: callbacks=[listener] (Router), drop_params=True (module)"
        )
        assert trunkline.describe().splitlines()[-1] == (
            "settings: drop_params=True (module), num_retries=5 (module)"
        )
        assert Client(wire="chat").describe().splitlines()[-1] == "settings: wire='chat' (Client)"


class TestOnTheModule:
    def test_drop_params(self) -> None:
        with pytest.raises(UnsupportedParamsError):
            ask(seed=1)
        trunkline.drop_params = True
        assert ask(seed=1).dropped_params == ["seed"]
        with pytest.raises(UnsupportedParamsError):
            ask(seed=1, drop_params=False)

    def test_a_calls_own_goes_before_it_under_each_of_its_names(self, server: Server) -> None:
        trunkline.num_retries = 2
        server.reply(failing(500))
        with pytest.raises(InternalServerError):
            completion("openai/x", MESSAGES, base_url=server.url, api_key="k" * 9, max_retries=0)
        assert len(server.seen) == 1

    def test_num_retries(self, server: Server) -> None:
        server.reply(failing(500))
        trunkline.num_retries = 0
        with pytest.raises(InternalServerError):
            completion("openai/x", MESSAGES, base_url=server.url, api_key="k" * 9)
        with pytest.raises(InternalServerError):
            completion("openai/x", MESSAGES, base_url=server.url, api_key="k" * 9, num_retries=None)
        assert len(server.seen) == 2

    def test_callbacks(self) -> None:
        told: list[CallRecord] = []
        trunkline.success_callback = [told.append]
        ask()
        trunkline.callbacks.append(told.append)
        trunkline.success_callback = []
        ask()
        assert [record.outcome for record in told] == ["completed", "completed"]

    def test_cache(self) -> None:
        trunkline.cache = MemoryStore()
        assert [ask().call.cache_hit for _ in range(2)] == [False, True]
        assert not ask(cache=False).call.cache_hit

    def test_disable_stop_sequence_limit(self, server: Server) -> None:
        server.reply(good("plain"))
        stop = list("abcde")
        for disabled in (False, True):
            trunkline.disable_stop_sequence_limit = disabled
            completion("openai/x", MESSAGES, base_url=server.url, api_key="k" * 9, stop=stop)
        assert [seen.json["stop"] for seen in server.seen] == [stop[:4], stop]

    def test_model_alias_map(self) -> None:
        trunkline.model_alias_map = {"fast": "groq/llama-3.1-8b-instant"}
        assert ask(model="fast").model == "groq/llama-3.1-8b-instant"

    def test_other_clients_are_not_touched(self) -> None:
        trunkline.drop_params = True
        with pytest.raises(UnsupportedParamsError):
            Client().completion(MODEL, MESSAGES, seed=1, api_key="k" * 9, mock_response="Hi")

    def test_they_hold_for_a_batch(self) -> None:
        told: list[CallRecord] = []
        trunkline.callbacks = [told.append]
        trunkline.batch_completion(MODEL, [MESSAGES] * 2, api_key="k" * 9, mock_response="Hi")
        assert len(told) == 2

    def test_a_name_that_does_not_exist(self) -> None:
        with pytest.raises(
            AttributeError, match=r"no setting 'dorp_params'; did you mean drop_params[?]"
        ):
            trunkline.dorp_params = True  # type: ignore[attr-defined]  # the mistake under test  # pyright: ignore[reportAttributeAccessIssue]
        with pytest.raises(AttributeError, match="no attribute 'dorp_params'"):
            _ = trunkline.dorp_params  # type: ignore[attr-defined]  # the mistake under test  # pyright: ignore

    def test_lists_that_only_litellm_has(self) -> None:
        with pytest.raises(AttributeError, match="success_callback"):
            trunkline._async_success_callback = [print]  # type: ignore[attr-defined]  # litellm's  # pyright: ignore
        with pytest.raises(AttributeError, match="failure_callback"):
            _ = trunkline._async_failure_callback  # type: ignore[attr-defined]  # litellm's  # pyright: ignore

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("drop_params", "yes"),
            ("disable_stop_sequence_limit", 1),
            ("num_retries", -1),
            ("num_retries", True),
            ("request_timeout", 0),
            ("request_timeout", "soon"),
            ("cache", 5),
            ("model_alias_map", ["a"]),
            ("callbacks", print),
            ("success_callback", [5]),
        ],
    )
    def test_a_wrong_value(self, name: str, value: Any) -> None:
        with pytest.raises(TypeError, match=name):
            setattr(trunkline, name, value)

    def test_a_callback_that_nobody_brings(self) -> None:
        with pytest.raises(ValueError, match="langfuse"):
            trunkline.failure_callback = ["langfuse"]


class TestOfAClient:
    def test_they_hold_for_its_calls(self) -> None:
        client = Client(drop_params=True, model_alias_map={"mine": MODEL})
        response = client.completion("mine", MESSAGES, seed=1, api_key="k" * 9, mock_response="Hi")
        assert response.dropped_params == ["seed"]
        assert client.with_middlewares(Budget(1)).settings is client.settings

    def test_the_time_of_calls_without_a_limit_of_their_own(self) -> None:
        fake = FakeProvider(["Hi"] * 6)
        client = Client(adapter=fake, request_timeout=7)
        client.completion(MODEL, MESSAGES)
        client.completion(MODEL, MESSAGES, timeout=3)
        client.completion(MODEL, MESSAGES, request_timeout=4)
        trunkline.request_timeout = 8
        groups = [{"model_name": "chat", "litellm_params": {"model": MODEL, "api_key": "k"}}]
        for router in (
            Router(groups),
            Router(groups, timeout=5),
            Router(groups, request_timeout=6),
        ):
            router.with_adapter(fake).completion("chat", MESSAGES)
        limits = [request.timeouts.answer for request in fake.requests]
        assert limits == [7, 3, 4, 8, 5, 6]

    def test_one_that_does_not_exist(self) -> None:
        with pytest.raises(TypeError, match="no setting 'dorp_params'"):
            Client(dorp_params=True)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]

    def test_with_a_chain_of_ones_own_the_layers_have_them(self) -> None:
        with pytest.raises(
            ValueError, match="drop_params: a client with its own middlewares ignores this setting"
        ):
            Client([], drop_params=True)
        with pytest.raises(BadRequestError, match="drop_params: no middleware"):
            Client([]).completion(MODEL, MESSAGES, drop_params=True)


def test_type_checkers_know_all_settings() -> None:
    declared = get_type_hints(ClientSettings)
    settings = get_type_hints(Settings)
    assert {name: settings[name] for name in SETTING_NAMES} == declared
    assert get_type_hints(RouterSettings).keys() == declared.keys() - {"num_retries"}
