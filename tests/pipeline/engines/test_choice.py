"""The names of the engines, and what chooses one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

import trunkline
from tests.support.answers import MESSAGES, TEXT, good
from tests.support.server import Server
from tests.support.worlds import World
from trunkline import BadRequestError, Client
from trunkline.pipeline import engines
from trunkline.pipeline.engines import choose_engine

MODEL = "openai/gpt-4o"
LISTED = '"h11", "httptools" or "httpx"'


@pytest.fixture
def none_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRUNKLINE_ENGINE", raising=False)


def without_httptools(monkeypatch: pytest.MonkeyPatch) -> None:
    def find_none(_name: str) -> None:
        return None

    monkeypatch.setattr(engines, "find_spec", find_none)


class TestNames:
    @pytest.mark.parametrize("name", ["h11", "httptools", "httpx"])
    def test_one_of_ours(self, name: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        client = Client(engine=name)
        assert f"engine={name!r}" in client.describe()
        assert f"engine={name!r}" in repr(client)
        monkeypatch.setenv("TRUNKLINE_ENGINE", name)
        assert f"engine={name!r}" in repr(Client())
        assert f"engine={name!r}" in Client().describe()

    @pytest.mark.parametrize("name", ["aiohttp", "", "HTTPX", "requests"])
    def test_one_that_is_unknown(self, name: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        if name:
            with pytest.raises(ValueError, match=f"^engine: expected {LISTED}, got '{name}'"):
                Client(engine=name)
            monkeypatch.setenv("TRUNKLINE_ENGINE", name)
            with pytest.raises(ValueError, match=f"^TRUNKLINE_ENGINE: expected {LISTED}"):
                choose_engine(None)
            assert f"engine='{name}'" in repr(Client())
        else:
            monkeypatch.setenv("TRUNKLINE_ENGINE", "")
            assert choose_engine(None) in ("h11", "httptools")

    def test_the_former_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        text = 'engine: "fast" is now called "httptools"'
        with pytest.warns(DeprecationWarning, match=text) as warned:
            client = Client(engine="fast")
        assert "engine='httptools'" in repr(client)
        monkeypatch.setenv("TRUNKLINE_ENGINE", "fast")
        with pytest.warns(DeprecationWarning, match="TRUNKLINE_ENGINE") as of_variable:
            assert "engine='httptools'" in Client().describe()
        # Python shows only those of the program's own lines.
        assert [each.filename for each in (*warned, *of_variable)] == [__file__] * 2

    @pytest.mark.usefixtures("none_chosen")
    def test_the_default(self, monkeypatch: pytest.MonkeyPatch) -> None:
        pytest.importorskip("httptools")
        assert choose_engine(None) == "httptools"
        without_httptools(monkeypatch)
        assert choose_engine(None) == "h11"

    def test_one_that_is_not_installed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        without_httptools(monkeypatch)
        with pytest.raises(ImportError, match=r"pip install 'trunkline\[fast\]'"):
            Client(engine="httptools")


# Nothing is left to close.
CLOSE = {"connection": "close"}


class Counting:
    """An httpx client for each world that counts the requests."""

    def __init__(self) -> None:
        self.requests = 0

    def count(self, _request: httpx.Request) -> None:
        self.requests += 1

    async def acount(self, _request: httpx.Request) -> None:
        self.requests += 1

    def made(self, world: World) -> httpx.Client | httpx.AsyncClient:
        if world.blocking:
            return httpx.Client(headers=CLOSE, event_hooks={"request": [self.count]})
        return httpx.AsyncClient(headers=CLOSE, event_hooks={"request": [self.acount]})


Ask = Callable[..., Any]


class TestOneClientForAllCalls:
    @pytest.fixture
    def ask(self, world: World, mode: str, server: Server) -> Ask:
        server.reply(good(mode))

        def make(via: Client, /, **arguments: Any) -> Any:
            given = {"base_url": server.url, "api_key": "sk-0123456789", **arguments}
            return world.answer(via, mode, MODEL, MESSAGES, **given)

        return make

    def test_of_a_client(self, ask: Ask, world: World) -> None:
        counting = Counting()
        client = Client(http_client=counting.made(world))
        assert ask(client).choices[0].message.content == TEXT
        assert counting.requests == 1
        assert "ProviderAdapter(), http_client\n" in client.describe()
        assert repr(client).endswith(", http_client>")

    def test_of_a_client_with_its_own_middlewares(self, ask: Ask, world: World) -> None:
        counting = Counting()
        ask(Client([], http_client=counting.made(world)))
        assert counting.requests == 1

    def test_of_a_call(self, ask: Ask, world: World) -> None:
        mine, other = Counting(), Counting()
        for name in ("client", "http_client"):
            client = Client(http_client=other.made(world))
            ask(client, **{name: mine.made(world)})
        assert (mine.requests, other.requests) == (2, 0)

    def test_of_the_module(
        self, world: World, mode: str, server: Server, request: pytest.FixtureRequest
    ) -> None:
        counting = Counting()
        server.reply(good(mode))
        request.addfinalizer(lambda: setattr(trunkline, "http_client", None))
        trunkline.http_client = counting.made(world)
        given: Any = {"base_url": server.url, "api_key": "sk-0123456789"}
        if world.blocking:
            reply: Any = trunkline.completion(MODEL, MESSAGES, stream=mode == "stream", **given)
            assert mode == "plain" or list(reply)
        else:

            async def call() -> None:
                reply: Any = await trunkline.acompletion(
                    MODEL, MESSAGES, stream=mode == "stream", **given
                )
                assert mode == "plain" or [chunk async for chunk in reply]

            world.run(call)
        assert counting.requests == 1

    def test_a_tuple_has_one_of_each_kind(self, ask: Ask) -> None:
        pair = (httpx.Client(headers=CLOSE), httpx.AsyncClient(headers=CLOSE))
        assert ask(Client(http_client=pair)).choices[0].message.content == TEXT

    def test_the_wrong_kind_is_never_passed_over(
        self, ask: Ask, world: World, server: Server
    ) -> None:
        wrong = httpx.AsyncClient() if world.blocking else httpx.Client()
        with pytest.raises(BadRequestError, match="a tuple may have one of each kind"):
            ask(Client(http_client=wrong))
        assert server.seen == []

    def test_one_that_has_been_closed(self, ask: Ask, world: World) -> None:
        made = Counting().made(world)
        if isinstance(made, httpx.Client):
            made.close()
        else:
            world.run(made.aclose)
        with pytest.raises(BadRequestError, match="the httpx client has been closed"):
            ask(Client(http_client=made))

    @pytest.mark.parametrize("wrong", ["x", 1, object(), (), (httpx.Client(), 1)])
    def test_what_is_not_a_client(self, wrong: Any) -> None:
        with pytest.raises(TypeError, match=r"http_client: expected an httpx\.Client"):
            Client(http_client=wrong)
