"""A response from the cache has all items and events that its provider sent."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from openai.types.responses import ResponseStreamEvent as SDKEvent
from pydantic import TypeAdapter

from tests.support.recorded.recordings import Row, body_of, rows
from trunkline import APIError, Client, MemoryStore, Response, ResponseStream
from trunkline.pipeline.json_values import JSON

MODEL = "openai/responses/gpt-5.6"
ITEMS: list[JSON] = [
    {
        "type": "reasoning",
        "id": "rs_1",
        "summary": [{"type": "summary_text", "text": "Let me see."}],
        "encrypted_content": "gAAAA",
    },
    {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search"}},
    {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "status": "completed",
        "content": [
            {
                "type": "output_text",
                "text": "See there.",
                "annotations": [
                    {
                        "type": "url_citation",
                        "start_index": 0,
                        "end_index": 3,
                        "url": "u",
                        "title": "",
                    }
                ],
                "logprobs": [],
            },
            {"type": "refusal", "refusal": "No more."},
        ],
    },
    {
        "type": "function_call",
        "id": "fc_1",
        "status": "completed",
        "call_id": "c1",
        "name": "look",
        "arguments": '{"a": 1}',
    },
    {"type": "custom_tool_call", "id": "ctc_1", "call_id": "c2", "name": "run", "input": "x"},
]
BODY: JSON = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1.0,
    "status": "completed",
    "model": "gpt-5.6",
    "output": ITEMS,
    "parallel_tool_calls": True,
    "tool_choice": "auto",
    "tools": [],
}


class Calls:
    """Calls whose responses are cached."""

    def __init__(self, body: JSON = BODY, **settings: Any) -> None:
        self.requests = 0
        self._body = body
        http = httpx.Client(transport=httpx.MockTransport(self._react))
        self.given: JSON = {"client": http, "api_key": "a-key"}
        self.client = Client(cache=MemoryStore(), num_retries=0, **settings)

    def _react(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        if not json.loads(request.content).get("stream"):
            return httpx.Response(200, json=self._body)
        events: list[JSON] = [
            {"type": "response.created", "response": {**self._body, "output": []}},
            *(
                {"type": "response.reasoning_summary_text.delta", "delta": part["text"]}
                for item in self._body["output"]
                for part in item.get("summary") or ()
            ),
            *(
                {"type": "response.output_item.done", "output_index": n, "item": item}
                for n, item in enumerate(self._body["output"])
            ),
            {"type": "response.completed", "response": self._body},
        ]
        lines = [f"data: {json.dumps(event)}\n\n" for event in events]
        kind = {"content-type": "text/event-stream"}
        return httpx.Response(200, headers=kind, content="".join(lines))

    def plain(self, **arguments: Any) -> Response:
        response: Response = self.client.responses(
            MODEL, "Hi", stream=False, **self.given, **arguments
        )
        return response

    def stream(self, **arguments: Any) -> tuple[list[JSON], ResponseStream]:
        stream = self.client.responses(MODEL, "Hi", stream=True, **self.given, **arguments)
        return [event.model_dump() for event in stream], stream


@pytest.mark.parametrize("first", ["plain", "stream"])
def test_a_stream_from_the_cache_has_all_items(first: str) -> None:
    calls = Calls()
    getattr(calls, first)()
    events, stream = calls.stream()
    assert calls.requests == 1
    assert stream.response.model_dump()["output"] == ITEMS
    assert stream.response.id == "resp_1"
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    for event in events:
        TypeAdapter[Any](SDKEvent).validate_python(event)
    done = [each["item"] for each in events if each["type"] == "response.output_item.done"]
    assert done == ITEMS
    deltas = [each["delta"] for each in events if each["type"].endswith(".delta")]
    assert deltas == ["Let me see.", "See there.", "No more.", '{"a": 1}', "x"]


def test_a_plain_response_keeps_what_nobody_declared() -> None:
    body = {**BODY, "tomorrow": {"a": None}}
    calls = Calls(body)
    calls.plain()
    assert calls.stream()[1].response.model_dump() == body
    assert calls.plain().model_dump() == body
    assert calls.requests == 1


@pytest.mark.parametrize("first", ["plain", "stream"])
def test_what_a_middleware_changes_counts(first: str) -> None:
    calls = Calls()
    getattr(calls, first)()

    async def shout(request: Any, call_next: Any) -> Any:
        reply = await call_next(request)

        def change(chunk: Any) -> Any:
            for choice in chunk.choices:
                if choice.delta.content:
                    choice.delta.content = choice.delta.content.upper()
            return chunk

        return reply.map(change)

    events, stream = calls.stream(middlewares=[shout])
    assert stream.response.output_text == "SEE THERE."
    assert "See there." not in json.dumps(events)


@rows("openai-responses", stream=False, status=200)
def test_recorded_responses(row: Row) -> None:
    body = json.loads(body_of(row))
    calls = Calls(body)
    try:
        calls.plain()
    except APIError:
        pytest.skip("it failed")
    events, stream = calls.stream()
    if calls.requests == 2:
        pytest.skip("it is not cached")
    assert stream.response.model_dump() == body
    assert events[-1]["response"] == body
