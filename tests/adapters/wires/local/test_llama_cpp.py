"""A real llama.cpp server, through the whole chain, in every world."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.tiny_gguf import CHAT_TEXT, CONTEXT_LENGTH, REASONING_TEXT, TOOL_RESULT_TEXT
from tests.support.worlds import World
from trunkline import (
    AuthenticationError,
    BadRequestError,
    Client,
    ContextWindowExceededError,
    NotFoundError,
)
from trunkline.adapters.wires.local.server import local_endpoint

MESSAGES = [{"role": "user", "content": "Hi"}]
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city", "days"],
    "additionalProperties": False,
}
TOOLS = [{"type": "function", "function": {"name": "forecast", "parameters": SCHEMA}}]
WANTED = {"city": "Paris", "days": 42}


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def model(tiny_gguf: Path) -> str:
    return f"local/{tiny_gguf}"


def ask(world: World, client: Client, mode: str, model: str, **arguments: Any) -> Any:
    messages = arguments.pop("messages", MESSAGES)
    return world.answer(client, mode, model, messages, **{"temperature": 0, **arguments})


def test_chat(world: World, mode: str, client: Client, model: str) -> None:
    response = ask(world, client, mode, model)
    assert response.choices[0].message.content == CHAT_TEXT
    assert response.choices[0].finish_reason == "stop"
    assert response.usage.completion_tokens == 8
    assert response.usage.total_tokens == response.usage.prompt_tokens + 8
    assert response.call.provider == "local"
    assert response.timings["predicted_n"] == 8


def test_chunks_come_one_by_one(world: World, client: Client, model: str) -> None:
    chunks, _ = world.stream(client, model, MESSAGES, temperature=0)
    texts = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices[0].delta.content]
    assert len(texts) > 3
    assert "".join(texts) == CHAT_TEXT


def test_tools(world: World, mode: str, client: Client, model: str) -> None:
    response = ask(world, client, mode, model, tools=TOOLS, tool_choice="required")
    choice = response.choices[0]
    [call] = choice.message.tool_calls
    assert choice.finish_reason == "tool_calls"
    assert call.function.name == "forecast"
    assert json.loads(call.function.arguments) == WANTED
    result = {"role": "tool", "tool_call_id": call.id, "content": "sunny"}
    conversation = [*MESSAGES, choice.message, result]
    second = ask(world, client, mode, model, messages=conversation, tools=TOOLS)
    assert second.choices[0].message.content == TOOL_RESULT_TEXT


def test_json_schema(world: World, mode: str, client: Client, model: str) -> None:
    response_format = {"type": "json_schema", "json_schema": {"name": "trip", "schema": SCHEMA}}
    response = ask(world, client, mode, model, response_format=response_format)
    assert json.loads(response.choices[0].message.content).keys() == WANTED.keys()


def test_reasoning(world: World, mode: str, client: Client, thinking_gguf: Path) -> None:
    message = ask(world, client, mode, f"local/{thinking_gguf}").choices[0].message
    assert message.reasoning_content == REASONING_TEXT
    assert message.content == CHAT_TEXT


def test_a_length(world: World, mode: str, client: Client, model: str) -> None:
    response = ask(world, client, mode, model, max_tokens=2)
    assert response.choices[0].message.content == "Hello from"
    assert response.choices[0].finish_reason == "length"


def test_logprobs(world: World, mode: str, client: Client, model: str) -> None:
    response = ask(world, client, mode, model, logprobs=True, top_logprobs=2)
    tokens = response.choices[0].logprobs.content
    assert "".join(token.token for token in tokens) == CHAT_TEXT
    assert len(tokens[0].top_logprobs) == 2


def test_two_choices(world: World, mode: str, client: Client, model: str) -> None:
    response = ask(world, client, mode, model, n=2)
    assert [choice.index for choice in response.choices] == [0, 1]
    assert {choice.message.content for choice in response.choices} == {CHAT_TEXT}


def test_a_wrong_key(world: World, mode: str, client: Client, tiny_gguf: Path) -> None:
    base_url, key = local_endpoint(str(tiny_gguf))
    with pytest.raises(AuthenticationError) as caught:
        ask(world, client, mode, "vllm/x", base_url=base_url, api_key="wrong-key-0123456789")
    assert caught.value.status_code == 401
    assert key not in str(caught.value)
    assert "wrong-key" not in str(caught.value)


def test_too_long_a_context(world: World, mode: str, client: Client, model: str) -> None:
    text = "word " * (CONTEXT_LENGTH * 2)
    with pytest.raises(ContextWindowExceededError) as caught:
        ask(world, client, mode, model, messages=[{"role": "user", "content": text}])
    assert caught.value.attempts == 1


def test_a_request_that_the_server_refuses(
    world: World, mode: str, client: Client, model: str
) -> None:
    with pytest.raises(BadRequestError):
        ask(world, client, mode, model, response_format={"type": "nonsense"})


def test_broken_json(tiny_gguf: Path) -> None:
    base_url, key = local_endpoint(str(tiny_gguf))
    answer = httpx.post(
        f"{base_url}/chat/completions",
        headers={"authorization": f"Bearer {key}"},
        content=b'{"messages": [',
        timeout=60,
    )
    assert answer.status_code >= 400


def test_breaking_off_frees_the_server(client: Client, model: str) -> None:
    for _ in range(12):
        for _ in client.completion(model, MESSAGES, stream=True, temperature=0):
            break
    assert ask(World("sync"), client, "plain", model).choices[0].message.content == CHAT_TEXT


def test_a_file_that_is_missing(world: World, client: Client, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"missing\.gguf"):
        ask(world, client, "plain", f"local/{tmp_path / 'missing.gguf'}")
