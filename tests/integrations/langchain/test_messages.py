"""What becomes of LangChain's messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from trunkline import BadRequestError
from trunkline.pipeline.json_values import JSON
from trunkline.testing import FakeProvider

pytest.importorskip("langchain_core", reason="langchain-core is not installed")

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    RemoveMessage,
    SystemMessage,
    ToolMessage,
)

from trunkline.integrations.langchain import ChatTrunkline
from trunkline.integrations.langchain.messages import encode_messages

PNG = "data:image/png;base64,QUJD"
MARK = {"type": "ephemeral"}


def parts(*blocks: Any) -> Any:
    """What a person's blocks become."""
    (said,) = encode_messages([HumanMessage(list(blocks))])
    return said["content"]


BLOCKS: list[tuple[str, JSON, JSON]] = [
    (
        "text with a mark",
        {"type": "text", "text": "Hi", "cache_control": MARK},
        {"type": "text", "text": "Hi", "cache_control": MARK},
    ),
    (
        "picture by address",
        {"type": "image", "url": "https://a.test/x.png"},
        {"type": "image_url", "image_url": {"url": "https://a.test/x.png"}},
    ),
    (
        "picture",
        {"type": "image", "base64": "QUJD", "mime_type": "image/png"},
        {"type": "image_url", "image_url": {"url": PNG}},
    ),
    (
        "OpenAI's picture",
        {"type": "image_url", "image_url": {"url": PNG, "detail": "low"}},
        {"type": "image_url", "image_url": {"url": PNG, "detail": "low"}},
    ),
    (
        "Anthropic's picture",
        {
            "type": "image",
            "source": {"type": "base64", "media_type": "image/png", "data": "QUJD"},
            "cache_control": MARK,
        },
        {"type": "image_url", "image_url": {"url": PNG}, "cache_control": MARK},
    ),
    (
        "Anthropic's uploaded picture",
        {"type": "image", "source": {"type": "file", "file_id": "file_1"}},
        {"type": "file", "file": {"file_id": "file_1", "format": "image/*"}},
    ),
    (
        "an older picture of LangChain's",
        {"type": "image", "source_type": "base64", "data": "QUJD", "mime_type": "image/png"},
        {"type": "image_url", "image_url": {"url": PNG}},
    ),
    (
        "sound",
        {"type": "audio", "base64": "QUJD", "mime_type": "audio/mpeg"},
        {"type": "input_audio", "input_audio": {"data": "QUJD", "format": "mp3"}},
    ),
    (
        "OpenAI's sound",
        {"type": "input_audio", "input_audio": {"data": "QUJD", "format": "wav"}},
        {"type": "input_audio", "input_audio": {"data": "QUJD", "format": "wav"}},
    ),
    (
        "sound by address",
        {"type": "audio", "url": "https://a.test/x.mp3"},
        {"type": "input_audio", "input_audio": {"data": "https://a.test/x.mp3", "format": "mp3"}},
    ),
    (
        "video",
        {"type": "video", "base64": "QUJD", "mime_type": "video/mp4"},
        {"type": "video_url", "video_url": {"url": "data:video/mp4;base64,QUJD"}},
    ),
    (
        "document",
        {"type": "file", "base64": "QUJD", "mime_type": "application/pdf"},
        {
            "type": "file",
            "file": {"file_data": "data:application/pdf;base64,QUJD", "filename": "file.pdf"},
        },
    ),
    (
        "named document by address",
        {"type": "file", "url": "https://a.test/x.pdf", "extras": {"filename": "x.pdf"}},
        {"type": "file", "file": {"file_data": "https://a.test/x.pdf", "filename": "x.pdf"}},
    ),
    (
        "uploaded document",
        {"type": "file", "file_id": "file_1"},
        {"type": "file", "file": {"file_id": "file_1"}},
    ),
    (
        "OpenAI's document",
        {"type": "file", "file": {"file_data": "data:application/pdf;base64,QUJD"}},
        {
            "type": "file",
            "file": {"file_data": "data:application/pdf;base64,QUJD", "filename": "file.pdf"},
        },
    ),
    (
        "Anthropic's document",
        {
            "type": "document",
            "source": {"type": "base64", "media_type": "application/pdf", "data": "QUJD"},
            "title": "x.pdf",
            "citations": {"enabled": True},
        },
        {
            "type": "file",
            "file": {"file_data": "data:application/pdf;base64,QUJD", "filename": "x.pdf"},
            "citations": {"enabled": True},
        },
    ),
    (
        "plain text",
        {"type": "text-plain", "text": "ABC", "mime_type": "text/plain", "title": "x"},
        {"type": "file", "file": {"file_data": "data:text/plain;base64,QUJD", "filename": "x"}},
    ),
    (
        "a block of a provider's own",
        {"type": "search_result", "source": "s", "title": "t", "content": []},
        {"type": "search_result", "source": "s", "title": "t", "content": []},
    ),
]


@pytest.mark.parametrize(
    ("block", "part"), [case[1:] for case in BLOCKS], ids=[c[0] for c in BLOCKS]
)
def test_blocks(block: JSON, part: JSON) -> None:
    given = dict(block)
    assert parts(block) == [part]
    assert block == given
    # As LangChain hands it to a model, which brings some to its standard beforehand.
    fake = FakeProvider(["Hi"])
    ChatTrunkline(model="openai/gpt-4o", client=fake.client()).invoke([HumanMessage([block])])
    assert list(fake.requests[0].messages) == [{"role": "user", "content": [part]}]


def test_a_single_text_is_text() -> None:
    assert parts("Hi") == "Hi"
    assert parts({"type": "text", "text": "Hi"}) == "Hi"
    assert parts("Hi", "there") == [
        {"type": "text", "text": "Hi"},
        {"type": "text", "text": "there"},
    ]


BAD: list[tuple[JSON, str]] = [
    ({"type": "file", "base64": "QUJD"}, "base64 needs mime_type"),
    ({"type": "image"}, "needs url, base64 or file_id"),
    ({"type": "audio", "url": "https://a.test/x"}, "audio needs mime_type"),
    ({"type": "server_tool_call", "id": "1", "name": "n", "args": {}}, "cannot be sent"),
    ({"words": "Hi"}, "a block needs a type"),
]


@pytest.mark.parametrize(("block", "why"), BAD)
def test_a_block_that_cannot_be_sent_is_named(block: JSON, why: str) -> None:
    fake = FakeProvider()
    model = ChatTrunkline(model="openai/gpt-4o", client=fake.client())
    with pytest.raises(BadRequestError, match=rf"messages\[1\].content\[1\]: .*{why}"):
        model.invoke([SystemMessage("Be kind."), HumanMessage(["Hi", block])])
    assert fake.requests == []


def test_messages() -> None:
    said: Sequence[BaseMessage] = [
        SystemMessage("Be kind."),
        SystemMessage("Obey.", additional_kwargs={"__openai_role__": "developer"}),
        HumanMessage("Hi", name="Ann"),
        AIMessage(
            "Let me look.",
            tool_calls=[{"name": "find", "args": {"city": "Köln"}, "id": "call_1"}],
            invalid_tool_calls=[{"name": "find", "args": "{", "id": "call_2", "error": "no JSON"}],
        ),
        ToolMessage("sunny", tool_call_id="call_1", name="find"),
        ToolMessage([{"type": "text", "text": "failed"}], tool_call_id="call_2", status="error"),
        FunctionMessage(content="rain", name="find"),
        ChatMessage(content="Then?", role="user"),
        AIMessage(""),
    ]
    assert encode_messages(said) == [
        {"role": "system", "content": "Be kind."},
        {"role": "developer", "content": "Obey."},
        {"role": "user", "content": "Hi", "name": "Ann"},
        {
            "role": "assistant",
            "content": "Let me look.",
            "tool_calls": [
                {
                    "id": "call_1",
                    "type": "function",
                    "function": {"name": "find", "arguments": '{"city": "Köln"}'},
                },
                {
                    "id": "call_2",
                    "type": "function",
                    "function": {"name": "find", "arguments": "{"},
                },
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "sunny"},
        {"role": "tool", "tool_call_id": "call_2", "content": "failed"},
        {"role": "function", "name": "find", "content": "rain"},
        {"role": "user", "content": "Then?"},
        {"role": "assistant", "content": ""},
    ]
    with pytest.raises(
        BadRequestError, match=r"messages\[0\]: a message of type RemoveMessage cannot be sent"
    ):
        encode_messages([RemoveMessage(id="1")])


def test_a_history_of_anthropics() -> None:
    """Calls, results and thoughts in content blocks."""
    use = {"type": "tool_use", "id": "toolu_1", "name": "find", "input": {"city": "Paris"}}
    thought = {"type": "thinking", "thinking": "Hm.", "signature": "sig"}
    hidden = {"type": "redacted_thinking", "data": "xyz"}
    result = {
        "type": "tool_result",
        "tool_use_id": "toolu_1",
        "content": [{"type": "text", "text": "sunny"}],
        "is_error": False,
    }
    call = {
        "id": "toolu_1",
        "type": "function",
        "function": {"name": "find", "arguments": '{"city": "Paris"}'},
    }
    known = [{"name": "find", "args": {"city": "Paris"}, "id": "toolu_1"}]
    for answer in (
        AIMessage([thought, hidden, {"type": "text", "text": "So"}, use]),
        AIMessage([thought, hidden, {"type": "text", "text": "So"}, use], tool_calls=known),
        AIMessage(
            [thought, hidden, {"type": "text", "text": "So"}, use],
            tool_calls=known,
            response_metadata={"model_provider": "anthropic"},
        ),
    ):
        later = HumanMessage([result, {"type": "text", "text": "And?"}])
        assert encode_messages([answer, later]) == [
            {
                "role": "assistant",
                "content": "So",
                "reasoning_content": "Hm.",
                "thinking_blocks": [thought, hidden],
                "tool_calls": [call],
            },
            {"role": "tool", "tool_call_id": "toolu_1", "content": "sunny"},
            {"role": "user", "content": "And?"},
        ]
    assert encode_messages([HumanMessage([{**result, "content": "sunny"}])]) == [
        {"role": "tool", "tool_call_id": "toolu_1", "content": "sunny"}
    ]
