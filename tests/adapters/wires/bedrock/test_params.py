"""Parameters sent to Converse, one test for each rule."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.support.calls.bedrock_calls import (
    CLAUDE,
    LLAMA,
    MISTRAL,
    NEW_CLAUDE,
    NOVA,
    OLD_CLAUDE,
    USER,
    answer_body,
    call,
    once,
    sent,
    tool,
    tool_call,
)
from tests.support.event_streams import answer_frames, event, text_frames
from tests.support.server import Server, answer_json
from tests.support.worlds import World
from trunkline import BadRequestError, Client, UnsupportedParamsError, get_supported_openai_params
from trunkline.pipeline.json_values import JSON

NAMED = {"type": "function", "function": {"name": "look"}}


@pytest.mark.parametrize(
    ("model", "choice", "config", "names"),
    [
        (CLAUDE, "auto", None, ["look", "say"]),
        (CLAUDE, "required", {"any": {}}, ["look", "say"]),
        (CLAUDE, NAMED, {"tool": {"name": "look"}}, ["look", "say"]),
        (MISTRAL, NAMED, {"any": {}}, ["look"]),
        (
            NOVA,
            {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [NAMED]}},
            {"any": {}},
            ["look"],
        ),
    ],
)
def test_tool_choice(
    model: str, choice: Any, config: JSON | None, names: list[str], server: Server
) -> None:
    body = sent(server, model, tools=[tool("look"), tool("say")], tool_choice=choice)
    assert body["toolConfig"].get("toolChoice") == config
    assert [found["toolSpec"]["name"] for found in body["toolConfig"]["tools"]] == names


def test_no_tools_wanted(server: Server) -> None:
    assert "toolConfig" not in sent(server, NOVA, tools=[tool("look")], tool_choice="none")
    called = [
        *USER,
        {"role": "assistant", "tool_calls": [tool_call("a")]},
        {"role": "tool", "tool_call_id": "a", "content": "R"},
    ]
    body = sent(server, CLAUDE, called, tools=[tool("look")], tool_choice="none")
    assert body["additionalModelRequestFields"]["tool_choice"] == {"type": "none"}
    assert "toolChoice" not in body["toolConfig"]
    with pytest.raises(UnsupportedParamsError, match="does not support 'none'"):
        sent(server, NOVA, called, tools=[tool("look")], tool_choice="none")
    # Converse requires the tools of calls to be declared, even where the caller passes none.
    body = sent(server, NOVA, called)
    assert [found["toolSpec"]["name"] for found in body["toolConfig"]["tools"]] == ["look"]


def test_single_calls_only(server: Server) -> None:
    body = sent(server, CLAUDE, tools=[tool("look")], tool_choice=NAMED, parallel_tool_calls=False)
    assert body["additionalModelRequestFields"]["tool_choice"] == {
        "type": "tool",
        "name": "look",
        "disable_parallel_tool_use": True,
    }
    assert "toolChoice" not in body["toolConfig"]


def test_tools_of_the_vendors(server: Server) -> None:
    computer = {"type": "computer_20250124", "name": "computer", "display_width_px": 10}
    body = sent(server, CLAUDE, tools=[computer, tool("look", strict=True)])
    assert body["additionalModelRequestFields"]["tools"] == [computer]
    assert body["toolConfig"]["tools"][0]["toolSpec"]["strict"] is True
    assert (
        "strict"
        not in sent(server, LLAMA, tools=[tool("look", strict=True)])["toolConfig"]["tools"][0][
            "toolSpec"
        ]
    )
    grounding = {"systemTool": {"name": "nova_grounding"}}
    assert sent(server, NOVA, web_search_options={})["toolConfig"]["tools"] == [grounding]
    assert sent(server, NOVA, tools=[grounding])["toolConfig"]["tools"] == [grounding]
    with pytest.raises(BadRequestError, match=r"tools\[0\].function.name"):
        sent(server, NOVA, tools=[tool("a.b")])
    for model in (CLAUDE, NOVA):
        with pytest.raises(BadRequestError, match="two of them have the name 'look'"):
            sent(server, model, tools=[tool("look"), tool("look")])


def test_schemas_of_nova(server: Server) -> None:
    place = {"type": "object", "properties": {"name": {"type": "string"}}}
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Look",
        "type": "object",
        "properties": {"at": {"$ref": "#/$defs/Place"}, "near": {"type": ["string", "null"]}},
        "required": ["at"],
        "additionalProperties": False,
        "$defs": {"Place": place},
    }
    tools = [tool("look", parameters=schema), {"type": "function", "function": {"name": "say"}}]
    written = [
        found["toolSpec"]["inputSchema"]["json"]
        for found in sent(server, NOVA, tools=tools)["toolConfig"]["tools"]
    ]
    assert written == [
        {
            "type": "object",
            "properties": {"at": place, "near": {"type": ["string", "null"]}},
            "required": ["at"],
        },
        {"type": "object", "properties": {}},
    ]
    claude = sent(server, CLAUDE, tools=tools)["toolConfig"]["tools"][0]["toolSpec"]
    assert claude["inputSchema"]["json"] == schema


SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
FORMAT = {"type": "json_schema", "json_schema": {"name": "Number", "schema": SCHEMA}}


def test_json_schema_natively(server: Server) -> None:
    body = sent(server, CLAUDE, response_format=FORMAT)
    written = body["outputConfig"]["textFormat"]["structure"]["jsonSchema"]
    assert written["name"] == "Number"
    assert '"additionalProperties":false' in written["schema"]
    assert "toolConfig" not in body


def test_json_schema_as_a_tool(world: World, mode: str, server: Server) -> None:
    use = {"toolUseId": "a", "name": "json_answer"}
    if mode == "plain":
        block = {"toolUse": {**use, "input": {"n": 1}}}
        server.reply(answer_json(answer_body(block, stop="tool_use")))
    else:
        start = event("contentBlockStart", {"contentBlockIndex": 0, "start": {"toolUse": use}})
        delta = {"contentBlockIndex": 0, "delta": {"toolUse": {"input": '{"n":1}'}}}
        frames = [start, event("contentBlockDelta", delta), *text_frames(stop="tool_use")[1:]]
        server.reply(answer_frames(*frames))
    response = world.answer(
        Client(),
        mode,
        f"bedrock/{OLD_CLAUDE}",
        USER,
        response_format=FORMAT,
        **once(server),
    )
    config = server.seen[0].json["toolConfig"]
    assert config["toolChoice"] == {"tool": {"name": "json_answer"}}
    assert response.choices[0].message.content == '{"n":1}'
    assert response.choices[0].message.tool_calls is None
    assert response.choices[0].finish_reason == "stop"


def test_forced_tool_of_models_that_cannot_be_told(server: Server) -> None:
    body = sent(server, LLAMA, response_format={"type": "json_object"})
    assert "toolChoice" not in body["toolConfig"]
    thinking = {"type": "enabled", "budget_tokens": 1024}
    model = "us.anthropic.claude-3-7-sonnet-20250219-v1:0"
    body = sent(server, model, response_format=FORMAT, thinking=thinking)
    assert "toolChoice" not in body["toolConfig"]


@pytest.mark.parametrize(
    ("model", "effort", "fields"),
    [
        (CLAUDE, "low", {"thinking": {"type": "enabled", "budget_tokens": 1024}}),
        (NOVA, "high", {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "high"}}),
        (NOVA, "none", {"reasoningConfig": {"type": "disabled"}}),
        (NOVA, "max", {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "high"}}),
    ],
)
def test_reasoning_effort(model: str, effort: str, fields: JSON, server: Server) -> None:
    body = sent(server, model, reasoning_effort=effort)
    assert body["additionalModelRequestFields"] == fields


@pytest.mark.parametrize(
    ("model", "thinking", "fields"),
    [
        (NOVA, {"type": "disabled"}, {"reasoningConfig": {"type": "disabled"}}),
        (
            NOVA,
            {"type": "enabled", "budget_tokens": 2000},
            {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "medium"}},
        ),
        ("moonshot.kimi-k2-thinking", {"type": "enabled"}, {"thinking": {"type": "enabled"}}),
    ],
)
def test_thinking_of_other_makers(model: str, thinking: JSON, fields: JSON, server: Server) -> None:
    assert sent(server, model, thinking=thinking)["additionalModelRequestFields"] == fields


def test_reasoning_of_claude(server: Server) -> None:
    fields = sent(server, NEW_CLAUDE, reasoning_effort="high")["additionalModelRequestFields"]
    assert fields["thinking"]["type"] == "adaptive"
    assert fields["output_config"] == {"effort": "high"}
    thinking = {"type": "enabled", "budget_tokens": 2000}
    fields = sent(server, CLAUDE, thinking=thinking)["additionalModelRequestFields"]
    assert fields == {"thinking": thinking}
    with pytest.raises(UnsupportedParamsError, match="reasoning_effort"):
        sent(server, LLAMA, reasoning_effort="high")


def test_parameters(server: Server) -> None:
    body = sent(
        server,
        "us.amazon.nova-pro-v1:0",
        max_completion_tokens=10,
        temperature=0.5,
        top_p=0.9,
        stop="END",
        top_k=20,
        service_tier="flex",
        stream_options={"include_usage": True},
        guardrailConfig={"guardrailIdentifier": "abc", "guardrailVersion": "DRAFT"},
        performanceConfig={"latency": "optimized"},
        requestMetadata={"team": "a"},
        additionalModelRequestFields={"x": 1},
        own_parameter=2,
    )
    assert body["inferenceConfig"] == {
        "maxTokens": 10,
        "temperature": 0.5,
        "topP": 0.9,
        "stopSequences": ["END"],
    }
    fields = {"inferenceConfig": {"topK": 20}, "own_parameter": 2, "x": 1}
    assert body["additionalModelRequestFields"] == fields
    assert body["serviceTier"] == {"type": "flex"}
    assert body["guardrailConfig"]["guardrailVersion"] == "DRAFT"
    assert body["performanceConfig"] == {"latency": "optimized"}
    assert body["requestMetadata"] == {"team": "a"}
    assert sent(server, CLAUDE, top_k=5)["additionalModelRequestFields"] == {"top_k": 5}
    assert "serviceTier" not in sent(server, CLAUDE, service_tier="auto")


def test_supported_params() -> None:
    assert {"reasoning_effort", "parallel_tool_calls", "thinking"} <= set(
        get_supported_openai_params(f"bedrock/{CLAUDE}")
    )
    llama = get_supported_openai_params(f"bedrock/{LLAMA}")
    assert {"reasoning_effort", "tool_choice", "web_search_options"}.isdisjoint(llama)
    assert "tools" in llama
    assert "tools" not in get_supported_openai_params("bedrock/amazon.titan-text-express-v1")
    assert {"thinking", "web_search_options"} <= set(get_supported_openai_params(f"bedrock/{NOVA}"))
    assert "temperature" not in get_supported_openai_params(f"bedrock/{NEW_CLAUDE}")


@pytest.mark.parametrize(
    ("model", "path"),
    [
        (CLAUDE, "/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse"),
        (f"converse/{NOVA}", "/model/us.amazon.nova-2-lite-v1%3A0/converse"),
        (
            "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc",
            "/model/arn%3Aaws%3Abedrock%3Aeu-west-1%3A123456789012"
            "%3Aapplication-inference-profile%2Fabc/converse",
        ),
    ],
)
def test_model_names(model: str, path: str, server: Server) -> None:
    server.reply(answer_json(answer_body({"text": "Hi"})))
    call(server, model, USER)
    assert server.seen[0].path == path


PROFILE = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc"


@pytest.mark.parametrize(
    ("model", "arguments", "path", "region"),
    [
        (CLAUDE, {"model_id": PROFILE}, PROFILE, "eu-west-1"),
        (CLAUDE, {"model_id": PROFILE, "aws_region_name": "us-east-1"}, PROFILE, "us-east-1"),
        (f"us-gov-west-1/{CLAUDE}", {}, CLAUDE, "us-gov-west-1"),
        (f"invoke/ap-south-1/{CLAUDE}", {}, CLAUDE, "ap-south-1"),
    ],
)
def test_what_is_called(
    model: str, arguments: JSON, path: str, region: str, server: Server
) -> None:
    server.reply(answer_json(answer_body({"text": "Hi"})))
    keys = {"aws_access_key_id": "AKIDEXAMPLE", "aws_secret_access_key": "secret-of-the-tests"}
    given = {"api_key": None, **keys, **arguments, "reasoning_effort": "low"}
    call(server, model, USER, **given)
    assert server.seen[0].path == f"/model/{quote(path, safe='')}/converse"
    assert f"/{region}/bedrock/" in server.seen[0].headers["authorization"]
    # The model still selects capabilities.
    thinking = {"type": "enabled", "budget_tokens": 1024}
    assert server.seen[0].json["additionalModelRequestFields"] == {"thinking": thinking}
