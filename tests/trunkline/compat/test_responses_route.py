"""`litellm.responses` uses the Responses API at every address, as in litellm."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.answers import failing
from tests.support.server import Server
from tests.support.worlds import World
from tests.trunkline.compat.stand_in import installed
from trunkline import APIError, Client


@pytest.fixture
def litellm() -> Iterator[Any]:
    with installed() as module:
        yield module


def path_of(server: Server, world: World, owner: Any, **given: Any) -> str:
    """Return the path that a call of responses() asks at the server."""
    server.reply(failing(418))
    arguments = {"input": "Hello", "num_retries": 0, **given}

    def ask() -> Any:
        if world.blocking:
            return owner.responses(**arguments)
        return world.run(lambda: owner.aresponses(**arguments))

    with pytest.raises(APIError, match="418"):
        ask()
    [seen] = server.seen
    return seen.path


RESPONSES, CHAT = "/responses", "/chat/completions"


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"model": "openai/gpt-5"}, RESPONSES),
        ({"model": "openai/my-model"}, RESPONSES),
        ({"model": "my-model"}, RESPONSES),
        ({"model": "my-model", "custom_llm_provider": "openai"}, RESPONSES),
        ({"model": "openai/chat/gpt-5"}, CHAT),
        ({"model": "openai/gpt-5", "wire": "chat"}, CHAT),
        ({"model": "openai/gpt-5", "use_chat_completions_api": True}, CHAT),
        ({"model": "openai/gpt-5", "use_chat_completions_api": False}, RESPONSES),
        ({"model": "groq/llama-3.3-70b-versatile"}, CHAT),
        ({"model": "anthropic/claude-sonnet-4-5"}, "/v1/messages"),
    ],
)
def test_at_another_address(
    litellm: Any, server: Server, world: World, given: dict[str, Any], path: str
) -> None:
    given = {"api_base": server.url, "api_key": "k", **given}
    assert path_of(server, world, litellm, **given) == path


def test_at_an_address_in_the_environment(
    litellm: Any, server: Server, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    assert path_of(server, world, litellm, model="openai/gpt-5", api_key="k") == RESPONSES


@pytest.mark.parametrize(
    ("meant", "path"),
    [("openai/gpt-5", RESPONSES), ("anthropic/claude-sonnet-4-5", "/v1/messages")],
)
def test_an_alias(server: Server, world: World, meant: str, path: str) -> None:
    with installed(Client(model_alias_map={"fast": meant})) as litellm:
        given = {"model": "fast", "api_base": server.url, "api_key": "k"}
        assert path_of(server, world, litellm, **given) == path


@pytest.mark.parametrize(("prefix", "path"), [("", CHAT), ("responses/", RESPONSES)])
def test_a_router_follows_the_deployment(
    litellm: Any, server: Server, world: World, prefix: str, path: str
) -> None:
    params = {"model": f"openai/{prefix}gpt-5", "api_base": server.url, "api_key": "k"}
    router = litellm.Router([{"model_name": "group", "litellm_params": params}], num_retries=0)
    assert path_of(server, world, router, model="group") == path
