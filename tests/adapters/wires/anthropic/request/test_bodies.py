"""Requests to Anthropic's Messages API, checked with the types of the vendor's client."""

from __future__ import annotations

import json
import re
from typing import Any
from zlib import crc32

import msgspec
import pytest

from tests.support.calls.anthropic_calls import (
    NEWER,
    OLDER,
    PERSON,
    PNG,
    PROVIDER,
    WEATHER,
    body_of_call,
    call,
    make_request,
    refused,
    send,
    text,
    unchecked,
)
from tests.support.recorded.recordings import Row, rows
from trunkline import get_supported_openai_params
from trunkline.adapters.wires import anthropic
from trunkline.pipeline.errors import APIError

# Parts without an equivalent in Anthropic's API.
_FOREIGN = {"input_audio", "document_url"}


# Recorded requests that only their own host supports, with the location in the error.
_REFUSED = {
    "groq-245cf8a8ca8c": "service_tier",
    "groq-f024c160e900": "service_tier",
    "groq-2904e1bf82c0": "service_tier",
    "huggingface-4f866f0d007b": "messages[0].content[0].image_url",
    "writer-dae3d96a0564": "messages[1].tool_calls[0].id",
    "gpustack-d4d35637a3d9": "reasoning_effort",
    "mistral-21af7ba52c81": "messages[1].content[0].thinking",
    "openai-baf4f351eade": "messages[3].tool_calls[0]",
}
_MODELS = ("claude-3-5-haiku-latest", OLDER, NEWER, "claude-opus-5-5")


@rows("openai", request=lambda request: request is not None)
def test_requests_of_openai(row: Row) -> None:
    """Recorded requests of OpenAI's clients become valid requests to Anthropic, for any model."""
    given: dict[str, Any] = row["request"]
    model = _MODELS[crc32(row["id"].encode()) % len(_MODELS)]
    supported = set(get_supported_openai_params(f"anthropic/{model}"))
    supported -= {"stream", "thinking"}
    params = {name: given[name] for name in supported & set(given) if given[name] is not None}
    # Tools that a host runs itself belong to that host.
    params["tools"] = [tool for tool in given.get("tools") or () if "function" in tool] or None
    foreign = _FOREIGN & {
        part["type"]
        for message in given["messages"]
        if isinstance(message.get("content"), list)
        for part in message["content"]
    }
    if foreign or row["id"] in _REFUSED:
        error = refused(given["messages"], model=model, **params)
        place = _REFUSED.get(row["id"], r"messages\[\d+\]\.content\[\d+\]")
        assert error.param == place or re.fullmatch(place, error.param or "")
        return
    body_of_call(given["messages"], model=model, **params)


def test_url_and_headers() -> None:
    request = send()
    assert request.url == "https://api.anthropic.com/v1/messages"
    assert request.headers["x-api-key"] == "sk-ant-secret"
    assert request.headers["anthropic-version"] == "2026-10-21"
    assert "anthropic-beta" not in request.headers
    assert "Authorization" not in request.headers


def test_oauth_token_goes_as_bearer() -> None:
    headers = send(api_key="sk-ant-oat01-x").headers
    assert headers["Authorization"] == "Bearer sk-ant-oat01-x"
    assert "x-api-key" not in headers
    assert headers["anthropic-beta"] == "oauth-2025-04-20"


def test_a_token_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Anthropic's client sends it, to gateways in front of the API."""
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "token-of-a-gateway")
    headers = send(api_key="token-of-a-gateway").headers
    assert headers["Authorization"] == "Bearer token-of-a-gateway"
    assert "x-api-key" not in headers
    assert "anthropic-beta" not in headers
    assert "Authorization" not in send(api_key="sk-ant-other").headers


def test_root_with_version() -> None:
    request, endpoint = make_request()
    endpoint = msgspec.structs.replace(endpoint, base_url="http://localhost:4000/v1/")
    assert anthropic.encode(request, PROVIDER, endpoint).url == "http://localhost:4000/v1/messages"


def test_betas_join_the_callers() -> None:
    headers = send(
        extra_headers={"Anthropic-Beta": "context-1m-2025-08-07, mcp-client-2025-04-04"},
        mcp_servers=[{"type": "url", "url": "https://x", "name": "x"}],
    ).headers
    assert headers["anthropic-beta"] == "mcp-client-2025-04-04,context-1m-2025-08-07"
    assert "Anthropic-Beta" not in headers


@pytest.mark.parametrize(
    ("arguments", "beta"),
    [
        ({"context_management": {"edits": []}}, "context-management-2025-06-27"),
        (
            {"context_management": {"edits": [{"type": "compact_20260112"}]}},
            "context-management-2025-06-27,compact-2026-01-12",
        ),
        ({"compaction": {}}, "compact-2026-09-04"),
        ({"speed": "fast"}, "fast-mode-2026-02-01"),
        ({"container": {"skills": []}}, "skills-2025-10-02"),
        ({"tools": [{"type": "computer_20250124", "name": "computer"}]}, "computer-use-2025-01-24"),
        ({"tools": [{"type": "mcp_toolset", "mcp_server_name": "x"}]}, "mcp-client-2025-11-20"),
        ({"output_config": {"task_budget": {}}}, "task-budgets-2026-03-13"),
    ],
)
def test_betas_of_features(arguments: dict[str, Any], beta: str) -> None:
    assert send(**arguments).headers["anthropic-beta"] == beta


def test_plain_request() -> None:
    assert body_of_call() == {
        "model": OLDER,
        "max_tokens": 64_000,
        "messages": [{"role": "user", "content": [text("Hello")]}],
    }


def test_stream() -> None:
    body = body_of_call(stream=True, stream_options={"include_usage": True})
    assert body["stream"] is True
    assert "stream_options" not in body


def test_extra_body_wins() -> None:
    assert body_of_call(extra_body={"max_tokens": 7})["max_tokens"] == 7


def test_the_callers_objects_stay_as_they_are() -> None:
    messages: list[dict[str, Any]] = [
        {"role": "user", "content": [text("Look "), {"type": "image_url", "image_url": PNG}]},
        {"role": "assistant", "content": "Yes ", "tool_calls": [call()]},
        {"role": "tool", "tool_call_id": "call_1", "content": "x", "cache_control": {}},
        {"role": "assistant", "content": "and "},
    ]
    before = json.dumps([messages, WEATHER])
    unchecked(messages, tools=[WEATHER], tool_choice="auto", response_format=PERSON)
    assert json.dumps([messages, WEATHER]) == before


@pytest.mark.parametrize(
    ("model", "tokens"),
    [
        ("claude-opus-5-5", 128_000),
        ("claude-sonnet-5-20260630", 128_000),
        ("claude-sonnet-4-6", 128_000),
        ("claude-haiku-4-5@20251001", 64_000),
        ("anthropic.claude-opus-4-1-20250805-v1:0", 32_000),
        ("claude-opus-4-20250514", 32_000),
        ("claude-3-7-sonnet-latest", 32_000),
        ("claude-3-5-haiku-latest", 8192),
        ("claude-3-opus-20240229", 4096),
        ("claude-next", 32_000),
        ("something-else", 4096),
    ],
)
def test_max_tokens_by_model(model: str, tokens: int) -> None:
    assert body_of_call(model=model)["max_tokens"] == tokens


def test_max_tokens() -> None:
    assert body_of_call(max_tokens=5)["max_tokens"] == 5
    assert body_of_call(max_completion_tokens=6, max_tokens=6)["max_tokens"] == 6
    assert refused(max_completion_tokens=6, max_tokens=7).param == "max_tokens"


def test_other_parameters() -> None:
    body = body_of_call(
        stop="END",
        user="user-1",
        temperature=0.5,
        top_p=0.9,
        top_k=5,
        service_tier="default",
        inference_geo="us",
    )
    assert body["stop_sequences"] == ["END"]
    assert body["metadata"] == {"user_id": "user-1"}
    assert body["service_tier"] == "standard_only"
    assert (body["temperature"], body["top_p"], body["top_k"]) == (0.5, 0.9, 5)
    assert body["inference_geo"] == "us"
    assert body_of_call(stop=["a", "b"])["stop_sequences"] == ["a", "b"]
    assert body_of_call(service_tier="priority")["service_tier"] == "auto"
    assert refused(service_tier="flex").param == "service_tier"


@pytest.mark.parametrize(
    ("model", "missing"),
    [
        (OLDER, set[str]()),
        (NEWER, {"temperature", "top_p"}),
        ("claude-opus-5-5", {"temperature", "top_p"}),
        ("claude-3-5-haiku-latest", {"reasoning_effort", "thinking"}),
        ("claude-3-haiku-20240307", {"reasoning_effort", "thinking"}),
        ("claude-3-7-sonnet-latest", set[str]()),
    ],
)
def test_supported_params(model: str, missing: set[str]) -> None:
    supported = set(get_supported_openai_params(f"anthropic/{model}"))
    assert anthropic.PARAMS - supported == missing
    assert "seed" not in supported


def test_errors_are_ours() -> None:
    assert isinstance(refused(tool_choice=5), APIError)
