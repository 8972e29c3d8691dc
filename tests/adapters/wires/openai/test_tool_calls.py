"""Tool calls in chunks: their indexes, their arguments, and calls of custom tools."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.answers import MESSAGES, chunk_body, completion_body
from tests.support.server import Server, answer_events, answer_json
from trunkline import Client, Message, ModelResponseStream
from trunkline.pipeline.json_values import JSON

CUSTOM = {"id": "call_1", "type": "custom", "custom": {"name": "shell", "input": "ls -l"}}


def _piece(index: int | None, call_id: str | None = None, **function: Any) -> JSON:
    piece: JSON = {} if index is None else {"index": index}
    if call_id is not None:
        piece |= {"id": call_id, "type": "function"}
    return {**piece, "function": function} if function else piece


def _stream(
    server: Server, *chunks: list[JSON], last: JSON | None = None
) -> tuple[list[ModelResponseStream], Message]:
    bodies = [chunk_body({"tool_calls": calls}) for calls in chunks]
    server.reply(answer_events([*bodies, chunk_body(last or {}, "tool_calls")]))
    with Client() as client:
        stream = client.completion("custom_openai/m", MESSAGES, stream=True, base_url=server.url)
        return list(stream), stream.response.choices[0].message


def _joined(chunks: list[ModelResponseStream]) -> dict[int, list[str]]:
    """Join the calls by index, as clients of OpenAI do."""
    calls: dict[int, list[str]] = {}
    for chunk in chunks:
        for choice in chunk.choices:
            for piece in choice.delta.tool_calls or ():
                assert piece.index is not None
                call = calls.setdefault(piece.index, ["", ""])
                if piece.function is not None:
                    call[0] += piece.function.name or ""
                    call[1] += piece.function.arguments or ""
    return calls


ALL_ZERO = [
    pytest.param(
        [
            [_piece(0, "a", name="f", arguments='{"x":')],
            [_piece(0, arguments="1}")],
            [_piece(0, "b", name="g", arguments="")],
            [_piece(0, arguments='{"y":2}')],
        ],
        id="one after the other",
    ),
    pytest.param(
        [
            [
                _piece(0, "a", name="f", arguments='{"x":1}'),
                _piece(0, "b", name="g", arguments='{"y":2}'),
            ]
        ],
        id="in one chunk",
    ),
    pytest.param(
        [
            [_piece(0, "", name="f", arguments='{"x":1}')],
            [_piece(0, "", name="g", arguments='{"y":2}')],
        ],
        id="without ids",
    ),
    pytest.param(
        [
            [_piece(0, "a", name="f")],
            [_piece(0, "b", name="g")],
            [_piece(0, "a", arguments='{"x":1}')],
            [_piece(0, "b", arguments='{"y":2}')],
        ],
        id="interleaved",
    ),
    pytest.param(
        [
            [_piece(None, "a", name="f", arguments='{"x":')],
            [_piece(None, arguments="1}")],
            [_piece(None, "b", name="g", arguments='{"y":2}')],
        ],
        id="without an index",
    ),
    pytest.param(
        [
            [_piece(0, "a", name="f", arguments='{"x":1}')],
            [_piece(1, "b", name="g", arguments='{"y":2}')],
        ],
        id="as OpenAI",
    ),
]


@pytest.mark.parametrize("pieces", ALL_ZERO)
def test_parallel_calls(server: Server, pieces: list[list[JSON]]) -> None:
    chunks, message = _stream(server, *pieces)
    assert _joined(chunks) == {0: ["f", '{"x":1}'], 1: ["g", '{"y":2}']}
    calls = message.tool_calls or []
    assert [(call.function.name, call.function.arguments) for call in calls] == [
        ("f", '{"x":1}'),
        ("g", '{"y":2}'),
    ]
    assert len({call.id for call in calls}) == 2


def test_two_calls_of_one_function(server: Server) -> None:
    same = [_piece(0, name="f", arguments='{"x":1}'), _piece(0, name="f", arguments='{"x":2}')]
    chunks, message = _stream(server, same)
    assert _joined(chunks) == {0: ["f", '{"x":1}'], 1: ["f", '{"x":2}']}
    assert len(message.tool_calls or []) == 2


def test_a_name_in_every_piece(server: Server) -> None:
    pieces = [[_piece(0, name="f", arguments=part)] for part in ('{"x"', ":1}")]
    chunks, message = _stream(server, *pieces)
    assert [call.function.arguments for call in message.tool_calls or []] == ['{"x":1}']
    assert set(_joined(chunks)) == {0}


def test_another_id_in_every_piece(server: Server) -> None:
    pieces = [[_piece(0, "a", name="f", arguments='{"x"')], [_piece(0, "b", arguments=":1}")]]
    chunks, _ = _stream(server, *pieces)
    assert _joined(chunks) == {0: ["f", '{"x":1}']}


@pytest.mark.parametrize("arguments", [None, "", "absent"])
@pytest.mark.parametrize("in_last", [False, True])
def test_calls_without_arguments(server: Server, arguments: str | None, in_last: bool) -> None:
    function = {"name": "f"} if arguments == "absent" else {"name": "f", "arguments": arguments}
    calls = [_piece(0, "a", **function), _piece(1, "b", name="g", arguments='{"y":2}')]
    if in_last:
        chunks, message = _stream(server, last={"tool_calls": calls})
    else:
        chunks, message = _stream(server, calls)
    assert _joined(chunks) == {0: ["f", "{}"], 1: ["g", '{"y":2}']}
    assert [call.function.arguments for call in message.tool_calls or []] == ["{}", '{"y":2}']


def test_custom_call_in_a_response(server: Server) -> None:
    server.reply(answer_json(completion_body(None, "tool_calls", tool_calls=[CUSTOM])))
    with Client() as client:
        response = client.completion("custom_openai/m", MESSAGES, base_url=server.url)
        message = response.choices[0].message
        assert message.model_dump()["tool_calls"] == [CUSTOM]
        result = {"role": "tool", "tool_call_id": "call_1", "content": "total 0"}
        server.reply(answer_json(completion_body()))
        client.completion("custom_openai/m", [*MESSAGES, message, result], base_url=server.url)
    assert server.seen[-1].json["messages"][1]["tool_calls"] == [CUSTOM]


@pytest.mark.parametrize("plain", [False, True])
def test_custom_call_in_a_stream(server: Server, plain: bool) -> None:
    if plain:
        server.reply(answer_json(completion_body(None, "tool_calls", tool_calls=[CUSTOM])))
    else:
        first = {**CUSTOM, "index": 0, "custom": {"name": "shell", "input": ""}}
        others = [{"index": 0, "custom": {"input": part}} for part in ("ls", " -l")]
        chunks = [chunk_body({"tool_calls": [piece]}) for piece in (first, *others)]
        server.reply(answer_events([*chunks, chunk_body({}, "tool_calls")]))
    with Client() as client:
        stream = client.completion("custom_openai/m", MESSAGES, stream=True, base_url=server.url)
        pieces = [
            piece
            for chunk in stream
            for choice in chunk.choices
            for piece in choice.delta.tool_calls or ()
        ]
    assert "".join((piece.custom and piece.custom.input) or "" for piece in pieces) == "ls -l"
    assert all(piece.function is None for piece in pieces)
    assert stream.response.choices[0].message.model_dump()["tool_calls"] == [CUSTOM]
