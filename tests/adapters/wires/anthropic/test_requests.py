"""Requests as Anthropic's Messages API takes them, judged by the types of the vendor's client."""

from __future__ import annotations

import base64
import json
import re
from typing import Any
from zlib import crc32

import msgspec
import pytest

from tests.support.calls.anthropic_calls import (
    HELLO,
    NEWER,
    OLDER,
    PROVIDER,
    body_of_call,
    make_request,
    send,
    unchecked,
)
from tests.support.recordings import Row, rows
from trunkline import BadRequestError, get_supported_openai_params
from trunkline.adapters.wires import anthropic
from trunkline.pipeline.errors import APIError

PDF = "data:application/pdf;base64,JVBERi0="
PNG = "data:image/png;base64,iVBORw0="
PDF_SOURCE = {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="}
PNG_SOURCE = {"type": "base64", "media_type": "image/png", "data": "iVBORw0="}

WEATHER: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Look at the sky",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}
PERSON: dict[str, Any] = {
    "type": "json_schema",
    "json_schema": {
        "name": "person",
        "schema": {"type": "object", "properties": {"age": {"type": "integer", "minimum": 0}}},
    },
}


def text(value: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": value, **more}


def call(name: str = "get_weather", arguments: str = "{}", id: str = "call_1") -> dict[str, Any]:
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def said(*messages: dict[str, Any], **arguments: Any) -> list[Any]:
    """Return the messages of a call's body."""
    found: list[Any] = body_of_call(list(messages), **arguments)["messages"]
    return found


def shown(part: dict[str, Any], **arguments: Any) -> Any:
    """Return the one block that a content part becomes."""
    [message] = said({"role": "user", "content": [part]}, **arguments)
    [block] = message["content"]
    return block


def refused(messages: Any = None, **arguments: Any) -> BadRequestError:
    with pytest.raises(BadRequestError) as caught:
        send(messages, **arguments)
    return caught.value


# Parts of OpenAI's or of others that Anthropic has nothing like.
_FOREIGN = {"input_audio", "document_url"}
# Recorded requests that only their own host understands, and what is said of them.
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
    """What was recorded of OpenAI's clients is a valid request to Anthropic, to any model."""
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
    assert request.headers["anthropic-version"] == "2023-06-01"
    assert "anthropic-beta" not in request.headers
    assert "Authorization" not in request.headers


def test_oauth_token_goes_as_bearer() -> None:
    headers = send(api_key="sk-ant-oat01-x").headers
    assert headers["Authorization"] == "Bearer sk-ant-oat01-x"
    assert "x-api-key" not in headers
    assert headers["anthropic-beta"] == "oauth-2025-04-20"


def test_a_token_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Anthropic's client sends it, to gateways that stand before the API."""
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


def test_leading_system_messages() -> None:
    body = body_of_call(
        [
            {"role": "system", "content": "Be kind"},
            {"role": "developer", "content": [text("Be brief"), text(" ")]},
            *HELLO,
        ]
    )
    assert body["system"] == [text("Be kind"), text("Be brief")]
    assert [message["role"] for message in body["messages"]] == ["user"]


LATER = [
    *HELLO,
    {"role": "assistant", "content": "Hi"},
    {"role": "system", "content": "Be brief"},
    {"role": "user", "content": "How are you?"},
]


def test_later_system_messages_join_the_first() -> None:
    body = body_of_call(LATER, model=OLDER)
    assert body["system"] == [text("Be brief")]
    assert [message["role"] for message in body["messages"]] == ["user", "assistant", "user"]


def test_later_system_messages_stay_where_the_model_takes_them() -> None:
    """They must follow the user's turn, and an answer or nothing must follow them."""
    body = body_of_call(LATER, model=NEWER)
    assert "system" not in body
    roles = [message["role"] for message in body["messages"]]
    assert roles == ["user", "assistant", "user", "system"]
    assert body["messages"][3]["content"] == [text("Be brief")]


def test_a_system_message_between_answers_joins_the_first() -> None:
    messages = [*LATER[:3], {"role": "assistant", "content": "Hm"}, LATER[3]]
    body = body_of_call(messages, model=NEWER)
    assert body["system"] == [text("Be brief")]
    # The answers stand apart as they were given; the API joins them.
    assert [message["role"] for message in body["messages"]] == [
        "user",
        "assistant",
        "assistant",
        "user",
    ]


def test_system_messages_alone() -> None:
    """The API wants a message, so what the system says is the user's."""
    body = body_of_call([{"role": "system", "content": "Write a poem"}])
    assert body["messages"] == [{"role": "user", "content": [text("Write a poem")]}]
    assert "system" not in body
    assert said({"role": "assistant", "content": ""})[0]["role"] == "user"


def test_system_messages_take_text_only() -> None:
    messages = [
        {"role": "system", "content": [{"type": "image_url", "image_url": PNG}]},
        *HELLO,
    ]
    assert refused(messages).param == "messages[0].content[0]"


def test_consecutive_roles_are_merged() -> None:
    messages = said(
        {"role": "user", "content": "One"},
        {"role": "user", "content": "Two"},
        {"role": "assistant", "content": "Three"},
        {"role": "assistant", "content": "Four"},
    )
    assert messages == [
        {"role": "user", "content": [text("One"), text("Two")]},
        {"role": "assistant", "content": [text("Three"), text("Four")]},
    ]


def test_results_of_a_turn_come_together_and_first() -> None:
    messages = said(
        *HELLO,
        {"role": "assistant", "content": "", "tool_calls": [call(), call(id="call_2")]},
        {"role": "tool", "tool_call_id": "call_1", "content": "Sun"},
        {"role": "user", "content": "Well?"},
        {"role": "tool", "tool_call_id": "call_2", "content": ""},
    )
    assert messages[1]["content"] == [
        {"type": "tool_use", "id": "call_1", "name": "get_weather", "input": {}},
        {"type": "tool_use", "id": "call_2", "name": "get_weather", "input": {}},
    ]
    assert messages[2] == {
        "role": "user",
        "content": [
            {"type": "tool_result", "tool_use_id": "call_1", "content": "Sun"},
            {"type": "tool_result", "tool_use_id": "call_2"},
            text("Well?"),
        ],
    }


def test_results_with_pictures() -> None:
    messages = said(
        *HELLO,
        {"role": "assistant", "content": None, "tool_calls": [call()]},
        {
            "role": "tool",
            "tool_call_id": "call_1",
            "content": [text("Look"), {"type": "image_url", "image_url": {"url": PNG}}],
        },
    )
    assert messages[2]["content"][0]["content"] == [
        text("Look"),
        {"type": "image", "source": PNG_SOURCE},
    ]


def test_what_the_api_has_beside_a_result() -> None:
    call = {"id": "t1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    conversation = [
        *HELLO,
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "t1", "content": "No", "is_error": True},
    ]
    result = {"type": "tool_result", "tool_use_id": "t1"}
    sent = body_of_call(conversation)["messages"][2]["content"]
    assert sent == [{**result, "is_error": True, "content": "No"}]
    empty = {"role": "tool", "tool_call_id": "t1", "content": [{"type": "text", "text": " "}]}
    assert body_of_call([*conversation[:2], empty])["messages"][2]["content"] == [result]


def test_ids_in_letters_of_other_providers() -> None:
    messages = said(
        *HELLO,
        {"role": "assistant", "content": None, "tool_calls": [call(id="functions.f:0")]},
        {"role": "tool", "tool_call_id": "functions.f:0", "content": "x"},
    )
    assert messages[1]["content"][0]["id"] == "functions_f_0"
    assert messages[2]["content"][0]["tool_use_id"] == "functions_f_0"


def test_a_result_without_id() -> None:
    assert refused([*HELLO, {"role": "tool", "content": "x"}]).param == "messages[1].tool_call_id"


def test_arguments_that_are_no_object() -> None:
    message = {"role": "assistant", "content": None, "tool_calls": [call(arguments="[1]")]}
    assert "messages[1].tool_calls[0].function.arguments" in str(refused([*HELLO, message]))


@pytest.mark.parametrize("content", ["", None, " \n", [], [text("")], [text("\t")]])
def test_empty_content(content: Any) -> None:
    """The API refuses it, so the user's is said to be empty, and an empty answer is left out."""
    assert said({"role": "user", "content": content}) == [
        {"role": "user", "content": [text("(empty message)")]}
    ]
    messages = said(
        *HELLO, {"role": "assistant", "content": content}, {"role": "user", "content": "Still"}
    )
    assert messages == [{"role": "user", "content": [text("Hello"), text("Still")]}]


def test_white_space_at_the_end_of_a_prefill() -> None:
    messages = said(*HELLO, {"role": "assistant", "content": "The answer is \n"})
    assert messages[1]["content"] == [text("The answer is")]


def test_a_leading_answer_stays() -> None:
    assert said({"role": "assistant", "content": "Hi"}, *HELLO)[0]["role"] == "assistant"


@pytest.mark.parametrize("value", [PNG, {"url": PNG, "detail": "low"}])
def test_picture_as_data(value: Any) -> None:
    block = shown({"type": "image_url", "image_url": value})
    assert block == {"type": "image", "source": PNG_SOURCE}


def test_picture_by_address() -> None:
    url = "https://example.com/a.png"
    part = {
        "type": "image_url",
        "image_url": {"url": url},
        "cache_control": {"type": "ephemeral"},
    }
    assert shown(part) == {
        "type": "image",
        "source": {"type": "url", "url": url},
        "cache_control": {"type": "ephemeral"},
    }


def test_pictures_of_kinds_that_are_not_taken() -> None:
    part = {"type": "image_url", "image_url": "data:image/bmp;base64,aGk="}
    error = refused([{"role": "user", "content": [part]}])
    assert error.param == "messages[0].content[0].image_url"
    assert "image/bmp" in str(error)


def file(**fields: Any) -> dict[str, Any]:
    return {"type": "file", "file": fields}


def test_files() -> None:
    url = "https://example.com/a.pdf"
    by_url = {"type": "url", "url": url}
    note = base64.b64encode("héllo".encode()).decode()
    plain = {"type": "text", "media_type": "text/plain", "data": "héllo"}
    assert shown(file(file_data=PDF)) == {"type": "document", "source": PDF_SOURCE}
    assert shown(file(file_data="JVBERi0=", filename="a.pdf")) == {
        "type": "document",
        "source": PDF_SOURCE,
        "title": "a.pdf",
    }
    assert shown(file(file_data=PNG)) == {"type": "image", "source": PNG_SOURCE}
    assert shown(file(file_data=f"data:text/markdown;base64,{note}"))["source"] == plain
    assert shown(file(file_data=note, filename="a.txt"))["source"] == plain
    assert shown(file(file_data=url))["source"] == by_url
    assert shown(file(file_id=url))["source"] == by_url
    by_id = {"type": "file", "file_id": "file_1"}
    assert shown(file(file_id="file_1")) == {"type": "document", "source": by_id}
    assert shown(file(file_id="file_1", format="image/png"))["type"] == "image"


def test_a_files_id_needs_a_beta() -> None:
    messages = [{"role": "user", "content": [file(file_id="file_1")]}]
    assert send(messages).headers["anthropic-beta"] == "files-api-2025-04-14"


def test_files_that_are_not_taken() -> None:
    for part in (file(), file(file_data="data:audio/wav;base64,aGk=")):
        assert "messages[0].content[0].file" in str(refused([{"role": "user", "content": [part]}]))


@pytest.mark.parametrize(
    "part",
    [
        {"type": "input_audio", "input_audio": {"data": "aGk=", "format": "wav"}},
        {"type": "video_url", "video_url": {"url": "https://example.com/a.mp4"}},
        {"type": "something"},
    ],
)
def test_parts_that_are_not_taken(part: dict[str, Any]) -> None:
    error = refused([{"role": "user", "content": [text("Listen"), part]}])
    assert error.param == "messages[0].content[1]"


def test_documents_with_citations_pass() -> None:
    part = {
        "type": "document",
        "source": {"type": "text", "media_type": "text/plain", "data": "Grass is green."},
        "title": "Facts",
        "context": None,
        "citations": {"enabled": True},
        "cache_control": {"type": "ephemeral", "ttl": "1h"},
    }
    assert shown(part) == {key: value for key, value in part.items() if value is not None}


def test_search_results_pass() -> None:
    part = {"type": "search_result", "source": "x", "title": "y", "content": [text("z")]}
    assert shown(part) == part


def test_calls_and_results_in_the_apis_own_blocks_pass() -> None:
    use: dict[str, Any] = {"type": "tool_use", "id": "t1", "name": "f", "input": {}}
    result = {"type": "tool_result", "tool_use_id": "t1", "content": "Sunny", "is_error": False}
    conversation: list[Any] = [
        *HELLO,
        {"role": "assistant", "content": [use]},
        {"role": "user", "content": [result]},
    ]
    sent = body_of_call(conversation)["messages"]
    assert [message["content"] for message in sent[1:]] == [[use], [result]]


def test_cache_marks_on_messages() -> None:
    mark = {"type": "ephemeral"}
    body = body_of_call(
        [
            {"role": "system", "content": "Be kind", "cache_control": mark},
            {"role": "user", "content": [text("a"), text("b")], "cache_control": mark},
            {"role": "assistant", "content": "c", "tool_calls": [call()], "cache_control": mark},
            {"role": "tool", "tool_call_id": "call_1", "content": "d", "cache_control": mark},
        ],
        tools=[WEATHER | {"cache_control": mark}],
    )
    assert body["system"] == [text("Be kind", cache_control=mark)]
    assert body["messages"][0]["content"] == [text("a"), text("b", cache_control=mark)]
    assert body["messages"][1]["content"][1]["cache_control"] == mark
    assert body["messages"][2]["content"][0]["cache_control"] == mark
    assert body["tools"][0]["cache_control"] == mark


def test_cache_mark_of_a_call() -> None:
    mark = {"type": "ephemeral"}
    marked = {**call(), "cache_control": mark}
    result = {"role": "tool", "tool_call_id": "call_1", "content": "d"}
    body = body_of_call([*HELLO, {"role": "assistant", "tool_calls": [marked]}, result])
    assert body["messages"][1]["content"][0]["cache_control"] == mark


def test_cache_mark_of_a_function() -> None:
    mark = {"type": "ephemeral"}
    tool = {"type": "function", "function": {**WEATHER["function"], "cache_control": mark}}
    assert body_of_call(tools=[tool])["tools"][0]["cache_control"] == mark


def test_tools() -> None:
    assert body_of_call(tools=[WEATHER])["tools"] == [
        {
            "name": "get_weather",
            "description": "Look at the sky",
            "input_schema": WEATHER["function"]["parameters"],
        }
    ]


def test_a_tool_without_parameters() -> None:
    tool = {"type": "function", "function": {"name": "f", "parameters": None}}
    schema = body_of_call(tools=[tool])["tools"][0]["input_schema"]
    assert schema == {"type": "object", "properties": {}}


def test_strict_tools() -> None:
    tool = {"type": "function", "function": {**WEATHER["function"], "strict": True}}
    encoded = body_of_call(tools=[tool])["tools"][0]
    assert encoded["strict"] is True
    assert encoded["input_schema"]["additionalProperties"] is False
    assert "strict" not in body_of_call(tools=[tool], model="claude-sonnet-4-0")["tools"][0]


def test_hosted_and_native_tools_pass() -> None:
    tools: list[dict[str, Any]] = [
        {"type": "web_search_20250305", "name": "web_search", "max_uses": 3},
        {"type": "bash_20250124", "name": "bash"},
        {"name": "own", "input_schema": {"type": "object"}},
        {"type": "custom", "name": "other", "input_schema": {"type": "object"}},
    ]
    assert body_of_call(tools=tools)["tools"] == tools


@pytest.mark.parametrize("name", ["", "a.b", "x" * 129, None])
def test_names_that_the_api_refuses(name: Any) -> None:
    error = refused(tools=[WEATHER, {"type": "function", "function": {"name": name}}])
    assert "tools[1].function.name" in str(error)


def test_custom_tools_are_refused() -> None:
    assert "tools[0]" in str(refused(tools=[{"type": "custom", "custom": {"name": "x"}}]))


@pytest.mark.parametrize(
    ("choice", "encoded"),
    [
        ("auto", {"type": "auto"}),
        ("none", {"type": "none"}),
        ("required", {"type": "any"}),
        ("any", {"type": "any"}),
        ({"type": "function", "function": {"name": "f"}}, {"type": "tool", "name": "f"}),
        ({"type": "any"}, {"type": "any"}),
        ({"type": "tool", "name": "f"}, {"type": "tool", "name": "f"}),
    ],
)
def test_tool_choice(choice: Any, encoded: Any) -> None:
    assert body_of_call(tools=[WEATHER], tool_choice=choice)["tool_choice"] == encoded
    single = body_of_call(tools=[WEATHER], tool_choice=choice, parallel_tool_calls=False)
    more = {} if choice == "none" else {"disable_parallel_tool_use": True}
    assert single["tool_choice"] == {**encoded, **more}


def test_allowed_tools() -> None:
    other = {"type": "function", "function": {"name": "other"}}
    choice = {
        "type": "allowed_tools",
        "allowed_tools": {"mode": "required", "tools": [other]},
    }
    body = body_of_call(tools=[WEATHER, other], tool_choice=choice)
    assert [tool["name"] for tool in body["tools"]] == ["other"]
    assert body["tool_choice"] == {"type": "any"}


def test_a_choice_that_nobody_knows() -> None:
    assert refused(tools=[WEATHER], tool_choice="perhaps").param == "tool_choice"


def test_parallel_tool_calls_alone() -> None:
    body = body_of_call(tools=[WEATHER], parallel_tool_calls=False)
    assert body["tool_choice"] == {"type": "auto", "disable_parallel_tool_use": True}
    assert "tool_choice" not in body_of_call(tools=[WEATHER], parallel_tool_calls=True)
    assert "tool_choice" not in body_of_call(parallel_tool_calls=False)


@pytest.mark.parametrize("choice", ["auto", "none"])
def test_a_choice_without_tools_says_nothing(choice: str) -> None:
    assert "tool_choice" not in body_of_call(tool_choice=choice)


def test_response_format_native() -> None:
    body = body_of_call(response_format=PERSON)
    assert body["output_config"]["format"] == {
        "type": "json_schema",
        "schema": {
            "type": "object",
            "properties": {"age": {"type": "integer", "description": "{minimum: 0}"}},
            "additionalProperties": False,
        },
    }
    assert "tools" not in body


def test_response_format_text() -> None:
    assert body_of_call(response_format={"type": "text"}) == body_of_call()


def test_response_format_as_a_tool() -> None:
    body = body_of_call(response_format=PERSON, model="claude-sonnet-4-0")
    [tool] = body["tools"]
    assert tool["name"] == "json_answer"
    assert tool["input_schema"] == PERSON["json_schema"]["schema"]
    assert body["tool_choice"] == {"type": "tool", "name": "json_answer"}
    assert "output_config" not in body


def test_response_format_beside_tools() -> None:
    body = body_of_call(
        response_format={"type": "json_object"}, tools=[WEATHER], model="claude-sonnet-4-0"
    )
    assert [tool["name"] for tool in body["tools"]] == ["get_weather", "json_answer"]
    assert body["tool_choice"] == {"type": "any"}


@pytest.mark.parametrize(
    "arguments",
    [{"model": "claude-opus-5-5"}, {"thinking": {"type": "enabled", "budget_tokens": 2000}}],
)
def test_models_that_cannot_be_forced(arguments: Any) -> None:
    body = body_of_call(response_format={"type": "json_object"}, **arguments)
    assert body["tool_choice"] == {"type": "auto"}


def test_schemas_with_open_objects_go_as_a_tool() -> None:
    """Native formats have no objects whose properties may have any name."""
    schema: dict[str, Any] = {"type": "object", "properties": {"tags": {"type": "object"}}}
    schema["properties"]["tags"]["additionalProperties"] = {"type": "string"}
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    body = body_of_call(response_format=wanted)
    assert body["tools"][0]["input_schema"] == schema
    assert "output_config" not in body


@pytest.mark.parametrize(
    "format",
    [
        {"type": "xml"},
        "json",
        {"type": "json_schema"},
        {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "array"}}},
    ],
)
def test_formats_that_nobody_knows(format: Any) -> None:
    assert str(refused(response_format=format).param).startswith("response_format")


def test_the_forced_tools_name_is_taken() -> None:
    tool = {"type": "function", "function": {"name": "json_answer"}}
    error = refused(response_format={"type": "json_object"}, tools=[tool])
    assert error.param == "tools"


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


def test_effort_beside_a_format() -> None:
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


def test_web_search() -> None:
    place = {"type": "approximate", "approximate": {"city": "Bonn", "country": "DE"}}
    options = {"search_context_size": "medium", "user_location": place}
    assert body_of_call(web_search_options=options)["tools"] == [
        {
            "type": "web_search_20250305",
            "name": "web_search",
            "max_uses": 5,
            "user_location": {"type": "approximate", "city": "Bonn", "country": "DE"},
        }
    ]
    assert len(body_of_call(web_search_options={}, tools=[WEATHER])["tools"]) == 2


def test_thinking_blocks_come_first() -> None:
    message = {
        "role": "assistant",
        "content": "Sunny",
        "reasoning_content": "Hm",
        "tool_calls": [call()],
        "thinking_blocks": [
            {"type": "thinking", "thinking": "Hm", "signature": "abc", "index": 0},
            {"type": "redacted_thinking", "data": "xyz"},
            {"type": "thinking", "thinking": "", "signature": "def"},
            {"type": "thinking", "thinking": "another provider's"},
        ],
    }
    blocks = said(*HELLO, message, {"role": "tool", "tool_call_id": "call_1", "content": "x"})
    assert blocks[1]["content"] == [
        {"type": "thinking", "thinking": "Hm", "signature": "abc"},
        {"type": "redacted_thinking", "data": "xyz"},
        {"type": "thinking", "thinking": "", "signature": "def"},
        text("Sunny"),
        {"type": "tool_use", "id": "call_1", "name": "get_weather", "input": {}},
    ]


def test_a_refusal_is_said_again() -> None:
    message = {"role": "assistant", "content": None, "refusal": "I will not"}
    assert said(*HELLO, message)[1]["content"] == [text("I will not")]


def test_audio_of_an_answer() -> None:
    message = {"role": "assistant", "content": None, "audio": {"id": "audio_1"}}
    assert refused([*HELLO, message]).param == "messages[1].audio"


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
