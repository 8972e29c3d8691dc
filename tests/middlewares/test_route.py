"""Route: which deployment is asked, and what is known of them, in memory and in Redis."""

from __future__ import annotations

import logging
from collections import Counter
from copy import deepcopy
from random import Random
from typing import Any, ClassVar

import anyio
import pytest
import tenacity

from tests.support.answers import MESSAGES, TEXT, failing, good
from tests.support.clocks import Clock
from tests.support.redis_server import connect, connect_asyncio
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
    Stream,
)
from trunkline.clients.router import Router
from trunkline.middlewares.deadline import Deadline
from trunkline.middlewares.fallback import Fallback
from trunkline.middlewares.params import Params
from trunkline.middlewares.route import COOLDOWN, Route
from trunkline.middlewares.routing.deployments import Deployment, read_model_list
from trunkline.middlewares.routing.redis_state import RedisState
from trunkline.middlewares.routing.state import Load, MemoryState, Quota, Result, RouteState
from trunkline.middlewares.routing.strategies import STRATEGIES, Option, find_strategy
from trunkline.pipeline.call.client import ChainClient
from trunkline.pipeline.errors import LimitExceededError
from trunkline.pipeline.transport.async_io import AsyncIO
from trunkline.pipeline.transport.sync_io import SyncIO

QUICK = tenacity.wait_none()
KEYS = ["sk-one-11111111", "sk-two-22222222", "sk-three-33333333"]


@pytest.fixture
def clock() -> Clock:
    # The start of a minute.
    return Clock(1_700_000_040.0)


def models(server: Server, count: int = 2, **params: Any) -> list[dict[str, Any]]:
    """Deployments m0, m1, ... of "chat", each with its own key."""
    return [
        {
            "model_name": "chat",
            "litellm_params": {
                "model": f"openai/m{number}",
                "api_key": KEYS[number % 3],
                "base_url": server.url,
                **params,
            },
            "model_info": {"id": f"d{number}"},
        }
        for number in range(count)
    ]


def asked(server: Server) -> list[str]:
    return [seen.json["model"] for seen in server.seen]


def ask(server: Server, client: ChainClient, *answers: Answer, **more: Any) -> list[str]:
    """Make a blocking call; return the models that it asked."""
    server.reply(*answers, good("plain"))
    client.completion("chat", MESSAGES, **more)
    return asked(server)


def in_turn(server: Server, state: RouteState, count: int = 2, **settings: Any) -> Route:
    return Route(models(server, count), strategy="round-robin", state=state, **settings)


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
        with (
            Client([route]) as client,
            pytest.raises(
                BadRequestError, match=f"{name}: remove it, because each deployment of 'chat'"
            ),
        ):
            client.completion("chat", MESSAGES, stream=False, **{name: "http://x"})
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
        with Client([Route(entries, strategy="round-robin")]) as client:
            assert ask(server, client) == ["m1"]
        with Client([Route(entries[:1])]) as client, pytest.raises(AuthenticationError):
            client.completion("chat", MESSAGES)

    def test_while_there_is_time(self, server: Server) -> None:
        server.reply(Answer([], ending="silent"))
        route = in_turn(server, MemoryState())
        with Client([Deadline(), route]) as client, pytest.raises(APIError):
            client.completion("chat", MESSAGES, timeout=0.1)
        assert len(server.seen) == 1

    def test_a_deployment_s_own_timeout(self, server: Server) -> None:
        entries = models(server, 2)
        entries[0]["litellm_params"]["timeout"] = 0.1
        route = Route(entries, strategy="round-robin")
        with Client([Deadline(), route]) as client:
            assert ask(server, client, Answer([], ending="silent")) == ["m0", "m1"]


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

        # The loop ends with the call.
        anyio.run(main, backend=backend)
        assert ask(server, client) == ["m0"]


class TestStates:
    """What is written is read again, in both places alike."""

    def test_counts(self, state: RouteState, clock: Clock, world: World) -> None:
        async def main() -> None:
            io = SyncIO() if world.blocking else AsyncIO()
            quota = Quota(rpm=3)
            assert await state.read(io, ["a"]) == [Load()]
            tickets = [await state.begin(io, "a", quota) for _ in range(3)]
            assert await state.begin(io, "a", quota) is None
            assert None not in tickets
            results = [
                Result(tokens=5, seconds=2.0),
                Result(tokens=7, seconds=4.0, cooling=9),
                Result(first_seconds=0.5, cooling=4, blocked=3),
            ]
            for ticket, result in zip(tickets[:2], results[:2], strict=True):
                await state.end(io, "a", ticket or "", result)
            clock.advance(2)
            other, load = await state.read(io, ["b", "a"])
            assert other == Load(resets=58)
            assert load == Load(active=1, requests=3, tokens=12, seconds=2.4, cooling=7, resets=58)
            clock.advance(60)
            await state.end(io, "a", tickets[2] or "", results[2])
            (load,) = await state.read(io, ["a"])
            assert load == Load(seconds=2.4, first_seconds=0.5, cooling=4, blocked=3, resets=58)

        if world.blocking:
            with pytest.raises(StopIteration):
                main().send(None)
        else:
            world.run(main)


class TestRedis:
    def test_processes_share_it(self, server: Server, redis_url: str, clock: Clock) -> None:
        clients = [connect(redis_url) for _ in range(2)]
        clients[0].flushall()
        states = [RedisState(client, clock=clock) for client in clients]
        one, two = (Client([in_turn(server, state, 2)]) for state in states)
        assert ask(server, one, failing(500)) == ["m0", "m1"]
        assert ask(server, two) == ["m1"]
        for client in clients:
            client.close()

    def test_an_asyncio_client(self, server: Server, redis_url: str, mode: str) -> None:
        async def main() -> None:
            store = connect_asyncio(redis_url)
            await store.flushall()
            client = Client([in_turn(server, RedisState(store)), Retry(wait=QUICK)])
            server.reply(failing(500), good(mode))
            for _ in range(2):
                reply = await client.acompletion("chat", MESSAGES, stream=mode == "stream")
                if isinstance(reply, Stream):
                    assert [chunk async for chunk in reply]
            assert asked(server) == ["m0", "m1", "m1"]
            assert [load.active for load in await RedisState(store).read(AsyncIO(), ["d1"])] == [0]
            await client.aclose()
            await store.aclose()

        anyio.run(main)

    def test_by_url(self, server: Server, redis_url: str) -> None:
        with Router(models(server), redis_url=redis_url) as client:
            assert ask(server, client)[0] in ("m0", "m1")
        with pytest.raises(ValueError, match="give one of them"):
            Router(models(server), redis_url=redis_url, state=MemoryState())

    def test_a_request_of_a_process_that_died_ends_by_itself(
        self, redis_url: str, clock: Clock
    ) -> None:
        async def main() -> None:
            io, quota = AsyncIO(), Quota(max_parallel_requests=1)
            with connect(redis_url) as client:
                client.flushall()
                state = RedisState(client, clock=clock, lease=100)
                assert await state.begin(io, "a", quota) is not None
                assert await state.begin(io, "a", quota) is None
                clock.advance(101)
                assert (await state.read(io, ["a"]))[0].active == 0
                assert await state.begin(io, "a", quota) is not None

        anyio.run(main)

    def test_one_that_is_down_stops_nothing(
        self, server: Server, world: World, mode: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        gone = Server()
        url = gone.url.replace("http", "redis")
        gone.close()
        state = RedisState.from_url(url)
        server.reply(failing(500), good(mode))
        client = Client([in_turn(server, state, 2), Retry(wait=QUICK)])
        with caplog.at_level(logging.WARNING, "trunkline"):
            response = world.answer(client, mode, "chat", MESSAGES)
        assert response.attempts == 2
        assert [record.message for record in caplog.records] == [
            "cannot reach Redis, so limits and cooldowns are not shared: ConnectionError"
        ]


class TestStrategies:
    def options(self, *settings: dict[str, Any]) -> list[Option]:
        return [
            Option(
                deployment=Deployment(
                    id=str(number),
                    model="openai/m",
                    arguments={},
                    quota=Quota(rpm=given.get("rpm"), tpm=given.get("tpm")),
                    weight=given.get("weight"),
                ),
                load=Load(
                    active=given.get("active", 0),
                    requests=given.get("requests", 0),
                    tokens=given.get("tokens", 0),
                ),
                seconds=given.get("seconds"),
            )
            for number, given in enumerate(settings)
        ]

    def choose(self, name: str, *settings: dict[str, Any], number: int = 0) -> str:
        options = self.options(*settings)
        return find_strategy(name)(options, number, Random(1)).deployment.id

    SHARES: ClassVar[list[tuple[list[dict[str, Any]], float]]] = [
        ([{}, {}], 0.5),
        ([{"weight": 1}, {"weight": 3}], 0.75),
        ([{"weight": 1, "rpm": 9}, {"rpm": 1}], 0.1),
        ([{"tpm": 1000}, {"tpm": 4000}], 0.8),
        ([{"weight": 0}, {"weight": 0}], 0.5),
        ([{"weight": 1}, {"weight": 0}], 0.0),
    ]

    @pytest.mark.parametrize(("settings", "share"), SHARES)
    def test_simple_shuffle(self, settings: list[dict[str, Any]], share: float) -> None:
        random, options = Random(7), self.options(*settings)
        strategy = STRATEGIES["simple-shuffle"]
        chosen = [strategy(options, 0, random).deployment.id for _ in range(2000)]
        assert chosen.count("1") / 2000 == pytest.approx(share, abs=0.04)

    def test_round_robin(self) -> None:
        assert [self.choose("round-robin", {}, {}, {}, number=n) for n in range(4)] == [
            *("0", "1", "2", "0")
        ]

    def test_least_busy(self) -> None:
        assert self.choose("least-busy", {"active": 2}, {"active": 1}, {"active": 3}) == "1"
        assert self.choose("least-busy", {"requests": 2}, {"requests": 1}) == "1"

    def test_lowest_latency(self) -> None:
        assert self.choose("latency-based-routing", {"seconds": 2.0}, {"seconds": 1.0}) == "1"
        assert self.choose("latency-based-routing", {"seconds": 2.0}, {}) == "1"

    def test_lowest_usage(self) -> None:
        for name in ("usage-based-routing", "usage-based-routing-v2"):
            assert self.choose(name, {"tokens": 5}, {"tokens": 4}) == "1"
            assert self.choose(name, {"requests": 5}, {"requests": 4}) == "1"

    @pytest.mark.parametrize("name", sorted(STRATEGIES))
    def test_in_a_chain(self, server: Server, state: RouteState, name: str) -> None:
        with Client([Route(models(server), strategy=name, state=state)]) as client:
            for _ in range(3):
                assert ask(server, client)[0] in ("m0", "m1")

    def test_the_load_is_seen(self, server: Server, state: RouteState) -> None:
        route = Route(models(server), strategy="least-busy", state=state)
        server.reply(good("stream"))
        with Client([route]) as client:
            first = client.completion("chat", MESSAGES, stream=True)
            second = client.completion("chat", MESSAGES, stream=True)
            assert asked(server) == ["m0", "m1"]
            first.close()
            second.close()

    def test_one_of_one_s_own(self, server: Server) -> None:
        route = Route(models(server), strategy=lambda options, _number, _random: options[-1])
        with Client([route]) as client:
            assert ask(server, client) == ["m1"]

    def test_an_unknown_one(self) -> None:
        with pytest.raises(ValueError, match="'fastest'; expected one of latency-based"):
            Route([], strategy="fastest")


class TestModelList:
    WRONG: ClassVar[list[tuple[Any, str]]] = [
        ({}, r"model_list\[0\].model_name: expected a non-empty str"),
        ({"model_name": "a"}, r"model_list\[0\].litellm_params: expected a dict"),
        (
            {"model_name": "a", "litellm_params": {}},
            "litellm_params.model: expected a non-empty str",
        ),
        (
            {"model_name": "a", "litellm_params": {"model": "b", "rpm": 0}},
            "rpm: expected a number of 1 or more, got 0",
        ),
        (
            {"model_name": "a", "litellm_params": {"model": "b", "weight": "1"}},
            "weight: expected a number",
        ),
    ]

    @pytest.mark.parametrize(("entry", "text"), WRONG)
    def test_wrong(self, entry: Any, text: str) -> None:
        with pytest.raises(ValueError, match=text):
            Route([entry])

    def test_ids(self) -> None:
        entry = {"model_name": "a", "litellm_params": {"model": "openai/b", "api_key": KEYS[0]}}
        (group,) = read_model_list([entry, entry, entry]).values()
        assert [item.id for item in group] == ["a openai/b", "a openai/b #2", "a openai/b #3"]
        assert KEYS[0] not in f"{group} {group[0].arguments}"
        with pytest.raises(ValueError, match="duplicate id 'x'"):
            Route([{**entry, "model_info": {"id": "x"}}] * 2)

    def test_the_list_is_not_changed(self, server: Server) -> None:
        entries = models(server)
        before = deepcopy(entries)
        with Client([Route(entries)]) as client:
            ask(server, client)
        assert entries == before

    def test_none(self) -> None:
        with pytest.raises(ValueError, match="attempts: expected an int of 1 or more"):
            Route([], attempts=0)
        assert repr(Route()) == "Route()"


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
