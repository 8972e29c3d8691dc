"""litellm's forms tell a call that the caller left from one that failed."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from tests.support.answers import MESSAGES, failing, good
from tests.support.chain.callbacks import ASYNCHRONOUS, KEY, MODEL, ask
from tests.support.server import Server
from tests.support.worlds import World
from trunkline import Client, Handler, InternalServerError, Reply, Request
from trunkline.middlewares.callbacks import Callbacks


@pytest.mark.parametrize("world", ASYNCHRONOUS, ids=repr)
def test_a_logger_hears_of_a_cancelled_call(world: World, mode: str, server: Server) -> None:
    heard: list[dict[str, Any]] = []

    def hear(kwargs: Any, response: Any, start: Any, end: Any) -> None:
        heard.append(kwargs)

    async def hang(request: Request, call_next: Handler) -> Reply:
        scopes[0].cancel()
        await anyio.sleep_forever()
        return await call_next(request)

    scopes: list[anyio.CancelScope] = []
    client = Client(middlewares=[Callbacks(failure_callback=[hear]), hang])

    async def call() -> None:
        with anyio.CancelScope() as scope:
            scopes.append(scope)
            streamed = mode == "stream"
            await client.acompletion(
                MODEL, MESSAGES, stream=streamed, base_url=server.url, api_key=KEY
            )

    world.run(call)
    (kwargs,) = heard
    assert kwargs["outcome"] == "abandoned"
    assert "the caller cancelled the call" in str(kwargs["exception"])


def test_the_outcomes_of_other_calls(world: World, mode: str, server: Server) -> None:
    server.reply(good(mode), failing(500))
    heard: list[str] = []

    def hear(kwargs: Any, response: Any, start: Any, end: Any) -> None:
        heard.append(kwargs["outcome"])

    client = Client(middlewares=[Callbacks([hear])])
    ask(world, client, mode, server)
    with pytest.raises(InternalServerError):
        ask(world, client, mode, server)
    assert heard == ["completed", "failed"]
