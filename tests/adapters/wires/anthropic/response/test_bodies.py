"""Responses of Anthropic's Messages API, whole and streamed, and how they go back."""

from __future__ import annotations

import json

import pytest

from tests.support.calls.anthropic_calls import HELLO, body_of_call, text
from tests.support.calls.anthropic_responses import USAGE, decode, message, thinking, tool_use
from trunkline.pipeline.json_values import JSON


def test_text() -> None:
    response = decode(message(text("Hello")))
    assert response.id == "msg_1"
    assert response.model == "claude-sonnet-4-5-20250929"
    assert response.service_tier == "standard"
    choice = response.choices[0]
    assert choice.message.content == "Hello"
    assert choice.message.provider_specific_fields is None
    assert choice.finish_reason == "stop"
    assert choice.provider_specific_fields == {"native_finish_reason": "end_turn"}


def test_usage() -> None:
    usage = decode(message(text("Hello"))).usage
    assert usage is not None
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (15, 7, 22)
    assert usage.prompt_tokens_details is not None
    assert usage.prompt_tokens_details.cached_tokens == 3
    assert usage.prompt_tokens_details.cache_creation_tokens == 2
    assert usage.completion_tokens_details is not None
    assert usage.completion_tokens_details.reasoning_tokens == 4
    assert usage.native == USAGE


def test_tool_calls() -> None:
    blocks = (text("Let me look"), tool_use("toolu_1", city="Bonn"), tool_use("toolu_2"))
    response = decode(message(*blocks, stop="tool_use"))
    found = response.choices[0].message
    assert found.content == "Let me look"
    assert [(call.id, call.function.arguments) for call in found.tool_calls or ()] == [
        ("toolu_1", '{"city":"Bonn"}'),
        ("toolu_2", "{}"),
    ]
    assert response.choices[0].finish_reason == "tool_calls"


def test_reasoning() -> None:
    blocks = (
        thinking("Hm.", "abc"),
        {"type": "redacted_thinking", "data": "xyz"},
        thinking("", "def"),
        text("Yes"),
    )
    found = decode(message(*blocks)).choices[0].message
    assert found.reasoning_content == "Hm."
    assert [block.model_dump() for block in found.thinking_blocks or ()] == [
        {"type": "thinking", "thinking": "Hm.", "signature": "abc"},
        {"type": "redacted_thinking", "data": "xyz"},
        {"type": "thinking", "thinking": "", "signature": "def"},
    ]
    assert found.provider_specific_fields is None


def test_citations() -> None:
    page = {
        "type": "web_search_result_location",
        "url": "https://example.com",
        "title": "Example",
        "encrypted_index": "abc",
        "cited_text": "green",
    }
    place = {"type": "char_location", "cited_text": "Grass", "document_index": 0}
    blocks = (text("So: "), text("grass is green.", citations=[page, place]))
    found = decode(message(*blocks)).choices[0].message
    assert found.content == "So: grass is green."
    assert found.annotations == [
        {
            "type": "url_citation",
            "url_citation": {
                "url": "https://example.com",
                "title": "Example",
                "start_index": 4,
                "end_index": 19,
            },
        }
    ]
    assert found.provider_specific_fields is not None
    assert found.provider_specific_fields["citations"] == [page, place]


SEARCH: tuple[JSON, ...] = (
    text("I look."),
    {
        "type": "server_tool_use",
        "id": "srvtoolu_1",
        "name": "web_search",
        "input": {"query": "weather"},
    },
    {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []},
    text("Sunny."),
)


def test_server_tool_blocks_are_sent_back_unchanged() -> None:
    """A paused turn continues only if it is sent back unchanged."""
    response = decode(message(*SEARCH, stop="pause_turn"))
    choice = response.choices[0]
    assert choice.finish_reason == "stop"
    assert choice.provider_specific_fields == {"native_finish_reason": "pause_turn"}
    assert choice.message.content == "I look.Sunny."
    assert choice.message.tool_calls is None
    body = body_of_call([*HELLO, choice.message])
    blocks = body["messages"][1]["content"]
    assert blocks == [
        {key: value for key, value in block.items() if value is not None} for block in SEARCH
    ]


def test_edited_response_is_sent_as_edited() -> None:
    found = decode(message(*SEARCH)).choices[0].message
    found.content = "Rain."
    assert body_of_call([*HELLO, found])["messages"][1]["content"] == [text("Rain.")]


def test_calls_of_programs_keep_their_caller() -> None:
    caller = {"type": "code_execution_20250825", "tool_id": "srvtoolu_1"}
    block = {**tool_use("toolu_1", city="Bonn"), "caller": caller}
    found = decode(message(block, stop="tool_use")).choices[0].message
    assert body_of_call([*HELLO, found])["messages"][1]["content"] == [block]


def test_calls_of_a_toolset_keep_its_name() -> None:
    block = {**tool_use("toolu_1", name="left_click"), "toolset_name": "computer"}
    found = decode(message(block, stop="tool_use")).choices[0].message
    assert body_of_call([*HELLO, found])["messages"][1]["content"] == [block]


def test_blank_text_is_not_sent_back() -> None:
    found = decode(message(text(""), *SEARCH)).choices[0].message
    sent = body_of_call([*HELLO, found])["messages"][1]["content"]
    assert [block["type"] for block in sent] == [block["type"] for block in SEARCH]


def test_reasoning_between_other_blocks_keeps_its_place() -> None:
    blocks = [thinking("a", "s1"), text("b"), thinking("c", "s2"), tool_use("toolu_1", x=1)]
    found = decode(message(*blocks, stop="tool_use")).choices[0].message
    assert found.reasoning_content == "ac"
    assert body_of_call([*HELLO, found])["messages"][1]["content"] == blocks


@pytest.mark.parametrize(
    ("native", "reason"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("tool_use", "tool_calls"),
        ("pause_turn", "stop"),
        ("refusal", "content_filter"),
        ("model_context_window_exceeded", "length"),
        ("compaction", "length"),
        ("something_new", "stop"),
    ],
)
def test_finish_reasons(native: str, reason: str) -> None:
    choice = decode(message(text("x"), stop=native)).choices[0]
    assert choice.finish_reason == reason
    kept = (choice.provider_specific_fields or {}).get("native_finish_reason", reason)
    assert kept == native


def test_details_of_a_finish_reason() -> None:
    details = {"type": "refusal", "category": "bio", "explanation": None}
    choice = decode(
        message(text("x"), stop="refusal", stop_sequence="END", stop_details=details)
    ).choices[0]
    assert choice.provider_specific_fields == {
        "native_finish_reason": "refusal",
        "stop_sequence": "END",
        "stop_details": details,
    }


def test_fields_of_other_features() -> None:
    container = {"id": "container_1", "expires_at": "2026-01-01T00:00:00Z"}
    edits: JSON = {"applied_edits": []}
    response = decode(message(text("x"), container=container, context_management=edits))
    assert response.provider_specific_fields == {
        "container": container,
        "context_management": edits,
    }


def test_an_empty_answer() -> None:
    response = decode(message())
    assert response.choices[0].message.content is None
    assert response.choices[0].finish_reason == "stop"


def test_forced_tool() -> None:
    block = tool_use("toolu_1", "json_answer", age=5)
    response = decode(message(block, stop="tool_use"))
    choice = response.choices[0]
    assert json.loads(choice.message.content or "") == {"age": 5}
    assert choice.message.tool_calls is None
    assert choice.finish_reason == "stop"


def test_forced_tool_with_a_call() -> None:
    blocks = (tool_use("toolu_1", "json_answer", age=5), tool_use("toolu_2"))
    choice = decode(message(*blocks, stop="tool_use")).choices[0]
    assert json.loads(choice.message.content or "") == {"age": 5}
    assert [call.id for call in choice.message.tool_calls or ()] == ["toolu_2"]
    assert choice.finish_reason == "tool_calls"
