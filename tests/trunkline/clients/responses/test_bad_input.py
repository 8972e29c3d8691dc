"""What responses() says of bad input, whole and streamed, blocking and asynchronously."""

from __future__ import annotations

import json
import math
from typing import Any

import httpx
import pytest

from tests.support.worlds import World
from trunkline import (
    APIError,
    BadRequestError,
    Client,
    MemoryStore,
    NotFoundError,
    UnsupportedParamsError,
)
from trunkline.pipeline.json_values import JSON

CLAUDE = "anthropic/claude-sonnet-4-5"
HELLO: JSON = {"role": "user", "content": "Hi"}
CALL: JSON = {"type": "function_call", "call_id": "c1", "name": "look", "arguments": "{}"}
OUTPUT: JSON = {"type": "function_call_output", "call_id": "c1", "output": "x"}
LOST: JSON = {"previous_response_id": "resp_unknown"}

#: The model, the request, the class of the error, and what it names.
CASES: list[tuple[str, JSON, type[APIError], str]] = [
    (CLAUDE, {"input": [HELLO, {"type": "new"}]}, BadRequestError, "input[1]"),
    (CLAUDE, {"input": [HELLO, {**CALL, "call_id": None}]}, BadRequestError, "input[1].call_id"),
    (CLAUDE, {"input": [HELLO, OUTPUT]}, BadRequestError, "input[1].call_id"),
    (CLAUDE, {"input": [HELLO, OUTPUT, CALL]}, BadRequestError, "input[1].call_id"),
    (CLAUDE, {"tools": [{"type": "file_search"}]}, UnsupportedParamsError, "tools (file_search)"),
    (CLAUDE, {"tools": [{"name": "look"}]}, BadRequestError, "tools[0].type"),
    (CLAUDE, {"text": {"format": {"type": "odd"}}}, BadRequestError, "text.format.type"),
    (CLAUDE, {"text": {"format": "json"}}, BadRequestError, "text.format"),
    (CLAUDE, {"text": {"format": {"type": "json_schema"}}}, BadRequestError, "text.format.schema"),
    (CLAUDE, {"reasoning": {"effort": "huge"}}, BadRequestError, "reasoning.effort: expected"),
    (CLAUDE, {"tool_choice": {"type": "function"}}, BadRequestError, "tool_choice.name"),
    (CLAUDE, {"background": True}, UnsupportedParamsError, "background"),
    (CLAUDE, {"conversation": "conv_1"}, UnsupportedParamsError, "conversation"),
    (CLAUDE, {"prompt": {"id": "pmpt_1"}}, UnsupportedParamsError, "prompt"),
    (CLAUDE, LOST, NotFoundError, "resp_unknown"),
    ("groq/m", {"background": True}, UnsupportedParamsError, "groq"),
    ("deepseek/m", {"tools": [{"type": "shell"}]}, UnsupportedParamsError, "deepseek"),
    ("anthropic/responses/x", {}, BadRequestError, "openai"),
    ("openai/chat/gpt-5-pro", {}, BadRequestError, "gpt-5-pro"),
]


class Network:
    """Counts what is sent, and refuses it."""

    def __init__(self) -> None:
        self.sent = 0
        transport = httpx.MockTransport(self._react)
        self.blocking: Any = httpx.Client(transport=transport)
        self.asynchronous: Any = httpx.AsyncClient(transport=transport)

    def _react(self, _request: httpx.Request) -> httpx.Response:
        self.sent += 1
        return httpx.Response(400, json={"error": {"message": "refused"}})


def ask(world: World, network: Network, model: str, request: JSON, stream: bool) -> None:
    """Make a call, and read its stream."""
    client = Client(response_store=MemoryStore(), num_retries=0)
    own = network.blocking if world.blocking else network.asynchronous
    given: JSON = {"input": "Hi", "api_key": "sk-1234", "client": own, **request}
    text = given.pop("input")
    if world.blocking:
        client.responses(model, text, stream=stream, **given)
        return

    async def main() -> None:
        await client.aresponses(model, text, stream=stream, **given)

    world.run(main)


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
@pytest.mark.parametrize(
    ("model", "request_", "kind", "named"), CASES, ids=[json.dumps(case[:2]) for case in CASES]
)
def test_nothing_is_sent(
    world: World, stream: bool, model: str, request_: JSON, kind: type[APIError], named: str
) -> None:
    network = Network()
    with pytest.raises(kind) as caught:
        ask(world, network, model, request_, stream)
    assert named in str(caught.value)
    assert network.sent == 0
    if request_ is LOST:
        assert caught.value.code == "previous_response_not_found"


@pytest.mark.parametrize("model", [CLAUDE, "openai/gpt-5.6"])
@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"temperature": "hot"}, "temperature: expected a number, got str"),
        ({"top_p": math.nan}, "top_p: expected a finite number, got nan"),
        ({"store": "yes"}, "store: expected bool, got str"),
        ({"parallel_tool_calls": 1}, "parallel_tool_calls: expected bool, got int"),
        ({"user": 5}, "user: expected str, got int"),
        ({"max_output_tokens": "x"}, "max_output_tokens: expected int, got str"),
        ({"max_tool_calls": "x"}, "max_tool_calls: expected int, got str"),
        ({"reasoning": "high"}, "reasoning: expected dict, got str"),
        ({"tools": {}}, "tools: expected list, got dict"),
        ({"own": {"a": [math.inf]}}, "own.a[0]: expected a finite number, got inf"),
        (
            {"text_format": 3},
            "text_format: unknown argument; pass a class to completion() as response_format; "
            "responses() takes text",
        ),
    ],
    ids=str,
)
def test_a_parameter_of_a_wrong_type(world: World, model: str, request_: JSON, said: str) -> None:
    network = Network()
    with pytest.raises(BadRequestError) as caught:
        ask(world, network, model, request_, stream=False)
    assert caught.value.message == said
    assert network.sent == 0


@pytest.mark.parametrize("stream", ["yes", 1])
def test_a_stream_is_true_or_false(world: World, stream: Any) -> None:
    network = Network()
    with pytest.raises(BadRequestError, match="stream: expected bool, got"):
        ask(world, network, CLAUDE, {}, stream)
    assert network.sent == 0


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
def test_a_provider_with_the_api_gets_every_item(world: World, stream: bool) -> None:
    network = Network()
    items = [HELLO, {"type": "new"}, OUTPUT, {"role": 5}]
    with pytest.raises(BadRequestError, match="refused"):
        ask(world, network, "openai/responses/gpt-5.6", {"input": items}, stream)
    assert network.sent == 1
