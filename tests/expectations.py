"""Compare an answer with what a recorded exchange says that a client must see."""

from __future__ import annotations

import json
from typing import Any

from trunkline import ModelResponse

from .recordings import Row


def check_answer(response: ModelResponse, row: Row) -> None:
    """Assert text, reasoning, tool calls, finish reasons and tokens."""
    expect = row["expect"]
    choices = expect.get("choices") or [expect]
    assert len(response.choices) == len(choices)
    for choice, wanted in zip(response.choices, choices, strict=True):
        message = choice.message
        assert (message.content or "") == wanted.get("text", "")
        assert (message.reasoning_content or "") == (wanted.get("reasoning") or "")
        check_calls(message.tool_calls or [], wanted.get("tool_calls") or [])
        if wanted.get("refusal"):
            assert message.refusal == wanted["refusal"]
        if wanted.get("finish_openai"):
            assert choice.finish_reason == wanted["finish_openai"]
    # xAI leaves reasoning out of completion_tokens; ours always include it.
    leaves_out = row["provider"] == "xai" and "usage-total-differs" in row["flags"]
    check_tokens(response, expect, expect.get("reasoning_tokens", 0) if leaves_out else 0)


def check_calls(calls: list[Any], wanted: list[dict[str, Any]]) -> None:
    """Assert names and arguments of tool calls, in order, and that each has an id."""
    assert [call.function.name for call in calls] == [call["name"] for call in wanted]
    for call, other in zip(calls, wanted, strict=True):
        assert call.id
        assert read_arguments(call.function.arguments) == other["arguments"]


def read_arguments(arguments: str) -> object:
    """Decode arguments; what a model left unfinished stays text."""
    try:
        return json.loads(arguments)
    except ValueError:
        return arguments


def check_tokens(response: ModelResponse, expect: dict[str, Any], beside: int = 0) -> None:
    """Assert the token counts that the provider sent, and `beside` those that it left out."""
    if expect.get("prompt_tokens") is None:
        return
    usage = response.usage
    assert usage is not None
    assert usage.prompt_tokens == expect["prompt_tokens"]
    assert usage.completion_tokens == expect["completion_tokens"] + beside
    if expect.get("cached_tokens"):
        details = usage.prompt_tokens_details
        assert details is not None
        assert details.cached_tokens == expect["cached_tokens"]
