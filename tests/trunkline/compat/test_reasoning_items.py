"""Chat calls that go to the Responses API: `reasoning_items` of litellm's messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.answers import completion_body
from tests.support.server import Server, answer_events, answer_json
from tests.support.worlds import World
from tests.trunkline.compat.stand_in import installed
from tests.trunkline.compat.test_namespace_calls import call
from trunkline.pipeline.json_values import JSON

REASONING: JSON = {"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "gAAA"}
SAID: JSON = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "status": "completed",
    "content": [{"type": "output_text", "text": "Looking.", "annotations": []}],
}
CALLED: JSON = {
    "id": "fc_1",
    "type": "function_call",
    "call_id": "call_1",
    "name": "weather",
    "arguments": "{}",
    "status": "completed",
}
RESPONSE: JSON = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1,
    "status": "completed",
    "model": "gpt-5",
    "output": [REASONING, SAID, CALLED],
}
QUESTION = {"role": "user", "content": "Weather?"}


@pytest.fixture
def litellm() -> Iterator[Any]:
    with installed() as module:
        yield module


def where(server: Server) -> dict[str, Any]:
    return {"api_base": f"{server.url}/v1", "api_key": "sk-test", "num_retries": 0}


def send_back(litellm: Any, server: Server, model: str, **fields: Any) -> list[Any]:
    """Send an assistant's message in a history, and return what was sent as input or messages."""
    answer = {"role": "tool", "tool_call_id": "call_1", "content": "Sunny"}
    tool_call: JSON = {"id": "call_1", "type": "function"}
    tool_call["function"] = {"name": "weather", "arguments": "{}"}
    turn: JSON = {"role": "assistant", "content": "Looking.", "tool_calls": [tool_call], **fields}
    litellm.completion(model, [QUESTION, turn, answer], **where(server))
    sent = server.seen[-1].json
    items: list[Any] = sent.get("input") or sent["messages"]
    return items


@pytest.mark.parametrize("stream", [False, True])
def test_a_message_has_them(litellm: Any, server: Server, world: World, stream: bool) -> None:
    events = [
        *({"type": "response.output_item.done", "item": item} for item in RESPONSE["output"]),
        {"type": "response.completed", "response": RESPONSE},
    ]
    server.reply(answer_events(events) if stream else answer_json(RESPONSE))
    given = {**where(server), "model": "openai/responses/gpt-5", "stream": stream}
    reply = call(litellm, world, **given)
    if stream:
        deltas = [chunk.choices[0].delta for chunk in reply if chunk.choices]
        [items] = [delta.reasoning_items for delta in deltas if delta.get("reasoning_items")]
    else:
        items = reply.choices[0].message.reasoning_items
    assert items == [REASONING]


def test_they_go_back_in_front_of_what_they_led_to(litellm: Any, server: Server) -> None:
    server.reply(answer_json(RESPONSE))
    sent = send_back(litellm, server, "openai/responses/gpt-5", reasoning_items=[REASONING])
    kinds = [item.get("type", "message") for item in sent]
    assert kinds == ["message", "reasoning", "message", "function_call", "function_call_output"]
    assert sent[1] == REASONING
    assert sent[2]["content"][0]["text"] == "Looking."


def test_chat_completions_get_none(litellm: Any, server: Server) -> None:
    body: JSON = {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-4o",
        "choices": [],
    }
    message = {"role": "assistant", "content": "Sunny."}
    body["choices"] = [{"index": 0, "message": message, "finish_reason": "stop"}]
    server.reply(answer_json(body))
    sent = send_back(litellm, server, "openai/gpt-4o", reasoning_items=[REASONING])
    assert "reasoning_items" not in sent[1]
    assert "provider_specific_fields" not in sent[1]


def test_annotations_have_the_form_of_the_responses_api(litellm: Any, server: Server) -> None:
    cited = {"type": "url_citation", "url": "https://a.example", "start_index": 0, "end_index": 2}
    said = {**SAID, "content": [{"type": "output_text", "text": "Hi", "annotations": [cited]}]}
    nested = {"type": "url_citation", "url_citation": {"url": "https://a.example"}}
    server.reply(
        answer_json({**RESPONSE, "output": [said]}),
        answer_json(completion_body("Hi", annotations=[nested])),
    )
    found = [
        litellm.completion(model, [QUESTION], api_base=server.url, api_key="k")
        .choices[0]
        .message.annotations
        for model in ("openai/responses/gpt-5", "openai/gpt-4o")
    ]
    assert found == [[cited], [nested]]
