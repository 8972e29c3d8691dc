"""Middlewares that turn a call to another provider: its secrets stay with the first one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.support.answers import MESSAGES, good
from tests.support.chain.fallbacks import KEY, OTHER_KEY
from tests.support.server import Server
from tests.support.worlds import World
from trunkline import Client, ModelResponse, Request, before, default_middlewares, replace
from trunkline.testing import FakeProvider

MODEL = "openai/gpt-4o"
OF_THE_CALL: dict[str, Any] = {
    "api_key": "sk-call-11111111",
    "extra_headers": {"x-api-key": "sk-call-22222222"},
    "extra_query": {"key": "sk-call-33333333"},
    "extra_body": {"mine": "sk-call-44444444"},
}


@pytest.fixture
def other(monkeypatch: pytest.MonkeyPatch, server: Server) -> Iterator[Server]:
    """A second provider's server; each provider's variables name its own server and key."""
    with closing(Server()) as running:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("MISTRAL_BASE_URL", running.url)
        monkeypatch.setenv("MISTRAL_API_KEY", OTHER_KEY)
        yield running


def turned(**changes: Any) -> Client:
    return Client([before(lambda request: replace(request, **changes)), *default_middlewares()])


@pytest.mark.parametrize("changes", [{"model": "mistral/c"}, {"provider": "mistral"}])
def test_another_provider_gets_nothing_of_the_call(
    world: World, mode: str, server: Server, other: Server, changes: dict[str, Any]
) -> None:
    other.reply(good(mode))
    world.answer(turned(**changes), mode, MODEL, MESSAGES, base_url=server.url, **OF_THE_CALL)
    (seen,) = other.seen
    assert server.seen == []
    assert "sk-call" not in f"{seen.headers} {seen.path} {seen.body!r}"
    assert seen.headers["authorization"] == f"Bearer {OTHER_KEY}"


@pytest.mark.parametrize(
    ("given", "model"),
    [(MODEL, "openai/gpt-4o-mini"), (MODEL, "gpt-4o-mini"), ("gpt-4o", "openai/gpt-4o-mini")],
)
def test_another_model_of_the_provider_gets_all(
    world: World, mode: str, server: Server, other: Server, given: str, model: str
) -> None:
    server.reply(good(mode))
    world.answer(turned(model=model), mode, given, MESSAGES, **OF_THE_CALL)
    (seen,) = server.seen
    assert seen.json["model"] == "gpt-4o-mini"
    assert seen.json["mine"] == "sk-call-44444444"
    assert seen.path == "/chat/completions?key=sk-call-33333333"
    assert seen.headers["authorization"] == "Bearer sk-call-11111111"
    assert seen.headers["x-api-key"] == "sk-call-22222222"


def to_the_gateway(request: Request) -> Request:
    return replace(
        request,
        model="mistral/c",
        base_url=request.base_url,
        api_key=request.api_key,
        extra_headers=request.extra_headers,
    )


def test_what_the_change_names_is_kept(
    world: World, mode: str, server: Server, other: Server
) -> None:
    server.reply(good(mode))
    client = Client([before(to_the_gateway), *default_middlewares()])
    world.answer(client, mode, MODEL, MESSAGES, base_url=server.url, **OF_THE_CALL)
    (seen,) = server.seen
    assert seen.headers["authorization"] == "Bearer sk-call-11111111"
    assert seen.headers["x-api-key"] == "sk-call-22222222"
    assert seen.path == "/chat/completions"
    assert "mine" not in seen.json


def test_its_own_key_goes_to_its_own_address(
    world: World, mode: str, server: Server, other: Server
) -> None:
    other.reply(good(mode))
    client = turned(model="mistral/c", api_key="sk-of-a-middleware")
    world.answer(client, mode, MODEL, MESSAGES, base_url=server.url, **OF_THE_CALL)
    assert other.seen[0].headers["authorization"] == "Bearer sk-of-a-middleware"


def test_the_responses_api_is_not_forced_on_it(
    world: World, mode: str, server: Server, other: Server
) -> None:
    other.reply(good(mode))
    world.answer(turned(model="mistral/c"), mode, MODEL, MESSAGES, wire="responses")
    assert other.seen[0].path == "/chat/completions"


def test_it_may_be_unknown() -> None:
    fake = FakeProvider(["Hello"])
    fake.client([]).completion(MODEL, MESSAGES, api_key="sk-call-11111111")
    changed = replace(fake.requests[0], model="nobody/c")
    assert (changed.model, changed.api_key) == ("nobody/c", None)


@pytest.mark.parametrize(("model", "keeps"), [("openai/b", True), ("mistral/c", False)])
def test_a_function_at_the_end_of_a_chain(model: str, keeps: bool) -> None:
    asked: list[Request] = []

    async def answer(request: Request) -> ModelResponse:
        asked.append(request)
        return ModelResponse(model=request.model)

    end: Callable[..., Any] = answer
    change = before(lambda request: replace(request, model=model))
    Client([change], adapter=end).completion(MODEL, MESSAGES, api_key="sk-call-11111111")  # type: ignore[arg-type]
    assert (asked[0].api_key is not None) is keeps
