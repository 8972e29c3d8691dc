"""Keys never appear in errors, and never go to another host."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.answers import MESSAGES, failing, good
from tests.support.server import Server
from tests.support.worlds import World
from trunkline import AuthenticationError, BadRequestError, Client

KEY = "sk-test-0123456789abcdef"
MODEL = "openai/gpt-4o"

pytestmark = pytest.mark.usefixtures("engine")


def ask(world: World, via: Client, mode: str, server: Server, **arguments: Any) -> Any:
    arguments = {"base_url": server.url, "api_key": KEY, **arguments}
    return world.answer(via, mode, MODEL, MESSAGES, **arguments)


class TestKeysStayHidden:
    def test_a_provider_that_quotes_the_key(
        self, world: World, mode: str, server: Server, client: Client
    ) -> None:
        server.reply(failing(401, f"Incorrect API key provided: {KEY}"))
        with pytest.raises(AuthenticationError) as caught:
            ask(world, client, mode, server)
        error = caught.value
        assert "Incorrect API key provided: ***" in str(error)
        for text in (str(error), repr(error), repr(error.body), repr(error.args)):
            assert KEY not in text

    def test_a_header_of_the_callers(self, server: Server, client: Client) -> None:
        server.reply(failing(400, "bad header my-secret-token"))
        with pytest.raises(BadRequestError) as caught:
            ask(
                World("sync"),
                client,
                "plain",
                server,
                extra_headers={"X-Auth-Token": "my-secret-token"},
            )
        assert "my-secret-token" not in str(caught.value)

    def test_no_key_is_sent_to_another_host(
        self, server: Server, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        server.reply(good("plain"))
        client.completion("vllm/x", MESSAGES, base_url=server.url)
        assert KEY not in repr(server.seen[0].headers)
        with pytest.raises(AuthenticationError, match="GROQ_API_KEY"):
            client.completion("groq/x", MESSAGES, base_url=server.url)
        assert len(server.seen) == 1
