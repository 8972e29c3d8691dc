"""Responses behave as users of the OpenAI SDK and of litellm expect."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.answers import HEAD, chunk_body, completion_body
from trunkline import Choice, Message, ModelResponse, ModelResponseStream, ToolCall
from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wires import openai
from trunkline.pipeline.port import HTTPResponse

OPENAI = find_provider("openai")
CALLS = [{"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]


def decoded(body: dict[str, Any]) -> ModelResponse:
    raw = json.dumps(body).encode()
    return openai.decode(HTTPResponse(status=200, headers={}, body=raw), OPENAI)


@pytest.fixture
def response() -> ModelResponse:
    body = completion_body("Hi", tool_calls=CALLS, mood="good")
    body["choices"][0]["weight"] = 0.5
    return decoded({**body, "timings": {"ms": 3}})


def pickled(thing: object) -> object:
    return pickle.loads(pickle.dumps(thing))


class TestReading:
    def test_as_attributes_and_as_items(self, response: ModelResponse) -> None:
        assert response.choices[0].message.content == "Hi"
        assert response["choices"][0]["message"]["content"] == "Hi"
        assert response.get("choices")[0].get("finish_reason") == "stop"
        assert response["usage"]["prompt_tokens"] == 5

    def test_what_the_provider_adds_is_there(self, response: ModelResponse) -> None:
        timings: Any = response.timings
        assert timings == response["timings"] == response.get("timings") == {"ms": 3}
        assert response.model_extra == {"timings": {"ms": 3}, "usage": response.usage}
        assert response.choices[0].message["mood"] == response.choices[0].message.mood == "good"
        assert response.choices[0].model_extra == {"weight": 0.5}

    def test_what_is_absent(self, response: ModelResponse) -> None:
        message = response.choices[0].message
        assert message.reasoning_content is None
        assert "reasoning_content" not in message
        assert message.get("reasoning_content", "none") == "none"
        assert "tool_calls" in message
        with pytest.raises(AttributeError, match="'Message' object has no attribute 'nonsense'"):
            _ = message.nonsense
        with pytest.raises(KeyError):
            _ = message["nonsense"]
        with pytest.raises(KeyError):
            _ = message["_private"]

    def test_null_content_is_present(self) -> None:
        message = decoded(completion_body(None, tool_calls=CALLS)).choices[0].message
        assert "content" in message
        assert message.model_dump()["content"] is None
        assert "content" not in message.model_dump(exclude_none=True)

    def test_keys_and_items(self) -> None:
        message = Message(content="x")
        assert message.keys() == ["role", "content"]
        assert dict(message.items()) == {"role": "assistant", "content": "x"}

    def test_the_repr_is_for_people(self) -> None:
        assert repr(Message(content="x")) == "Message(role='assistant', content='x')"


class TestWriting:
    def test_unknown_attributes(self, response: Any) -> None:
        response.predict_id = 7
        response["tag"] = "a"
        assert response.predict_id == response["predict_id"] == 7
        assert response.model_dump()["tag"] == "a"

    def test_dump_gives_what_was_sent(self, response: ModelResponse) -> None:
        dumped = response.model_dump()
        assert dumped["choices"][0]["message"] == {
            "role": "assistant",
            "content": "Hi",
            "tool_calls": CALLS,
            "mood": "good",
        }
        assert dumped["timings"] == {"ms": 3}
        assert json.loads(response.model_dump_json()) == dumped == response.dict()
        assert json.loads(response.model_dump_json(indent=2)) == json.loads(response.json())
        assert response.model_dump(include={"id"}) == {"id": "chatcmpl-1"}
        assert "id" not in response.model_dump(exclude={"id"}, mode="json", warnings=False)

    def test_equality(self) -> None:
        assert Message(content="a") == Message(content="a")
        assert Message(content="a") != Message(content="b")
        assert Message(content="a") != {"role": "assistant", "content": "a"}


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickled])
def test_copies(duplicate: Any, response: Any) -> None:
    response.mine = [1]
    other = duplicate(response)
    assert other == response
    assert other.mine == [1]
    assert other.timings == {"ms": 3}
    assert other.choices[0].message.mood == "good"
    assert other.call == response.call


def test_a_deep_copy_shares_nothing(response: ModelResponse) -> None:
    other = copy.deepcopy(response)
    other.choices[0].message.content = "changed"
    assert response.choices[0].message.content == "Hi"


def test_making_one_by_hand() -> None:
    made = ModelResponse(choices=[Choice(message=Message(content="x"), finish_reason="stop")])
    assert made.object == "chat.completion"
    assert made.call.attempts == 1
    assert ToolCall().function.arguments == ""


def test_chunks() -> None:
    decoder = openai.Decoder(OPENAI, {})
    body = chunk_body({"content": "x", "obfuscation": "abc"})
    [chunk] = decoder.feed(f"data: {json.dumps({**body, 'p': 'q'})}\n\n".encode())
    assert isinstance(chunk, ModelResponseStream)
    assert chunk["choices"][0]["delta"]["content"] == "x"
    assert chunk.choices[0].delta.obfuscation == "abc"
    assert chunk.p == "q"
    assert chunk.model_dump() == {**body, "p": "q"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
names = st.text("abcdefghij", min_size=4, max_size=8).map("x".__add__)


@given(st.dictionaries(names, json_values, max_size=4), st.dictionaries(names, json_values))
def test_no_field_is_lost(extra: dict[str, Any], inner: dict[str, Any]) -> None:
    body = {**completion_body("Hi", **inner), **extra}
    dumped = decoded(body).model_dump()
    assert dumped == body


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}, "ab"),
        ({"content": {"a": 1}}, '{"a":1}'),
    ],
)
def test_odd_contents_are_text(body: Any, expected: str) -> None:
    assert decoded(completion_body(body["content"])).choices[0].message.content == expected


def test_odd_bodies_are_brought_into_shape() -> None:
    body: dict[str, Any] = {
        "id": 5,
        "created": "1700000000.5",
        "model": None,
        "choices": [
            {
                "message": {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [{"function": {"name": "f", "arguments": {"a": 1}}}],
                },
                "logprobs": {"tokens": ["a"], "content": 3},
                "finish_reason": "tool_use",
            }
        ],
        "usage": {"prompt_tokens": 3.0, "completion_tokens": None, "prompt_tokens_details": {}},
    }
    response = decoded(body)
    assert (response.id, response.created) == ("5", 1700000000)
    choice = response.choices[0]
    assert choice.finish_reason == "tool_calls"
    assert choice.provider_specific_fields == {"native_finish_reason": "tool_use"}
    assert choice.message.tool_calls is not None
    call = choice.message.tool_calls[0]
    assert call.function.arguments == '{"a":1}'
    assert (call.id or "").startswith("call_")
    usage = response.usage
    assert usage is not None
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (3, 0, 3)


def test_deepseeks_cache_counts() -> None:
    usage = {
        "prompt_tokens": 9,
        "completion_tokens": 1,
        "total_tokens": 10,
        "prompt_cache_hit_tokens": 4,
    }
    response = decoded({**completion_body(), "usage": usage})
    assert response.usage is not None
    assert response.usage.prompt_tokens_details is not None
    assert response.usage.prompt_tokens_details.cached_tokens == 4
    assert response.usage.prompt_cache_hit_tokens == 4


def test_a_model_that_is_not_named_is_the_one_that_was_asked() -> None:
    assert decoded({k: v for k, v in completion_body().items() if k not in HEAD}).model == ""
