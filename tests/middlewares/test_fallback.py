"""Fallback: who is asked after whom, with which key, and what is said of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, ClassVar

import pytest
import tenacity

from tests.support.answers import MESSAGES, TEXT, chunk_bodies, failing, good
from tests.support.clocks import Clock
from tests.support.server import Answer, Server, answer_events, answer_json
from tests.support.worlds import World
from trunkline import (
    APIError,
    AuthenticationError,
    BadRequestError,
    Client,
    ContextWindowExceededError,
    InternalServerError,
    NotFoundError,
    RateLimitError,
    Retry,
    StreamInterruptedError,
    UnprocessableEntityError,
    UnsupportedParamsError,
)
from trunkline.middlewares.fallback import COOLDOWN, Fallback
from trunkline.middlewares.params import Params

KEY = "sk-first-0123456789"
OTHER_KEY = "sk-other-9876543210"
QUICK = tenacity.wait_none()
TOO_LONG = {"error": {"message": "too long", "code": "context_length_exceeded"}}
REFUSED = {"error": {"message": "no", "code": "content_policy_violation"}}


@pytest.fixture
def other() -> Iterator[Server]:
    """A second provider's server."""
    running = Server()
    yield running
    running.close()


@pytest.fixture(autouse=True)
def _addresses(monkeypatch: pytest.MonkeyPatch, server: Server, other: Server) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("MISTRAL_BASE_URL", other.url)
    monkeypatch.setenv("MISTRAL_API_KEY", OTHER_KEY)


def asked(server: Server) -> list[str]:
    """The models that a server was asked for."""
    return [seen.json["model"] for seen in server.seen]


def keys(server: Server) -> list[str]:
    return [seen.headers["authorization"] for seen in server.seen]


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
        with pytest.raises(RateLimitError) as caught:
            world.answer(Client([Fallback(["openai/b", "mistral/c"])]), mode, "openai/a", MESSAGES)
        error = caught.value
        assert error.attempts == 3
        assert (error.provider, error.model) == ("mistral", "mistral/c")
        assert [attempt.model for attempt in error.tried] == ["openai/a", "openai/b", "mistral/c"]
        notes = "\n".join(error.__notes__)
        assert len(error.__notes__) == 2
        for words in ("ServiceUnavailableError: openai/a: ", "openai/b: ", "down"):
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


class TestWhatGoesOn:
    @pytest.mark.parametrize("status", [401, 402, 403, 404, 408, 409, 429, 500, 502, 503, 529])
    def test_moves_on(self, server: Server, world: World, mode: str, status: int) -> None:
        server.reply(failing(status), good(mode))
        response = world.answer(Client([Fallback(["openai/b"])]), mode, "openai/a", MESSAGES)
        assert response.attempts == len(server.seen) == 2

    @pytest.mark.parametrize(
        ("status", "cls"), [(400, BadRequestError), (422, UnprocessableEntityError)]
    )
    def test_a_faulty_request_does_not(
        self, server: Server, world: World, mode: str, status: int, cls: type[APIError]
    ) -> None:
        server.reply(failing(status))
        with pytest.raises(cls) as caught:
            world.answer(Client([Fallback(["openai/b"])]), mode, "openai/a", MESSAGES)
        assert caught.value.attempts == len(server.seen) == 1

    def test_an_unsupported_parameter_does_not(self, server: Server) -> None:
        with (
            Client([Fallback(["openai/b"]), Params()]) as client,
            pytest.raises(UnsupportedParamsError),
        ):
            client.completion("groq/a", MESSAGES, api_key=KEY, logit_bias={"1": 2})
        assert server.seen == []

    def test_a_fallback_that_takes_it_not_is_passed_over(
        self, server: Server, other: Server
    ) -> None:
        server.reply(failing(500), good("plain"))
        with Client([Fallback(["mistral/c", "nowhere/d", "openai/e"]), Params()]) as client:
            response = client.completion("openai/a", MESSAGES, logit_bias={"1": 2})
        assert asked(server) == ["a", "e"]
        assert response.attempts == 2
        assert [attempt.model for attempt in response.call.tried] == [
            "openai/a",
            "mistral/c",
            "nowhere/d",
        ]

    def test_a_connection_that_fails(self, other: Server, world: World, mode: str) -> None:
        other.reply(good(mode))
        closed = Server()
        url = closed.url
        closed.close()
        response = world.answer(
            Client([Fallback(["mistral/c"])]), mode, "openai/a", MESSAGES, base_url=url
        )
        assert response.call.tried[0].error.startswith("APIConnectionError")

    def test_a_stream_until_its_first_content(self, server: Server, world: World) -> None:
        broken = answer_events(
            [chunk_bodies()[0], {"error": {"message": "overloaded", "code": "server_error"}}]
        )
        server.reply(broken, good("stream"))
        chunks, stream = world.stream(Client([Fallback(["openai/b"])]), "openai/a", MESSAGES)
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        assert text == TEXT
        assert stream.attempts == 2

    def test_and_never_after(self, server: Server, world: World) -> None:
        events = answer_events(chunk_bodies()[:3], done=False)
        server.reply(Answer(events.pieces, headers=events.headers, ending="cut"), good("stream"))
        with pytest.raises(StreamInterruptedError):
            world.stream(Client([Fallback(["openai/b"])]), "openai/a", MESSAGES)
        assert len(server.seen) == 1


class TestNamedErrors:
    def test_a_longer_window_first(self, server: Server, world: World, mode: str) -> None:
        server.reply(answer_json(TOO_LONG, 400), good(mode))
        response = world.answer(
            Client([Fallback(["openai/b"])]),
            mode,
            "openai/a",
            MESSAGES,
            context_window_fallback_dict={"openai/a": "openai/long", "openai/x": "openai/y"},
        )
        assert asked(server) == ["a", "long"]
        assert response.attempts == 2

    def test_then_the_others(self, server: Server) -> None:
        server.reply(answer_json(TOO_LONG, 400))
        table = {"openai/a": ["openai/long"], "openai/long": ["openai/a", "openai/longer"]}
        with (
            Client([Fallback(["openai/b"], context_window_fallback_dict=table)]) as client,
            pytest.raises(ContextWindowExceededError),
        ):
            client.completion("openai/a", MESSAGES)
        assert asked(server) == ["a", "long", "longer", "b"]

    def test_not_for_other_errors(self, server: Server) -> None:
        server.reply(failing(500), good("plain"))
        with Client([Fallback(["openai/b"])]) as client:
            client.completion(
                "openai/a",
                MESSAGES,
                context_window_fallback_dict={"openai/a": "openai/long"},
                content_policy_fallbacks={"openai/a": "openai/lax"},
            )
        assert asked(server) == ["a", "b"]

    @pytest.mark.parametrize("table", [["openai/lax"], {"*": ["openai/lax"]}])
    def test_a_refused_content(self, server: Server, table: Any) -> None:
        server.reply(answer_json(REFUSED, 400), good("plain"))
        with Client([Fallback()]) as client:
            client.completion("openai/a", MESSAGES, content_policy_fallbacks=table)
        assert asked(server) == ["a", "lax"]


class TestCooldown:
    def client(self, clock: Clock) -> Client:
        return Client([Fallback(["openai/b"], clock=clock)])

    def ask(self, client: Client, server: Server, *answers: Answer, **more: Any) -> list[str]:
        server.reply(*answers, good("plain"))
        client.completion("openai/a", MESSAGES, **more)
        return asked(server)

    def test_a_failed_one_is_skipped_for_a_while(
        self, server: Server, world: World, mode: str
    ) -> None:
        clock = Clock()
        client = self.client(clock)
        for passing, wanted in ((0.0, ["a", "b"]), (COOLDOWN - 1, ["b"]), (1.0, ["a"])):
            clock.advance(passing)
            server.reply(
                *([failing(401)] if wanted[0] == "a" and len(wanted) > 1 else []), good(mode)
            )
            world.answer(client, mode, "openai/a", MESSAGES)
            assert asked(server) == wanted

    def test_as_long_as_the_provider_says(self, server: Server) -> None:
        clock = Clock()
        client = self.client(clock)
        assert self.ask(client, server, failing(429, retry_after="90")) == ["a", "b"]
        clock.advance(89)
        assert self.ask(client, server) == ["b"]
        clock.advance(1)
        assert self.ask(client, server) == ["a"]

    def test_is_asked_where_all_others_failed(self, server: Server) -> None:
        client = self.client(Clock())
        self.ask(client, server, failing(500))
        assert self.ask(client, server, failing(500)) == ["b", "a"]

    def test_another_key_is_another_candidate(self, server: Server) -> None:
        client = self.client(Clock())
        self.ask(client, server, failing(401), api_key="sk-bad-11111111")
        assert self.ask(client, server, api_key="sk-good-1111111") == ["a"]

    @pytest.mark.parametrize("body", [TOO_LONG, REFUSED])
    def test_not_for_what_the_request_did(self, server: Server, body: object) -> None:
        client = self.client(Clock())
        assert self.ask(client, server, answer_json(body, 400)) == ["a", "b"]
        assert self.ask(client, server) == ["a"]

    def test_not_for_what_was_never_sent(self, server: Server, monkeypatch: Any) -> None:
        client = Client([Fallback(["openai/b"])])
        server.reply(good("plain"))
        client.completion("groq/a", MESSAGES)
        monkeypatch.setenv("GROQ_API_KEY", KEY)
        server.reply(good("plain"))
        client.completion("groq/a", MESSAGES, base_url=server.url)
        assert asked(server) == ["a"]


class TestRetriesAndFallbacks:
    """HTTP requests of every combination: each candidate is asked num_retries + 1 times."""

    @pytest.mark.parametrize("fallbacks", [0, 1, 2])
    @pytest.mark.parametrize("num_retries", [0, 1, 2])
    @pytest.mark.parametrize("status", [401, 503])
    def test_all_fail(
        self,
        server: Server,
        world: World,
        mode: str,
        num_retries: int,
        fallbacks: int,
        status: int,
    ) -> None:
        server.reply(failing(status))
        names = [f"openai/f{number}" for number in range(fallbacks)]
        with pytest.raises(APIError) as caught:
            world.answer(
                Client([Fallback(), Retry(wait=QUICK)]),
                mode,
                "openai/a",
                MESSAGES,
                num_retries=num_retries,
                fallbacks=names,
            )
        each = num_retries + 1 if status == 503 else 1
        assert len(server.seen) == each * (fallbacks + 1) == caught.value.attempts
        assert len(caught.value.tried) == (len(server.seen) if len(server.seen) > 1 else 0)
        assert asked(server) == [
            name for name in ["a", *(n.partition("/")[2] for n in names)] for _ in range(each)
        ]

    @pytest.mark.parametrize("failures", range(5))
    def test_the_one_that_answers(
        self, server: Server, world: World, mode: str, failures: int
    ) -> None:
        server.reply(*[failing(500)] * failures, good(mode))
        response = world.answer(
            Client([Fallback(["openai/b", "openai/c"]), Retry(2, wait=QUICK)]),
            mode,
            "openai/a",
            MESSAGES,
        )
        assert response.attempts == len(server.seen) == failures + 1
        assert len(response.call.tried) == failures

    def test_retries_around_fallbacks(self, server: Server) -> None:
        server.reply(*[failing(500)] * 3, good("plain"))
        with Client([Retry(2, wait=QUICK), Fallback(["openai/b"])]) as client:
            response = client.completion("openai/a", MESSAGES)
        assert response.attempts == len(server.seen) == 4
        assert len(response.call.tried) == 3

    def test_a_candidate_s_own_number(self, server: Server) -> None:
        server.reply(failing(500))
        with (
            Client([Fallback(), Retry(3, wait=QUICK)]) as client,
            pytest.raises(InternalServerError),
        ):
            client.completion(
                "openai/a",
                MESSAGES,
                num_retries=0,
                fallbacks=[{"model": "openai/b", "num_retries": 1}],
            )
        assert asked(server) == ["a", "b", "b"]


def test_not_found_names_the_candidate(server: Server) -> None:
    server.reply(failing(500), failing(404))
    with Client([Fallback(["openai/b"])]) as client, pytest.raises(NotFoundError) as caught:
        client.completion("openai/a", MESSAGES)
    assert caught.value.model == "openai/b"


def test_shown() -> None:
    assert repr(Fallback()) == "Fallback()"
    assert repr(Fallback(["a/b"])) == "Fallback(fallbacks)"


def test_a_mock_among_them(server: Server) -> None:
    with Client([Fallback()]) as client:
        response = client.completion(
            "openai/a",
            MESSAGES,
            mock_response=AuthenticationError("no"),
            fallbacks=[{"model": "openai/b", "mock_response": "hi"}],
        )
    assert response.choices[0].message.content == "hi"
    assert response.attempts == 0
