"""Rules of single labs: what their models take."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.answers import MESSAGES, completion_body
from tests.support.server import Server, answer_json
from trunkline import Client, get_supported_openai_params
from trunkline.pipeline.json_values import JSON

TOOLS = [{"type": "function", "function": {"name": name}} for name in ("f", "g")]


def _send(server: Server, model: str, **arguments: Any) -> JSON:
    server.reply(answer_json(completion_body()))
    with Client() as client:
        client.completion(model, MESSAGES, api_key="k", base_url=server.url, wire=None, **arguments)
    sent: JSON = server.seen[-1].json
    return sent


@pytest.mark.parametrize(
    "model",
    [
        "zai/glm-4.6",
        "zhipu/glm-4.6",
        "minimax/MiniMax-M2.5",
        "minimax_cn/MiniMax-M3",
        "stepfun/step-3.5-flash",
        "stepfun_ai/step-3.5-flash",
    ],
)
@pytest.mark.parametrize(
    ("choice", "names"),
    [
        ("auto", ["f", "g"]),
        ("required", ["f", "g"]),
        ({"type": "function", "function": {"name": "g"}}, ["g"]),
        ("none", []),
    ],
)
def test_tool_choices_of_models_that_choose_themselves(
    server: Server, model: str, choice: object, names: list[str]
) -> None:
    sent = _send(server, model, tools=TOOLS, tool_choice=choice)
    assert [tool["function"]["name"] for tool in sent.get("tools", ())] == names
    assert sent.get("tool_choice") == ("auto" if names else None)


def test_tiers_and_identifiers_of_xai(server: Server) -> None:
    sent = _send(server, "xai/grok-4.3", service_tier="priority", safety_identifier="u")
    assert (sent["service_tier"], sent["safety_identifier"]) == ("priority", "u")


@pytest.mark.parametrize(
    ("model", "takes"),
    [
        ("grok-4.20-non-reasoning", False),
        ("grok-4.20-0309-non-reasoning", False),
        ("grok-4.20-non-reasoning-latest", False),
        ("grok-4-1-fast-non-reasoning-latest", False),
        ("grok-4-latest", False),
        ("grok-4-0709", False),
        ("grok-4-fast-reasoning-latest", False),
        ("grok-3-latest", False),
        ("grok-3-mini-latest", True),
        ("grok-4.3-latest", True),
        ("grok-4.20-0309-reasoning", True),
        ("grok-4.6", True),
    ],
)
def test_efforts_of_xai(model: str, takes: bool) -> None:
    supported = get_supported_openai_params(model, custom_llm_provider="xai") or []
    assert ("reasoning_effort" in supported) == takes


@pytest.mark.parametrize(
    "model", ["openai/gpt-4o", "mistral/mistral-small", "groq/llama-3.3-70b", "openrouter/x/y"]
)
def test_metadata_of_the_provider(server: Server, model: str) -> None:
    sent = _send(server, model, metadata={"a": "ours"}, extra_body={"metadata": {"b": "theirs"}})
    assert sent["metadata"] == {"b": "theirs"}
    assert "metadata" not in _send(server, model, metadata={"a": "ours"})
