"""The engine "httpx" passes tests of our own connections through proxies."""

from __future__ import annotations

import pytest

from tests.pipeline.transport.test_proxies import (
    ask,
    start,
    test_a_call,
    test_no_frame_has_the_password_of_a_proxy,
)
from tests.support.server import Answer, Server
from tests.support.worlds import World
from trunkline import APIConnectionError, BadRequestError, Client

__all__ = [
    "start",
    "test_a_call",
    "test_no_frame_has_the_password_of_a_proxy",
]

pytestmark = pytest.mark.usefixtures("engine")


@pytest.mark.parametrize("behind_a_proxy", [True, False])
def test_a_proxy_that_requires_a_login(
    world: World,
    mode: str,
    client: Client,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    behind_a_proxy: bool,
) -> None:
    server.reply(Answer([b"no"], status=407))
    if behind_a_proxy:
        monkeypatch.setenv("HTTP_PROXY", server.url)
        with pytest.raises(APIConnectionError, match="proxy requires a user and a password"):
            ask(world, client, mode, "http://provider.invalid/v1")
    else:
        with pytest.raises(BadRequestError, match="status 407"):
            ask(world, client, mode, server.url)
