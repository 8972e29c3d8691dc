"""Messages sent to Converse, one test for each rule."""

from __future__ import annotations

import re

import pytest

from tests.support.calls.bedrock_calls import (
    CLAUDE,
    GPT_OSS,
    LLAMA,
    NOVA,
    PIXEL,
    USER,
    answer_body,
    call,
    once,
    sent,
    tool,
    tool_call,
)
from tests.support.server import Server, answer_json
from tests.support.worlds import World
from trunkline import BadRequestError, Client
from trunkline.pipeline.json_values import JSON


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
    empty = [{"role": "user", "content": [{"text": "(empty message)"}]}]
    assert sent(server, CLAUDE, [{"role": "assistant", "content": ""}])["messages"] == empty


def test_a_conversation_begins_with_the_user(server: Server) -> None:
    greeting = {"role": "assistant", "content": "How can I help?"}
    system = {"role": "system", "content": "One."}
    body = sent(server, CLAUDE, [system, greeting, *USER])
    assert body["messages"][:2] == [
        {"role": "user", "content": [{"text": "(empty message)"}]},
        {"role": "assistant", "content": [{"text": "How can I help?"}]},
    ]
    # Converse requires a message, even where there are only system messages.
    body = sent(server, CLAUDE, [system])
    assert body == {"messages": [{"role": "user", "content": [{"text": "One."}]}]}


def test_results_before_words(server: Server) -> None:
    mark = {"type": "ephemeral"}
    messages = [
        *USER,
        {"role": "assistant", "tool_calls": [tool_call("a"), tool_call("b")]},
        {"role": "tool", "tool_call_id": "a", "content": "1"},
        {"role": "user", "content": "Look:"},
        {"role": "tool", "tool_call_id": "b", "content": "2", "cache_control": mark},
    ]
    results = sent(server, CLAUDE, messages, tools=[tool("look")])["messages"][2]["content"]
    assert [next(iter(block)) for block in results] == [
        "toolResult",
        "toolResult",
        "cachePoint",
        "text",
    ]


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


CROPPED: JSON = {"transformations": {"oversized": "error"}}


@pytest.mark.parametrize(
    ("part", "place"),
    [
        ({"type": "file", "file": {"file_id": "file-1"}}, "messages[0].content[0].file"),
        (
            {"type": "image_url", "image_url": {"url": "data:image/tiff;base64,AAAA"}},
            "messages[0].content[0].image_url",
        ),
        (
            {"type": "image_url", "image_url": f"data:image/png;base64,{PIXEL}", **CROPPED},
            "messages[0].content[0].transformations",
        ),
        (
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,", **CROPPED}},
            "messages[0].content[0].image_url.transformations",
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


AUDIO = {"type": "input_audio", "input_audio": {"data": PIXEL, "format": "mp3"}}
GUARDED = {"type": "guarded_text", "text": "guard me"}
FOUND: JSON = {"type": "search_result", "source": "a", "title": "A", "content": []}


@pytest.mark.parametrize(
    ("role", "part"),
    [
        ("tool", AUDIO),
        ("tool", GUARDED),
        ("system", AUDIO),
        ("system", FOUND),
        ("assistant", FOUND),
    ],
)
def test_parts_have_their_place(role: str, part: JSON, server: Server) -> None:
    called = {"role": "assistant", "tool_calls": [tool_call("a")]}
    with pytest.raises(BadRequestError, match=r"messages\[2\].content\[0\]: bedrock does not"):
        sent(
            server, CLAUDE, [*USER, called, {"role": role, "tool_call_id": "a", "content": [part]}]
        )


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
        {"role": "assistant", "tool_calls": [{**tool_call("a"), "cache_control": mark}]},
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
    assert body["messages"][1]["content"][1:] == [point]
    assert body["messages"][2]["content"][1] == point
    assert body["toolConfig"]["tools"][1] == point
    assert len(sent(server, NOVA, messages, tools=tools)["toolConfig"]["tools"]) == 1
    assert sent(server, LLAMA, messages, tools=tools)["system"] == [{"text": "S"}]


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
        (
            {"tool_calls": [{"id": "1", "type": "custom", "custom": {}}]},
            r"tool_calls\[0\].function.name",
        ),
        ({"tool_calls": [tool_call("")]}, r"tool_calls\[0\].id: missing"),
    ]
    for wrong, place in refused:
        with pytest.raises(BadRequestError, match=place):
            sent(server, CLAUDE, [*USER, {"role": "assistant", **wrong}])
    with pytest.raises(BadRequestError, match="has no options"):
        sent(server, NOVA, web_search_options={"search_context_size": "low"})


def test_ids_of_calls_for_mistral(server: Server) -> None:
    ids = ("tooluse_kZJMlvQmRJ6eAyJE5GIl7Q", "abcdefghi")
    calls = [{**tool_call("f"), "id": one} for one in ids]
    results = [{"role": "tool", "tool_call_id": one, "content": "r"} for one in ids]
    messages = [*USER, {"role": "assistant", "content": "x", "tool_calls": calls}, *results]
    body = sent(server, "mistral.mistral-large-2407-v1:0", messages)
    _, said, found = body["messages"]
    called = [block["toolUse"]["toolUseId"] for block in said["content"] if "toolUse" in block]
    assert called[1] == "abcdefghi"
    assert re.fullmatch(r"[A-Za-z0-9]{9}", called[0])
    assert [block["toolResult"]["toolUseId"] for block in found["content"]] == called
