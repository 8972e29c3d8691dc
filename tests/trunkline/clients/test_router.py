"""Router: the arguments of litellm's that are understood, and those that are refused by name."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tests.support.answers import MESSAGES, failing, good
from tests.support.server import Answer, Server
from tests.support.servers.redis_server import connect, redis_server
from tests.support.worlds import World
from trunkline import (
    CallRecord,
    InternalServerError,
    MemoryStore,
    RateLimitError,
    Request,
    Router,
    UnsupportedParamsError,
)
from trunkline.clients.router_arguments import ABSENT, redis_address
from trunkline.exceptions import RouterRateLimitError
from trunkline.middlewares.routing.state import MemoryState
from trunkline.testing import FakeProvider

KEY = "sk-one-11111111"


def entry(server: Server | None = None, name: str = "chat", number: int = 0, **params: Any) -> Any:
    """A deployment."""
    address = {} if server is None else {"base_url": server.url}
    own = {"model": f"openai/m{number}", "api_key": KEY, **address, **params}
    return {"model_name": name, "litellm_params": own, "model_info": {"id": f"{name}-{number}"}}


def ask(
    server: Server, router: Router, *answers: Answer, model: str = "chat", **more: Any
) -> list[str]:
    """Make a call; return the models that it asked."""
    server.reply(*answers, good("plain"))
    router.completion(model, MESSAGES, **more)
    return [seen.json["model"] for seen in server.seen]


@pytest.fixture
def fake() -> FakeProvider:
    return FakeProvider(["Hello!"] * 9)


def timeouts(fake: FakeProvider) -> list[float | None]:
    return [request.timeouts.answer for request in fake.requests]


class TestEnvironment:
    def test_values_of_variables(self, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MY_KEY", "sk-from-variable")
        monkeypatch.setenv("MY_BASE", server.url)
        given = entry(api_key="os.environ/MY_KEY", api_base="os.environ/MY_BASE")
        with Router([given]) as router:
            ask(server, router)
        assert server.seen[0].headers["authorization"] == "Bearer sk-from-variable"
        assert router.model_list == [given]
        assert "sk-from" not in router.describe()

    def test_one_that_is_not_set(self) -> None:
        text = (
            r"model_list\[0\].litellm_params.api_key: the environment variable NO_SUCH is not set"
        )
        with pytest.raises(ValueError, match=text):
            Router([entry(api_key="os.environ/NO_SUCH")])


class TestTimeouts:
    def test_of_the_router(self, fake: FakeProvider) -> None:
        router = Router([entry()], timeout=7, stream_timeout=9).with_adapter(fake)
        router.completion("chat", MESSAGES)
        router.completion("chat", MESSAGES, stream=True).close()
        # The call's own go before them.
        router.completion("chat", MESSAGES, timeout=3)
        router.completion("chat", MESSAGES, timeout=3, stream=True).close()
        router.completion("chat", MESSAGES, request_timeout=4)
        router.completion("chat", MESSAGES, stream_timeout=5, stream=True).close()
        router.completion("chat", MESSAGES, stream_timeout=5)
        assert timeouts(fake) == [7, 9, 3, 3, 4, 5, 7]

    def test_of_a_deployment(self, fake: FakeProvider) -> None:
        router = Router([entry(timeout=2, stream_timeout=3)], timeout=7).with_adapter(fake)
        router.completion("chat", MESSAGES)
        router.completion("chat", MESSAGES, stream=True).close()
        assert timeouts(fake) == [2, 3]
        assert all(request.answer_by is not None for request in fake.requests)


class TestAliases:
    aliases: ClassVar[dict[str, Any]] = {
        "gpt-4": "chat",
        "secret": {"model": "chat", "hidden": True},
    }

    def test_stand_for_a_group(self, server: Server) -> None:
        with Router([entry(server)], model_group_alias=self.aliases) as router:
            assert ask(server, router, model="gpt-4") == ["m0"]
            assert ask(server, router, model="secret") == ["m0"]
        assert router.get_model_names() == ["chat", "gpt-4"]

    def test_as_a_fallback(self, server: Server) -> None:
        entries = [entry(server), entry(server, "big", 1)]
        router = Router(
            entries,
            num_retries=0,
            fallbacks=[{"chat": ["large"]}],
            model_group_alias={"large": "big"},
        )
        with router:
            assert ask(server, router, failing(500)) == ["m0", "m1"]

    @pytest.mark.parametrize(
        ("alias", "message"),
        [
            ({"a": "none"}, "'a'.*unknown group 'none'"),
            ({"chat": "chat"}, "'chat'.*the name of a group"),
            ({"a": 3}, r"model_group_alias\['a'\]: expected a group's name, got int"),
            ({"a": {"api_key": "sk-1"}}, "expected a group's name, got dict$"),
        ],
    )
    def test_wrong_ones(self, alias: Any, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            Router([entry()], model_group_alias=alias)


class TestDefaults:
    def test_of_all_deployments(self, server: Server) -> None:
        entries = [entry(server, temperature=0.1), entry(server, "other", 1)]
        with Router(entries, default_litellm_params={"temperature": 0.9, "seed": 1}) as router:
            for name, temperature in (("chat", 0.1), ("other", 0.9)):
                ask(server, router, model=name)
                sent = server.seen[0].json
                assert (sent["temperature"], sent["seed"]) == (temperature, 1)
        assert router.get_model_list() == entries
        assert router.get_model_list("other") == entries[1:]

    def test_metadata_is_that_of_each_call(self, server: Server, world: World) -> None:
        heard: list[CallRecord] = []
        defaults = {"metadata": {"team": "a", "own": "no", "tags": ["x"]}, "seed": 1}
        with Router(
            [entry(server)], default_litellm_params=defaults, callbacks=[heard.append]
        ) as router:
            server.reply(good("plain"))
            world.complete(router, "chat", MESSAGES, metadata={"own": "yes"}, tags=["y"])
            world.complete(router, "chat", MESSAGES)
        assert [dict(record.metadata) for record in heard] == [
            {"team": "a", "own": "yes", "tags": ["x", "y"]},
            {"team": "a", "own": "no", "tags": ["x"]},
        ]
        assert server.seen[0].json["seed"] == 1
        assert "metadata" not in server.seen[0].json

    def test_prices_of_a_deployment(self, server: Server) -> None:
        prices: dict[str, Any] = {"input_cost_per_token": 0.125, "output_cost_per_token": 0.25}
        in_params, in_info = entry(server, **prices), entry(server, "other")
        in_info["model_info"] |= {name: 2 * price for name, price in prices.items()}
        server.reply(good("plain"))
        with Router([in_params, in_info]) as router:
            costs = [router.completion(name, MESSAGES).cost for name in ("chat", "other")]
        assert costs[0] is not None
        assert costs == [costs[0], 2 * costs[0]]

    def test_parallel_requests(self, server: Server) -> None:
        server.reply(good("stream"))
        with Router([entry(server)], default_max_parallel_requests=1, num_retries=0) as router:
            stream = router.completion("chat", MESSAGES, stream=True)
            with pytest.raises(RouterRateLimitError, match="is available") as caught:
                router.completion("chat", MESSAGES)
            assert isinstance(caught.value, RateLimitError)
            stream.close()
            ask(server, router)

    def test_an_entry_that_is_none(self) -> None:
        with pytest.raises(ValueError, match=r"model_list\[0\].litellm_params: expected"):
            Router(
                [{"model_name": "chat", "litellm_params": 3}], default_litellm_params={"seed": 1}
            )

    def test_settings(self, server: Server) -> None:
        heard: list[CallRecord] = []
        with Router([entry(server)], callbacks=[heard.append], cache=MemoryStore()) as router:
            assert ask(server, router) == ["m0"]
            assert ask(server, router) == []
        assert [record.cache_hit for record in heard] == [False, True]
        groq = entry(server, model="groq/m0")
        with Router([groq], drop_params=True) as router:
            ask(server, router, logit_bias={"1": 2})
        with Router([groq]) as router, pytest.raises(UnsupportedParamsError):
            router.completion("chat", MESSAGES, logit_bias={"1": 2})

    def test_nothing_is_a_client(self, fake: FakeProvider) -> None:
        router = Router().with_adapter(fake)
        assert not router.model_list
        assert not router.get_model_names()
        assert router.completion("openai/m", MESSAGES, api_key=KEY).call.deployment is None


class TestFallbacks:
    def big(self, server: Server) -> list[Any]:
        return [entry(server), entry(server, "big", 1), entry(server, "other", 2)]

    @pytest.mark.parametrize("own", [None, [{"other": ["chat"]}], {"other": ["chat"]}])
    def test_default_ones(self, server: Server, own: object) -> None:
        router = Router(self.big(server), num_retries=0, fallbacks=own, default_fallbacks=["big"])
        with router:
            assert ask(server, router, failing(500)) == ["m0", "m1"]
        # What has failed is left alone for a while.
        router = Router(self.big(server), num_retries=0, fallbacks=own, default_fallbacks=["big"])
        with router:
            asked = ask(server, router, failing(500), model="other")
            assert asked == (["m2", "m0"] if own else ["m2", "m1"])

    def test_default_ones_beside_those_of_all(self, server: Server) -> None:
        with pytest.raises(ValueError, match="default_fallbacks: "):
            Router(self.big(server), fallbacks=["big"], default_fallbacks=["other"])

    def test_the_deployment_is_told(self, server: Server) -> None:
        server.reply(failing(500), good("plain"))
        with Router(self.big(server), num_retries=0, default_fallbacks=["big"]) as router:
            response: Any = router.completion("chat", MESSAGES)
        assert response._hidden_params["model_id"] == "big-1"
        assert response._hidden_params["additional_headers"]["x-litellm-attempted-fallbacks"] == 1


class TestAllowedFails:
    @pytest.fixture(params=["memory", "redis"])
    def where(
        self, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
    ) -> Iterator[dict[str, Any]]:
        """Both places where counts are kept."""
        if request.param == "memory":
            yield {"state": MemoryState(clock=lambda: 1_700_000_040.0)}
            return
        with redis_server(tmp_path_factory.mktemp("redis")) as url, connect(url) as client:
            client.flushall()
            yield {"redis_url": url}

    @pytest.mark.parametrize(("allowed", "asked"), [(0, "m0 m1"), (1, "m0 m0 m1")])
    def test_before_it_is_left_alone(
        self, server: Server, where: dict[str, Any], allowed: int, asked: str
    ) -> None:
        entries = [entry(server, order=1), entry(server, number=1, order=2)]
        router = Router(entries, num_retries=0, allowed_fails=allowed, cooldown_time=100, **where)
        server.reply(*[failing(500)] * 3)
        with router:
            for _ in asked.split():
                with pytest.raises(InternalServerError):
                    router.completion("chat", MESSAGES)
        assert " ".join(seen.json["model"] for seen in server.seen) == asked

    def test_fails_of_an_earlier_minute(self, server: Server) -> None:
        now = [1_700_000_040.0]
        entries = [entry(server, order=1), entry(server, number=1, order=2)]
        state = MemoryState(clock=lambda: now[0])
        server.reply(*[failing(500)] * 3)
        with Router(entries, num_retries=0, allowed_fails=1, state=state) as router:
            for _ in range(3):
                with pytest.raises(InternalServerError):
                    router.completion("chat", MESSAGES)
                now[0] += 60
        assert [seen.json["model"] for seen in server.seen] == ["m0"] * 3

    def test_before_a_group_is_left_for_its_fallback(self, server: Server) -> None:
        entries = [entry(server), {**entry(server, number=1), "model_name": "other"}]
        fallbacks = [{"chat": ["other"]}]
        router = Router(entries, num_retries=0, allowed_fails=2, fallbacks=fallbacks)
        server.reply(failing(500), good("plain"), good("plain"))
        with router:
            for _ in range(2):
                router.completion("chat", MESSAGES)
        assert [seen.json["model"] for seen in server.seen] == ["m0", "m1", "m0"]


class TestRedis:
    @pytest.mark.parametrize(
        ("parts", "address"),
        [
            ((None, None, None, None, None), None),
            (("redis://h:1/2", None, None, None, None), "redis://h:1/2"),
            ((None, "h", None, None, None), "redis://h:6379/0"),
            ((None, "h", 1, "p@ss/word", 2), "redis://:p%40ss%2Fword@h:1/2"),
        ],
    )
    def test_addresses(self, parts: Any, address: str | None) -> None:
        assert redis_address(*parts) == address

    def test_wrong_ones(self) -> None:
        with pytest.raises(ValueError, match="redis_url and redis_host"):
            Router([], redis_url="redis://h", redis_port=1)
        with pytest.raises(ValueError, match="redis_host: missing"):
            Router([], redis_port=1)

    def test_counts_are_kept_there(self, server: Server, tmp_path: Path) -> None:
        with redis_server(tmp_path) as url, connect(url) as client:
            host, port = url.removeprefix("redis://").partition("/")[0].split(":")
            with Router([entry(server)], redis_host=host, redis_port=int(port)) as router:
                ask(server, router)
            assert client.keys("*chat-0*")


class TestRefused:
    @pytest.mark.parametrize("name", sorted(ABSENT))
    def test_by_name(self, name: str) -> None:
        given: Any = {name: True}
        with pytest.raises(TypeError, match=f"Router has no argument {name}: "):
            Router([], **given)
        for nothing in (None, False, 0, ""):
            asked_for: Any = {name: nothing}
            Router([], **asked_for)

    def test_no_name_is_two_things(self) -> None:
        assert not inspect.signature(Router).parameters.keys() & ABSENT.keys()

    def test_what_nobody_knows(self) -> None:
        unknown: Any = {"nonsense": 1}
        with pytest.raises(TypeError, match="Router has no setting 'nonsense'"):
            Router([], **unknown)

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"model_name": "openai/*"}, r"model_list\[0\].model_name: 'openai/\*' is a pattern"),
            ({"rpm": 3}, r"model_list\[0\].rpm: unknown field"),
        ],
    )
    def test_entries(self, changes: Any, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            Router([{**entry(), **changes}])

    def test_retries_of_a_deployment(self) -> None:
        with pytest.raises(ValueError, match=r"litellm_params\.max_retries: not supported here"):
            Router([entry(max_retries=2)])
        Router([entry(max_retries=0, num_retries=None)])

    def test_what_a_call_has_not(self) -> None:
        with pytest.raises(ValueError, match="organization: unknown argument"):
            Router([entry(organization="o")])


def test_a_strategy_of_one_s_own(server: Server) -> None:
    def last(options: Any, _number: int, _random: Any) -> Any:
        return options[-1]

    with Router([entry(server), entry(server, number=1)], routing_strategy=last) as router:
        assert ask(server, router) == ["m1"]


def test_requests_keep_what_the_call_says(fake: FakeProvider) -> None:
    router = Router([entry(temperature=0.1)], timeout=5).with_adapter(fake)
    router.completion("chat", MESSAGES, temperature=0.9)
    [request] = fake.requests
    assert isinstance(request, Request)
    assert (request.model, request.params["temperature"]) == ("openai/m0", 0.9)
