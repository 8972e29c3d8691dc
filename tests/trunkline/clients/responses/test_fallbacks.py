"""A stored conversation of responses() goes on anywhere, even in a fallback."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.server import Answer, Server, answer_events, answer_json
from trunkline import (
    APIError,
    Client,
    MemoryStore,
    NotFoundError,
    Request,
    Response,
    ResponseStream,
    Store,
    before,
    replace,
)
from trunkline.pipeline.json_values import JSON
from trunkline.testing import FakeProvider

GPT = "openai/responses/gpt-5.6"
CLAUDE = "anthropic/claude-sonnet-4-5"
ITEM: JSON = {
    "type": "message",
    "id": "msg_1",
    "role": "assistant",
    "content": [{"type": "output_text", "text": "Hi", "annotations": []}],
}
BODY: JSON = {
    "id": "resp_openai",
    "object": "response",
    "created_at": 1.0,
    "status": "completed",
    "model": "gpt-5.6",
    "output": [ITEM],
}
EVENTS: list[JSON] = [
    {"type": "response.created", "response": {**BODY, "status": "in_progress", "output": []}},
    {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": "H"},
    {"type": "response.output_item.done", "output_index": 0, "item": ITEM},
    {"type": "response.completed", "response": BODY},
]
DOWN = answer_json({"error": {"message": "down"}}, status=503)
STILL_HERE = answer_json(
    {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5",
        "content": [{"type": "text", "text": "Still here."}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }
)


class Asking:
    """Calls to a provider that has the API and stores its responses."""

    def __init__(self, server: Server, store: Store | None, mode: str = "plain") -> None:
        self.client = Client(response_store=store, num_retries=0)
        self._streams = mode == "stream"
        self._where: JSON = {"base_url": server.url, "api_key": "sk-conversations"}
        server.reply(self.answer())

    def answer(self) -> Answer:
        return answer_events(EVENTS) if self._streams else answer_json(BODY)

    def ask(self, input: str, **arguments: Any) -> Response:
        reply = self.client.responses(GPT, input, stream=self._streams, **self._where, **arguments)
        if not isinstance(reply, ResponseStream):
            return reply
        assert [event.model_dump() for event in reply] == EVENTS
        return reply.response


def test_its_provider_gets_the_id_and_others_the_items(server: Server, mode: str) -> None:
    asking = Asking(server, MemoryStore(), mode)
    first = asking.ask("One?", instructions="Be brief.")
    asking.ask("Two?", previous_response_id=first.id, store=False)
    assert server.seen[1].json["previous_response_id"] == "resp_openai"
    assert server.seen[1].json["input"] == "Two?"
    fake = FakeProvider(["Answer"])
    other = asking.client.with_adapter(fake)
    answer = other.responses(CLAUDE, "Two?", stream=False, previous_response_id=first.id)
    assert [message.get("content") for message in fake.requests[0].messages] == [
        [{"type": "text", "text": "One?"}],
        "Hi",
        [{"type": "text", "text": "Two?"}],
    ]
    asking.ask("Three?", previous_response_id=answer.id)
    sent = server.seen[2].json
    assert "previous_response_id" not in sent
    roles = [item["role"] for item in sent["input"]]
    assert roles == ["user", "assistant", "user", "assistant", "user"]


def test_another_host_of_the_same_provider_gets_the_items(server: Server) -> None:
    asking = Asking(server, MemoryStore())
    first = asking.ask("One?")
    elsewhere = server.url.replace("127.0.0.1", "localhost")
    assert elsewhere != server.url
    asking.ask("Two?", previous_response_id=first.id, store=False)
    asking.client.responses(
        GPT, "Two?", previous_response_id=first.id, base_url=elsewhere, api_key="sk-other"
    )
    assert [item["role"] for item in server.seen[2].json["input"]] == ["user", "assistant", "user"]


def test_a_fallback_continues(server: Server) -> None:
    asking = Asking(server, MemoryStore())
    first = asking.ask("One?")
    server.reply(DOWN, STILL_HERE)
    fallback = {"model": CLAUDE, "base_url": server.url, "api_key": "sk-ant"}
    second = asking.ask("Two?", previous_response_id=first.id, fallbacks=[fallback])
    assert second.output_text == "Still here."
    assert second.call.fallback == CLAUDE
    roles = [message["role"] for message in server.seen[1].json["messages"]]
    assert roles == ["user", "assistant", "user"]


def test_without_a_store_the_fallback_says_what_is_missing(server: Server) -> None:
    asking = Asking(server, None)
    server.reply(DOWN)
    fallback = {"model": CLAUDE, "base_url": server.url, "api_key": "sk-ant"}
    with pytest.raises(APIError, match="down") as caught:
        asking.ask("Two?", previous_response_id="resp_1", fallbacks=[fallback])
    [note] = caught.value.__notes__
    assert "previous_response_id: not sent" in note
    assert "Client(response_store=...)" in note


@pytest.mark.parametrize(
    "arguments", [{"conversation": "conv_1"}, {"previous_response_id": "resp_theirs"}]
)
def test_a_conversation_whose_beginning_only_the_provider_has_is_not_stored(
    server: Server, mode: str, arguments: JSON
) -> None:
    asking = Asking(server, MemoryStore(), mode)
    response = asking.ask("Two?", **arguments)
    with pytest.raises(NotFoundError):
        asking.client.stored_response(response.id)


def test_a_middleware_sees_and_changes_the_whole_conversation(server: Server) -> None:
    asking = Asking(server, MemoryStore())
    first = asking.ask("One?")

    @before
    def hide(request: Request) -> Request:
        hidden = [{**message, "content": "-"} for message in request.messages]
        return replace(request, messages=tuple(hidden))

    asking.ask("Two?", previous_response_id=first.id, middlewares=[hide])
    sent = server.seen[1].json
    assert "previous_response_id" not in sent
    assert [item["content"] for item in sent["input"]] == ["-", "-", "-"]


def test_a_provider_that_stores_nothing_gets_the_items(server: Server) -> None:
    asking = Asking(server, MemoryStore())
    model = "openrouter/responses/openai/gpt-5.6"
    where: JSON = {"base_url": server.url, "api_key": "sk-or"}
    first = asking.client.responses(model, "One?", stream=False, **where)
    asking.client.responses(model, "Two?", previous_response_id=first.id, **where)
    assert "previous_response_id" not in server.seen[1].json
    assert len(server.seen[1].json["input"]) == 3
