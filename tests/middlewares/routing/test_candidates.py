"""Which candidates a fallback has, and which credentials they get."""

from __future__ import annotations

import sys
from copy import deepcopy
from typing import Any, ClassVar

import pytest

from tests.support.answers import MESSAGES, TEXT, failing, good
from tests.support.chain.fallbacks import KEY, OTHER_KEY, asked, keys
from tests.support.server import Server
from tests.support.worlds import World
from trunkline import BadRequestError, Client, InternalServerError, ServiceUnavailableError
from trunkline.middlewares.fallback import Fallback
from trunkline.middlewares.params import Params

pytestmark = pytest.mark.usefixtures("addresses")


class TestCandidates:
    def test_the_next_answers(self, server: Server, other: Server, world: World, mode: str) -> None:
        server.reply(failing(503))
        other.reply(good(mode))
        messages = deepcopy(MESSAGES)
        response = world.answer(
            Client([Fallback()]),
            mode,
            "openai/a",
            messages,
            temperature=0.5,
            fallbacks=["openai/b", {"model": "mistral/c", "temperature": 0.1, "seed": 7}],
        )
        assert response.choices[0].message.content == TEXT
        assert asked(server) == ["a", "b"]
        assert asked(other) == ["c"]
        assert [seen.json["temperature"] for seen in server.seen] == [0.5, 0.5]
        assert (other.seen[0].json["temperature"], other.seen[0].json["random_seed"]) == (0.1, 7)
        assert keys(server) == [f"Bearer {KEY}"] * 2
        assert keys(other) == [f"Bearer {OTHER_KEY}"]
        assert response.attempts == 3
        assert [attempt.model for attempt in response.call.tried] == ["openai/a", "openai/b"]
        assert [attempt.status_code for attempt in response.call.tried] == [503, 503]
        assert response.call.tried[0].error.startswith("ServiceUnavailableError: ")
        assert (response.call.provider, response.call.model) == ("mistral", "c")
        assert messages == MESSAGES

    def test_none_is_asked_without_need(
        self, server: Server, other: Server, world: World, mode: str
    ) -> None:
        server.reply(good(mode))
        response = world.answer(Client([Fallback(["mistral/c"])]), mode, "openai/a", MESSAGES)
        assert (response.attempts, response.call.tried, other.seen) == (1, [], [])

    def test_all_fail(self, server: Server, other: Server, world: World, mode: str) -> None:
        server.reply(failing(503, "down"))
        other.reply(failing(429, "slow"))
        with pytest.raises(ServiceUnavailableError) as caught:
            world.answer(Client([Fallback(["openai/b", "mistral/c"])]), mode, "openai/a", MESSAGES)
        error = caught.value
        assert error.attempts == 3
        assert (error.provider, error.model) == ("openai", "openai/a")
        assert [attempt.model for attempt in error.tried] == ["openai/a", "openai/b", "mistral/c"]
        notes = "\n".join(error.__notes__)
        assert len(error.__notes__) == 2
        for words in ("openai/b: ServiceUnavailableError: down", "mistral/c: RateLimitError: slow"):
            assert words in notes
        assert KEY not in notes

    def test_a_missing_extra_is_passed_over(
        self, server: Server, other: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "botocore", None)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
        monkeypatch.setenv("AWS_REGION_NAME", "eu-west-1")
        server.reply(failing(404))
        other.reply(good("plain"))
        fallbacks = ["bedrock/amazon.nova-lite-v1:0", "mistral/c"]
        with Client([Fallback(fallbacks)]) as client:
            response = client.completion("openai/a", MESSAGES)
        missing = response.call.tried[1].error
        assert missing.startswith("MissingExtraError: ")
        assert 'pip install "trunkline[bedrock]"' in missing
        assert response.call.provider == "mistral"

    def test_of_the_client_and_of_the_call(self, server: Server) -> None:
        server.reply(failing(500), good("plain"))
        with Client([Fallback(["openai/of-client"])]) as client:
            client.completion("openai/a", MESSAGES, fallbacks=["openai/of-call"])
        assert asked(server) == ["a", "of-call"]

    @pytest.mark.parametrize(("model", "then"), [("openai/a", "b"), ("openai/z", "rest")])
    def test_a_table_by_model(self, server: Server, model: str, then: str) -> None:
        table = {"openai/a": ["openai/b"], "*": "openai/rest"}
        server.reply(failing(500), good("plain"))
        with Client([Fallback(table)]) as client:
            client.completion(model, MESSAGES)
        assert asked(server)[1] == then

    @pytest.mark.parametrize(("model", "key"), [("a", "openai/a"), ("openai/a", "a")])
    def test_a_table_with_the_other_form_of_a_name(
        self, server: Server, model: str, key: str
    ) -> None:
        server.reply(failing(500), good("plain"))
        with Client([Fallback({key: ["openai/b"]})]) as client:
            client.completion(model, MESSAGES)
        assert asked(server) == ["a", "b"]

    @pytest.mark.parametrize("name", ["modela", "model-1", "mode-x", "modal", "audio"])
    def test_a_table_with_a_name_like_model(self, server: Server, name: str) -> None:
        server.reply(good("plain"))
        with Client([Fallback({name: ["openai/b"]})]) as client:
            client.completion("openai/a", MESSAGES, fallbacks=[{name: ["openai/b"]}])
        assert asked(server) == ["a"]

    def test_a_list_of_tables(self, server: Server) -> None:
        server.reply(failing(500), failing(500), good("plain"))
        tables = [{"openai/a": ["openai/b"]}, {"openai/x": ["openai/y"]}, {"*": "openai/rest"}]
        with Client([Fallback(tables)]) as client:
            client.completion("openai/a", MESSAGES)
        assert asked(server) == ["a", "b", "rest"]

    def test_an_empty_list_asks_nobody(self, server: Server) -> None:
        server.reply(failing(500))
        with Client([Fallback(["openai/b"])]) as client, pytest.raises(InternalServerError):
            client.completion("openai/a", MESSAGES, fallbacks=[])
        assert len(server.seen) == 1

    def test_the_same_twice_is_asked_once(self, server: Server) -> None:
        server.reply(failing(500))
        with Client([Fallback()]) as client, pytest.raises(InternalServerError):
            client.completion("openai/a", MESSAGES, fallbacks=["openai/a", "openai/b", "openai/b"])
        assert asked(server) == ["a", "b"]

    WRONG: ClassVar[list[tuple[Any, str]]] = [
        (5, "fallbacks"),
        ([5], r"fallbacks\[0\]"),
        (["openai/a", ""], r"fallbacks\[1\]"),
        ([["openai/a"]], r"fallbacks\[0\]"),
        ([{"api_key": 5}], r"fallbacks\[0\]\['api_key'\]"),
        ([{"model": "openai/a", "messages": []}], r"fallbacks\[0\]: messages can only be given"),
        ([{}], r"fallbacks\[0\]: expected a model name or a dict with 'model', got an empty dict"),
        ([{"model": ["a"]}], r"fallbacks\[0\]\['model'\]: expected a model name, got list"),
        ([{"model": ""}], r"fallbacks\[0\]\['model'\]: expected a model name, got an empty str"),
        ({5: "openai/b"}, r"fallbacks\[5\]: expected the name of a model as key, got int"),
        *(
            ([{word: "openai/b"}], rf"fallbacks\[0\]\['{word}'\]: .* did you mean 'model'\?")
            for word in ("modle", "mdel", "Model", "models", "model_name", "id")
        ),
    ]

    @pytest.mark.parametrize(("fallbacks", "place"), WRONG)
    def test_no_candidate(self, server: Server, fallbacks: Any, place: str) -> None:
        server.reply(good("plain"))
        with Client([Fallback()]) as client, pytest.raises(BadRequestError, match=place):
            client.completion("openai/a", MESSAGES, fallbacks=fallbacks)
        assert server.seen == []


class TestCredentials:
    """A key, an address and extra headers go where they were meant to go, and nowhere else."""

    def call(self, fallback: object, **arguments: Any) -> None:
        with Client([Fallback([fallback])]) as client:
            client.completion("openai/a", MESSAGES, **arguments)

    def test_of_the_call_stay_with_its_provider(self, server: Server, other: Server) -> None:
        server.reply(failing(500), good("plain"))
        self.call("openai/b", api_key="sk-call-11111111", extra_headers={"x-mine": "1"})
        assert keys(server) == ["Bearer sk-call-11111111"] * 2
        assert [seen.headers.get("x-mine") for seen in server.seen] == ["1", "1"]

    def test_of_the_call_go_to_no_other_provider(self, server: Server, other: Server) -> None:
        server.reply(failing(500))
        other.reply(good("plain"))
        self.call(
            "mistral/c",
            api_key="sk-call-11111111",
            extra_headers={"x-api-key": "sk-call-22222222"},
            extra_query={"key": "sk-call-33333333"},
            extra_body={"mine": 1},
        )
        assert keys(other) == [f"Bearer {OTHER_KEY}"]
        sent = other.seen[0]
        assert "sk-call" not in f"{sent.headers} {sent.path} {sent.body!r}"
        assert "mine" not in sent.json

    def test_nor_to_another_address(self, server: Server, other: Server) -> None:
        server.reply(failing(500))
        other.reply(good("plain"))
        self.call({"model": "openai/b", "base_url": other.url}, api_key="sk-call-11111111")
        assert keys(other) == [f"Bearer {KEY}"]

    def test_nor_the_candidate_s_key_to_the_call_s_address(
        self, server: Server, other: Server
    ) -> None:
        other.reply(failing(500))
        server.reply(good("plain"))
        self.call(
            {"model": "openai/b", "api_key": "sk-candidate-1"}, base_url=other.url, api_key="x" * 9
        )
        assert keys(server) == ["Bearer sk-candidate-1"]
        assert len(other.seen) == 1

    def test_a_missing_key_goes_on(self, server: Server, other: Server) -> None:
        other.reply(good("plain"))
        with Client([Fallback()]) as client:
            response = client.completion("groq/a", MESSAGES, fallbacks=["mistral/c"])
        assert response.attempts == 1
        assert response.call.tried[0].error.startswith("AuthenticationError: ")

    def test_each_checks_its_own_parameters(self, server: Server, other: Server) -> None:
        server.reply(failing(500))
        other.reply(good("plain"))
        with Client([Fallback(["mistral/c"]), Params(drop_params=True)]) as client:
            response = client.completion("openai/a", MESSAGES, logit_bias={"1": 2})
        assert server.seen[0].json["logit_bias"] == {"1": 2}
        assert "logit_bias" not in other.seen[0].json
        assert response.dropped_params == ["logit_bias"]
