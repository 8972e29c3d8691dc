"""System messages later in the conversation, with what only they can have."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.calls.anthropic_calls import HELLO, NEWER, OLDER, refused, text, unchecked

REFERENCE = {"type": "tool_reference", "name": "find"}
ADDED: dict[str, Any] = {"type": "tool_addition", "tool": REFERENCE}
REMOVED: dict[str, Any] = {"type": "tool_removal", "tool": REFERENCE}
SHORT: dict[str, Any] = {"role": "system", "content": "Short."}


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
    own = {"output_config": {"effort": "low"}}
    assert messages_of(*HELLO, {"role": "system", "content": "", **own})[1] == {
        "role": "system",
        **own,
    }
    # The API refuses a message that says nothing.
    assert len(messages_of(*HELLO, {"role": "system", "content": "", "clear_at": "never"})) == 1


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
