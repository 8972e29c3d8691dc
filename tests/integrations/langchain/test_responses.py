"""Answers as LangChain's messages, and what becomes of them when they are sent back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.integrations.competent import SIGNATURE, TEXT, THOUGHT, answer_anthropic
from tests.support.server import Server
from trunkline.pipeline.json_values import JSON
from trunkline.testing import FakeProvider

pytest.importorskip("langchain_core", reason="langchain-core is not installed")

from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage

from trunkline.integrations.langchain import ChatTrunkline

PNG = "data:image/png;base64,QUJD"
#: What the provider must get back.
SIGNED = [
    {"type": "thinking", "thinking": THOUGHT, "signature": SIGNATURE},
    {"type": "text", "text": TEXT},
]


def joined(chunks: list[AIMessageChunk]) -> AIMessageChunk:
    full = chunks[0]
    for chunk in chunks[1:]:
        full += chunk
    return full


async def _astreamed(model: ChatTrunkline, question: str) -> AIMessage:
    return joined([chunk async for chunk in model.astream(question)])


WAYS: dict[str, Callable[[ChatTrunkline, str], AIMessage]] = {
    "invoke": lambda model, question: model.invoke(question),
    "ainvoke": lambda model, question: asyncio.run(model.ainvoke(question)),
    "stream": lambda model, question: joined(list(model.stream(question))),
    "astream": lambda model, question: asyncio.run(_astreamed(model, question)),
}
VERSIONS = (None, "v1")


@pytest.mark.filterwarnings("ignore:.*in beta")
def test_thoughts_of_langchains_newest_stream_go_back_too(server: Server) -> None:
    server.reply(answer_anthropic)
    model = ChatTrunkline(
        "anthropic/claude-sonnet-4-5",
        api_key="key-of-tests",
        base_url=server.url,
        reasoning_effort="low",
    )
    answer = model.stream_events("Hello", version="v3").output
    model.invoke([HumanMessage("Hello"), answer, HumanMessage("And?")])
    assert server.seen[-1].json["messages"][1]["content"] == SIGNED


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("way", WAYS)
def test_thoughts_go_back_with_their_signatures(
    way: str, version: str | None, server: Server
) -> None:
    server.reply(answer_anthropic)
    model = ChatTrunkline(
        model="anthropic/claude-sonnet-4-5",
        api_key="key-of-tests",
        base_url=server.url,
        reasoning_effort="low",
        output_version=version,
    )
    answer = WAYS[way](model, "Hello")
    blocks = [{k: v for k, v in block.items() if k != "index"} for block in answer.content_blocks]
    assert blocks == [
        {"type": "reasoning", "reasoning": THOUGHT, "extras": {"signature": SIGNATURE}},
        {"type": "text", "text": TEXT},
    ]
    assert isinstance(answer.content, str) is (version is None)
    # As it is, and as an application might store it: standard blocks alone.
    for message in (answer, AIMessage(content_blocks=answer.content_blocks)):
        model.invoke([HumanMessage("Hello"), message, HumanMessage("And?")])
        assert server.seen[-1].json["messages"][1] == {"role": "assistant", "content": SIGNED}


CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "find", "arguments": '{"city":"Paris"}'},
    "extra_content": {"google": {"thought_signature": "sig"}},
}
RICH: dict[str, Any] = {
    "id": "chatcmpl-1",
    "model": "m",
    "choices": [
        {
            "index": 0,
            "finish_reason": "tool_calls",
            "message": {
                "role": "assistant",
                "content": "See.",
                "reasoning_content": "Hm.",
                "tool_calls": [CALL],
                "images": [{"type": "image_url", "image_url": {"url": PNG}}],
                "audio": {"id": "audio_1", "data": "QUJD", "transcript": "See."},
                "annotations": [
                    {
                        "type": "url_citation",
                        "url_citation": {"url": "https://a.test", "title": "A"},
                    },
                    {"type": "odd"},
                ],
                "provider_specific_fields": {"kept": [1]},
            },
        }
    ],
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("way", WAYS)
def test_an_answer_goes_back_as_it_came(way: str, version: str | None) -> None:
    fake = FakeProvider([RICH, "Hi"])
    model = ChatTrunkline(model="openai/gpt-4o", client=fake.client(), output_version=version)
    answer = WAYS[way](model, "Hello")
    blocks = [{k: v for k, v in block.items() if k != "index"} for block in answer.content_blocks]
    in_stream = version == "v1" and "stream" in way
    call = {"type": "tool_call", "id": "call_1", "name": "find", "args": {"city": "Paris"}}
    extras = {"extra_content": CALL["extra_content"]}
    told = {
        "reasoning": {"type": "reasoning", "reasoning": "Hm."},
        "text": {
            "type": "text",
            "text": "See.",
            "annotations": [
                {"type": "citation", "url": "https://a.test", "title": "A"},
                {"type": "non_standard_annotation", "value": {"type": "odd"}},
            ],
        },
        "image": {"type": "image", "base64": "QUJD", "mime_type": "image/png"},
        "audio": {
            "type": "audio",
            "base64": "QUJD",
            "extras": {"id": "audio_1", "transcript": "See."},
        },
        # A piece of a call has no place for it; the message keeps it.
        "tool_call": call if in_stream else {**call, "extras": extras},
    }
    assert {block["type"]: block for block in blocks} == told
    assert len(blocks) == len(told)
    model.invoke([HumanMessage("Hello"), answer, ToolMessage("sunny", tool_call_id="call_1")])
    message: Any = dict(RICH["choices"][0]["message"])
    arguments = '{"city": "Paris"}'
    message["tool_calls"] = [{**CALL, "function": {"name": "find", "arguments": arguments}}]
    assert fake.requests[1].messages[1] == message


def test_a_call_that_is_no_json() -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "find", "arguments": "[1]"}}
    broken = {"id": "call_2", "type": "function", "function": {"name": "find", "arguments": '{"a'}}
    message = {"role": "assistant", "content": None, "tool_calls": [call, broken]}
    fake = FakeProvider([{"choices": [{"message": message}]}])
    answer = ChatTrunkline(model="openai/gpt-4o", client=fake.client()).invoke("Hi")
    assert answer.tool_calls == []
    assert [(one["id"], one["args"]) for one in answer.invalid_tool_calls] == [
        ("call_1", "[1]"),
        ("call_2", '{"a'),
    ]
    assert "not a JSON object" in str(answer.invalid_tool_calls[0]["error"])
    assert [block["type"] for block in answer.content_blocks] == ["invalid_tool_call"] * 2


def test_pieces_of_calls_that_providers_send_oddly() -> None:
    """A name with every piece, and the same index for every call."""

    def piece(identity: str | None, arguments: str) -> JSON:
        function = {"name": "find", "arguments": arguments}
        call = {"index": 0, "id": identity, "function": function}
        return {"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}

    script = [piece("a", '{"x"'), piece("a", ":1}"), piece("b", '{"x"'), piece(None, ":2}")]
    fake = FakeProvider([script])
    answer = joined(list(ChatTrunkline(model="openai/gpt-4o", client=fake.client()).stream("Hi")))
    assert [(call["id"], call["name"], call["args"]) for call in answer.tool_calls] == [
        ("a", "find", {"x": 1}),
        ("b", "find", {"x": 2}),
    ]
