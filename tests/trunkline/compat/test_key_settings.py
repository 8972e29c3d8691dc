"""`litellm.openai_key` and its siblings: each key goes to its own provider, and is never shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integrations.weather import claude_says
from tests.support.answers import MESSAGES, good
from tests.support.server import Server
from tests.trunkline.compat.stand_in import installed

KEY = "sk-key-of-a-setting-0123456789"
OPENAI, CLAUDE = "openai/gpt-4o", "anthropic/claude-sonnet-4-5"


@pytest.fixture
def litellm() -> Iterator[Any]:
    with installed() as module:
        yield module


def sent_keys(server: Server) -> list[str]:
    headers = (seen.headers for seen in server.seen)
    return [
        each.get("x-api-key") or each.get("authorization", "").removeprefix("Bearer ")
        for each in headers
    ]


@pytest.mark.parametrize("name", ["api_key", "openai_key", "openai_api_key"])
def test_a_key_of_openai(litellm: Any, server: Server, name: str) -> None:
    server.reply(good("plain"))
    setattr(litellm, name, KEY)
    assert getattr(litellm, name) == KEY
    litellm.completion(OPENAI, MESSAGES, api_base=server.url)
    litellm.completion(OPENAI, MESSAGES, api_base=server.url, api_key="sk-own")
    assert sent_keys(server) == [KEY, "sk-own"]


def test_each_provider_gets_its_own(litellm: Any, server: Server) -> None:
    server.reply(claude_says("plain"), good("plain"))
    litellm.anthropic_key = KEY
    litellm.api_key = "sk-openai"
    litellm.completion(CLAUDE, MESSAGES, api_base=server.url)
    litellm.completion(OPENAI, MESSAGES, api_base=server.url)
    litellm.openai_key = "sk-openai-too"
    litellm.completion(OPENAI, MESSAGES, api_base=server.url)
    assert sent_keys(server) == [KEY, "sk-openai", "sk-openai-too"]


def test_another_provider_does_not_get_it(litellm: Any, server: Server) -> None:
    litellm.api_key = KEY
    with pytest.raises(litellm.AuthenticationError, match="ANTHROPIC_API_KEY"):
        litellm.completion(CLAUDE, MESSAGES, api_base=server.url)
    assert server.seen == []


def test_calls_of_routers_and_batches(litellm: Any, server: Server) -> None:
    server.reply(good("plain"))
    litellm.openai_key = KEY
    deployment = {"model": OPENAI, "api_base": server.url}
    groups = [
        {"model_name": name, "litellm_params": {**deployment, "model": model}}
        for name, model in (("chat", OPENAI), ("openai/*", "openai/*"))
    ]
    router = litellm.Router(groups)
    for model in ("chat", "openai/gpt-4o-mini"):
        router.completion(model, MESSAGES)
    litellm.batch_completion(OPENAI, [MESSAGES], api_base=server.url)
    assert sent_keys(server) == [KEY] * 3


def test_responses(litellm: Any, server: Server) -> None:
    server.reply(claude_says("plain"))
    litellm.anthropic_key = KEY
    litellm.responses(model=CLAUDE, input="Hi", api_base=server.url)
    assert sent_keys(server) == [KEY]


def test_it_can_be_removed(litellm: Any, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(litellm, "openai_key", KEY)
        patch.setattr(litellm, "openai_key", None)
        patch.setattr(litellm, "openai_key", "sk-other")
    assert litellm.openai_key is litellm.groq_key is None
    litellm.openai_key = KEY
    litellm.openai_key = None
    with pytest.raises(litellm.AuthenticationError, match="OPENAI_API_KEY"):
        litellm.completion(OPENAI, MESSAGES, api_base=server.url)


def test_what_is_refused(litellm: Any) -> None:
    with pytest.raises(AttributeError, match=r"litellm\.nobodys_key cannot be set here"):
        litellm.nobodys_key = KEY
    with pytest.raises(TypeError, match=r"litellm\.openai_key: expected a str, got int"):
        litellm.openai_key = 3


def test_it_is_not_shown(litellm: Any, server: Server) -> None:
    litellm.openai_key = KEY
    server.reply(good("plain"))
    router = litellm.Router(
        [{"model_name": "chat", "litellm_params": {"model": OPENAI, "api_base": server.url}}]
    )
    assert KEY not in f"{router.keys!r} {router!r} {router._client!r} {router.model_list}"
    assert KEY not in str(litellm.completion(OPENAI, MESSAGES, api_base=server.url))
