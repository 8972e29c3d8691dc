"""Cache points of Converse: left out where a model would refuse them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.calls.bedrock_calls import CLAUDE, NOVA, USER, sent, tool, tool_call
from tests.support.server import Server
from trunkline.pipeline.json_values import JSON

MARK = {"type": "ephemeral"}
SIGNED = {"type": "thinking", "thinking": "Hm.", "signature": "s"}


def kinds(body: JSON, position: int) -> list[str]:
    """Return the kinds of the blocks of a message."""
    return [next(iter(block)) for block in body["messages"][position]["content"]]


def test_not_after_reasoning(server: Server) -> None:
    thought = {"role": "assistant", "content": "", "thinking_blocks": [SIGNED]}
    body = sent(server, CLAUDE, [*USER, {**thought, "cache_control": MARK}, *USER])
    assert kinds(body, 1) == ["reasoningContent"]
    called = {**thought, "tool_calls": [tool_call("a")], "cache_control": MARK}
    result = {"role": "tool", "tool_call_id": "a", "content": "R"}
    body = sent(server, CLAUDE, [*USER, called, result], tools=[tool("look")])
    assert kinds(body, 1) == ["reasoningContent", "toolUse", "cachePoint"]


@pytest.mark.parametrize(
    ("mime", "cached"), [("application/pdf", True), ("text/markdown", False), ("text/csv", False)]
)
def test_only_after_documents_that_are_pdf(mime: str, cached: bool, server: Server) -> None:
    file = {"file_data": f"data:{mime};base64,JVBERi0=", "filename": "a"}
    part = {"type": "file", "file": file}
    texts = [{"type": "text", "text": "Read:"}]
    expected = ["text", "document", *(["cachePoint"] if cached else [])]
    marked: list[Any] = [
        {"role": "user", "content": [*texts, {**part, "cache_control": MARK}]},
        {"role": "user", "content": [*texts, part], "cache_control": MARK},
    ]
    for message in marked:
        assert kinds(sent(server, CLAUDE, [message]), 0) == expected
    document = {"type": "document", "source": {"type": "text", "data": "x"}, "cache_control": MARK}
    body = sent(server, CLAUDE, [{"role": "user", "content": [*texts, document]}])
    assert kinds(body, 0) == ["text", "document"]


def test_not_beside_results_on_nova(server: Server) -> None:
    messages: list[Any] = [
        {"role": "user", "content": "Hello", "cache_control": MARK},
        {"role": "assistant", "tool_calls": [tool_call("a")]},
        {"role": "tool", "tool_call_id": "a", "content": "R", "cache_control": MARK},
        {"role": "user", "content": "Go on", "cache_control": MARK},
    ]
    body = sent(server, NOVA, messages, tools=[tool("look")])
    assert kinds(body, 0) == ["text", "cachePoint"]
    assert kinds(body, 2) == ["toolResult", "text"]
    body = sent(server, CLAUDE, messages, tools=[tool("look")])
    assert kinds(body, 2) == ["toolResult", "cachePoint", "text", "cachePoint"]
