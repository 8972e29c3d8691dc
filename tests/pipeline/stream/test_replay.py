"""An answer that is replayed as a stream folds to itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.answers import HEAD, USAGE, completion_body
from tests.support.recorded.recordings import Row, body_of, rows
from trunkline import ModelResponse, fold_chunks
from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wires.openai import decode
from trunkline.pipeline.json_values import as_array, as_object
from trunkline.pipeline.port import HTTPResponse
from trunkline.pipeline.stream.replay import ReplaySource, replay_chunks
from trunkline.pipeline.sync import drive


def answer_of(body: bytes) -> ModelResponse:
    response = HTTPResponse(status=200, headers={}, body=body)
    return decode(response, find_provider("openai"))


def made(**changes: Any) -> ModelResponse:
    return answer_of(json.dumps({**completion_body(), **changes}).encode())


def meaning(value: Any) -> Any:
    """What a dumped answer says, without what is empty and with what streams add to it."""
    if (items := as_array(value)) is not None:
        return [meaning(item) for item in items]
    fields = as_object(value)
    if fields is None:
        return value
    kept = {name: meaning(item) for name, item in fields.items()}
    if "finish_reason" in kept:
        kept["finish_reason"] = kept["finish_reason"] or "stop"
    for call in kept.get("tool_calls") or ():
        call.pop("index", None)
    return {name: item for name, item in kept.items() if item and item != "{}"}


RICH: dict[str, Any] = {
    "index": 0,
    "finish_reason": "tool_calls",
    "logprobs": {"content": [{"token": "a", "logprob": -0.5, "bytes": [97], "top_logprobs": []}]},
    "x_choice": "kept",
    "provider_specific_fields": {"native_finish_reason": "tool_use"},
    "message": {
        "role": "assistant",
        "content": "Text",
        "x_message": {"kept": True},
        "reasoning_content": "Because",
        "thinking_blocks": [
            {"type": "thinking", "thinking": "Be", "signature": "s"},
            {"type": "thinking", "thinking": "cause"},
            {"type": "redacted_thinking", "data": "xyz"},
        ],
        "tool_calls": [
            {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}},
            {"id": "b", "type": "function", "function": {"name": "g", "arguments": '{"x":1}'}},
        ],
        "annotations": [{"type": "url_citation"}],
        "provider_specific_fields": {"list": [1, 2]},
    },
}
PLAIN: dict[str, Any] = {
    "index": 1,
    "finish_reason": "length",
    "message": {"role": "assistant", "content": "Other"},
}


@rows("openai", stream=False, status=200, expect=lambda said: not said.get("error_in_200"))
def test_recorded_answers(row: Row) -> None:
    answer = answer_of(body_of(row))
    folded = fold_chunks(replay_chunks(answer))
    assert meaning(folded.model_dump()) == meaning(answer.model_dump())


@pytest.mark.parametrize(
    "answer",
    [
        made(),
        made(choices=[RICH], usage=None),
        made(choices=[RICH, PLAIN], x_root=[1], citations=["a"], service_tier="flex"),
        made(choices=[PLAIN, RICH], provider_specific_fields={"a": 1}, system_fingerprint="f"),
    ],
)
def test_made_up_answers(answer: ModelResponse) -> None:
    before = answer.model_dump()
    chunks = replay_chunks(answer)
    folded = fold_chunks(chunks)
    in_order = sorted(before["choices"], key=lambda choice: choice["index"])
    assert folded.model_dump() == {**before, "choices": in_order}
    assert {(chunk.id, chunk.created, chunk.model) for chunk in chunks} == {
        (HEAD["id"], HEAD["created"], HEAD["model"])
    }
    assert answer.model_dump() == before


def test_reasoning_comes_before_text_and_both_before_the_end() -> None:
    chunks = replay_chunks(made(choices=[RICH]))
    deltas = [choice.delta.keys() for chunk in chunks for choice in chunk.choices]
    assert "reasoning_content" in deltas[0]
    assert "content" not in deltas[0]
    assert deltas[1] == ["content", "tool_calls"]
    assert deltas[2] == []
    assert [len(chunk.choices) for chunk in chunks] == [1, 1, 1, 0]
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.total_tokens == USAGE["total_tokens"]


def test_the_source_ends() -> None:
    source = ReplaySource(made())
    batches = [drive(source.read()) for _ in range(5)]
    assert [len(batch) for batch in batches] == [1, 1, 1, 0, 0]
