"""Route: which deployment is called, and what happens when one fails."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from typing import Any

import anyio
import pytest

from tests.support.answers import MESSAGES, TEXT, failing, good
from tests.support.chain.deployments import KEYS, QUICK, ask, asked, in_turn, models
from tests.support.chain.gates import until
from tests.support.clocks import Clock
from tests.support.server import Answer, Server, answer_json
from tests.support.worlds import World
from trunkline import (
    APIError,
    AuthenticationError,
    BadRequestError,
    Client,
    InternalServerError,
    ModelResponse,
    Retry,
)
from trunkline.clients.router import Router
from trunkline.middlewares.deadline import Deadline
from trunkline.middlewares.fallback import Fallback
from trunkline.middlewares.params import Params
from trunkline.middlewares.route import COOLDOWN, Route
from trunkline.middlewares.routing.state import MemoryState, RouteState
from trunkline.pipeline.errors import LimitExceededError
from trunkline.testing import FakeProvider, Pause


class TestChoosing:
    def test_each_with_its_own(
        self, server: Server, state: RouteState, world: World, mode: str
    ) -> None:
        server.reply(good(mode))
        client = Client([in_turn(server, state), Retry()])
        messages = deepcopy(MESSAGES)
        for _ in range(4):
            response = world.answer(client, mode, "chat", messages, temperature=0.5)
            assert response.choices[0].message.content == TEXT
            assert response.attempts == 1
        assert asked(server) == ["m0", "m1", "m0", "m1"]
        assert [seen.headers["authorization"] for seen in server.seen] == [
            f"Bearer {key}" for key in KEYS[:2] * 2
        ]
        assert messages == MESSAGES

    def test_other_names_pass(self, server: Server) -> None:
        server.reply(good("plain"))
        with Client([in_turn(server, MemoryState())]) as client:
            client.completion("openai/x", MESSAGES, base_url=server.url, api_key=KEYS[2])
        assert asked(server) == ["x"]

    def test_the_call_goes_before_the_deployment(self, server: Server) -> None:
        entries = models(server, 1, temperature=0.1, top_p=0.2, extra_headers={"x-a": "1"})
        with Client([Route(entries)]) as client:
            ask(server, client, temperature=0.9, extra_headers={"x-b": "2"})
        sent = server.seen[0]
        assert (sent.json["temperature"], sent.json["top_p"]) == (0.9, 0.2)
        assert (sent.headers["x-a"], sent.headers["x-b"]) == ("1", "2")

    @pytest.mark.parametrize("name", ["api_key", "base_url"])
    def test_a_call_brings_no_key(self, server: Server, name: str) -> None:
        server.reply(good("plain"))
        route = in_turn(server, MemoryState())
        given: Any = {name: "http://x"}
        with (
            Client([route]) as client,
            pytest.raises(
                BadRequestError, match=f"{name}: remove it, because each deployment of 'chat'"
            ),
        ):
            client.completion("chat", MESSAGES, stream=False, **given)
        assert server.seen == []

    def test_the_lowest_order_first(self, server: Server, clock: Clock) -> None:
        entries = models(server, 3)
        for entry, order in zip(entries, (2, 1, 2), strict=True):
            entry["litellm_params"]["order"] = order
        route = Route(entries, strategy="round-robin", state=MemoryState(clock=clock))
        with Client([route]) as client:
            assert [ask(server, client)[0] for _ in range(3)] == ["m1"] * 3
            assert ask(server, client, failing(500))[0] == "m1"
            assert ask(server, client)[0] in ("m0", "m2")
            clock.advance(COOLDOWN)
            assert ask(server, client) == ["m1"]


class TestMovingOn:
    @pytest.mark.parametrize("status", [401, 402, 403, 404, 408, 429, 500, 503])
    def test_to_another(
        self, server: Server, state: RouteState, world: World, mode: str, status: int
    ) -> None:
        server.reply(failing(status), good(mode))
        response = world.answer(
            Client([in_turn(server, state), Retry(wait=QUICK)]), mode, "chat", MESSAGES
        )
        assert asked(server) == ["m0", "m1"]
        assert response.attempts == 2
        assert [attempt.status_code for attempt in response.call.tried] == [status]

    @pytest.mark.parametrize("status", [400, 422])
    def test_not_with_a_faulty_request(
        self, server: Server, world: World, mode: str, status: int
    ) -> None:
        server.reply(failing(status))
        with pytest.raises(APIError) as caught:
            world.answer(Client([in_turn(server, MemoryState())]), mode, "chat", MESSAGES)
        assert caught.value.attempts == len(server.seen) == 1

    @pytest.mark.parametrize("deployments", [1, 2, 3])
    @pytest.mark.parametrize("num_retries", [None, 0, 1, 2, 4])
    def test_requests_for_every_setting(
        self, server: Server, world: World, mode: str, deployments: int, num_retries: int | None
    ) -> None:
        server.reply(failing(500))
        client = Client([in_turn(server, MemoryState(), deployments), Retry(9, wait=QUICK)])
        with pytest.raises(InternalServerError) as caught:
            world.answer(client, mode, "chat", MESSAGES, num_retries=num_retries)
        allowed = 3 if num_retries is None else num_retries + 1
        assert len(server.seen) == caught.value.attempts == allowed
        asked_each = [f"m{min(number, deployments - 1)}" for number in range(allowed)]
        assert asked(server) == asked_each

    def test_with_fallbacks_between_groups(self, server: Server, world: World, mode: str) -> None:
        entries = models(server, 2)
        spare = models(server, 1)[0]
        spare["model_name"] = "spare"
        spare["litellm_params"]["model"] = "openai/s"
        spare["model_info"] = {"id": "spare"}
        server.reply(*[failing(503)] * 3, good(mode))
        client = Client(
            [
                Fallback({"chat": ["spare"]}),
                Route([*entries, spare], strategy="round-robin", attempts=2),
                Retry(wait=QUICK),
            ]
        )
        response = world.answer(client, mode, "chat", MESSAGES)
        assert asked(server) == ["m0", "m1", "s", "s"]
        assert response.attempts == 4
        assert len(response.call.tried) == 3

    def test_without_a_key_the_next(self, server: Server) -> None:
        entries = models(server, 2)
        del entries[0]["litellm_params"]["api_key"]
        with pytest.warns(UserWarning, match="no key for openai/m0: set OPENAI_API_KEY"):
            client = Client([Route(entries, strategy="round-robin")])
        with client:
            assert ask(server, client) == ["m1"]
        with pytest.warns(UserWarning, match="deployment 0 of 'chat': no key"):
            client = Client([Route(entries[:1])])
        with client, pytest.raises(AuthenticationError):
            client.completion("chat", MESSAGES)

    def test_while_there_is_time(self, server: Server) -> None:
        fake = FakeProvider([[Pause(3600)]])
        route = in_turn(server, MemoryState())
        with fake.client([Deadline(), route]) as client, pytest.raises(APIError):
            client.completion("chat", MESSAGES, timeout=0.1)
        assert len(fake.requests) == 1

    def test_a_deployment_s_own_timeout(self, server: Server) -> None:
        entries = models(server, 2)
        entries[0]["litellm_params"]["timeout"] = 0.1
        route = Route(entries, strategy="round-robin")
        fake = FakeProvider([[Pause(3600)], TEXT])
        with fake.client([Deadline(), route]) as client:
            client.completion("chat", MESSAGES)
        assert [request.model for request in fake.requests] == ["openai/m0", "openai/m1"]


class TestCooldown:
    def test_a_failed_one_is_left_alone(
        self, server: Server, state: RouteState, clock: Clock
    ) -> None:
        with Client([in_turn(server, state)]) as client:
            assert ask(server, client, failing(500)) == ["m0", "m1"]
            assert [ask(server, client)[0] for _ in range(3)] == ["m1"] * 3
            clock.advance(COOLDOWN)
            assert {ask(server, client)[0] for _ in range(2)} == {"m0", "m1"}

    def test_it_is_asked_where_there_is_no_other(self, server: Server, state: RouteState) -> None:
        with Client([in_turn(server, state, 1)]) as client:
            server.reply(failing(500))
            with pytest.raises(InternalServerError):
                client.completion("chat", MESSAGES)
            assert ask(server, client) == ["m0"]

    def test_retry_after_is_kept(self, server: Server, state: RouteState, clock: Clock) -> None:
        with Client([in_turn(server, state, 1)]) as client:
            server.reply(failing(429, retry_after="30"))
            with pytest.raises(APIError):
                client.completion("chat", MESSAGES)
            clock.advance(10)
            server.reply(good("plain"))
            with pytest.raises(LimitExceededError, match="in 20 s") as caught:
                client.completion("chat", MESSAGES)
            assert caught.value.retry_after == pytest.approx(20)
            assert server.seen == []
            clock.advance(20)
            assert ask(server, client) == ["m0"]

    def test_not_for_what_the_request_did(self, server: Server, state: RouteState) -> None:
        with Client([in_turn(server, state)]) as client:
            server.reply(failing(400))
            with pytest.raises(BadRequestError):
                client.completion("chat", MESSAGES)
            assert {ask(server, client)[0] for _ in range(2)} == {"m0", "m1"}


class TestQuotas:
    def test_requests_a_minute(self, server: Server, state: RouteState, clock: Clock) -> None:
        entries = models(server, 2, rpm=2)
        with Client([Route(entries, state=state)]) as client:
            assert Counter(ask(server, client)[0] for _ in range(4)) == {"m0": 2, "m1": 2}
            clock.advance(15)
            with pytest.raises(LimitExceededError) as caught:
                ask(server, client)
            assert caught.value.retry_after == 45
            assert caught.value.attempts == len(server.seen) == 0
            clock.advance(45)
            ask(server, client)

    def test_tokens_a_minute(self, server: Server, state: RouteState, clock: Clock) -> None:
        """Every answer has 8 tokens."""
        with Client([Route(models(server, 1, tpm=10), state=state)]) as client:
            ask(server, client)
            ask(server, client)
            with pytest.raises(LimitExceededError):
                ask(server, client)
            clock.advance(60)
            ask(server, client)

    def test_parallel_requests(self, server: Server, state: RouteState) -> None:
        route = Route(models(server, 1, max_parallel_requests=1), state=state)
        server.reply(good("stream"))
        with Client([route]) as client:
            stream = client.completion("chat", MESSAGES, stream=True)
            with pytest.raises(LimitExceededError) as caught:
                client.completion("chat", MESSAGES)
            assert caught.value.retry_after is None
            stream.close()
            assert ask(server, client) == ["m0"]
            server.reply(failing(500))
            with pytest.raises(InternalServerError):
                client.completion("chat", MESSAGES)
            assert ask(server, client) == ["m0"]

    def test_a_refused_group_falls_back(self, server: Server) -> None:
        entries = [*models(server, 1, rpm=1), {**models(server, 2)[1], "model_name": "spare"}]
        with Client([Fallback(["spare"]), Route(entries)]) as client:
            assert ask(server, client) == ["m0"]
            assert ask(server, client) == ["m1"]

    @pytest.mark.parametrize("backend", ["asyncio", "trio"])
    def test_a_cancelled_call_gives_its_place_back(
        self, server: Server, state: RouteState, backend: str
    ) -> None:
        client = Client([Route(models(server, 1, max_parallel_requests=1), state=state)])

        async def main() -> None:
            server.reply(Answer([], ending="silent"))
            with anyio.move_on_after(0.1) as scope:
                await client.acompletion("chat", MESSAGES)
            assert scope.cancelled_caught

        def answers() -> bool:
            try:
                return ask(server, client) == ["m0"]
            except LimitExceededError:
                return False

        # The loop ends with the call. Redis may reply later.
        anyio.run(main, backend=backend)
        until(answers)


class TestRouter:
    def test_is_a_client(self, server: Server, world: World, mode: str) -> None:
        router: Any = Router(models(server), routing_strategy="round-robin", num_retries=1)
        server.reply(failing(500), good(mode))
        response = world.answer(router, mode, "chat", MESSAGES)
        assert isinstance(response, ModelResponse)
        assert (asked(server), response.attempts) == (["m0", "m1"], 2)
        assert router.model_list == models(server)
        assert "Route(chat: 2)" in router.describe()

    def test_fallbacks_in_litellm_s_form(self, server: Server) -> None:
        entries = [*models(server, 1), {**models(server, 2)[1], "model_name": "big"}]
        too_long = {"error": {"message": "x", "code": "context_length_exceeded"}}
        with Router(
            entries,
            num_retries=0,
            fallbacks=[{"chat": ["big"]}],
            context_window_fallbacks=[{"chat": ["big"]}],
            content_policy_fallbacks=[{"chat": ["big"]}],
        ) as client:
            assert ask(server, client, failing(500)) == ["m0", "m1"]
        with Router(entries, context_window_fallbacks=[{"chat": ["big"]}]) as client:
            assert ask(server, client, answer_json(too_long, 400)) == ["m0", "m1"]

    def test_parameters_are_checked_by_deployment(self, server: Server) -> None:
        entries = models(server, 2, drop_params=True)
        entries[0]["litellm_params"]["model"] = "groq/m0"
        with Router(entries, routing_strategy="round-robin") as client:
            ask(server, client, logit_bias={"1": 2})
            assert "logit_bias" not in server.seen[0].json
            ask(server, client, logit_bias={"1": 2})
            assert "logit_bias" in server.seen[0].json


def test_options_of_a_deployment_need_their_layer(server: Server) -> None:
    with Client([Route(models(server, 1, drop_params=True)), Params()]) as client:
        ask(server, client)
    assert "drop_params" not in server.seen[0].json
