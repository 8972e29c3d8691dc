"""What a streamed response is so far: folded from its events, whichever provider sends them."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.support.recorded.recordings import Row, rows
from tests.support.worlds import World
from tests.trunkline.clients.responses.test_calls import SEVERAL_STREAMS, events_of
from trunkline import Client, Response, ResponseStream, StreamInterruptedError
from trunkline.clients.responses.fold import ResponseFold
from trunkline.pipeline.json_values import JSON
from trunkline.pipeline.schema.responses import ResponseItem, ResponseStreamEvent
from trunkline.testing import Cut, FakeProvider, tool_call

CLAUDE = "anthropic/claude-sonnet-4-5"
ENDS = ("response.completed", "response.incomplete")


def has_items(expect: JSON) -> bool:
    return bool(not expect.get("error_in_200"))


def folded(events: list[JSON]) -> Response:
    fold = ResponseFold()
    for event in events:
        fold.add(ResponseStreamEvent.of(event))
    return fold.response({"model": "a-model"})


def said_by(item: ResponseItem) -> list[object]:
    """Return the texts of an item that events tell piece by piece."""
    parts = [*(item.content or ()), *(item.summary or ())]
    texts: list[object] = [part.text or part.refusal or "" for part in parts]
    called = item.type in ("function_call", "custom_tool_call")
    return [item.type, texts, item.name, (item.arguments or item.input) if called else None]


STREAMS = rows(
    "openai-responses",
    stream=True,
    status=200,
    expect=has_items,
    id=lambda name: name != SEVERAL_STREAMS,
)


@STREAMS
def test_items_that_are_done_are_those_of_the_whole_response(row: Row) -> None:
    *events, last = events_of(row)
    if last["type"] not in ENDS or not last["response"].get("output"):
        pytest.skip("the stream has no whole response")
    done = [each["item"] for each in events if each["type"] == "response.output_item.done"]
    if len(done) != len(last["response"]["output"]):
        pytest.skip("the provider does not end its items")
    assert [item.model_dump() for item in folded(events).output] == done
    assert folded([*events, last]).model_dump() == last["response"]


@STREAMS
def test_pieces_add_up_to_what_the_whole_response_says(row: Row) -> None:
    *events, last = events_of(row)
    if last["type"] not in ENDS or not last["response"].get("output"):
        pytest.skip("the stream has no whole response")
    pieces = [each for each in events if not each["type"].endswith(".done")]
    if not any(each["type"].endswith(".delta") for each in pieces):
        pytest.skip("the stream has no pieces")
    whole = Response.of(last["response"])
    announced = {each.get("output_index") for each in pieces}
    told = [item for number, item in enumerate(whole.output) if number in announced]
    output = folded(pieces).output
    assert len(output) == len(told)
    for mine, theirs in zip(output, told, strict=True):
        assert said_by(mine)[:1] == said_by(theirs)[:1]
        if mine.type in ("message", "function_call", "custom_tool_call"):
            assert said_by(mine) == said_by(theirs)


def interrupted(stream: Any) -> Response:
    assert isinstance(stream, ResponseStream)
    with pytest.raises(StreamInterruptedError) as caught:
        list(stream)
    partial: object = caught.value.partial
    assert isinstance(partial, Response)
    assert partial.model_dump() == stream.response.model_dump()
    assert partial.call is stream.call
    return partial


def test_a_generated_stream_that_breaks_off_has_its_items_so_far() -> None:
    fake = FakeProvider([["Let me ", "look.", tool_call("look", at="sea"), Cut()]])
    stream = fake.client().responses(CLAUDE, "Hi", stream=True)
    partial = interrupted(stream)
    message, call = partial.output
    assert partial.output_text == "Let me look."
    assert (message.type, message.status) == ("message", "completed")
    assert (call.type, call.name, call.arguments) == ("function_call", "look", '{"at":"sea"}')
    assert call.status == "in_progress"
    assert partial.status == "in_progress"
    assert partial.id.startswith("resp_")


def test_under_an_event_loop(world: World) -> None:
    client = FakeProvider([["Half an ", Cut()]]).client()
    if world.blocking:
        assert interrupted(client.responses(CLAUDE, "Hi", stream=True)).output_text == "Half an "
        return

    async def main() -> None:
        stream = await client.aresponses(CLAUDE, "Hi", stream=True)
        with pytest.raises(StreamInterruptedError) as caught:
            async for _ in stream:
                pass
        assert caught.value.partial.output_text == "Half an "

    world.run(main)


def test_token_counts_that_came_early_are_there() -> None:
    usage = {"prompt_tokens": 7, "completion_tokens": 1, "total_tokens": 8}
    choice = {"index": 0, "delta": {"content": "Half"}}
    chunk = {"id": "c", "model": "m", "created": 1, "choices": [choice], "usage": usage}

    def react(_request: httpx.Request) -> httpx.Response:
        kind = {"content-type": "text/event-stream"}
        return httpx.Response(200, headers=kind, content=f"data: {json.dumps(chunk)}\n\n")

    http = httpx.Client(transport=httpx.MockTransport(react))
    stream = Client().responses("together_ai/m", "Hi", stream=True, client=http, api_key="a-key")
    partial = interrupted(stream)
    assert partial.usage is not None
    assert partial.usage.input_tokens == 7


def test_a_host_that_announces_nothing() -> None:
    events: list[JSON] = [
        {"type": "response.output_text.delta", "content_index": 10**9, "delta": "Half"},
        {"type": "response.output_text.delta", "content_index": 10**9, "delta": " a"},
        {"type": "response.function_call_arguments.delta", "output_index": 1, "delta": "{"},
        {"type": "response.reasoning_text.delta", "output_index": -1, "delta": "Hm"},
        {"type": "response.output_text.delta", "output_index": 2, "delta": {"odd": 1}},
        {"type": "response.something_new", "output_index": 9},
    ]
    response = folded(events)
    assert [item.type for item in response.output] == [
        "reasoning",
        "message",
        "function_call",
        "message",
    ]
    assert response.output_text == "Half a"
    assert response.output[2].arguments == "{"
    assert (response.model, response.status) == ("a-model", "in_progress")
