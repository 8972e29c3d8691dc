from __future__ import annotations

from typing import Any

import msgspec
import pytest

from trunkline import ModelResponse
from trunkline.adapters.decode.repair import repair
from trunkline.pipeline.schema.parts import TokenLogprob


def repaired(message: object = None, **fields: object) -> ModelResponse:
    """Return a repaired response with this message."""
    choices = [{"message": message}]
    return repair({"choices": choices, **fields}, ModelResponse)


class TestKnownDifferences:
    def test_nulls(self) -> None:
        fields: dict[str, Any] = dict.fromkeys(("id", "created", "model", "object", "usage"))
        body = {**fields, "choices": [{"index": None, "message": {"content": "a"}}]}
        response = repair(body, ModelResponse)
        assert (response.id, response.created, response.usage) == ("", 0, None)
        assert (response.choices[0].index, response.choices[0].message.content) == (0, "a")
        assert repair({"choices": None}, ModelResponse).choices == []

    def test_empty_lists_and_objects(self) -> None:
        message: dict[str, Any] = {"role": None, "content": 5, "audio": [], "tool_calls": {}}
        response = repaired(message, usage=[])
        assert (response.choices[0].message.role, response.usage) == ("assistant", None)
        details: dict[str, Any] = {"prompt_tokens": 5, "prompt_tokens_details": []}
        assert repaired({"content": []}, usage=details).usage
        assert repaired({"content": {}}).choices[0].message.content == "{}"
        assert repaired({"content": []}).choices[0].message.content is None

    def test_numbers_as_names(self) -> None:
        response = repaired({"tool_calls": [{"id": 7, "function": {"name": "f"}}]}, id=5, model=1.5)
        assert (response.id, response.model) == ("5", "1.5")
        calls = response.choices[0].message.tool_calls
        assert calls
        assert calls[0].id == "7"

    @pytest.mark.parametrize(
        ("created", "expected"),
        [(5.7, 5), ("5", 5), ("5.5", 5), ("2025-01-01", 0), ([], 0), ("1e999", 0), ("nan", 0)],
    )
    def test_created(self, created: object, expected: int) -> None:
        assert repaired(created=created).created == expected

    def test_counts(self) -> None:
        details = {"cached_tokens": "2", "audio_tokens": None}
        usage = {"prompt_tokens": 5.0, "completion_tokens": "3", "total_tokens": None}
        found = repaired(usage={**usage, "prompt_tokens_details": details}).usage
        assert found
        assert (found.prompt_tokens, found.completion_tokens, found.total_tokens) == (5, 3, 0)
        assert found.prompt_tokens_details
        assert found.prompt_tokens_details.cached_tokens == 2

    def test_content_that_is_json(self) -> None:
        assert repaired({"content": {"a": 1}}).choices[0].message.content == '{"a":1}'

    def test_arguments_that_are_json(self) -> None:
        functions = [{"name": "f", "arguments": {"a": 1}}, {"name": "g", "arguments": None}, None]
        calls = repaired({"tool_calls": [{"function": one} for one in functions]})
        found = [call.function for call in calls.choices[0].message.tool_calls or ()]
        assert [one.arguments for one in found] == ['{"a":1}', "", ""]
        legacy = repaired({"function_call": functions[0]}).choices[0].message.function_call
        assert legacy
        assert legacy.arguments == '{"a":1}'

    def test_one_call_without_a_list(self) -> None:
        calls = repaired({"tool_calls": {"id": "a", "function": {"name": "f"}}})
        assert [call.id for call in calls.choices[0].message.tool_calls or ()] == ["a"]

    def test_logprobs_of_another_shape(self) -> None:
        body = {"choices": [{"index": None, "logprobs": {"tokens": [0.5], "content": 5}}]}
        assert repair(body, ModelResponse).choices[0].logprobs is None

    @pytest.mark.parametrize("sent", [5, -0.5, True])
    def test_a_log_probability_of_a_whole_message(self, sent: object) -> None:
        body = {"choices": [{"message": {"content": "hi"}, "logprobs": sent}]}
        assert repair(body, ModelResponse).choices[0].logprobs is None

    def test_logprobs_in_a_list(self) -> None:
        body = {"choices": [{"logprobs": [{"token": "hi", "logprob": -0.5}]}]}
        found = repair(body, ModelResponse).choices[0].logprobs
        assert found
        assert found.content == [TokenLogprob(token="hi", logprob=-0.5)]


class TestParts:
    def test_text_and_reasoning(self) -> None:
        thinking = [{"type": "text", "text": "why"}, {"type": "reference", "reference_ids": [1]}]
        parts = ["a", {"type": "text", "text": "b"}, {"type": "text", "text": None}]
        content = [{"type": "thinking", "thinking": thinking}, *parts, {"type": "image_url"}, 5]
        message = repaired({"content": content}).choices[0].message
        assert message.content == "ab"
        assert message.reasoning_content == "why"
        assert message.thinking_blocks is None
        others = [{"type": "thinking", "thinking": thinking[1:]}, {"type": "image_url"}, 5]
        assert message.provider_specific_fields == {"content": others}

    def test_text_with_more_fields(self) -> None:
        cited: dict[str, Any] = {"type": "text", "text": "b", "citations": [{"url": "u"}]}
        plain: dict[str, Any] = {"type": "text", "text": "a", "annotations": []}
        message = repaired({"content": [plain, cited]}).choices[0].message
        assert message.content == "ab"
        assert message.provider_specific_fields == {"content": [cited]}

    @pytest.mark.parametrize(
        "part",
        [
            {"type": "reasoning", "summary": [{"text": "why", "signature": "s"}]},
            {"type": "thinking", "thinking": [{"text": "why"}], "signature": "s"},
            {"type": "thinking", "thinking": "why", "signature": "s"},
        ],
    )
    def test_signatures(self, part: dict[str, Any]) -> None:
        message = repaired({"content": [part]}).choices[0].message
        assert message.content is None
        assert message.reasoning_content == "why"
        assert [block.model_dump() for block in message.thinking_blocks or ()] == [
            {"type": "thinking", "thinking": "why", "signature": "s"}
        ]


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"message": "hi"}, "$.choices[0].message"),
        ({"message": {"content": [{"type": "text", "text": 5}]}}, "$.choices[0].message.content"),
        (
            {"message": {"content": [{"type": "thinking", "thinking": [5]}]}},
            "$.choices[0].message.content",
        ),
        (
            {"message": {"tool_calls": [{"function": "f"}]}},
            "$.choices[0].message.tool_calls[0].function",
        ),
        ({"message": {"tool_calls": [5]}}, "$.choices[0].message.tool_calls[0]"),
        ({"finish_reason": 5}, "$.choices[0].finish_reason"),
        ({"index": "a"}, "$.choices[0].index"),
        ({"logprobs": "a"}, "$.choices[0].logprobs"),
    ],
)
def test_other_differences_in_a_choice(fields: dict[str, Any], path: str) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        repair({"choices": [fields]}, ModelResponse)
    assert f"`{path}`" in str(caught.value)


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"choices": {"0": {}}}, "$.choices"),
        ({"choices": ["a"]}, "$.choices[0]"),
        ({"id": ["a"]}, "$.id"),
        ({"usage": "none"}, "$.usage"),
        ({"usage": {"prompt_tokens": [1]}}, "$.usage.prompt_tokens"),
        ({"usage": {"prompt_tokens": "a"}}, "$.usage.prompt_tokens"),
        ({"usage": {"prompt_tokens_details": 5}}, "$.usage.prompt_tokens_details"),
    ],
)
def test_other_differences(fields: dict[str, Any], path: str) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        repair(fields, ModelResponse)
    assert f"`{path}`" in str(caught.value)
