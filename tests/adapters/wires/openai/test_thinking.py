"""Reasoning for providers that switch it, in what their rows send."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.answers import MESSAGES, completion_body, good
from tests.support.server import Server, answer_json
from trunkline import BadRequestError, Client, UnsupportedParamsError

ON, OFF = {"type": "enabled"}, {"type": "disabled"}
BUDGET = {"type": "enabled", "budget_tokens": 500}


@pytest.mark.parametrize(
    ("provider", "given", "sent"),
    [
        ("zai", {"reasoning_effort": "high"}, {"thinking": ON}),
        ("zai", {"reasoning_effort": "none"}, {"thinking": OFF}),
        ("zai", {"reasoning_effort": "default"}, {}),
        ("zai", {"thinking": BUDGET}, {"thinking": BUDGET}),
        ("zai", {"thinking": OFF, "reasoning_effort": "high"}, {"thinking": OFF}),
        ("deepseek", {"reasoning_effort": "high"}, {"reasoning_effort": "high"}),
        ("deepseek", {"reasoning_effort": "none"}, {"thinking": OFF}),
        ("dashscope", {"reasoning_effort": "low"}, {"enable_thinking": True}),
        ("dashscope", {"reasoning_effort": "none"}, {"enable_thinking": False}),
        ("dashscope", {"thinking": BUDGET}, {"enable_thinking": True, "thinking_budget": 500}),
        ("dashscope", {"thinking": OFF}, {"enable_thinking": False}),
        ("dashscope", {"enable_thinking": True}, {"enable_thinking": True}),
        ("moonshot/kimi-k3.1-pro", {"reasoning_effort": "max"}, {"reasoning_effort": "max"}),
        ("moonshot/kimi-k2.6", {"reasoning_effort": "high"}, {"thinking": ON}),
        ("moonshot/kimi-k2.6", {"reasoning_effort": "none"}, {"thinking": OFF}),
        ("groq", {"reasoning_effort": "none"}, {"reasoning_effort": "none"}),
        ("mistral", {"temperature": 1}, {"temperature": 1}),
    ],
)
def test_what_is_sent(
    server: Server, provider: str, given: dict[str, Any], sent: dict[str, Any]
) -> None:
    server.reply(good("plain"))
    with Client(middlewares=[]) as client:
        model = provider if "/" in provider else f"{provider}/m"
        client.completion(model, MESSAGES, base_url=server.url, api_key="k" * 9, **given)
    body = server.seen[0].json
    assert {name: body[name] for name in body.keys() - {"model", "messages"}} == sent


@pytest.mark.parametrize("effort", ["med", "off", {"effort": "off"}])
@pytest.mark.parametrize(
    "model", ["cohere/command-a-reasoning-08-2025", "dashscope/m", "ollama/m", "zai/m"]
)
def test_an_effort_that_is_not_known_does_not_switch_reasoning_on(model: str, effort: Any) -> None:
    said = r"reasoning_effort: expected one of none, minimal, .*, max, got '(med|off)'"
    with pytest.raises(BadRequestError, match=said) as caught:
        Client().completion(model, MESSAGES, reasoning_effort=effort, api_key="k" * 9)
    assert caught.value.attempts == 0


@pytest.mark.parametrize(
    ("model", "given"),
    [
        ("moonshot/kimi-k2-thinking", {"reasoning_effort": "high"}),
        ("moonshot_cn/moonshot-v1-8k", {"reasoning_effort": "none"}),
        ("moonshot/kimi-k3", {"temperature": 0.5}),
    ],
)
def test_what_kimi_would_ignore_or_refuse(model: str, given: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedParamsError, match=f"{next(iter(given))}: not supported"):
        Client().completion(model, MESSAGES, api_key="k" * 9, **given)


def test_usage_that_comes_unasked(server: Server) -> None:
    """Mistral refuses a body with stream_options, and sends usage all the same."""
    server.reply(good("stream"))
    with Client(middlewares=[]) as client:
        stream = client.completion(
            "mistral/m",
            MESSAGES,
            stream=True,
            stream_options={"include_usage": True},
            base_url=server.url,
            api_key="k" * 9,
        )
        assert any(chunk.usage for chunk in stream)
    assert "stream_options" not in server.seen[0].json


def test_summaries_among_the_content(server: Server) -> None:
    """As Databricks puts them there.

    https://docs.databricks.com/aws/en/machine-learning/model-serving/query-reason-models
    """
    summary = [{"type": "summary_text", "text": "I add."}]
    content = [{"type": "reasoning", "summary": summary}, {"type": "text", "text": "4"}]
    body = completion_body()
    body["choices"][0]["message"]["content"] = content
    server.reply(answer_json(body))
    with Client(middlewares=[]) as client:
        answer = client.completion("databricks/m", MESSAGES, base_url=server.url, api_key="k" * 9)
    assert answer.choices[0].message.content == "4"
    assert answer.choices[0].message.reasoning_content == "I add."
