"""`response_format` where a provider of the OpenAI wire takes some of its forms only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.answers import MESSAGES, chunk_bodies, chunk_body, completion_body
from tests.support.server import Answer, Server, answer_events, answer_json
from tests.support.worlds import World
from trunkline import BadRequestError, Client, ModelResponse, get_supported_openai_params
from trunkline.adapters.provider.rules import forces_tools, model_flags
from trunkline.adapters.structured.forced_tool import TOOL_NAME, offer_json
from trunkline.adapters.table.table import find_model
from trunkline.adapters.wires.openai.response_format import fit_format
from trunkline.pipeline.json_values import JSON

SYNC = World("sync")


@dataclass
class City:
    name: str
    people: int


TEXT = '{"name": "Tokyo", "people": 37000000}'
OBJECT: JSON = {"type": "json_object"}
SCHEMA: JSON = {
    "type": "json_schema",
    "json_schema": {
        "name": "city",
        "schema": {
            "title": "City",
            "type": "object",
            "properties": {"name": {"type": "string"}, "people": {"type": "integer"}},
            "required": ["name", "people"],
            "additionalProperties": False,
        },
    },
}
NAMED: JSON = {"type": "function", "function": {"name": TOOL_NAME}}
MAP: JSON = {"type": "function", "function": {"name": "map", "parameters": {"type": "object"}}}

# Those that are made to call the tool with a schema, that may do so, and that take schemas.
FORCED = [
    "amazon_nova/nova-2-lite-v1",
    "deepseek/deepseek-v4-pro",
    "groq/llama-3.3-70b-versatile",
    "groq/qwen/qwen3-32b",
    "v0/v0-1.5-md",
]
OFFERED = [
    "ai21/jamba-large",
    "deepseek/deepseek-v4-pro",
    "minimax/MiniMax-M3",
    "minimax_cn/MiniMax-M2.5",
    "stepfun/step-3.5-flash",
    "stepfun_ai/step-3.5-flash",
    "volcengine/doubao-seed-2-0-code-preview-260215",
    "zai/glm-5.3",
    "zhipu/glm-4.6",
]
NATIVE = [
    "byteplus/seed-2-0-pro",
    "groq/meta-llama/llama-4-scout-17b-16e-instruct",
    "groq/moonshotai/kimi-k2-instruct-0905",
    "groq/openai/gpt-oss-120b",
    "minimax/MiniMax-Text-01",
    "moonshot/kimi-k2.6",
    "perplexity/sonar",
    "volcengine/doubao-seed-2-0-pro-260215",
]
TAKES_NO_OBJECT = ["amazon_nova/", "minimax/MiniMax-M", "minimax_cn/", "v0/", "volcengine/"]


def quiet(model: str) -> JSON:
    """What has a model of DeepSeek's not think, so that it can be made to call a tool."""
    return {"reasoning_effort": "none"} if model.startswith("deepseek/") else {}


def pieces(mode: str, *calls: tuple[str, str]) -> Answer:
    """An answer that calls tools, its arguments in two pieces where it is streamed."""
    whole = [
        {"id": f"c{number}", "type": "function", "function": {"name": name, "arguments": text}}
        for number, (name, text) in enumerate(calls)
    ]
    if mode == "plain":
        return answer_json(completion_body(None, "tool_calls", tool_calls=whole))
    chunks = [chunk_body({"role": "assistant", "content": None})]
    for number, (name, text) in enumerate(calls):
        begins = {"id": f"c{number}", "function": {"name": name, "arguments": text[:7]}}
        goes_on = {"function": {"arguments": text[7:]}}
        chunks += [
            chunk_body({"tool_calls": [{"index": number, **piece}]}) for piece in (begins, goes_on)
        ]
    return answer_events([*chunks, chunk_body({}, "tool_calls")])


def ask(server: Server, mode: str, model: str, **arguments: Any) -> tuple[ModelResponse, JSON]:
    """Return the answer, and the body that was sent."""
    arguments = {"base_url": server.url, "api_key": "k" * 9, **arguments}
    response = SYNC.answer(Client(), mode, model, MESSAGES, **arguments)
    return response, server.seen[-1].json


@pytest.mark.parametrize("wanted", [City, SCHEMA], ids=["class", "dict"])
@pytest.mark.parametrize("model", FORCED)
def test_a_tool_that_must_be_called(server: Server, mode: str, model: str, wanted: Any) -> None:
    server.reply(pieces(mode, (TOOL_NAME, TEXT)))
    response, sent = ask(server, mode, model, response_format=wanted, **quiet(model))
    [tool] = sent["tools"]
    assert tool["function"]["name"] == TOOL_NAME
    assert tool["function"]["parameters"] == SCHEMA["json_schema"]["schema"]
    assert sent["tool_choice"] == NAMED
    assert "response_format" not in sent
    check_city(response, parsed=wanted is City)


@pytest.mark.parametrize("wanted", [City, SCHEMA], ids=["class", "dict"])
@pytest.mark.parametrize("model", OFFERED)
def test_a_tool_that_may_be_called(server: Server, mode: str, model: str, wanted: Any) -> None:
    server.reply(pieces(mode, (TOOL_NAME, TEXT)))
    response, sent = ask(server, mode, model, response_format=wanted)
    assert [tool["function"]["name"] for tool in sent["tools"]] == [TOOL_NAME]
    assert not {"response_format", "tool_choice"} & sent.keys()
    check_city(response, parsed=wanted is City)


def check_city(response: ModelResponse, *, parsed: bool) -> None:
    [choice] = response.choices
    assert choice.message.content == TEXT
    assert choice.message.tool_calls is None
    assert choice.finish_reason == "stop"
    assert response.parsed == (City("Tokyo", 37_000_000) if parsed else None)


@pytest.mark.parametrize("model", OFFERED)
def test_an_answer_without_the_tool(server: Server, mode: str, model: str) -> None:
    """Who may call it may as well write the JSON."""
    whole = answer_json(completion_body(TEXT))
    server.reply(whole if mode == "plain" else answer_events(chunk_bodies(TEXT)))
    response, _ = ask(server, mode, model, response_format=City)
    check_city(response, parsed=True)


@pytest.mark.parametrize("model", [*FORCED, *OFFERED])
def test_beside_tools_of_the_caller(server: Server, mode: str, model: str) -> None:
    server.reply(pieces(mode, ("map", "{}")), pieces(mode, ("map", "{}"), (TOOL_NAME, TEXT)))
    arguments: JSON = {"response_format": City, "tools": [MAP]}
    first, sent = ask(server, mode, model, **arguments)
    assert [tool["function"]["name"] for tool in sent["tools"]] == ["map", TOOL_NAME]
    assert sent.get("tool_choice") in ("required", None)
    assert [call.id for call in first.choices[0].message.tool_calls or ()] == ["c0"]
    assert first.parsed is None

    both, _ = ask(server, mode, model, **arguments)
    [choice] = both.choices
    assert choice.message.content == TEXT
    assert [call.function.name for call in choice.message.tool_calls or ()] == ["map"]
    assert choice.finish_reason == "tool_calls"


@pytest.mark.parametrize("wanted", [City, SCHEMA], ids=["class", "dict"])
@pytest.mark.parametrize("model", NATIVE)
def test_a_schema_that_is_taken(server: Server, mode: str, model: str, wanted: Any) -> None:
    whole = answer_json(completion_body(TEXT))
    server.reply(whole if mode == "plain" else answer_events(chunk_bodies(TEXT)))
    response, sent = ask(server, mode, model, response_format=wanted)
    schema = sent["response_format"]["json_schema"]["schema"]
    assert schema == SCHEMA["json_schema"]["schema"]
    assert not {"tools", "tool_choice"} & sent.keys()
    check_city(response, parsed=wanted is City)


@pytest.mark.parametrize("model", sorted({*FORCED, *OFFERED, *NATIVE}))
def test_any_object(server: Server, mode: str, model: str) -> None:
    """Natively, where there is a way; as a schema or a tool elsewhere."""
    by_tool = model.startswith(tuple(TAKES_NO_OBJECT)) and model not in NATIVE
    plain = answer_json(completion_body(TEXT))
    streamed = answer_events(chunk_bodies(TEXT))
    server.reply(
        pieces(mode, (TOOL_NAME, TEXT)) if by_tool else plain if mode == "plain" else streamed
    )
    response, sent = ask(server, mode, model, response_format=OBJECT)
    check_city(response, parsed=False)
    if by_tool:
        [tool] = sent["tools"]
        assert tool["function"]["parameters"] == {"type": "object", "additionalProperties": True}
    elif model == "perplexity/sonar":
        assert sent["response_format"]["json_schema"]["schema"] == {"type": "object"}
    else:
        assert sent["response_format"] == OBJECT
        assert "tools" not in sent


@pytest.mark.parametrize(
    ("given", "choice"),
    [
        ({}, None),
        ({"reasoning_effort": "high"}, None),
        ({"thinking": {"type": "enabled"}, "reasoning_effort": "none"}, None),
        ({"reasoning_effort": "none"}, NAMED),
        ({"thinking": {"type": "disabled"}}, NAMED),
    ],
)
def test_thinking_refuses_a_choice_that_demands_a_call(
    server: Server, given: JSON, choice: Any
) -> None:
    server.reply(pieces("plain", (TOOL_NAME, TEXT)))
    _, sent = ask(server, "plain", "deepseek/deepseek-v4-flash", response_format=City, **given)
    assert sent.get("tool_choice") == choice


@pytest.mark.parametrize(
    ("choice", "sent", "tools"),
    [
        (None, None, ["map", TOOL_NAME]),
        ("auto", None, ["map", TOOL_NAME]),
        ("required", "required", ["map", TOOL_NAME]),
        ("none", None, [TOOL_NAME]),
        (MAP, MAP, ["map", TOOL_NAME]),
    ],
)
def test_choices_of_the_caller_where_none_can_be_demanded(
    choice: Any, sent: Any, tools: list[str]
) -> None:
    """What the caller demands stays, and what the caller forbids cannot be called."""
    params: JSON = {"response_format": SCHEMA, "tools": [MAP], "tool_choice": choice}
    changed = offer_json(params)
    assert changed.get("tool_choice") == sent
    assert [tool["function"]["name"] for tool in changed["tools"]] == tools
    assert params["tools"] == [MAP]


def test_text_needs_no_tool() -> None:
    params: JSON = {"tools": [MAP], "tool_choice": "none", "response_format": {"type": "text"}}
    assert offer_json(params) == {"tools": [MAP], "tool_choice": "none"}
    assert fit_format(params, {"forced_schema", "unforced_tools"}) == params


def test_a_schema_that_no_tool_can_have(server: Server) -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "array"}}}
    with pytest.raises(BadRequestError, match="expected 'object', got 'array'"):
        ask(server, "plain", "deepseek/deepseek-v4-pro", response_format=wanted)
    assert server.seen == []


@pytest.mark.parametrize("model", sorted({*FORCED, *OFFERED, *NATIVE}))
def test_all_of_them_take_a_format(model: str) -> None:
    assert "response_format" in get_supported_openai_params(model)


def test_flags_of_some_models() -> None:
    groq, _ = find_model("groq/x", None)
    assert "forced_schema" not in model_flags(groq, "openai/gpt-oss-20b")
    assert "forced_schema" in model_flags(groq, "llama-3.1-8b-instant")
    assert forces_tools(groq)
    assert not forces_tools(find_model("openai/gpt-4o", None)[0])
