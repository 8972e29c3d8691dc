"""litellm's Cache, and its functions that turn caching on and off."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.answers import MESSAGES
from tests.support.servers.redis_server import connect, redis_server
from tests.trunkline.compat.stand_in import installed
from trunkline import Client
from trunkline.testing import FakeProvider

MODEL = "openai/gpt-4o"
PARAMS = {"model": MODEL, "api_key": "k", "mock_response": "Hi"}


@pytest.fixture
def fake() -> FakeProvider:
    return FakeProvider(["one", "two", "three", "four"])


@pytest.fixture
def litellm(fake: FakeProvider) -> Iterator[Any]:
    with installed(Client(adapter=fake)) as namespace:
        yield namespace


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


def ask(owner: Any, **arguments: Any) -> str:
    response = owner.completion(MODEL, MESSAGES, **arguments)
    text: str = response.choices[0].message.content
    return text


class TestItsTypes:
    def test_in_memory(self, litellm: Any) -> None:
        litellm.cache = litellm.Cache()
        assert [ask(litellm), ask(litellm), ask(litellm, temperature=1)] == ["one", "one", "two"]

    def test_in_a_file(self, litellm: Any, tmp_path: Path, monkeypatch: Any) -> None:
        monkeypatch.chdir(tmp_path)
        for _ in range(2):
            litellm.cache = litellm.Cache(type="disk")
            assert ask(litellm) == "one"
        litellm.cache = litellm.Cache(type="disk", disk_cache_dir=str(tmp_path / "other"))
        assert ask(litellm) == "two"
        assert list(tmp_path.glob("*/trunkline.sqlite"))

    def test_in_redis(self, litellm: Any, redis_url: str) -> None:
        client = connect(redis_url)
        for ttl in (None, 50):
            litellm.cache = litellm.Cache(
                type=litellm.caching.LiteLLMCacheType.REDIS, host="127.0.0.1",
                port=str(urlsplit(redis_url).port), namespace=f"svc-{ttl}", ttl=ttl,
            )  # fmt: skip
            ask(litellm)
            (key,) = client.keys(f"svc-{ttl}:*")
            assert client.ttl(key) == (-1 if ttl is None else pytest.approx(50, abs=2))
        assert litellm.cache.blocking

    def test_in_redis_by_its_variables(
        self, litellm: Any, redis_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("REDIS_HOST", "127.0.0.1")
        monkeypatch.setenv("REDIS_PORT", str(urlsplit(redis_url).port))
        litellm.enable_cache(type="redis", namespace="by-variables")
        ask(litellm)
        assert connect(redis_url).keys("by-variables:*")

    @pytest.mark.parametrize(
        "arguments", [{"type": "s3"}, {"mode": "default_off"}, {"redis_startup_nodes": [1]}]
    )
    def test_what_is_not_offered(self, litellm: Any, arguments: dict[str, Any]) -> None:
        with pytest.raises(NotImplementedError, match=f"{next(iter(arguments))}="):
            litellm.Cache(**arguments)


class TestWhatIsCached:
    def test_calls_with_a_time_of_their_own(self, litellm: Any) -> None:
        times: list[float | None] = []
        litellm.cache = litellm.Cache(ttl=50)

        async def note(_key: str, _value: bytes, ttl: float | None) -> None:
            times.append(ttl)

        litellm.cache.cache.set = note
        ask(litellm)
        ask(litellm, cache={"ttl": 7})
        assert times == [50, 7]

    def test_nothing_if_only_other_calls_are(self, litellm: Any) -> None:
        litellm.cache = litellm.Cache(supported_call_types=["embedding"])
        assert [ask(litellm), ask(litellm)] == ["one", "two"]

    def test_calls_of_a_router(self, litellm: Any, fake: FakeProvider) -> None:
        litellm.cache = litellm.Cache()
        group = {"model_name": "chat", "litellm_params": {**PARAMS}}
        router = litellm.Router([group])
        hits = [router.completion("chat", MESSAGES)._hidden_params["cache_hit"] for _ in range(2)]
        assert (hits, fake.requests) == ([False, True], [])


def test_it_is_turned_on_and_off(litellm: Any) -> None:
    litellm.enable_cache()
    assert [ask(litellm), ask(litellm)] == ["one", "one"]
    litellm.update_cache(type="local", ttl=5)
    assert (ask(litellm), litellm.cache.ttl) == ("two", 5)
    litellm.disable_cache()
    assert (ask(litellm), litellm.cache) == ("three", None)


def test_callbacks_for_asynchronous_calls(litellm: Any, caplog: pytest.LogCaptureFixture) -> None:
    told: list[str] = []

    def first(_kwargs: Any, response: Any, _start: Any, _end: Any) -> None:
        told.append(f"first {response.choices[0].message.content}")

    def second(_kwargs: Any, response: Any, _start: Any, _end: Any) -> None:
        told.append(f"second {response.choices[0].message.content}")

    litellm.success_callback = [first]
    litellm._async_success_callback.append(second)
    ask(litellm)
    litellm._async_success_callback = []
    ask(litellm)
    litellm._async_success_callback = [first]
    ask(litellm)
    assert told == [
        f"{who} {text}" for text in ("one", "two", "three") for who in ("first", "second")
    ]
    litellm.success_callback = []
    with caplog.at_level(logging.WARNING):
        ask(litellm)
    assert (len(told), caplog.messages) == (6, [])
