"""previous_response_id with providers that store nothing: `response_store` keeps conversations."""

from __future__ import annotations

import logging
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.support.server import Server, answer_json
from tests.support.worlds import World
from trunkline import (
    APIConnectionError,
    BadRequestError,
    Client,
    MemoryStore,
    NotFoundError,
    Request,
    Response,
    SQLiteStore,
    Store,
    UnsupportedParamsError,
)
from trunkline.pipeline.json_values import JSON
from trunkline.testing import FakeProvider, tool_call

MODEL = "anthropic/claude-sonnet-4-5"


class BrokenStore:
    """A store that is down."""

    async def get(self, key: str) -> bytes | None:
        raise OSError("redis://user:secret@host is down")

    async def set(self, key: str, value: bytes, ttl: float | None) -> None:
        raise OSError("redis://user:secret@host is down")


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return MemoryStore() if request.param == "memory" else SQLiteStore(tmp_path / "responses.db")


def texts(request: Request) -> list[object]:
    return [message.get("content") for message in request.messages]


class Asking:
    """Calls of responses() in one world, plain or streamed."""

    def __init__(self, world: World, mode: str, store: Store | None = None) -> None:
        self.fake = FakeProvider(f"Answer {number}" for number in count(1))
        self.client = Client(adapter=self.fake, response_store=store)
        self._world = world
        self._streams = mode == "stream"

    def ask(self, input: Any, **arguments: Any) -> Response:
        if self._world.blocking:
            return self._ask(input, arguments)
        return self._world.run(lambda: self._aask(input, arguments))

    def _ask(self, input: Any, arguments: JSON) -> Response:
        if not self._streams:
            return self.client.responses(MODEL, input, stream=False, **arguments)
        stream = self.client.responses(MODEL, input, stream=True, **arguments)
        assert list(stream)[-1].type == "response.completed"
        return stream.response

    async def _aask(self, input: Any, arguments: JSON) -> Response:
        if not self._streams:
            return await self.client.aresponses(MODEL, input, stream=False, **arguments)
        stream = await self.client.aresponses(MODEL, input, stream=True, **arguments)
        assert [event async for event in stream][-1].type == "response.completed"
        return stream.response


def test_a_conversation_goes_on(world: World, mode: str, store: Store) -> None:
    asking = Asking(world, mode, store)
    first = asking.ask("One?", instructions="Be brief.")
    second = asking.ask([{"role": "user", "content": "Two?"}], previous_response_id=first.id)
    third = asking.ask("Three?", previous_response_id=second.id)
    assert [response.output_text for response in (first, second, third)] == [
        "Answer 1",
        "Answer 2",
        "Answer 3",
    ]
    assert third.previous_response_id == second.id
    assert third.model_dump()["store"] is True
    said = [
        [{"type": "text", "text": "One?"}],
        "Answer 1",
        "Two?",
        "Answer 2",
        [{"type": "text", "text": "Three?"}],
    ]
    assert texts(asking.fake.requests[2]) == said
    # Instructions hold for one response.
    assert texts(asking.fake.requests[0]) == ["Be brief.", "One?"]


def test_conversations_branch(world: World, mode: str) -> None:
    asking = Asking(world, mode, MemoryStore())
    first = asking.ask("One?")
    for question in ("Left?", "Right?"):
        asking.ask([{"role": "user", "content": question}], previous_response_id=first.id)
        assert texts(asking.fake.requests[-1])[1:] == ["Answer 1", question]


def test_results_of_tools() -> None:
    fake = FakeProvider([tool_call("look", at="sea"), "Blue."])
    client = Client(adapter=fake, response_store=MemoryStore())
    tools = [{"type": "function", "name": "look", "parameters": {"type": "object"}}]
    called = client.responses(MODEL, "Look!", stream=False, tools=tools)
    result: JSON = {
        "type": "function_call_output",
        "call_id": called.output[0].call_id,
        "output": "blue",
    }
    done = client.responses(
        MODEL, [result], stream=False, tools=tools, previous_response_id=called.id
    )
    assert done.output_text == "Blue."
    assert [message["role"] for message in fake.requests[1].messages] == [
        "user",
        "assistant",
        "tool",
    ]
    with pytest.raises(BadRequestError, match=r": input\[0\]\.call_id: no earlier function call"):
        client.responses(MODEL, [{**result, "call_id": "call_x"}], previous_response_id=called.id)


def test_store_false_stores_nothing(world: World, mode: str) -> None:
    asking = Asking(world, mode, MemoryStore())
    first = asking.ask("One?", store=False)
    assert first.model_dump()["store"] is False
    with pytest.raises(NotFoundError) as caught:
        asking.ask("Two?", previous_response_id=first.id)
    assert caught.value.code == "previous_response_not_found"
    assert caught.value.param == "previous_response_id"
    assert caught.value.provider == "anthropic"
    assert len(asking.fake.requests) == 1


def test_without_a_store(world: World, mode: str) -> None:
    asking = Asking(world, mode)
    with pytest.raises(UnsupportedParamsError, match=r"response_store=.* keeps conversations"):
        asking.ask("Two?", previous_response_id="resp_1")
    assert asking.ask("One?").model_dump()["store"] is False


def test_a_store_that_is_down(world: World, mode: str, caplog: pytest.LogCaptureFixture) -> None:
    asking = Asking(world, mode, BrokenStore())
    with caplog.at_level(logging.WARNING, "trunkline"):
        assert asking.ask("One?").output_text == "Answer 1"
    assert "cannot store resp_" in caplog.text
    with pytest.raises(APIConnectionError, match=r"cannot read resp_1 \(OSError\)") as caught:
        asking.ask("Two?", previous_response_id="resp_1")
    assert "secret" not in caplog.text + str(caught.value)


def test_a_stream_that_is_left_is_not_stored() -> None:
    store = MemoryStore()
    client = Client(adapter=FakeProvider(["One two three"]), response_store=store)
    stream = client.responses(MODEL, "Count!", stream=True)
    with stream:
        next(stream)
    with pytest.raises(NotFoundError):
        client.stored_response(stream.response.id)


class TestProvidersThatHaveTheApi:
    def body(self) -> JSON:
        part: JSON = {"type": "output_text", "text": "Hi", "annotations": []}
        item: JSON = {"type": "message", "id": "msg_1", "role": "assistant", "content": [part]}
        return {
            "id": "resp_openai",
            "object": "response",
            "status": "completed",
            "model": "gpt-5.6",
            "output": [item],
        }

    def ask(self, server: Server, client: Client, **arguments: Any) -> Response:
        model = "openai/responses/gpt-5.6"
        where: dict[str, Any] = {"base_url": server.url, "api_key": "sk-conversations"}
        response: Response = client.responses(model, "Two?", stream=False, **where, **arguments)
        return response

    def test_get_the_id_unchanged(self, server: Server) -> None:
        server.reply(answer_json(self.body()))
        client = Client(response_store=MemoryStore())
        response = self.ask(server, client, previous_response_id="resp_theirs")
        assert server.seen[0].json == {
            "model": "gpt-5.6",
            "input": "Two?",
            "previous_response_id": "resp_theirs",
        }
        with pytest.raises(NotFoundError):
            client.stored_response(response.id)

    def test_get_a_conversation_that_they_do_not_have(self, server: Server) -> None:
        store = MemoryStore()
        fake = FakeProvider(["Answer 1"])
        first = Client(adapter=fake, response_store=store).responses(MODEL, "One?", stream=False)
        server.reply(answer_json(self.body()))
        self.ask(server, Client(response_store=store), previous_response_id=first.id)
        sent = server.seen[0].json
        assert "previous_response_id" not in sent
        assert [item["role"] for item in sent["input"]] == ["user", "assistant", "user"]


class TestStoredResponses:
    def test_retrieve(self, store: Store) -> None:
        client = Client(adapter=FakeProvider(["Answer 1", "Answer 2"]), response_store=store)
        first = client.responses(MODEL, "One?", stream=False)
        second = client.responses(MODEL, "Two?", stream=False, previous_response_id=first.id)
        stored = client.stored_response(second.id)
        assert stored.response.model_dump() == second.model_dump()
        assert [(item["type"], item["role"]) for item in stored.input_items] == [
            ("message", "user"),
            ("message", "assistant"),
            ("message", "user"),
        ]
        assert len({item["id"] for item in stored.input_items}) == 3

    @pytest.mark.parametrize("backend", ["asyncio", "trio"])
    def test_under_an_event_loop(self, store: Store, backend: str) -> None:
        client = Client(adapter=FakeProvider(["Answer 1"]), response_store=store)
        response = client.responses(MODEL, "One?", stream=False)
        stored = World(backend).run(lambda: client.astored_response(response.id))
        assert stored.response.output_text == "Answer 1"

    @pytest.mark.parametrize(
        ("store", "text"),
        [
            (None, "'resp_1': responses are not stored"),
            (MemoryStore(), "^Response with id 'resp_1' not found"),
        ],
    )
    def test_unknown_ones(self, store: Store | None, text: str) -> None:
        with pytest.raises(NotFoundError, match=text) as caught:
            Client(response_store=store).stored_response("resp_1")
        assert (caught.value.code, caught.value.param) == ("response_not_found", "response_id")
