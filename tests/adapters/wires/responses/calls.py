"""Calls that go out as Responses requests, and what they send."""

from __future__ import annotations

import json
from typing import Any

import httpx

from tests.support.vendors.responses_types import check_request
from trunkline import Client
from trunkline.pipeline.json_values import JSON

MODEL = "openai/responses/gpt-5.4"
#: A model that does not reason.
PLAIN_MODEL = "openai/responses/gpt-4o"
ANSWER: JSON = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1700000000,
    "model": "gpt-5.4",
    "status": "completed",
    "output": [
        {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "status": "completed",
            # Also what the classes of the tests can read.
            "content": [{"type": "output_text", "text": '{"name": "Bonn"}', "annotations": []}],
        }
    ],
}
HELLO = [{"role": "user", "content": "Hello"}]


def send(messages: Any = None, *, model: str = MODEL, **arguments: Any) -> JSON:
    """Return the body that completion() sends, whatever it is."""
    bodies: list[JSON] = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        return httpx.Response(200, json=ANSWER)

    http = httpx.Client(transport=httpx.MockTransport(answer))
    given: JSON = {"client": http, "api_key": "a-key", "num_retries": 0, **arguments}
    Client().completion(model, messages or HELLO, **given)
    return bodies[0]


def sent(messages: Any = None, *, model: str = MODEL, **arguments: Any) -> JSON:
    """Return the body that completion() sends, after a check against OpenAI's own types."""
    body = send(messages, model=model, **arguments)
    check_request(body)
    return body


def items_of(*messages: JSON) -> list[JSON]:
    """Return the items that messages become."""
    items: list[JSON] = sent(list(messages))["input"]
    return items


def parts_of(*parts: JSON) -> list[JSON]:
    """Return the parts that a user's content parts become."""
    content: list[JSON] = items_of({"role": "user", "content": list(parts)})[0]["content"]
    return content
