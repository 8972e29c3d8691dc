"""Streams that leave out events, as servers and gateways with an API like Anthropic's do."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.calls.anthropic_calls import HELLO, NEWER
from tests.support.server import Server, answer_events, answer_json
from trunkline import Client, ModelResponse, StreamInterruptedError, fold_chunks
from trunkline.pipeline.json_values import JSON
from trunkline.pipeline.schema.model_response import ModelResponseStream

START: JSON = {
    "type": "message_start",
    "message": {"id": "m", "model": "x", "content": [], "usage": {"input_tokens": 5}},
}
USED: JSON = {"input_tokens": 5, "output_tokens": 7}
END: JSON = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": USED}
STOP: JSON = {"type": "message_stop"}


def starts(kind: str, index: int = 0, **fields: Any) -> JSON:
    block = {"type": kind, **fields}
    return {"type": "content_block_start", "index": index, "content_block": block}


def stops(index: int = 0) -> JSON:
    return {"type": "content_block_stop", "index": index}


def piece(kind: str, value: str, index: int = 0, **more: Any) -> JSON:
    name = {"input_json": "partial_json"}.get(kind, kind)
    delta = {"type": f"{kind}_delta", name: value, **more}
    return {"type": "content_block_delta", "index": index, "delta": delta}


def chunks_of(server: Server, *events: JSON, messages: Any = HELLO) -> list[ModelResponseStream]:
    server.reply(answer_events(events, done=False))
    with Client() as client:
        return list(
            client.completion(
                f"anthropic/{NEWER}",
                messages,
                stream=True,
                api_key="key",
                base_url=server.url,
                num_retries=0,
                stream_options={"include_usage": True},
            )
        )


def read(server: Server, *events: JSON) -> ModelResponse:
    return fold_chunks(chunks_of(server, *events))


HI = piece("text", "Hi")


@pytest.mark.parametrize(
    "events",
    [
        [starts("text"), HI, stops(), END, STOP],
        [START, HI, stops(), END, STOP],
        [START, HI, END, STOP],
        [START, starts("text"), HI, END, STOP],
        [HI, stops(), END, STOP],
        [HI, END, STOP],
        [HI, START, END, STOP],
    ],
    ids=["head", "start", "start and stop", "stop", "head and start", "all", "order"],
)
def test_text_and_usage_are_still_there(events: list[JSON], server: Server) -> None:
    response = read(server, *events)
    choice = response.choices[0]
    assert choice.message.content == "Hi"
    assert choice.finish_reason == "stop"
    assert choice.message.provider_specific_fields is None
    assert response.created > 0
    assert response.usage is not None
    assert (response.usage.prompt_tokens, response.usage.completion_tokens) == (5, 7)


@pytest.mark.parametrize("index", [0, 1])
def test_reasoning_before_text(index: int, server: Server) -> None:
    """A prompt that ends with the start of the reasoning lets servers forget its event."""
    said = [piece("thinking", "Hm"), piece("thinking", "."), piece("text", "Hi", index)]
    for more in ([], [starts("text", index)]):
        response = read(server, START, *said[:2], *more, said[2], END, STOP)
        message = response.choices[0].message
        assert (message.reasoning_content, message.content) == ("Hm.", "Hi")


def test_text_while_reasoning_is_open(server: Server) -> None:
    events = [
        START,
        starts("thinking", thinking=""),
        piece("thinking", "Hm"),
        piece("text", "Hi", 1),
    ]
    for more in ([], [stops()], [stops(1), stops()], [stops(), stops(1)]):
        message = read(server, *events, *more, END, STOP).choices[0].message
        assert (message.reasoning_content, message.content) == ("Hm", "Hi")


NULLS: JSON = {"id": None, "model": None, "content": None, "usage": None}


@pytest.mark.parametrize("start", [{}, {"message": {}}, {"message": NULLS}])
@pytest.mark.parametrize("end", [END, {"type": "message_delta", "usage": USED}])
def test_events_without_their_fields(start: JSON, end: JSON, server: Server) -> None:
    response = read(server, {"type": "message_start", **start}, HI, end, STOP)
    assert response.choices[0].message.content == "Hi"
    assert response.usage is not None
    assert response.usage.total_tokens == 12


def test_a_call_after_text_without_a_start(server: Server) -> None:
    call = starts("tool_use", 1, id="t", name="find", input={})
    message = (
        read(server, START, HI, call, piece("input_json", '{"a":1}', 1), stops(1), END, STOP)
        .choices[0]
        .message
    )
    assert message.content == "Hi"
    [found] = message.tool_calls or []
    assert (found.function.name, found.function.arguments) == ("find", '{"a":1}')


def test_a_call_without_a_start_has_no_name(server: Server) -> None:
    with pytest.raises(StreamInterruptedError, match="index of a block that has started"):
        read(server, START, HI, piece("input_json", "{}", 1), END, STOP)


def test_estimated_tokens_of_reasoning(server: Server) -> None:
    thinking = starts("thinking", thinking="", signature="")
    pieces = [piece("thinking", "", estimated_tokens=count) for count in (50, 100, None)]
    events = [START, thinking, *pieces, stops(), END, STOP]
    chunks = chunks_of(server, *events)
    blocks = [
        block
        for chunk in chunks
        for choice in chunk.choices
        for block in choice.delta.thinking_blocks or ()
    ]
    counts = [block.get("estimated_tokens") for block in blocks]
    assert [count for count in counts if count is not None] == [50, 100]
    assert "50" in chunks[2].model_dump_json()
    [whole] = read(server, *events).choices[0].message.thinking_blocks or []
    assert whole.model_dump()["estimated_tokens"] == 150


DROPPED = [{"type": "thinking_dropped", "path": "messages.1.content.0", "reason": "x"}]
OTHER = [{"type": "thinking_dropped", "path": "messages.3.content.0", "reason": "y"}]


def test_changes_of_the_input(server: Server) -> None:
    head = {**START["message"], "input_transformations": DROPPED}
    start = {**START, "message": head}
    fields = read(server, start, starts("text"), HI, stops(), END, STOP).provider_specific_fields
    assert fields == {"input_transformations": DROPPED}
    end = {**END, "input_transformations": OTHER}
    fields = read(server, start, starts("text"), HI, stops(), end, STOP).provider_specific_fields
    assert fields == {"input_transformations": OTHER}
    server.reply(answer_json({**head, "content": [], "stop_reason": "end_turn"}))
    with Client() as client:
        plain = client.completion(f"anthropic/{NEWER}", HELLO, api_key="k", base_url=server.url)
    assert plain.provider_specific_fields == {"input_transformations": DROPPED}


ITERATIONS = [
    {"type": "compaction", "input_tokens": 900, "output_tokens": 90},
    {"type": "message", "input_tokens": 5, "output_tokens": 7},
]


def test_every_field_of_usage(server: Server) -> None:
    """The totals are the API's, which leave compactions out; prices read the iterations."""
    used = {**USED, "iterations": ITERATIONS, "fallback_credit": {"applied": True}, "new": 3}
    end = {**END, "usage": used}
    server.reply(answer_json({"content": [], "stop_reason": "end_turn", "usage": used}))
    with Client() as client:
        plain = client.completion(f"anthropic/{NEWER}", HELLO, api_key="k", base_url=server.url)
    streamed = read(server, START, starts("text"), HI, stops(), end, STOP)
    for usage in (plain.usage, streamed.usage):
        assert usage is not None
        assert (usage.prompt_tokens, usage.completion_tokens) == (5, 7)
        assert usage.iterations == usage["iterations"] == ITERATIONS
        assert usage.model_dump()["fallback_credit"] == {"applied": True}
        assert usage.get("new") == 3
        assert usage.native == used


def test_cut_off_arguments_go_back(server: Server) -> None:
    call = starts("tool_use", id="t", name="save", input={})
    cut = piece("input_json", '{"path": "a.txt", "text": "ab')
    ended = {**END, "delta": {"stop_reason": "max_tokens"}}
    for events in ([START, call, cut, ended, STOP], [START, call, cut, stops(), ended, STOP]):
        message = read(server, *events).choices[0].message
        [found] = message.tool_calls or []
        assert found.function.arguments == '{"path": "a.txt", "text": "ab'
        history = [*HELLO, message, {"role": "tool", "tool_call_id": "t", "content": "?"}]
        chunks_of(server, START, HI, END, STOP, messages=history)
        sent = server.seen[-1].json["messages"][1]["content"]
        assert [block["input"] for block in sent] == [{"path": "a.txt", "text": "ab"}]
