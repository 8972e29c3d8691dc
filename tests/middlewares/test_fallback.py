"""Fallback: which errors lead to another model, and what is reported."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.answers import MESSAGES, TEXT, chunk_bodies, failing, good
from tests.support.chain.fallbacks import KEY, QUICK, REFUSED, TOO_LONG, asked
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
    Retry,
    ServiceUnavailableError,
    StreamInterruptedError,
    UnprocessableEntityError,
    UnsupportedParamsError,
)
from trunkline.middlewares.fallback import COOLDOWN, Fallback
from trunkline.middlewares.params import Params

pytestmark = pytest.mark.usefixtures("addresses")


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
        fallbacks = ["mistral/c", "openai/e"]
        with Client([Fallback(), Params()]) as client:
            response = client.completion(
                "openai/a", MESSAGES, logit_bias={"1": 2}, fallbacks=fallbacks
            )
        assert asked(server) == ["a", "e"]
        assert response.attempts == 2
        assert [attempt.model for attempt in response.call.tried] == [
            "openai/a",
            "mistral/c",
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
    with Client([Fallback(["openai/b"])]) as client, pytest.raises(InternalServerError) as caught:
        client.completion("openai/a", MESSAGES)
    assert caught.value.model == "openai/a"
    assert caught.value.__notes__ == ["openai/b: NotFoundError: no"]


@pytest.mark.parametrize(
    "fallback",
    ["nobody/x", "claude-sonnet-4-5", {"model": "openai/b", "timeout": -1}],
    ids=str,
)
def test_a_fallback_that_nobody_can_call_is_an_error_before_anything_is_sent(
    server: Server, world: World, mode: str, fallback: object
) -> None:
    with (
        Client([Fallback()]) as client,
        pytest.raises(BadRequestError, match=r"fallbacks\[0\]: "),
    ):
        world.answer(client, mode, "openai/a", MESSAGES, fallbacks=[fallback])
    assert server.seen == []


def test_a_fallback_that_sent_nothing_hides_no_error(
    server: Server, world: World, mode: str
) -> None:
    server.reply(failing(503, "down"))
    with (
        Client([Fallback()]) as client,
        pytest.raises(ServiceUnavailableError) as caught,
    ):
        # Its key is missing.
        world.answer(client, mode, "openai/a", MESSAGES, fallbacks=["groq/x"])
    error = caught.value
    assert (error.model, error.attempts) == ("openai/a", 1)
    assert [attempt.model for attempt in error.tried] == ["openai/a", "groq/x"]
    assert len(error.__notes__) == 1
    assert error.__context__ is None or isinstance(error.__cause__, Exception)


def test_the_models_own_error_is_raised_while_it_cools(
    server: Server, world: World, mode: str
) -> None:
    with Client([Fallback(["openai/b"], clock=Clock())]) as client:
        server.reply(failing(503, "down"), good(mode))
        world.answer(client, mode, "openai/a", MESSAGES)
        # Now only the model of the call is in cooldown, so its fallback is tried first.
        server.reply(failing(500, "no"), failing(503, "down"))
        with pytest.raises(ServiceUnavailableError) as caught:
            world.answer(client, mode, "openai/a", MESSAGES)
    error = caught.value
    assert [attempt.model for attempt in error.tried] == ["openai/b", "openai/a"]
    assert error.__notes__ == ["openai/b: InternalServerError: no"]


def test_failures_without_a_cooldown(server: Server, world: World, mode: str) -> None:
    clock = Clock()
    with Client([Fallback(["openai/b"], allowed_fails=1, clock=clock)]) as client:
        server.reply(failing(503), good(mode))
        world.answer(client, mode, "openai/a", MESSAGES)
        # The failure of an earlier minute does not count.
        clock.advance(60)
        server.reply(failing(503), good(mode), failing(503), good(mode), good(mode))
        for _ in range(3):
            world.answer(client, mode, "openai/a", MESSAGES)
    assert asked(server) == ["a", "b", "a", "b", "b"]


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
