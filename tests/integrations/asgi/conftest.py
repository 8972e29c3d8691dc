"""The app over a loopback server that stands for all providers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integrations import weather
from tests.support.server import Server
from tests.support.servers.serving import served
from trunkline import Client
from trunkline.integrations.asgi import app

KEY = "sk-of-a-team"


@pytest.fixture
def providers(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The server that OpenAI's and Anthropic's calls go to."""
    weather.use_server(server, monkeypatch)
    return server


@pytest.fixture
def url(providers: Server) -> Iterator[str]:
    """The address of an app with one key, before the default chain without retries."""
    with served(app(Client(num_retries=0), keys={"team": KEY}, allow=["fallbacks"])) as address:
        yield address
