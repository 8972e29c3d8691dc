"""responses() with providers that have the Responses API: nothing is lost, nothing is added."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from openai.types.responses import ResponseOutputMessage

from tests.support.recorded.recordings import Row, body_of, rows
from trunkline import APIError, Client, Response, ResponseStream
from trunkline.pipeline.json_values import JSON
from trunkline.testing import FakeProvider

KEY = "sk-0123456789"
#: Several streams, one after the other, stored as one body.
SEVERAL_STREAMS = "azure_ai-c2ac1c748471"


class Exchange:
    """A recorded exchange, played back at the network's edge."""

    def __init__(self, row: Row) -> None:
        self.sent: JSON = {}
        self._row = row
        self.http = httpx.Client(transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.sent = json.loads(request.content)
        kind = "text/event-stream" if self._row["stream"] else "application/json"
        return httpx.Response(200, headers={"content-type": kind}, content=body_of(self._row))

    def call(self, stream: bool) -> Response | ResponseStream:
        asked: JSON = self._row["request"]
        own = {name: item for name, item in asked.items() if name not in ("model", "input")}
        own.pop("stream", None)
        arguments: dict[str, Any] = {**own, "client": self.http, "api_key": KEY}
        model = f"openai/responses/{asked['model']}"
        return Client(num_retries=0).responses(
            model, asked.get("input"), stream=stream, **arguments
        )


def events_of(row: Row) -> list[JSON]:
    lines = body_of(row).decode().splitlines()
    data = [line[5:] for line in lines if line.startswith("data:")]
    return [json.loads(each) for each in data if each.strip() != "[DONE]"]


def has_request(request: Any) -> bool:
    return bool(request)


def is_finished(expect: JSON) -> bool:
    """Whether it is a whole response: others are waited for, see test_background.py."""
    return expect.get("status") != "queued"


@rows("openai-responses", stream=False, status=200, request=has_request, expect=is_finished)
def test_bodies_pass_through(row: Row) -> None:
    exchange = Exchange(row)
    if row["expect"].get("error_in_200"):
        with pytest.raises(APIError):
            exchange.call(stream=False)
        return
    response = exchange.call(stream=False)
    assert isinstance(response, Response)
    given = {name: value for name, value in row["request"].items() if value is not None}
    given.pop("stream", None)
    assert exchange.sent == given
    assert response.model_dump() == json.loads(body_of(row))


@rows(
    "openai-responses",
    stream=True,
    status=200,
    request=has_request,
    id=lambda name: name != SEVERAL_STREAMS,
)
def test_events_pass_through(row: Row) -> None:
    exchange = Exchange(row)
    stream = exchange.call(stream=True)
    assert isinstance(stream, ResponseStream)
    came: list[JSON] = []
    try:
        came.extend(event.model_dump() for event in stream)
    except APIError:
        assert row["expect"].get("error_in_200")
    given = {name: value for name, value in row["request"].items() if value is not None}
    assert exchange.sent == {**given, "stream": True}
    assert came == events_of(row)[: len(came)]
    if not row["expect"].get("error_in_200"):
        assert len(came) == len(events_of(row))


@pytest.mark.parametrize("model", ["openai/responses/gpt-5.6", "anthropic/claude-sonnet-4-5"])
def test_items_of_the_sdk_go_back_as_they_were_sent(model: str) -> None:
    """As in OpenAI's examples: `items += response.output`."""
    fake = FakeProvider(["Again."])
    item: JSON = {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": "Hi", "annotations": []}],
    }
    items: list[Any] = [
        {"role": "user", "content": "Hello"},
        ResponseOutputMessage.model_validate(item),
        {"role": "user", "content": "Again!"},
    ]
    fake.client().responses(model, items)
    native = fake.requests[0].native
    assert native is not None
    assert native.body["input"] == [items[0], item, items[2]]
    assert fake.requests[0].messages[1].get("content") == "Hi"
