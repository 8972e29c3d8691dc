"""Folding chunks gives the response that a plain call would have given."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.answers import USAGE, chunk_body
from trunkline import ModelResponse, ModelResponseStream, fold_chunks
from trunkline.adapters.decode.repair import repair


def folded(*deltas: dict[str, Any], **last: Any) -> ModelResponse:
    bodies = [chunk_body(delta) for delta in deltas]
    return fold_chunks([repair({**body, **last}, ModelResponseStream) for body in bodies])


def piece(
    index: int | None = None,
    id: str | None = None,
    name: str | None = None,
    arguments: str | None = None,
) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {"tool_calls": [{"index": index, "id": id, "function": function}]}


def calls(response: ModelResponse) -> list[tuple[str | None, str | None, str]]:
    found = response.choices[0].message.tool_calls or []
    return [(call.id, call.function.name, call.function.arguments) for call in found]


class TestToolCalls:
    def test_by_index(self) -> None:
        response = folded(
            piece(0, "a", "f", ""),
            piece(1, "b", "g", "{"),
            piece(0, arguments="{}"),
            piece(1, arguments="}"),
        )
        assert calls(response) == [("a", "f", "{}"), ("b", "g", "{}")]

    def test_by_id(self) -> None:
        response = folded(
            piece(id="a", name="f"),
            piece(id="b", name="g", arguments="{"),
            piece(id="a", arguments="{}"),
            piece(id="b", arguments="}"),
        )
        assert calls(response) == [("a", "f", "{}"), ("b", "g", "{}")]

    def test_without_either(self) -> None:
        response = folded(piece(name="f", arguments="{"), piece(arguments="}"), piece(name="g"))
        assert [call[1:] for call in calls(response)] == [("f", "{}"), ("g", "{}")]

    def test_all_with_index_zero(self) -> None:
        response = folded(
            piece(0, "a", "f", "{}"), piece(0, "b", "g", "{"), piece(0, arguments="}")
        )
        assert calls(response) == [("a", "f", "{}"), ("b", "g", "{}")]

    def test_a_name_that_is_repeated(self) -> None:
        response = folded(piece(0, "a", "f", "{"), piece(0, "a", "f", "}"))
        assert calls(response) == [("a", "f", "{}")]


def test_several_choices() -> None:
    bodies = [
        chunk_body({"content": "a"}, index=1),
        chunk_body({"content": "b"}, index=0),
        chunk_body({"content": "c"}, "stop", index=1),
        chunk_body({}, "length", index=0),
    ]
    response = fold_chunks([repair(body, ModelResponseStream) for body in bodies])
    assert [(c.index, c.message.content, c.finish_reason) for c in response.choices] == [
        (0, "b", "length"),
        (1, "ac", "stop"),
    ]


LOGPROBS = {"content": [{"token": "a", "logprob": -0.1, "bytes": [97], "top_logprobs": []}]}
IN_A_CHUNK: list[dict[str, Any]] = [
    {"usage": USAGE},
    {"citations": ["u"]},
    {"provider_specific_fields": {"a": 1}},
]
IN_A_CHOICE: list[dict[str, Any]] = [
    {"finish_reason": "length"},
    {"logprobs": LOGPROBS},
    {"provider_specific_fields": {"a": 1}},
]
IN_A_DELTA: list[dict[str, Any]] = [
    {"role": "tool"},
    {"refusal": "No"},
    {"reasoning_content": "because"},
    {"images": [{"type": "image_url"}]},
    {"provider_specific_fields": {"a": 1}},
]


class TestInTheMiddleOfText:
    """Most chunks are more text of one choice; what else they have must not get lost there."""

    @staticmethod
    def response(middle: dict[str, Any]) -> ModelResponse:
        bodies = [chunk_body({"content": text}) for text in ("a", "b", "d", "e")]
        bodies.insert(2, middle)
        return fold_chunks([repair(body, ModelResponseStream) for body in bodies])

    @pytest.mark.parametrize("fields", IN_A_CHUNK)
    def test_fields_of_a_chunk(self, fields: dict[str, Any]) -> None:
        response = self.response({**chunk_body({"content": "c"}), **fields})
        assert response.choices[0].message.content == "abcde"
        assert response.model_dump(include=set(fields)) == fields

    @pytest.mark.parametrize("fields", IN_A_CHOICE)
    def test_fields_of_a_choice(self, fields: dict[str, Any]) -> None:
        body = chunk_body({"content": "c"})
        body["choices"][0] |= fields
        choice = self.response(body).choices[0]
        assert choice.message.content == "abcde"
        assert choice.model_dump(include=set(fields), exclude_none=True) == fields

    @pytest.mark.parametrize("fields", IN_A_DELTA)
    def test_fields_of_a_delta(self, fields: dict[str, Any]) -> None:
        message = self.response(chunk_body({"content": "c", **fields})).choices[0].message
        assert message.content == "abcde"
        assert message.model_dump(include=set(fields), exclude_none=True) == fields

    def test_a_tool_call(self) -> None:
        response = self.response(chunk_body({"content": "c", **piece(0, "1", "f", "{}")}))
        assert response.choices[0].message.content == "abcde"
        assert calls(response) == [("1", "f", "{}")]

    def test_another_choice(self) -> None:
        response = self.response(chunk_body({"content": "c"}, index=1))
        assert [choice.message.content for choice in response.choices] == ["abde", "c"]

    def test_two_choices_in_a_chunk(self) -> None:
        body = chunk_body({"content": "c"})
        body["choices"] += chunk_body({"content": "x"}, index=1)["choices"]
        response = self.response(body)
        assert [choice.message.content for choice in response.choices] == ["abcde", "x"]

    def test_a_chunk_without_choices(self) -> None:
        response = self.response({**chunk_body({}), "choices": [], "usage": USAGE})
        assert response.choices[0].message.content == "abde"
        assert response.usage is not None


def test_everything_that_a_message_may_hold() -> None:
    token = {"token": "a", "logprob": -0.1, "bytes": [97], "top_logprobs": []}
    bodies: list[dict[str, Any]] = [
        chunk_body(
            {
                "role": "assistant",
                "refusal": "No",
                "audio": {"id": "x", "data": "AA", "transcript": "o"},
            }
        ),
        chunk_body({"audio": {"data": "BB", "transcript": "k", "expires_at": 9}}),
        chunk_body({"images": [{"type": "image_url"}], "annotations": [{"type": "url_citation"}]}),
        chunk_body({"reasoning_details": [{"type": "reasoning.text", "text": "a", "index": 0}]}),
        chunk_body(
            {
                "reasoning_details": [
                    {"type": "reasoning.text", "text": "b", "index": 0, "signature": "s"}
                ]
            }
        ),
        chunk_body({"extra_content": {"google": {"thought_signature": "s"}}}),
        chunk_body({"provider_specific_fields": {"citations": [1]}}),
        chunk_body({"provider_specific_fields": {"citations": [2], "a": 1}}),
        chunk_body({"function_call": {"name": "f", "arguments": "{"}}),
        chunk_body({"function_call": {"arguments": "}"}}, "function_call"),
    ]
    bodies[0]["choices"][0]["logprobs"] = {"content": [token]}
    bodies[1]["choices"][0]["logprobs"] = {"content": [token]}
    bodies[-1] |= {
        "usage": USAGE,
        "service_tier": "flex",
        "citations": ["u"],
        "system_fingerprint": "fp",
    }
    response = fold_chunks([repair(body, ModelResponseStream) for body in bodies])
    choice = response.choices[0]
    assert choice.message.model_dump(exclude_none=True) == {
        "role": "assistant",
        "refusal": "No",
        "function_call": {"name": "f", "arguments": "{}"},
        "audio": {"id": "x", "data": "AABB", "transcript": "ok", "expires_at": 9},
        "images": [{"type": "image_url"}],
        "annotations": [{"type": "url_citation"}],
        "reasoning_details": [
            {"type": "reasoning.text", "text": "ab", "index": 0, "signature": "s"}
        ],
        "extra_content": {"google": {"thought_signature": "s"}},
        "provider_specific_fields": {"citations": [1, 2], "a": 1},
    }
    assert choice.logprobs is not None
    assert len(choice.logprobs.content or ()) == 2
    assert (response.service_tier, response.system_fingerprint) == ("flex", "fp")
    assert response.citations == ["u"]
    assert response.usage is not None
    assert response.usage.model_dump() == USAGE


class TestThinking:
    def test_blocks_by_index(self) -> None:
        response = folded(
            {"thinking_blocks": [{"type": "thinking", "thinking": "a", "index": 0}]},
            {"thinking_blocks": [{"type": "thinking", "signature": "s1", "index": 0}]},
            {"thinking_blocks": [{"type": "redacted_thinking", "data": "zz", "index": 1}]},
            {"thinking_blocks": [{"type": "thinking", "thinking": "b", "index": 2}]},
            {"thinking_blocks": [{"type": "thinking", "signature": "s2", "index": 2}]},
        )
        blocks = response.choices[0].message.thinking_blocks or []
        assert [block.model_dump() for block in blocks] == [
            {"type": "thinking", "thinking": "a", "signature": "s1"},
            {"type": "redacted_thinking", "data": "zz"},
            {"type": "thinking", "thinking": "b", "signature": "s2"},
        ]

    def test_without_an_index_a_signature_ends_a_block(self) -> None:
        response = folded(
            {"thinking_blocks": [{"thinking": "a"}]},
            {"thinking_blocks": [{"thinking": "b", "signature": "s1"}]},
            {"thinking_blocks": [{"type": "redacted_thinking", "data": "zz"}]},
            {"thinking_blocks": [{"thinking": "c", "signature": "s2"}]},
        )
        blocks = response.choices[0].message.thinking_blocks or []
        assert [(block.thinking, block.signature, block.data) for block in blocks] == [
            ("ab", "s1", None),
            (None, None, "zz"),
            ("c", "s2", None),
        ]


def test_nothing_folds_to_an_empty_answer() -> None:
    assert fold_chunks([]).choices == []


@given(st.lists(st.text(max_size=5), min_size=1), st.lists(st.text(max_size=5)))
def test_text_is_the_sum_of_its_pieces(content: list[str], reasoning: list[str]) -> None:
    response = folded(
        *({"reasoning_content": text} for text in reasoning),
        *({"content": text} for text in content),
    )
    message = response.choices[0].message
    assert message.content == "".join(content)
    assert (message.reasoning_content or "") == "".join(reasoning)


def test_a_first_chunk_without_an_answer_names_no_model() -> None:
    """Azure's has what its content filter found, no time, and here the deployment's name."""
    first = repair({"model": "my-deployment", "created": 0, "choices": []}, ModelResponseStream)
    rest = [chunk_body({"content": "Hi"}), chunk_body({}, "stop")]
    bodies = [{**body, "model": "gpt-4o-2024-08-06", "created": 1_700_000_000} for body in rest]
    response = fold_chunks([first, *(repair(body, ModelResponseStream) for body in bodies)])
    assert (response.model, response.created) == ("gpt-4o-2024-08-06", 1_700_000_000)
