"""Messages in requests to Anthropic's Messages API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.calls.anthropic_calls import (
    HELLO,
    NEWER,
    OLDER,
    PNG,
    PNG_SOURCE,
    WEATHER,
    body_of_call,
    call,
    refused,
    said,
    text,
)

LATER = [
    *HELLO,
    {"role": "assistant", "content": "Hi"},
    {"role": "system", "content": "Be brief"},
    {"role": "user", "content": "How are you?"},
]


def test_leading_system_messages() -> None:
    body = body_of_call(
        [
            {"role": "system", "content": "Be kind"},
            {"role": "developer", "content": [text("Be brief"), text(" ")]},
            *HELLO,
        ]
    )
    assert body["system"] == [text("Be kind"), text("Be brief")]
    assert [message["role"] for message in body["messages"]] == ["user"]


def test_later_system_messages_join_the_first() -> None:
    body = body_of_call(LATER, model=OLDER)
    assert body["system"] == [text("Be brief")]
    assert [message["role"] for message in body["messages"]] == ["user", "assistant", "user"]


def test_later_system_messages_stay_if_the_model_supports_them() -> None:
    """They must come after the user's turn, and before a response or at the end."""
    body = body_of_call(LATER, model=NEWER)
    assert "system" not in body
    roles = [message["role"] for message in body["messages"]]
    assert roles == ["user", "assistant", "user", "system"]
    assert body["messages"][3]["content"] == [text("Be brief")]


def test_a_system_message_between_answers_joins_the_first() -> None:
    messages = [*LATER[:3], {"role": "assistant", "content": "Hm"}, LATER[3]]
    body = body_of_call(messages, model=NEWER)
    assert body["system"] == [text("Be brief")]
    # The responses stay separate messages, as given; the API joins them.
    assert [message["role"] for message in body["messages"]] == [
        "user",
        "assistant",
        "assistant",
        "user",
    ]


def test_only_system_messages() -> None:
    """The API requires a message, so they are sent as the user's."""
    body = body_of_call([{"role": "system", "content": "Write a poem"}])
    assert body["messages"] == [{"role": "user", "content": [text("Write a poem")]}]
    assert "system" not in body
    assert said({"role": "assistant", "content": ""})[0]["role"] == "user"


def test_system_messages_take_text_only() -> None:
    messages = [
        {"role": "system", "content": [{"type": "image_url", "image_url": PNG}]},
        *HELLO,
    ]
    assert refused(messages).param == "messages[0].content[0]"


def test_consecutive_roles_are_merged() -> None:
    messages = said(
        {"role": "user", "content": "One"},
        {"role": "user", "content": "Two"},
        {"role": "assistant", "content": "Three"},
        {"role": "assistant", "content": "Four"},
    )
    assert messages == [
        {"role": "user", "content": [text("One"), text("Two")]},
        {"role": "assistant", "content": [text("Three"), text("Four")]},
    ]


def test_results_of_a_turn_come_together_and_first() -> None:
    messages = said(
        *HELLO,
        {"role": "assistant", "content": "", "tool_calls": [call(), call(id="call_2")]},
        {"role": "tool", "tool_call_id": "call_1", "content": "Sun"},
        {"role": "user", "content": "Well?"},
        {"role": "tool", "tool_call_id": "call_2", "content": ""},
    )
    assert messages[1]["content"] == [
        {"type": "tool_use", "id": "call_1", "name": "get_weather", "input": {}},
        {"type": "tool_use", "id": "call_2", "name": "get_weather", "input": {}},
    ]
    assert messages[2] == {
        "role": "user",
        "content": [
            {"type": "tool_result", "tool_use_id": "call_1", "content": "Sun"},
            {"type": "tool_result", "tool_use_id": "call_2"},
            text("Well?"),
        ],
    }


def test_results_with_pictures() -> None:
    messages = said(
        *HELLO,
        {"role": "assistant", "content": None, "tool_calls": [call()]},
        {
            "role": "tool",
            "tool_call_id": "call_1",
            "content": [text("Look"), {"type": "image_url", "image_url": {"url": PNG}}],
        },
    )
    assert messages[2]["content"][0]["content"] == [
        text("Look"),
        {"type": "image", "source": PNG_SOURCE},
    ]


def test_fields_of_a_result() -> None:
    call = {"id": "t1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    conversation = [
        *HELLO,
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "t1", "content": "No", "is_error": True},
    ]
    result = {"type": "tool_result", "tool_use_id": "t1"}
    sent = body_of_call(conversation)["messages"][2]["content"]
    assert sent == [{**result, "is_error": True, "content": "No"}]
    empty = {"role": "tool", "tool_call_id": "t1", "content": [{"type": "text", "text": " "}]}
    assert body_of_call([*conversation[:2], empty])["messages"][2]["content"] == [result]


def test_ids_of_other_providers() -> None:
    messages = said(
        *HELLO,
        {"role": "assistant", "content": None, "tool_calls": [call(id="functions.f:0")]},
        {"role": "tool", "tool_call_id": "functions.f:0", "content": "x"},
    )
    assert messages[1]["content"][0]["id"] == "functions_f_0"
    assert messages[2]["content"][0]["tool_use_id"] == "functions_f_0"


def test_a_result_without_id() -> None:
    assert refused([*HELLO, {"role": "tool", "content": "x"}]).param == "messages[1].tool_call_id"


def test_arguments_that_are_not_an_object() -> None:
    message = {"role": "assistant", "content": None, "tool_calls": [call(arguments="[1]")]}
    assert "messages[1].tool_calls[0].function.arguments" in str(refused([*HELLO, message]))


@pytest.mark.parametrize("content", ["", None, " \n", [], [text("")], [text("\t")]])
def test_empty_content(content: Any) -> None:
    """The API refuses it: user content gets a placeholder, an empty response is left out."""
    if content is not None:
        assert said({"role": "user", "content": content}) == [
            {"role": "user", "content": [text("(empty message)")]}
        ]
    messages = said(
        *HELLO, {"role": "assistant", "content": content}, {"role": "user", "content": "Still"}
    )
    assert messages == [{"role": "user", "content": [text("Hello"), text("Still")]}]


def test_white_space_at_the_end_of_a_prefill() -> None:
    messages = said(*HELLO, {"role": "assistant", "content": "The answer is \n"})
    assert messages[1]["content"] == [text("The answer is")]


def test_a_leading_answer_stays() -> None:
    assert said({"role": "assistant", "content": "Hi"}, *HELLO)[0]["role"] == "assistant"


def test_cache_marks_on_messages() -> None:
    mark = {"type": "ephemeral"}
    body = body_of_call(
        [
            {"role": "system", "content": "Be kind", "cache_control": mark},
            {"role": "user", "content": [text("a"), text("b")], "cache_control": mark},
            {"role": "assistant", "content": "c", "tool_calls": [call()], "cache_control": mark},
            {"role": "tool", "tool_call_id": "call_1", "content": "d", "cache_control": mark},
        ],
        tools=[WEATHER | {"cache_control": mark}],
    )
    assert body["system"] == [text("Be kind", cache_control=mark)]
    assert body["messages"][0]["content"] == [text("a"), text("b", cache_control=mark)]
    assert body["messages"][1]["content"][1]["cache_control"] == mark
    assert body["messages"][2]["content"][0]["cache_control"] == mark
    assert body["tools"][0]["cache_control"] == mark


def test_cache_mark_of_a_call() -> None:
    mark = {"type": "ephemeral"}
    marked = {**call(), "cache_control": mark}
    result = {"role": "tool", "tool_call_id": "call_1", "content": "d"}
    body = body_of_call([*HELLO, {"role": "assistant", "tool_calls": [marked]}, result])
    assert body["messages"][1]["content"][0]["cache_control"] == mark


def test_thinking_blocks_come_first() -> None:
    message = {
        "role": "assistant",
        "content": "Sunny",
        "reasoning_content": "Hm",
        "tool_calls": [call()],
        "thinking_blocks": [
            {"type": "thinking", "thinking": "Hm", "signature": "abc", "index": 0},
            {"type": "redacted_thinking", "data": "xyz"},
            {"type": "thinking", "thinking": "", "signature": "def"},
            {"type": "thinking", "thinking": "another provider's"},
        ],
    }
    blocks = said(*HELLO, message, {"role": "tool", "tool_call_id": "call_1", "content": "x"})
    assert blocks[1]["content"] == [
        {"type": "thinking", "thinking": "Hm", "signature": "abc"},
        {"type": "redacted_thinking", "data": "xyz"},
        {"type": "thinking", "thinking": "", "signature": "def"},
        text("Sunny"),
        {"type": "tool_use", "id": "call_1", "name": "get_weather", "input": {}},
    ]


def test_refusal_is_sent_back() -> None:
    message = {"role": "assistant", "content": None, "refusal": "I will not"}
    assert said(*HELLO, message)[1]["content"] == [text("I will not")]


def test_audio_of_an_answer() -> None:
    message = {"role": "assistant", "content": None, "audio": {"id": "audio_1"}}
    assert refused([*HELLO, message]).param == "messages[1].audio"
