"""Counting a prompt's tokens at its provider's own endpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.server import Server, answer_json
from tests.support.worlds import World
from trunkline import (
    APIResponseValidationError,
    AuthenticationError,
    BadRequestError,
    RateLimitError,
    atoken_counter,
    completion,
    register_provider,
    token_counter,
)
from trunkline.pipeline.json_values import JSON

MESSAGES: list[JSON] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "How is the weather in Paris?"},
]
TOOLS: list[JSON] = [
    {
        "type": "function",
        "function": {
            "name": "weather",
            "description": "Tell the weather",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        },
    }
]
KEY = "key-0123456789"


def count(world: World, model: str, **arguments: Any) -> int:
    if world.blocking:
        return token_counter(model, **arguments)

    async def ask() -> int:
        return await atoken_counter(model, **arguments)

    return world.run(ask)


def asked(server: Server) -> tuple[str, JSON]:
    (seen,) = server.seen
    assert seen.method == "POST"
    return seen.path, seen.json


def test_anthropic(world: World, server: Server) -> None:
    server.reply(answer_json({"input_tokens": 403}))
    found = count(
        world,
        "anthropic/claude-sonnet-4-5",
        messages=MESSAGES,
        tools=TOOLS,
        max_tokens=100,
        temperature=0.5,
        base_url=server.url,
        api_key=KEY,
    )
    assert found == 403
    path, body = asked(server)
    assert path == "/v1/messages/count_tokens"
    assert sorted(body) == ["messages", "model", "system", "tools"]
    assert body["model"] == "claude-sonnet-4-5"
    assert body["tools"][0]["name"] == "weather"
    headers = server.seen[0].headers
    assert headers["x-api-key"] == KEY
    assert headers["anthropic-version"] == "2023-06-01"


def test_text_where_only_messages_are_counted(server: Server) -> None:
    server.reply(answer_json({"input_tokens": 9}))
    model = "anthropic/claude-sonnet-4-5"
    assert token_counter(model, ["Hel", "lo"], base_url=server.url, api_key=KEY) == 9
    _, body = asked(server)
    assert [message["role"] for message in body["messages"]] == ["user"]
    assert "Hello" in str(body["messages"][0]["content"])


def test_claude_in_foundry(server: Server) -> None:
    server.reply(answer_json({"input_tokens": 5}))
    model = "azure_ai/claude-sonnet-4-5"
    assert token_counter(model, messages=MESSAGES, base_url=server.url, api_key=KEY) == 5
    path, body = asked(server)
    assert path == "/anthropic/v1/messages/count_tokens"
    assert sorted(body) == ["messages", "model", "system"]


def test_claude_on_vertex(server: Server) -> None:
    server.reply(answer_json({"input_tokens": 5}))
    model = "vertex_ai/claude-sonnet-4-5@20250929"
    assert token_counter(model, messages=MESSAGES, base_url=server.url, api_key=KEY) == 5
    path, body = asked(server)
    assert path.endswith("/publishers/anthropic/models/count-tokens:rawPredict")
    assert body["model"] == "claude-sonnet-4-5@20250929"
    assert sorted(body) == ["anthropic_version", "messages", "model", "system"]


def test_gemini(world: World, server: Server) -> None:
    server.reply(answer_json({"totalTokens": 31}))
    found = count(
        world,
        "gemini/gemini-2.5-flash",
        messages=MESSAGES,
        tools=TOOLS,
        base_url=server.url,
        api_key=KEY,
    )
    assert found == 31
    path, body = asked(server)
    assert path == "/v1beta/models/gemini-2.5-flash:countTokens"
    request = body["generateContentRequest"]
    assert request["model"] == "models/gemini-2.5-flash"
    assert {"contents", "systemInstruction", "tools"} <= request.keys()
    assert server.seen[0].headers["x-goog-api-key"] == KEY


def test_gemini_on_vertex(server: Server) -> None:
    server.reply(answer_json({"totalTokens": 31, "totalBillableCharacters": 90}))
    model = "vertex_ai/gemini-2.5-flash"
    found = token_counter(
        model, messages=MESSAGES, tools=TOOLS, base_url=server.url, api_key=KEY, max_tokens=5
    )
    assert found == 31
    path, body = asked(server)
    assert path == "/v1beta1/publishers/google/models/gemini-2.5-flash:countTokens"
    assert sorted(body) == ["contents", "generationConfig", "systemInstruction", "tools"]


def test_bedrock(world: World, server: Server) -> None:
    server.reply(answer_json({"inputTokens": 12}))
    found = count(
        world,
        "bedrock/anthropic.claude-haiku-4-5-20251001-v1:0",
        messages=MESSAGES,
        tools=TOOLS,
        max_tokens=5,
        base_url=server.url,
        aws_access_key_id="AKIA0123456789",
        aws_secret_access_key="secret-0123456789",
        aws_region_name="us-east-1",
    )
    assert found == 12
    path, body = asked(server)
    assert path == "/model/anthropic.claude-haiku-4-5-20251001-v1%3A0/count-tokens"
    assert sorted(body["input"]["converse"]) == ["messages", "system", "toolConfig"]
    assert server.seen[0].headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIA")


def test_vllm(server: Server) -> None:
    server.reply(answer_json({"count": 7, "max_model_len": 4096, "tokens": [1] * 7}))
    given: JSON = {"base_url": f"{server.url}/v1"}
    assert token_counter("vllm/a/model", messages=MESSAGES, tools=TOOLS, **given) == 7
    path, body = asked(server)
    assert path == "/tokenize"
    assert body == {"model": "a/model", "messages": MESSAGES, "tools": TOOLS}
    server.reply(answer_json({"count": 2, "max_model_len": 4096, "tokens": [1, 2]}))
    assert token_counter("vllm/a/model", "Hello", **given) == 2
    assert asked(server)[1] == {
        "model": "a/model",
        "prompt": "Hello",
        "add_special_tokens": False,
    }


def test_cohere_counts_text(server: Server) -> None:
    server.reply(answer_json({"tokens": [5, 6, 7], "token_strings": ["a", "b", "c"]}))
    given: JSON = {"base_url": server.url, "api_key": KEY}
    assert token_counter("cohere/command-a-03-2025", "Hello", **given) == 3
    assert asked(server) == ("/v1/tokenize", {"model": "command-a-03-2025", "text": "Hello"})
    with pytest.raises(BadRequestError, match="counts 1 to 65536 characters, got 0"):
        token_counter("cohere/command-a-03-2025", "", **given)


def test_xai_counts_text(server: Server) -> None:
    server.reply(answer_json({"token_ids": [{"token_id": 1}, {"token_id": 2}]}))
    given: JSON = {"base_url": f"{server.url}/v1", "api_key": KEY}
    assert token_counter("xai/grok-4.3", "Hello", **given) == 2
    assert asked(server) == ("/v1/tokenize-text", {"model": "grok-4.3", "text": "Hello"})


def test_watsonx_counts_text(server: Server) -> None:
    server.reply(answer_json({"model_id": "ibm/a", "result": {"token_count": 4}}))
    found = token_counter(
        "watsonx/ibm/a", "Hello", base_url=server.url, token="t-0123", project_id="p"
    )
    assert found == 4
    path, body = asked(server)
    assert path.startswith("/ml/v1/text/tokenization?version=")
    assert body == {"model_id": "ibm/a", "project_id": "p", "input": "Hello"}


def test_the_prefix_of_an_api_is_not_sent(server: Server) -> None:
    server.reply(answer_json({"token_ids": [{"token_id": 1}, {"token_id": 2}]}))
    model = "xai/chat/grok-4.3"
    assert token_counter(model, text="Hello", base_url=server.url, api_key=KEY) == 2
    assert asked(server)[1]["model"] == "grok-4.3"


@pytest.mark.parametrize("model", ["cohere/command-a-03-2025", "xai/grok-4.3", "watsonx/ibm/a"])
def test_text_only(model: str, server: Server) -> None:
    with pytest.raises(BadRequestError, match="counts only text, not messages; pass text"):
        token_counter(model, messages=MESSAGES, base_url=server.url, api_key=KEY)
    assert server.seen == []


@pytest.mark.parametrize("model", ["groq/llama-3.3-70b-versatile", "mistral/mistral-large-latest"])
def test_a_provider_that_cannot_count(model: str, server: Server) -> None:
    with pytest.raises(BadRequestError, match=r"cannot be counted before.* anthropic, azure"):
        token_counter(model, messages=MESSAGES, base_url=server.url, api_key=KEY)
    assert server.seen == []


def test_counters_of_registered_rows(server: Server) -> None:
    register_provider(name="counts-by-wire", wire="anthropic", base_url=server.url, auth="none")
    server.reply(answer_json({"input_tokens": 5}))
    assert token_counter("counts-by-wire/x", messages=MESSAGES) == 5
    assert asked(server)[0] == "/chat/completions/count_tokens"
    register_provider(
        name="counts-by-row", base_url=server.url, auth="none", counter="openai/counting_vllm"
    )
    server.reply(answer_json({"count": 7}))
    assert token_counter("counts-by-row/x", messages=MESSAGES) == 7
    assert asked(server)[0] == "/tokenize"


def test_errors_are_those_of_a_call(world: World, server: Server) -> None:
    model = "anthropic/claude-sonnet-4-5"
    with pytest.raises(AuthenticationError, match="set ANTHROPIC_API_KEY or"):
        count(world, model, messages=MESSAGES, base_url=server.url)
    assert server.seen == []
    error = {"type": "error", "error": {"type": "rate_limit_error", "message": f"{KEY} is slow"}}
    server.reply(answer_json(error, 429, request_id="req_1"))
    with pytest.raises(RateLimitError) as caught:
        count(world, model, messages=MESSAGES, base_url=server.url, api_key=KEY, num_retries=0)
    assert (caught.value.provider, caught.value.request_id) == ("anthropic", "req_1")
    assert KEY not in str(caught.value)


def test_it_is_tried_again(server: Server) -> None:
    server.reply(answer_json({}, 503, retry_after="0"), answer_json({"input_tokens": 8}))
    model = "anthropic/claude-sonnet-4-5"
    assert token_counter(model, messages=MESSAGES, base_url=server.url, api_key=KEY) == 8
    assert len(server.seen) == 2


@pytest.mark.parametrize("body", [{}, {"input_tokens": "many"}, [1], "x"])
def test_an_answer_that_is_no_count(body: object, server: Server) -> None:
    server.reply(answer_json(body))
    with pytest.raises(APIResponseValidationError, match="expected a token count"):
        token_counter(
            "anthropic/claude-sonnet-4-5", messages=MESSAGES, base_url=server.url, api_key=KEY,
            num_retries=0,
        )  # fmt: skip


def test_llama_cpp_counts_what_a_call_then_takes(tiny_gguf: Path) -> None:
    pytest.importorskip("xllamacpp", reason="the extra `local` is not installed")
    model = f"local/{tiny_gguf}"
    counted = token_counter(model, messages=MESSAGES)
    usage = completion(model, MESSAGES, stream=False, max_tokens=1).usage
    assert usage is not None
    assert counted == usage.prompt_tokens
    with_tools = token_counter(model, messages=MESSAGES, tools=TOOLS)
    assert with_tools > counted
    text = token_counter(model, "Hello there")
    assert 0 < text < counted
