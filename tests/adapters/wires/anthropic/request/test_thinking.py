"""`reasoning_effort` and `thinking` in requests to Anthropic's Messages API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.calls.anthropic_calls import NEWER, OLDER, PERSON, body_of_call, refused


@pytest.mark.parametrize(
    ("effort", "budget"), [("minimal", 1024), ("low", 1024), ("medium", 2048), ("high", 4096)]
)
def test_effort_as_a_budget(effort: str, budget: int) -> None:
    body = body_of_call(reasoning_effort=effort)
    assert body["thinking"] == {"type": "enabled", "budget_tokens": budget}
    assert body["max_tokens"] > budget


def test_a_budget_stays_below_max_tokens() -> None:
    body = body_of_call(reasoning_effort="high", max_tokens=3000)
    assert body["thinking"]["budget_tokens"] == 1500
    body = body_of_call(reasoning_effort="high", max_tokens=1100)
    assert body["thinking"]["budget_tokens"] == 1024
    error = refused(reasoning_effort="high", max_completion_tokens=1024)
    assert error.param == "max_tokens"


def test_effort_where_the_model_decides() -> None:
    body = body_of_call(reasoning_effort="minimal", model=NEWER)
    assert body["thinking"] == {"type": "adaptive", "display": "summarized"}
    assert body["output_config"] == {"effort": "low"}
    assert body["max_tokens"] == 128_000
    older = body_of_call(reasoning_effort="xhigh", model="claude-opus-4-6")
    assert older["output_config"] == {"effort": "max"}


def test_effort_with_a_response_format() -> None:
    body = body_of_call(reasoning_effort="high", model=NEWER, response_format=PERSON)
    assert body["output_config"]["effort"] == "high"
    assert body["output_config"]["format"]["type"] == "json_schema"


@pytest.mark.parametrize(
    ("model", "thinking"),
    [
        (OLDER, None),
        (NEWER, None),
        ("claude-opus-5", {"type": "disabled"}),
        ("claude-haiku-5-5", {"type": "disabled"}),
        ("claude-sonnet-5-5", {"type": "between_tools"}),
    ],
)
def test_no_effort(model: str, thinking: Any) -> None:
    assert body_of_call(reasoning_effort="none", model=model).get("thinking") == thinking


def test_models_that_always_think() -> None:
    error = refused(reasoning_effort="none", model="claude-opus-5-5")
    assert error.param == "reasoning_effort"


def test_unknown_effort() -> None:
    assert refused(reasoning_effort="extreme").param == "reasoning_effort"


def test_thinking_passes() -> None:
    thinking = {"type": "enabled", "budget_tokens": 70_000}
    body = body_of_call(thinking=thinking)
    assert body["thinking"] == thinking
    assert body["max_tokens"] == 74_096
    thinking = {"type": "adaptive"}
    body = body_of_call(thinking=thinking, reasoning_effort="max", model=NEWER)
    assert body["thinking"] == thinking
    assert body["output_config"] == {"effort": "max"}


def test_two_budgets() -> None:
    thinking = {"type": "enabled", "budget_tokens": 2000}
    assert refused(thinking=thinking, reasoning_effort="low").param == "reasoning_effort"
