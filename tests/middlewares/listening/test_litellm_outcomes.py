"""litellm's forms tell a call that the caller left from one that failed."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from tests.support.answers import MESSAGES, failing, good
from tests.support.chain.callbacks import ASYNCHRONOUS, KEY, MODEL, ask
from tests.support.server import Server
from tests.support.worlds import World
from trunkline import Client, Handler, InternalServerError, Reply, Request, Router
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


def test_a_failure_has_the_model_that_was_called_and_its_traceback(server: Server) -> None:
    server.reply(failing(500))
    heard: list[dict[str, Any]] = []

    def hear(kwargs: Any, response: Any, start: Any, end: Any) -> None:
        heard.append(kwargs)

    params = {"model": "openai/m", "base_url": server.url, "api_key": KEY}
    router = Router([{"model_name": "chat", "litellm_params": params}], failure_callback=[hear])
    with pytest.raises(InternalServerError):
        router.completion("chat", MESSAGES, num_retries=0)
    (kwargs,) = heard
    assert kwargs["model"] == kwargs["standard_logging_object"]["model"] == "m"
    assert kwargs["traceback_exception"].rstrip().endswith(str(kwargs["exception"]))
    assert KEY not in kwargs["traceback_exception"]


def test_the_metadata_of_a_call_of_a_router(server: Server) -> None:
    server.reply(good("plain"))
    heard: list[dict[str, Any]] = []

    def hear(kwargs: Any, response: Any, start: Any, end: Any) -> None:
        heard.append(kwargs["litellm_params"]["metadata"])

    params = {"model": "openai/m", "base_url": server.url, "api_key": KEY}
    group = {"model_name": "chat", "litellm_params": params, "model_info": {"id": "one"}}
    given = {"team": "blue"}
    with Router([group], callbacks=[hear]) as router:
        router.completion("chat", MESSAGES, metadata=given)
    with Client(callbacks=[hear]) as client:
        client.completion("openai/m", MESSAGES, metadata=given, base_url=server.url, api_key=KEY)
    routed = {"model_group": "chat", "deployment": "openai/m", "model_info": {"id": "one"}}
    assert heard == [{"team": "blue", **routed}, {"team": "blue"}]
    assert given == {"team": "blue"}
