"""Call trunkline with canned HTTP responses, and check what users do with the result."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterable, Iterator
from typing import Any

import httpx
import msgspec

from tests.support.drawings import draw
from trunkline import (
    APIError,
    Client,
    ModelResponse,
    ModelResponseStream,
    Stream,
    StreamInterruptedError,
)
from trunkline.pipeline.json_values import JSON

QUESTION: dict[str, Any] = {"role": "user", "content": "Hello"}
TOOL: dict[str, Any] = {
    "type": "function",
    "function": {"name": "f", "parameters": {"type": "object", "properties": {}}},
}


class Canned:
    """A provider that repeats the same responses; `body` is the body of the last one."""

    def __init__(self, model: str, arguments: dict[str, Any]) -> None:
        self.model = model
        self.arguments = arguments
        self.content_type = "application/json"
        self.before: list[bytes] = []
        self.body = b""
        self._turn = 0
        self._http = httpx.Client(transport=httpx.MockTransport(self._answer))
        self._client = Client(num_retries=0)

    def _answer(self, _request: httpx.Request) -> httpx.Response:
        bodies = [*self.before, self.body]
        body = bodies[min(self._turn, len(bodies) - 1)]
        self._turn += 1
        headers = {"content-type": self.content_type}
        return httpx.Response(200, headers=headers, content=_cut(body))

    def call(
        self, messages: list[Any], *, stream: bool = False, **arguments: Any
    ) -> ModelResponse | Stream:
        """Call the model."""
        self._turn = 0
        given: dict[str, Any] = {"client": self._http, **self.arguments, **arguments}
        return self._client.completion(self.model, messages, stream=stream, **given)

    def close(self) -> None:
        """Close both clients."""
        self._client.close()
        self._http.close()


def _cut(body: bytes) -> Iterator[bytes]:
    half = len(body) // 2
    yield body[:half]
    yield body[half:]


def check(provider: Canned, *, stream: bool) -> ModelResponse | None:
    """Make the call and check the reply; return the response, or None after an APIError."""
    try:
        reply = provider.call([QUESTION], stream=stream)
    except APIError as error:
        check_error(error)
        return None
    if isinstance(reply, ModelResponse):
        check_response(reply)
        return reply
    chunks: list[ModelResponseStream] = []
    try:
        chunks.extend(reply)
    except APIError as error:
        check_error(error)
        if isinstance(error, StreamInterruptedError) and error.partial is not None:
            check_response(error.partial)
    for chunk in chunks:
        check_types(chunk)
    assert reply.outcome is not None
    repr(reply)
    draw(reply)
    check_response(reply.response)
    return reply.response


def check_error(error: APIError) -> None:
    """Check what users do with an error."""
    assert repr(error)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def check_response(response: ModelResponse) -> None:
    """Check what users do with a response."""
    check_types(response)
    cost = response.cost
    assert cost is None or isinstance(cost, float)
    assert repr(response)
    assert draw(response)
    again = ModelResponse.model_validate_json(response.model_dump_json())
    assert again.model_dump() == msgspec.to_builtins(response.model_dump())
    assert pickle.loads(pickle.dumps(response)).model_dump() == response.model_dump()
    assert copy.deepcopy(response).model_dump() == response.model_dump()


def check_types(answer: ModelResponse | ModelResponseStream) -> None:
    """Check that every declared field has a value of its type."""
    dumped = answer.model_dump()
    type(answer).model_validate(dumped)
    for choice in dumped["choices"]:
        part: JSON = choice.get("message") or choice.get("delta") or {}
        for name in ("content", "reasoning_content", "refusal", "role"):
            assert isinstance(part.get(name), str | None), (name, part[name])
        assert isinstance(choice["index"], int)
        assert isinstance(choice["finish_reason"], str | None)
        _check_calls(part.get("tool_calls") or ())


def _check_calls(calls: Iterable[dict[str, Any]]) -> None:
    for call in calls:
        assert isinstance(call.get("id"), str | None)
        function: JSON = call.get("function") or {}
        for name in ("name", "arguments"):
            assert isinstance(function.get(name), str | None), (name, function[name])


def check_send_back(provider: Canned, response: ModelResponse) -> None:
    """Check that the message can be sent back; an APIError is also accepted."""
    for choice in response.choices[:1]:
        message = choice.message
        results = [
            {"role": "tool", "tool_call_id": call.id, "content": "3"}
            for call in message.tool_calls or ()
        ]
        try:
            provider.call([QUESTION, message, *results, QUESTION], tools=[TOOL])
        except APIError as error:
            check_error(error)
