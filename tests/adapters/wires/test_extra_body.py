"""What `extra_body` contains joins what was translated, on all wires."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapters.wires.calls import sent
from tests.support.server import Server

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}
CASES: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    (
        "openai/gpt-4o",
        {"stream": True},
        {"stream_options": {"include_obfuscation": False}},
        {"stream_options": {"include_usage": True, "include_obfuscation": False}},
    ),
    (
        "vllm/x",
        {"chat_template_kwargs": {"a": 1}, "wire": "chat"},
        {"chat_template_kwargs": {"b": 2}},
        {"chat_template_kwargs": {"a": 1, "b": 2}},
    ),
    (
        "anthropic/claude-opus-4-6",
        {"reasoning_effort": "high"},
        {"output_config": {"task_budget": {"type": "tokens", "total": 9}}},
        {"output_config": {"effort": "high", "task_budget": {"type": "tokens", "total": 9}}},
    ),
    (
        "gemini/gemini-2.5-flash",
        {"temperature": 0},
        {"generationConfig": {"topK": 3}},
        {"generationConfig": {"temperature": 0, "topK": 3}},
    ),
    (
        "gemini/gemini-2.5-flash",
        {"temperature": 0, "tool_choice": "none"},
        {
            "generation_config": {"top_k": 3},
            "tool_config": {"retrieval_config": {"languageCode": "en"}},
            "safety_settings": [],
        },
        {
            "generationConfig": {"temperature": 0, "topK": 3},
            "toolConfig": {
                "functionCallingConfig": {"mode": "NONE"},
                "retrievalConfig": {"languageCode": "en"},
            },
            "safetySettings": [],
        },
    ),
    (
        "cohere/command-a-03-2025",
        {"response_format": {"type": "json_object"}},
        {"response_format": {"schema": SCHEMA}},
        {"response_format": {"type": "json_object", "schema": SCHEMA}},
    ),
    (
        "ollama/llama3",
        {"temperature": 0.5},
        {"options": {"num_ctx": 9}},
        {"options": {"temperature": 0.5, "num_ctx": 9}},
    ),
    (
        "replicate/meta/llama-3",
        {"temperature": 0.5},
        {"input": {"seed": 9}},
        {"input": {"temperature": 0.5, "seed": 9, "prompt": "Say hello."}},
    ),
    (
        "langgraph/agent",
        {"config": {"a": 1}},
        {"config": {"b": 2}},
        {"config": {"a": 1, "b": 2}},
    ),
    (
        "openai/gpt-5.4",
        {"verbosity": "low", "reasoning_effort": "low", "wire": "responses"},
        {"text": {"format": {"type": "text"}}, "reasoning": {"mode": "pro"}},
        {
            "text": {"verbosity": "low", "format": {"type": "text"}},
            "reasoning": {"effort": "low", "mode": "pro"},
        },
    ),
    ("nlp_cloud/x", {"context": "c"}, {"input": "mine"}, {"input": "mine", "context": "c"}),
]


@pytest.mark.parametrize(("model", "given", "extra", "expected"), CASES)
def test_objects_are_joined(
    model: str,
    given: dict[str, Any],
    extra: dict[str, Any],
    expected: dict[str, Any],
    server: Server,
) -> None:
    body = sent(server, model, extra_body=extra, **given).json
    assert {name: body[name] for name in expected} == expected


def test_what_is_given_takes_precedence(server: Server) -> None:
    extra = {"temperature": 1, "response_format": {"type": "text"}}
    given = {"temperature": 0, "response_format": {"type": "json_object"}}
    body = sent(server, "openai/gpt-4o", extra_body=extra, **given).json
    assert (body["temperature"], body["response_format"]) == (1, {"type": "text"})


def test_the_envelope_of_sap(server: Server) -> None:
    extra: dict[str, Any] = {"config": {"modules": {"masking": {"providers": []}}}}
    body = sent(server, "sap/gpt-4o", extra_body=extra).json
    assert body["config"]["modules"].keys() == {"masking", "prompt_templating"}
