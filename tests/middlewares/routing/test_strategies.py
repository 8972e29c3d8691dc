"""Which of the available deployments a strategy chooses."""

from __future__ import annotations

from random import Random
from typing import Any, ClassVar

import pytest

from tests.support.answers import MESSAGES, good
from tests.support.chain.deployments import ask, asked, models
from tests.support.server import Server
from trunkline import Client
from trunkline.middlewares.route import Route
from trunkline.middlewares.routing.deployments import Deployment
from trunkline.middlewares.routing.state import Load, Quota, RouteState
from trunkline.middlewares.routing.strategies import STRATEGIES, Option, StrategyName, find_strategy


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

    def choose(self, name: StrategyName, *settings: dict[str, Any], number: int = 0) -> str:
        options = self.options(*settings)
        return find_strategy(name)(options, number, Random(1)).deployment.id

    SHARES: ClassVar[list[tuple[list[dict[str, Any]], float]]] = [
        ([{}, {}], 0.5),
        ([{"weight": 1}, {"weight": 3}], 0.75),
        ([{"weight": 1, "rpm": 9}, {"rpm": 1}], 0.1),
        ([{"tpm": 1000}, {"tpm": 4000}], 0.8),
        ([{"weight": 0}, {"weight": 0}], 0.5),
        ([{"weight": 1}, {"weight": 0}], 0.0),
        ([{}, {"weight": 0}], 0.0),
        ([{"weight": 0}, {"rpm": 1}], 1.0),
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
        names: tuple[StrategyName, ...] = ("usage-based-routing", "usage-based-routing-v2")
        for name in names:
            assert self.choose(name, {"tokens": 5}, {"tokens": 4}) == "1"
            assert self.choose(name, {"requests": 5}, {"requests": 4}) == "1"

    @pytest.mark.parametrize("name", sorted(STRATEGIES))
    def test_in_a_chain(self, server: Server, state: RouteState, name: StrategyName) -> None:
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
            Route([], strategy="fastest")  # type: ignore[arg-type]  # the mistake  # pyright: ignore[reportArgumentType]
