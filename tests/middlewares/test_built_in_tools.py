"""Built-in tools of the Responses API, with providers and models that lack them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from trunkline import APIError, Client, PermissionDeniedError, UnsupportedParamsError

SEARCH: dict[str, Any] = {"type": "web_search"}
CODE: dict[str, Any] = {"type": "code_interpreter", "container": {"type": "auto"}}
FUNCTION: dict[str, Any] = {"type": "function", "function": {"name": "f", "parameters": {}}}
LACKING = [
    "anthropic/claude-sonnet-4-5",
    "cerebras/llama3.1-8b",
    "cohere/command-a-03-2025",
    "gemini/gemini-2.5-flash",
    "ollama/llama3",
    "together_ai/some-model",
]


def send(model: str, tools: Sequence[dict[str, Any]], **arguments: Any) -> list[dict[str, Any]]:
    """Make a call that the provider refuses; return the bodies that were sent."""
    bodies: list[dict[str, Any]] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        bodies.append(json.loads(request.content))
        return httpx.Response(403, json={"error": {"message": "refused"}})

    http = httpx.Client(transport=httpx.MockTransport(refuse))
    given: dict[str, Any] = {
        "api_key": "k",
        "client": http,
        "num_retries": 0,
        "tools": tools,
        **arguments,
    }
    with Client() as client, pytest.raises(APIError) as caught:
        client.completion(model, [{"role": "user", "content": "Hi"}], **given)
    if not bodies:
        raise caught.value
    return bodies


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("model", LACKING)
def test_they_are_refused(model: str, stream: bool) -> None:
    with pytest.raises(UnsupportedParamsError) as caught:
        send(model, [FUNCTION, CODE, SEARCH], stream=stream)
    assert caught.value.param == "tools"
    provider = model.partition("/")[0]
    expected = f"tools (code_interpreter), tools (web_search): not supported by {provider}"
    assert expected in str(caught.value)


@pytest.mark.parametrize("model", LACKING)
def test_they_are_refused_in_a_tuple(model: str) -> None:
    with pytest.raises(UnsupportedParamsError, match=r"tools \(web_search\)"):
        send(model, (FUNCTION, SEARCH))


@pytest.mark.parametrize("model", LACKING)
def test_they_are_dropped(model: str) -> None:
    given: dict[str, Any] = {"drop_params": True, "tool_choice": "auto"}
    assert not {"tools", "tool_choice", "toolConfig"} & send(model, [SEARCH], **given)[0].keys()
    text = json.dumps(send(model, [SEARCH, FUNCTION], drop_params=True)[0]["tools"])
    assert '"f"' in text
    assert "web_search" not in text


@pytest.mark.parametrize(
    ("model", "tool"),
    [
        ("anthropic/claude-sonnet-4-5", {"type": "web_search_20250305", "name": "web_search"}),
        ("minimax/MiniMax-M2.5", SEARCH),
        ("moonshot/kimi-k2.5", {"type": "builtin_function", "function": {"name": "$web_search"}}),
        ("openai/gpt-4o", SEARCH),
        ("stepfun/step-2", {"type": "web_search", "function": {"description": "Searches."}}),
        ("xiaomi_mimo/mimo-v2-pro", SEARCH),
        ("zai/glm-4.6", {"type": "web_search", "web_search": {"enable": True}}),
    ],
)
def test_tools_that_a_provider_has_are_sent(model: str, tool: dict[str, Any]) -> None:
    assert send(model, [tool])[0]["tools"] == [tool]


def test_servers_of_which_nothing_is_known() -> None:
    arguments: dict[str, Any] = {"base_url": "https://models.example/v1"}
    assert send("openai/gpt-4o", [SEARCH], **arguments)[0]["tools"] == [SEARCH]
    assert send("openai_like/some-model", [SEARCH], **arguments)[0]["tools"] == [SEARCH]


@pytest.mark.parametrize("model", ["cerebras/llama3.1-8b", "together_ai/some-model"])
def test_a_type_that_is_not_text_is_sent(model: str) -> None:
    given: dict[str, Any] = {"drop_params": True, "tool_choice": {"type": {}}}
    [body] = send(model, [{"type": []}, FUNCTION, SEARCH], **given)
    assert body["tools"] == [{"type": []}, FUNCTION]


@pytest.mark.parametrize("model", ["openai/gpt-4o", "groq/openai/gpt-oss-120b"])
def test_a_type_that_is_not_text_is_sent_to_the_responses_api(model: str) -> None:
    http = httpx.Client(
        transport=httpx.MockTransport(lambda _: httpx.Response(403, json={"error": "refused"}))
    )
    given: dict[str, Any] = {"api_key": "k", "client": http, "tools": [{"type": []}]}
    with Client() as client, pytest.raises(PermissionDeniedError):
        client.responses(model, "Hi", **given)
