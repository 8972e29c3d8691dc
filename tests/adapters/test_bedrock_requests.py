"""What goes to Converse, one case a rule."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bedrock_calls import (
    CLAUDE,
    GPT_OSS,
    JSON,
    LLAMA,
    MISTRAL,
    NEW_CLAUDE,
    NOVA,
    OLD_CLAUDE,
    PIXEL,
    USER,
    answer_body,
    call,
    once,
    sent,
    tool,
    tool_call,
)
from tests.event_streams import answer_frames, event, text_frames
from tests.server import Server, answer_json
from tests.worlds import World
from trunkline import BadRequestError, Client, UnsupportedParamsError, get_supported_openai_params


def test_system_messages_wherever_they_stand(server: Server) -> None:
    messages = [
        {"role": "system", "content": "One."},
        {"role": "user", "content": "Hello"},
        {"role": "developer", "content": [{"type": "text", "text": "Two."}]},
        {"role": "user", "content": "again"},
        {"role": "assistant", "content": ""},
        {"role": "user", "content": "and again"},
    ]
    body = sent(server, CLAUDE, messages)
    assert body["system"] == [{"text": "One."}, {"text": "Two."}]
    words = [{"text": "Hello"}, {"text": "again"}, {"text": "and again"}]
    assert body["messages"] == [{"role": "user", "content": words}]


def test_model_without_system_prompt(server: Server) -> None:
    messages = [{"role": "system", "content": "One."}, *USER]
    body = sent(server, "amazon.titan-text-express-v1", messages)
    assert "system" not in body
    assert body["messages"][0]["content"] == [{"text": "One."}, {"text": "Hello"}]


def test_results_of_one_turn_in_one_message(server: Server) -> None:
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}
    messages = [
        *USER,
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [tool_call("a"), tool_call("b!" * 40), tool_call("c")],
        },
        {"role": "tool", "tool_call_id": "a", "content": "found"},
        {"role": "tool", "tool_call_id": "b!" * 40, "content": "broken", "is_error": True},
        {"role": "tool", "tool_call_id": "c", "content": [{"type": "text", "text": "see"}, image]},
        {"role": "user", "content": "Go on"},
    ]
    body = sent(server, CLAUDE, messages, tools=[tool("look")])
    uses = [block["toolUse"] for block in body["messages"][1]["content"]]
    results = [block.get("toolResult") for block in body["messages"][2]["content"]]
    assert uses[0] == {"toolUseId": "a", "name": "look", "input": {"q": "x"}}
    assert [use["toolUseId"] for use in uses] == [found["toolUseId"] for found in results[:3]]
    assert [found.get("status") for found in results[:3]] == [None, "error", None]
    pixel = {"image": {"format": "png", "source": {"bytes": PIXEL}}}
    assert results[2]["content"] == [{"text": "see"}, pixel]
    assert body["messages"][2]["content"][3] == {"text": "Go on"}


def test_empty_content(server: Server) -> None:
    messages = [
        {"role": "user", "content": "  "},
        {"role": "assistant", "content": "Yes? "},
    ]
    body = sent(server, CLAUDE, messages)
    assert body["messages"][0]["content"] == [{"text": "(empty message)"}]
    assert body["messages"][1]["content"] == [{"text": "Yes?"}]
    with pytest.raises(BadRequestError, match="no system message"):
        sent(server, CLAUDE, [{"role": "system", "content": "One."}])


def test_media(server: Server) -> None:
    parts = [
        {"type": "text", "text": "Look:"},
        {"type": "image_url", "image_url": {"url": "s3://bucket/a.jpg"}},
        {"type": "video_url", "video_url": f"data:video/mp4;base64,{PIXEL}"},
        {"type": "input_audio", "input_audio": {"data": PIXEL, "format": "wav"}},
        {"type": "file", "file": {"file_data": PIXEL, "filename": "My_notes (1).md"}},
        {"type": "file", "file": {"file_data": f"data:application/pdf;base64,{PIXEL}"}},
        {"type": "file", "file": {"file_id": "s3://bucket/b.pdf", "filename": "My notes (1).pdf"}},
        {
            "type": "document",
            "source": {"type": "text", "media_type": "text/plain", "data": "facts"},
            "title": "Facts",
            "context": "of today",
            "citations": {"enabled": True},
        },
    ]
    blocks = sent(server, NOVA, [{"role": "user", "content": parts}])["messages"][0]["content"]
    s3 = {"s3Location": {"uri": "s3://bucket/a.jpg"}}
    assert blocks[1] == {"image": {"format": "jpeg", "source": s3}}
    assert blocks[2] == {"video": {"format": "mp4", "source": {"bytes": PIXEL}}}
    assert blocks[3] == {"audio": {"format": "wav", "source": {"bytes": PIXEL}}}
    documents = [block["document"] for block in blocks[4:]]
    names = [document["name"] for document in documents]
    assert names == ["My notes (1)", "document", "My notes (1) 2", "Facts"]
    assert [document["format"] for document in documents] == ["md", "pdf", "pdf", "txt"]
    assert documents[3]["source"] == {"text": "facts"}
    assert documents[3]["citations"] == {"enabled": True}


@pytest.mark.parametrize(
    ("part", "place"),
    [
        ({"type": "file", "file": {"file_id": "file-1"}}, "messages[0].content[0].file"),
        (
            {"type": "image_url", "image_url": {"url": "data:image/tiff;base64,AAAA"}},
            "messages[0].content[0].image_url",
        ),
        ({"type": "telepathy"}, "messages[0].content[0]"),
        ({"type": "file", "file": {"file_data": PIXEL}}, "messages[0].content"),
    ],
)
def test_what_converse_cannot_take(part: JSON, place: str, server: Server) -> None:
    server.reply(answer_json({}))
    with pytest.raises(BadRequestError) as caught:
        call(server, CLAUDE, [{"role": "user", "content": [part]}])
    assert caught.value.param == place
    assert not server.seen


def test_addresses_are_fetched(world: World, server: Server) -> None:
    picture = answer_json({})
    picture.headers["content-type"] = "image/png"
    server.reply(picture, answer_json(answer_body({"text": "Hi"})))
    part = {"type": "image_url", "image_url": {"url": f"{server.url}/a.png"}}
    world.complete(
        Client(),
        f"bedrock/{CLAUDE}",
        [{"role": "user", "content": [part]}],
        **once(server),
        allow_private_urls=True,
    )
    assert [seen.method for seen in server.seen] == ["GET", "POST"]
    assert "authorization" not in server.seen[0].headers
    block = server.seen[1].json["messages"][0]["content"][0]
    assert block == {"image": {"format": "png", "source": {"bytes": "e30="}}}


def test_cache_marks(server: Server) -> None:
    mark = {"type": "ephemeral"}
    messages = [
        {"role": "system", "content": [{"type": "text", "text": "S", "cache_control": mark}]},
        {"role": "user", "content": "Q", "cache_control": {"type": "ephemeral", "ttl": "1h"}},
        {"role": "assistant", "tool_calls": [tool_call("a")]},
        {
            "role": "tool",
            "tool_call_id": "a",
            "content": [{"type": "text", "text": "R", "cache_control": mark}],
        },
    ]
    tools = [{**tool("look"), "cache_control": mark}]
    body = sent(server, CLAUDE, messages, tools=tools)
    point = {"cachePoint": {"type": "default"}}
    assert body["system"] == [{"text": "S"}, point]
    long_point = {"cachePoint": {"type": "default", "ttl": "1h"}}
    assert body["messages"][0]["content"] == [{"text": "Q"}, long_point]
    assert body["messages"][2]["content"][1] == point
    assert body["toolConfig"]["tools"][1] == point
    assert len(sent(server, NOVA, messages, tools=tools)["toolConfig"]["tools"]) == 1
    assert sent(server, LLAMA, messages, tools=tools)["system"] == [{"text": "S"}]


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
    with pytest.raises(UnsupportedParamsError, match="no 'none'"):
        sent(server, NOVA, called, tools=[tool("look")], tool_choice="none")
    # Converse wants the tools of calls declared, also where the caller gives none any more.
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
        (GPT_OSS, "medium", {"reasoning_effort": "medium"}),
        ("qwen.qwen3-32b-v1:0", "high", {"reasoning_config": "high"}),
    ],
)
def test_reasoning_effort(model: str, effort: str, fields: JSON, server: Server) -> None:
    body = sent(server, model, reasoning_effort=effort)
    assert body["additionalModelRequestFields"] == fields


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
    assert "web_search_options" in get_supported_openai_params(f"bedrock/{NOVA}")
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


def test_reasoning_that_a_model_refuses(server: Server) -> None:
    blocks = [{"type": "thinking", "thinking": "of another model"}]
    messages = [*USER, {"role": "assistant", "content": "Hi", "thinking_blocks": blocks}, *USER]
    assert sent(server, CLAUDE, messages)["messages"][1]["content"] == [{"text": "Hi"}]
    assert sent(server, "us.deepseek.r1-v1:0", messages)["messages"][1]["content"] == [
        {"text": "Hi"}
    ]
    thought = {"reasoningContent": {"reasoningText": {"text": "of another model"}}}
    assert sent(server, GPT_OSS, messages)["messages"][1]["content"][0] == thought


def test_sources_of_documents(server: Server) -> None:
    sources = [
        {"type": "base64", "media_type": "text/csv", "data": PIXEL},
        {"type": "url", "url": "s3://bucket/a.html"},
        {"type": "content", "content": [{"type": "text", "text": "facts"}]},
    ]
    parts: list[JSON] = [{"type": "document", "source": source} for source in sources]
    found = {
        "type": "search_result",
        "source": "https://a.example",
        "title": "A",
        "content": [{"type": "text", "text": "found"}],
        "citations": {"enabled": True},
    }
    guarded = {"type": "guarded_text", "text": "guard me", "qualifiers": ["query"]}
    content = [*parts, found, guarded, {"type": "text", "text": "Read."}]
    blocks = sent(server, CLAUDE, [{"role": "user", "content": content}])["messages"][0]["content"]
    assert [block["document"]["format"] for block in blocks[:3]] == ["csv", "html", "txt"]
    assert blocks[2]["document"]["source"] == {"content": [{"text": "facts"}]}
    assert blocks[3]["searchResult"]["content"] == [{"text": "found"}]
    assert blocks[4]["guardContent"]["text"] == {"text": "guard me", "qualifiers": ["query"]}
    with pytest.raises(BadRequestError, match=r"content\[0\]"):
        sent(server, CLAUDE, [{"role": "user", "content": [{**found, "title": None}]}])
    file = {"type": "document", "source": {"type": "file", "file_id": "1"}}
    with pytest.raises(BadRequestError, match=r"content\[0\]"):
        sent(server, CLAUDE, [{"role": "user", "content": [file]}])


def test_what_an_answer_may_hold(server: Server) -> None:
    thinking = {"type": "thinking", "thinking": "hm", "signature": "s"}
    said = {"role": "assistant", "content": [thinking, {"type": "text", "text": "Hi"}]}
    thought = {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"}}}
    messages = [*USER, said, *USER, {"role": "assistant", "refusal": "No."}, *USER]
    body = sent(server, CLAUDE, messages)
    assert body["messages"][1]["content"] == [thought, {"text": "Hi"}]
    assert body["messages"][3]["content"] == [{"text": "No."}]
    refused: list[tuple[JSON, str]] = [
        ({"audio": {"id": "1"}}, r"messages\[1\].audio"),
        ({"tool_calls": [{"id": "1", "type": "custom", "custom": {}}]}, "no custom tools"),
        ({"tool_calls": [tool_call("")]}, r"tool_calls\[0\].id: missing"),
    ]
    for wrong, place in refused:
        with pytest.raises(BadRequestError, match=place):
            sent(server, CLAUDE, [*USER, {"role": "assistant", **wrong}])
    with pytest.raises(BadRequestError, match="takes no options"):
        sent(server, NOVA, web_search_options={"search_context_size": "low"})
