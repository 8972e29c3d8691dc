"""System messages later in the conversation, with what only they can have."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.calls.anthropic_calls import HELLO, NEWER, OLDER, refused, text, unchecked

REFERENCE = {"type": "tool_reference", "name": "find"}
ADDED: dict[str, Any] = {"type": "tool_addition", "tool": REFERENCE}
REMOVED: dict[str, Any] = {"type": "tool_removal", "tool": REFERENCE}
SHORT: dict[str, Any] = {"role": "system", "content": "Short."}
NO_CONTENT: list[Any] = []
EFFORT: dict[str, Any] = {
    "role": "system",
    "content": NO_CONTENT,
    "output_config": {"effort": "low"},
}


def messages_of(*messages: dict[str, Any], model: str = NEWER) -> list[Any]:
    found: list[Any] = unchecked(list(messages), model=model)["messages"]
    return found


@pytest.mark.parametrize(
    "own", [{"clear_at": "next_user_message"}, {"output_config": {"effort": "low"}}]
)
def test_fields_of_their_own(own: dict[str, Any]) -> None:
    assert messages_of(*HELLO, {**SHORT, **own}) == [
        {"role": "user", "content": [text("Hello")]},
        {"role": "system", "content": [text("Short.")], **own},
    ]


def test_only_messages_without_fields_are_joined() -> None:
    cleared = {**SHORT, "clear_at": "next_user_message"}
    found = messages_of(*HELLO, SHORT, SHORT, cleared, SHORT)
    assert [len(message["content"]) for message in found] == [1, 2, 1, 1]
    assert "clear_at" in found[2]
    assert "clear_at" not in found[3]


def test_an_effort_without_text() -> None:
    assert messages_of(*HELLO, EFFORT)[1] == EFFORT
    assert messages_of(*HELLO, {**EFFORT, "content": ""})[1] == EFFORT
    # The API refuses a message that says nothing.
    assert len(messages_of(*HELLO, {"role": "system", "content": "", "clear_at": "never"})) == 1


def test_an_effort_stays_before_the_users_next_message() -> None:
    answered: list[dict[str, Any]] = [*HELLO, {"role": "assistant", "content": "Hi"}]
    found = messages_of(EFFORT, *answered, EFFORT, SHORT, *HELLO, EFFORT)
    assert [message["role"] for message in found] == [
        "system", "user", "assistant", "system", "user", "system", "system",
    ]  # fmt: skip
    assert found[0] == found[3] == found[6] == EFFORT
    assert found[5] == {**SHORT, "content": [text("Short.")]}
    use = {"id": "a", "type": "function", "function": {"name": "find", "arguments": "{}"}}
    result = {"role": "tool", "tool_call_id": "a", "content": "R"}
    called: dict[str, Any] = {"role": "assistant", "tool_calls": [use]}
    found = messages_of(*HELLO, called, result, EFFORT, *HELLO)
    assert [message["role"] for message in found] == ["user", "assistant", "system", "user"]


def test_an_effort_at_the_start_leaves_the_prompt_alone() -> None:
    body = unchecked([SHORT, EFFORT, SHORT, *HELLO], model=NEWER)
    assert body["system"] == [text("Short."), text("Short.")]
    assert [message["role"] for message in body["messages"]] == ["system", "user"]


def test_changes_of_tools() -> None:
    changes = {"role": "system", "content": [ADDED, text("Search."), REMOVED]}
    assert messages_of(*HELLO, changes)[1] == changes


def test_at_the_start_they_follow_the_user() -> None:
    cleared = {**SHORT, "clear_at": "next_user_message"}
    body = unchecked([SHORT, cleared, *HELLO], model=NEWER)
    assert body["system"] == [text("Short.")]
    assert [message["role"] for message in body["messages"]] == ["user", "system"]


@pytest.mark.parametrize(
    ("message", "path"),
    [
        ({**SHORT, "clear_at": "never"}, "messages[1].clear_at"),
        ({**SHORT, "output_config": {"effort": "low"}}, "messages[1].output_config"),
        ({"role": "system", "content": [ADDED]}, "messages[1].content"),
    ],
)
def test_models_without_them_refuse_them(message: dict[str, Any], path: str) -> None:
    error = refused([*HELLO, message], model=OLDER)
    assert error.param == path
    assert "leave it out" in str(error)
