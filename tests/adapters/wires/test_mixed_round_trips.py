"""Conversations of three turns that change the wire and come back, as a fallback makes them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.support.calls.dialects import DIALECTS, Dialect, Repeated, Turn, text_of_result
from tests.support.calls.gemini_calls import WEATHER
from tests.support.calls.wire_answers import WIRES
from trunkline import Client, ModelResponse, Response, ResponseStream, Stream
from trunkline.pipeline.json_values import JSON
from trunkline.pipeline.schema.hybrid import plain

QUESTION = "Where is it sunny?"
TURNS = (
    Turn(1, "Both at once.", "Let me look.", ("Bonn", "Berne")),
    Turn(2, "Two more.", "And there?", ("Basel", "Brest")),
    Turn(3, "All have an answer.", "In all of them."),
)
TOOL: JSON = {"type": "function", "strict": False, **WEATHER["function"]}

#: Appends to a conversation what a model said in one turn, and the results of its calls.
Say = Callable[["Network", Dialect, list[Any], bool], None]


class Network:
    """Answers as the model of one turn after the other, and keeps what was sent."""

    def __init__(self) -> None:
        self.sent: list[JSON] = []
        self.answer = httpx.Response(200)
        transport = httpx.MockTransport(self._react)
        self.arguments: JSON = {"client": httpx.Client(transport=transport), "api_key": "a-key"}

    def _react(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(json.loads(request.content))
        return self.answer

    def prepare(self, dialect: Dialect, stream: bool) -> None:
        made = dialect.answer(TURNS[len(self.sent)], stream=stream)
        body = b"".join(made.pieces)
        self.answer = httpx.Response(200, headers=made.headers, content=body)


def say_messages(network: Network, dialect: Dialect, messages: list[Any], stream: bool) -> None:
    """Take a turn with completion()."""
    given: JSON = {"tools": [WEATHER], **network.arguments}
    client = Client(middlewares=[])
    reply: Stream | ModelResponse = client.completion(
        dialect.model, messages, stream=stream, **given
    )
    if isinstance(reply, Stream):
        list(reply)
        reply = reply.response
    message = reply.choices[0].message
    messages.append(message)
    for call in message.tool_calls or ():
        city = json.loads(call.function.arguments)["city"]
        result = {"tool_call_id": call.id, "content": text_of_result(city)}
        messages.append({"role": "tool", **result})


def say_stored_messages(
    network: Network, dialect: Dialect, messages: list[Any], stream: bool
) -> None:
    """Take a turn with completion(), with a conversation that was written as JSON in between."""
    say_messages(network, dialect, messages, stream)
    stored = [json.dumps(plain(message)) for message in messages]
    messages[:] = map(json.loads, stored)


def say_items(network: Network, dialect: Dialect, items: list[Any], stream: bool) -> None:
    """Take a turn with responses()."""
    given: JSON = {"tools": [TOOL], **network.arguments}
    client = Client(middlewares=[])
    reply: ResponseStream | Response = client.responses(
        dialect.model, items, stream=stream, **given
    )
    if isinstance(reply, ResponseStream):
        list(reply)
        reply = reply.response
    output: list[JSON] = reply.model_dump()["output"]
    items += output
    for item in output:
        if item["type"] == "function_call":
            city = json.loads(item["arguments"])["city"]
            result = {"call_id": item["call_id"], "output": text_of_result(city)}
            items.append({"type": "function_call_output", **result})


@pytest.fixture(autouse=True)
def _amazon(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in WIRES["bedrock"].environment.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("stream", [False, True], ids=["plain", "stream"])
@pytest.mark.parametrize("say", [say_messages, say_stored_messages, say_items])
@pytest.mark.parametrize(
    ("first", "second"),
    list(itertools.product(DIALECTS, repeat=2)),
    ids=lambda dialect: dialect.name,
)
def test_nothing_is_lost_between_wires(
    first: Dialect, second: Dialect, say: Say, stream: bool
) -> None:
    network = Network()
    conversation: list[Any] = [{"role": "user", "content": QUESTION}]
    speakers = (first, second, first)
    for dialect in speakers:
        network.prepare(dialect, stream)
        say(network, dialect, conversation, stream)
    for count, (dialect, body) in enumerate(zip(speakers, network.sent, strict=True)):
        said = list(zip(TURNS[:count], speakers[:count], strict=True))
        assert dialect.read(body) == expected(dialect, said)


def expected(listener: Dialect, said: list[tuple[Turn, Dialect]]) -> Repeated:
    """Return what a model has to see of the turns before."""
    found = Repeated()
    for turn, speaker in said:
        found.texts.append(turn.text)
        found.calls += turn.calls()
        found.results += [
            (call_id, text_of_result(arguments["city"])) for call_id, _, arguments in turn.calls()
        ]
        if speaker.name in listener.family and speaker.name != "chat":
            found.signatures.append(turn.signature(speaker.name))
    return found
