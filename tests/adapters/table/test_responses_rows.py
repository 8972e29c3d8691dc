"""What the rows say about the Responses API: who has it, its built-in tools, what it stores."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.answers import MESSAGES
from tests.support.server import Server, answer_json
from tests.support.worlds import World
from trunkline import (
    APIResponseValidationError,
    BadRequestError,
    Client,
    UnsupportedParamsError,
    list_providers,
)
from trunkline.adapters.provider.param_groups import BUILT_IN_TOOLS, RESPONSES_ONLY
from trunkline.adapters.wires.responses import PARAMS
from trunkline.pipeline.json_values import JSON

FILES: JSON = {"type": "file_search", "vector_store_ids": ["vs_1"]}
LOOK: JSON = {"type": "function", "name": "look", "parameters": {"type": "object"}}
DEEPSEEK = "deepseek/responses/deepseek-v4-flash"
RESPONSE: JSON = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1.0,
    "status": "completed",
    "model": "m",
    "output": [
        {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "Hi", "annotations": []}],
        }
    ],
}

#: Who has which built-in tools, by a model of theirs.
TOOLS: list[tuple[str, str, bool]] = [
    (DEEPSEEK, "web_search", True),
    (DEEPSEEK, "tool_search", True),
    (DEEPSEEK, "file_search", False),
    (DEEPSEEK, "code_interpreter", False),
    ("groq/responses/openai/gpt-oss-120b", "code_interpreter", True),
    ("groq/responses/openai/gpt-oss-120b", "mcp", True),
    ("groq/responses/openai/gpt-oss-120b", "image_generation", False),
    ("fireworks_ai/responses/m", "mcp", True),
    ("fireworks_ai/responses/m", "web_search", False),
    ("together_ai/responses/m", "mcp", True),
    ("together_ai/responses/m", "file_search", False),
    ("huggingface/responses/m", "mcp", True),
    ("huggingface/responses/m", "shell", False),
    ("xai/responses/grok-5", "web_search", True),
    ("xai/responses/grok-5", "x_search", True),
    ("xai/responses/grok-5", "image_generation", False),
    ("perplexity/openai/gpt-5.2", "web_search", True),
    ("perplexity/openai/gpt-5.2", "fetch_url", True),
    ("perplexity/openai/gpt-5.2", "computer", False),
    ("poe/responses/Claude-Sonnet-4.5", "web_search_preview", True),
    ("poe/responses/Claude-Sonnet-4.5", "file_search", False),
    ("dashscope/responses/qwen3.5-plus", "web_extractor", True),
    ("dashscope/responses/qwen3.5-plus", "computer", False),
    ("volcengine/responses/doubao-seed-1-6", "image_process", True),
    ("volcengine/responses/doubao-seed-1-6", "code_interpreter", False),
    ("scaleway/responses/gpt-oss-120b", "web_search", False),
    ("llamacpp/responses/m", "mcp", False),
    ("lm_studio/responses/m", "mcp", True),
    ("openai/gpt-5.6", "shell", True),
    ("openai/gpt-5.6", "a_tool_of_tomorrow", True),
    ("vllm/responses/m", "code_interpreter", True),
    ("openrouter/responses/m", "image_generation", True),
    ("llmgateway/responses/m", "web_search", True),
    ("llmgateway/responses/m", "code_interpreter", False),
    ("portkey/responses/@openai/m", "image_generation", True),
]

#: Who lacks which parameters there.
LACKING: list[tuple[str, str]] = [
    *[(model, name) for model in (DEEPSEEK, "groq/responses/m", "together_ai/responses/m",
                                  "llamacpp/responses/m", "ollama/responses/m")
      for name in ("background", "conversation", "previous_response_id", "prompt")],
    ("xai/responses/grok-5", "background"),
    ("fireworks_ai/responses/m", "conversation"),
    ("llmgateway/responses/m", "background"),
    ("nano-gpt/responses/m", "prompt"),
    ("requesty/responses/m", "previous_response_id"),
    ("dashscope/responses/qwen3.5-plus", "background"),
    ("volcengine/responses/doubao-seed-1-6", "prompt"),
]  # fmt: skip


def given(name: str) -> JSON:
    values: JSON = {"background": True, "prompt": {"id": "pmpt_1"}}
    return {name: values.get(name, "id_1")}


class Calls:
    """Calls in both forms to a server that has the API; each returns what was sent."""

    def __init__(self, server: Server, **arguments: Any) -> None:
        server.reply(answer_json(RESPONSE))
        self._server = server
        self._given: JSON = {"base_url": server.url, "api_key": "sk-1234", **arguments}

    def complete(self, model: str, **arguments: Any) -> JSON:
        World("sync").complete(Client(), model, MESSAGES, **self._given, **arguments)
        return self.sent()

    def respond(self, model: str, **arguments: Any) -> JSON:
        Client().responses(model, "Hi", stream=False, **self._given, **arguments)
        return self.sent()

    def sent(self) -> JSON:
        body: JSON = self._server.seen[-1].json
        return body


BOTH = pytest.mark.parametrize("ask", [Calls.complete, Calls.respond])


@pytest.mark.parametrize("row", list_providers(), ids=lambda row: row.name)
def test_rows_name_what_exists(row: Any) -> None:
    if row.responses is not None:
        assert row.responses.drops <= PARAMS | RESPONSES_ONLY
        assert (row.responses.built_in_tools or BUILT_IN_TOOLS) <= BUILT_IN_TOOLS


@BOTH
@pytest.mark.parametrize(("model", "kind", "has"), TOOLS)
def test_built_in_tools(server: Server, ask: Any, model: str, kind: str, has: bool) -> None:
    calls = Calls(server, wire="responses")
    tool = {"type": kind, "settings": "x"}
    if has:
        assert ask(calls, model, tools=[tool])["tools"] == [tool]
        return
    with pytest.raises(UnsupportedParamsError, match=rf"tools \({kind}\)") as caught:
        ask(calls, model, tools=[tool])
    assert model.partition("/")[0] in caught.value.message
    assert caught.value.param == "tools"
    assert server.seen == []


@BOTH
def test_lacking_tools_are_dropped(server: Server, ask: Any) -> None:
    calls = Calls(server, drop_params=True, wire="responses")
    sent = ask(calls, DEEPSEEK, tools=[FILES, LOOK, {"type": "web_search"}])
    assert [tool["type"] for tool in sent["tools"]] == ["function", "web_search"]
    choice: JSON = {"type": "file_search"}
    sent = ask(calls, DEEPSEEK, tools=[FILES, LOOK], tool_choice=choice)
    assert [tool["type"] for tool in sent["tools"]] == ["function"]
    assert "tool_choice" not in sent
    sent = ask(calls, DEEPSEEK, tools=[FILES], tool_choice=choice)
    assert not {"tools", "tool_choice"} & sent.keys()


def test_what_was_dropped_is_told(server: Server) -> None:
    server.reply(answer_json(RESPONSE))
    response = Client(drop_params=True).responses(
        DEEPSEEK,
        "Hi",
        stream=False,
        tools=[FILES],
        background=True,
        base_url=server.url,
        api_key="sk-1234",
    )
    assert response.call.dropped_params == ["background", "tools (file_search)"]


@BOTH
@pytest.mark.parametrize(("model", "name"), LACKING)
def test_lacking_parameters(server: Server, ask: Any, model: str, name: str) -> None:
    calls = Calls(server)
    with pytest.raises(UnsupportedParamsError, match=name) as caught:
        ask(calls, model, **given(name))
    assert model.partition("/")[0] in caught.value.message
    assert server.seen == []
    assert name not in ask(Calls(server, drop_params=True), model, **given(name))


@BOTH
def test_parameters_with_no_effect_are_sent(server: Server, ask: Any) -> None:
    sent = ask(Calls(server), "fireworks_ai/responses/m", background=False)
    assert sent.get("background") in (None, False)


def test_a_search_option_is_a_tool(server: Server) -> None:
    calls = Calls(server)
    with pytest.raises(UnsupportedParamsError, match="web_search_options"):
        calls.complete("llamacpp/responses/m", web_search_options={})
    assert calls.complete(DEEPSEEK, web_search_options={})["tools"] == [{"type": "web_search"}]


@pytest.mark.parametrize("model", ["ollama/m", "together_ai/m", "dashscope/qwen-plus"])
def test_rows_that_have_it_on_request(server: Server, model: str) -> None:
    provider, name = model.split("/")
    calls = Calls(server)
    calls.complete(f"{provider}/responses/{name}", max_tokens=5)
    assert server.seen[-1].path.endswith("/responses")
    assert calls.sent()["max_output_tokens"] == 5
    calls.respond(f"{provider}/responses/{name}")
    assert server.seen[-1].path.endswith("/responses")
    server.reply(answer_json({"error": {"message": "refused"}}, 400))
    with pytest.raises(BadRequestError, match="refused"):
        calls.respond(model)
    assert server.seen[-1].path.endswith(("/chat", "/chat/completions"))


@pytest.mark.parametrize("model", ["openai/responses/gpt-5.6", DEEPSEEK, "together_ai/m"])
def test_named_parameters_are_dropped(server: Server, model: str) -> None:
    calls = Calls(server, additional_drop_params=["truncation", "include", "temperature"])
    given: JSON = {"truncation": "auto", "include": ["x"], "temperature": 0.5, "top_p": 0.5}
    try:
        calls.respond(model, **given)
    except APIResponseValidationError:
        # It is translated, and the server answers in the other form.
        assert model == "together_ai/m"
    assert calls.sent()["top_p"] == 0.5
    assert not {"truncation", "include", "temperature"} & calls.sent().keys()


@pytest.mark.parametrize("root", ["", "/v1", "/v1/", "/v1/responses"])
def test_a_root_with_the_version(server: Server, root: str) -> None:
    """As the provider's page for users of OpenAI's client has it."""
    calls = Calls(server, base_url=f"{server.url}{root}")
    calls.respond("perplexity/openai/gpt-5.5")
    assert server.seen[-1].path == "/v1/responses"
