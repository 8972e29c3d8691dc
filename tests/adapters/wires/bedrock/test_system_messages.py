"""System messages later in the conversation, which newer models of Claude take on Converse."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.calls.bedrock_calls import CLAUDE, NOVA, USER, sent, tool, tool_call
from tests.support.server import Server
from trunkline import BadRequestError
from trunkline.pipeline.json_values import JSON

OPUS = "us.anthropic.claude-opus-5-v1:0"
SHORT: JSON = {"role": "system", "content": "Short."}
REFERENCE = {"type": "tool_reference", "name": "look"}


def test_they_keep_their_place(server: Server) -> None:
    messages = [SHORT, *USER, SHORT, {"role": "assistant", "content": "Hi"}, *USER, SHORT, SHORT]
    body = sent(server, OPUS, messages)
    assert body["system"] == [{"text": "Short."}]
    assert [(one["role"], len(one["content"])) for one in body["messages"]] == [
        ("user", 1),
        ("system", 1),
        ("assistant", 1),
        ("user", 1),
        ("system", 2),
    ]


def test_they_follow_what_the_user_says(server: Server) -> None:
    messages: list[Any] = [
        *USER,
        {"role": "assistant", "tool_calls": [tool_call("a")]},
        SHORT,
        {"role": "tool", "tool_call_id": "a", "content": "R"},
        SHORT,
        *USER,
    ]
    body = sent(server, OPUS, messages, tools=[tool("look")])
    assert [one["role"] for one in body["messages"]] == ["user", "assistant", "user", "system"]
    assert [next(iter(block)) for block in body["messages"][2]["content"]] == ["toolResult", "text"]


@pytest.mark.parametrize("model", [CLAUDE, NOVA])
def test_other_models_have_them_at_the_start(model: str, server: Server) -> None:
    body = sent(server, model, [*USER, SHORT])
    assert body["system"] == [{"text": "Short."}]
    assert [one["role"] for one in body["messages"]] == ["user"]


def test_changes_of_tools(server: Server) -> None:
    changes: list[Any] = [
        {"type": "tool_addition", "tool": REFERENCE},
        {"type": "tool_removal", "tool": {**REFERENCE, "server_name": "s"}},
    ]
    message = {"role": "system", "content": changes}
    body = sent(server, OPUS, [*USER, message], tools=[tool("look")])
    assert body["messages"][1]["content"] == [
        {"toolAddition": {"tool": REFERENCE}},
        {"toolRemoval": {"tool": {**REFERENCE, "serverName": "s"}}},
    ]
    with pytest.raises(BadRequestError, match=r"messages\[1\]\.content"):
        sent(server, CLAUDE, [*USER, message], tools=[tool("look")])


@pytest.mark.parametrize("name", ["clear_at", "output_config"])
def test_fields_that_converse_has_not(name: str, server: Server) -> None:
    with pytest.raises(BadRequestError, match=rf"messages\[1\]\.{name}"):
        sent(server, OPUS, [*USER, {**SHORT, name: {"effort": "low"}}])
