"""What the caller notes of a call reaches callbacks and response, and never the provider."""

from __future__ import annotations

import asyncio
import contextvars
import re
import threading
from typing import Any

import pytest
import trio

from tests.support.answers import MESSAGES, failing, good
from tests.support.server import Server
from tests.support.worlds import World
from trunkline import BadRequestError, Client, Handler, InternalServerError, Reply, Request
from trunkline.middlewares.callbacks import Callbacks
from trunkline.middlewares.listening.record import CallRecord
from trunkline.middlewares.metadata import Metadata
from trunkline.middlewares.metadata_context import metadata

MODEL = "openai/test-model"


class Chain:
    """A client with Metadata in its chain, and the records of its calls."""

    def __init__(self, **defaults: Any) -> None:
        self.records: list[CallRecord] = []
        self.client = Client(middlewares=[Metadata(defaults), Callbacks([self.records.append])])


def ask(world: World, client: Client, mode: str, server: Server, **arguments: Any) -> Any:
    return world.answer(
        client, mode, MODEL, MESSAGES, base_url=server.url, api_key="k" * 9, **arguments
    )


def test_metadata_reaches_callbacks_and_response(world: World, mode: str, server: Server) -> None:
    server.reply(good(mode))
    chain = Chain(app="shop", tenant="none", tags=["all"])
    with metadata(tenant="a", tags=["request"]), metadata(step=1):
        response = ask(
            world,
            chain.client,
            mode,
            server,
            metadata={"step": 2},
            tags=["mine", "all"],
            user="someone",
        )
    expected = {
        "app": "shop",
        "tenant": "a",
        "step": 2,
        "tags": ["all", "request", "mine"],
        "user": "someone",
    }
    assert chain.records[0].metadata == expected
    assert response.call.metadata == expected
    sent = server.seen[0].json
    assert sent["user"] == "someone"
    assert not {"metadata", "tags", "call_id", "tenant"} & set(sent)


def test_metadata_of_a_failed_call(world: World, mode: str, server: Server) -> None:
    server.reply(failing(500))
    chain = Chain()
    with metadata(tenant="a"), pytest.raises(InternalServerError):
        ask(world, chain.client, mode, server)
    assert chain.records[0].metadata == {"tenant": "a"}


def test_metadata_ends_with_its_block(world: World, mode: str, server: Server) -> None:
    server.reply(good(mode))
    chain = Chain()
    with metadata(tenant="a"):
        pass
    ask(world, chain.client, mode, server)
    assert chain.records[0].metadata == {}


def test_a_stream_keeps_the_metadata_of_its_call(server: Server) -> None:
    server.reply(good("stream"))
    chain = Chain()
    with metadata(tenant="a"):
        stream = chain.client.completion(
            MODEL, MESSAGES, stream=True, base_url=server.url, api_key="k" * 9
        )
    with metadata(tenant="b"):
        list(stream)
    assert chain.records[0].metadata == {"tenant": "a"}
    assert stream.call.metadata == {"tenant": "a"}


def test_tasks_have_the_metadata_they_were_started_in(server: Server) -> None:
    server.reply(good("plain"))
    chain = Chain()

    async def call(tenant: str) -> None:
        with metadata(own=tenant):
            await chain.client.acompletion(MODEL, MESSAGES, base_url=server.url, api_key="k" * 9)

    async def in_asyncio() -> None:
        with metadata(world="asyncio"):
            tasks = [asyncio.create_task(call(name)) for name in "ab"]
        await asyncio.gather(*tasks)
        await chain.client.aclose()

    async def in_trio() -> None:
        with metadata(world="trio"):
            async with trio.open_nursery() as nursery:
                for name in "ab":
                    nursery.start_soon(call, name)
        await chain.client.aclose()

    asyncio.run(in_asyncio())
    trio.run(in_trio)
    heard = sorted((each.metadata["world"], each.metadata["own"]) for each in chain.records)
    assert heard == [("asyncio", "a"), ("asyncio", "b"), ("trio", "a"), ("trio", "b")]


def test_threads_have_it_where_they_run_in_the_context(server: Server) -> None:
    server.reply(good("plain"))
    chain = Chain()

    def call() -> None:
        chain.client.completion(MODEL, MESSAGES, base_url=server.url, api_key="k" * 9)

    with metadata(tenant="a"):
        inside = contextvars.copy_context()
        for target in (lambda: inside.run(call), call):
            thread = threading.Thread(target=target)
            thread.start()
            thread.join()
    assert [record.metadata for record in chain.records] == [{"tenant": "a"}, {}]


def test_the_call_id_is_one_and_the_same(world: World, mode: str, server: Server) -> None:
    server.reply(good(mode))
    chain = Chain()
    first = ask(world, chain.client, mode, server)
    second = ask(world, chain.client, mode, server)
    ids = [record.call_id for record in chain.records]
    assert ids == [first.call.call_id, second.call.call_id]
    assert ids[0] != ids[1]
    assert all(re.fullmatch("[0-9a-f]{32}", each) for each in ids)


def test_a_call_id_of_the_callers_own(world: World, mode: str, server: Server) -> None:
    server.reply(good(mode))
    chain = Chain()
    response = ask(world, chain.client, mode, server, call_id="mine")
    assert response.call.call_id == "mine" == chain.records[0].call_id


def test_nobody_who_asks_no_id_made(world: World, mode: str, server: Server) -> None:
    server.reply(good(mode))
    response = ask(world, Client(middlewares=[Metadata()]), mode, server)
    assert response.call.identity.value == ""
    assert response.call.call_id == response.call.identity.value != ""


def test_an_answer_from_elsewhere_gets_this_calls_metadata(
    world: World, mode: str, server: Server
) -> None:
    server.reply(good(mode))

    async def forget(request: Request, call_next: Handler) -> Reply:
        reply = await call_next(request)
        reply.call.metadata = {"of": "another call"}
        return reply

    response = ask(
        world, Client(middlewares=[Metadata(), forget]), mode, server, metadata={"tenant": "a"}
    )
    assert response.call.metadata == {"tenant": "a"}


@pytest.mark.parametrize("tags", ["a", [1], {"a": 1}])
def test_tags_that_are_none(tags: object, server: Server) -> None:
    client = Client(middlewares=[Metadata()])
    with pytest.raises(BadRequestError, match="tags: expected a list of str"):
        ask(World("sync"), client, "plain", server, tags=tags)
    with pytest.raises(BadRequestError, match="tags: expected a list of str"):
        Metadata({"tags": tags})
    with (
        pytest.raises(BadRequestError, match="tags: expected a list of str"),
        metadata(tags=tags),
    ):
        pass


def test_a_call_id_that_is_none(server: Server) -> None:
    with pytest.raises(BadRequestError, match="call_id: expected a non-empty str, got 5"):
        ask(World("sync"), Client(middlewares=[Metadata()]), "plain", server, call_id=5)
    assert server.seen == []


def test_nothing_is_done_when_nothing_is_given() -> None:
    request = Request(model=MODEL, messages=(), io=None, adapter=None)  # type: ignore[arg-type]  # neither is used
    passed: list[Request] = []
    answer: Any = object()

    def call_next(given: Request) -> Any:
        passed.append(given)
        return answer

    assert Metadata()(request, call_next) is answer
    assert passed == [request]
    assert passed[0] is request
