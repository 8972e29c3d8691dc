"""Anthropic's wire: answers, streams, errors, and conversations that go there and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.calls.anthropic_calls import HELLO, PROVIDER, body_of_call, unchecked
from tests.support.server import Answer, Server, answer_json
from tests.support.tiny_gguf import CHAT_TEXT, REASONING_TEXT, TOOL_RESULT_TEXT
from tests.support.vendors.anthropic_types import check_request
from tests.support.worlds import World
from trunkline import (
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    AuthenticationError,
    BadRequestError,
    Client,
    ContentPolicyViolationError,
    ContextWindowExceededError,
    InternalServerError,
    ModelResponse,
    PermissionDeniedError,
    RateLimitError,
    ServiceUnavailableError,
    StreamInterruptedError,
    fold_chunks,
)
from trunkline.adapters.wires import anthropic
from trunkline.adapters.wires.local.server import local_endpoint
from trunkline.pipeline.errors import ConflictError, PaymentRequiredError, Timeout
from trunkline.pipeline.port import HTTPResponse

MODEL = "anthropic/claude-sonnet-4-5"
USAGE = {
    "input_tokens": 10,
    "cache_read_input_tokens": 3,
    "cache_creation_input_tokens": 2,
    "output_tokens": 7,
    "output_tokens_details": {"thinking_tokens": 4},
    "service_tier": "standard",
}

Block = dict[str, Any]

TOOLS: list[Block] = [{"type": "function", "function": {"name": "get_weather", "parameters": {}}}]


def text(value: str, **more: Any) -> Block:
    return {"type": "text", "text": value, **more}


def thinking(value: str, signature: str) -> Block:
    return {"type": "thinking", "thinking": value, "signature": signature}


def tool_use(id: str, name: str = "get_weather", **input: Any) -> Block:
    return {"type": "tool_use", "id": id, "name": name, "input": input}


def message(*blocks: Block, stop: str = "end_turn", **more: Any) -> Block:
    """A whole answer of the API."""
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5-20250929",
        "content": list(blocks),
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": USAGE,
        **more,
    }


def events(whole: Block) -> list[Block]:
    """The same answer as the API streams it."""
    head: Block = {
        **whole,
        "content": [],
        "stop_reason": None,
        "usage": {**USAGE, "output_tokens": 1},
    }
    head.pop("stop_details", None)
    found: list[Block] = [{"type": "message_start", "message": head}, {"type": "ping"}]
    for index, block in enumerate(whole["content"]):
        start, deltas = _pieces(block)
        found.append({"type": "content_block_start", "index": index, "content_block": start})
        found += [
            {"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas
        ]
        found.append({"type": "content_block_stop", "index": index})
    names = ("stop_reason", "stop_sequence", "stop_details", "container")
    delta = {name: whole[name] for name in names if name in whole}
    end = {"type": "message_delta", "delta": delta, "usage": {"output_tokens": 7}}
    if "context_management" in whole:
        end["context_management"] = whole["context_management"]
    return [*found, end, {"type": "message_stop"}]


def _pieces(block: Block) -> tuple[Block, list[Block]]:
    """A block's start, and the deltas that make it whole."""
    if block["type"] == "text":
        whole: str = block["text"]
        cited = [
            {"type": "citations_delta", "citation": one} for one in block.get("citations") or ()
        ]
        parts = [{"type": "text_delta", "text": piece} for piece in (whole[:3], whole[3:])]
        return {**block, "text": "", "citations": None}, [*cited, *parts]
    if block["type"] == "thinking":
        parts = [{"type": "thinking_delta", "thinking": block["thinking"]}]
        signed = {"type": "signature_delta", "signature": block["signature"]}
        return {**block, "thinking": "", "signature": ""}, [*parts, signed]
    if "input" in block:
        arguments = json.dumps(block["input"], separators=(",", ":"))
        parts = [
            {"type": "input_json_delta", "partial_json": piece}
            for piece in ("", arguments[:5], arguments[5:])
        ]
        return {**block, "input": {}}, parts
    return block, []


def encode_events(found: list[Block]) -> bytes:
    return b"".join(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n".encode() for one in found)


def stream_answer(found: list[Block]) -> Answer:
    return Answer([encode_events(found)], headers={"content-type": "text/event-stream"})


def decode(whole: Block) -> ModelResponse:
    """Decode an answer, whole and streamed, which must come to the same."""
    body = json.dumps(whole).encode()
    plain = anthropic.decode(HTTPResponse(status=200, headers={}, body=body), PROVIDER)
    streamed = read(encode_events(events(whole)))
    plain_dump, streamed_dump = plain.model_dump(), streamed.model_dump()
    for dump in (plain_dump, streamed_dump):
        assert dump.pop("created")
    assert streamed_dump == plain_dump
    return plain


def read(body: bytes) -> ModelResponse:
    decoder = anthropic.Decoder(PROVIDER, {})
    chunks = decoder.feed(body) + decoder.close()
    assert decoder.error is None
    assert decoder.done
    return fold_chunks(chunks)


def failing(body: bytes) -> tuple[str | None, APIError]:
    """Return what of a broken stream was read, and its error."""
    decoder = anthropic.Decoder(PROVIDER, {"request-id": "req_1"})
    chunks = decoder.feed(body) + decoder.close()
    assert decoder.error is not None
    content = fold_chunks(chunks).choices[0].message.content if chunks else None
    return content, decoder.error


def error_of(status: int, kind: str, text: str = "No", **headers: str) -> APIError:
    body = {"type": "error", "error": {"type": kind, "message": text}, "request_id": "req_body"}
    return anthropic.error(
        HTTPResponse(status=status, headers=headers, body=json.dumps(body).encode()), PROVIDER
    )


def test_text() -> None:
    response = decode(message(text("Hello")))
    assert response.id == "msg_1"
    assert response.model == "claude-sonnet-4-5-20250929"
    assert response.service_tier == "standard"
    choice = response.choices[0]
    assert choice.message.content == "Hello"
    assert choice.message.provider_specific_fields is None
    assert choice.finish_reason == "stop"
    assert choice.provider_specific_fields == {"native_finish_reason": "end_turn"}


def test_usage() -> None:
    usage = decode(message(text("Hello"))).usage
    assert usage is not None
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (15, 7, 22)
    assert usage.prompt_tokens_details is not None
    assert usage.prompt_tokens_details.cached_tokens == 3
    assert usage.prompt_tokens_details.cache_creation_tokens == 2
    assert usage.completion_tokens_details is not None
    assert usage.completion_tokens_details.reasoning_tokens == 4
    assert usage.native == USAGE


def test_usage_with_nothing_in_it() -> None:
    response = read(
        encode_events([{"type": "message_start", "message": {}}, {"type": "message_stop"}])
    )
    assert response.usage is None


def test_usage_comes_in_a_chunk_of_its_own() -> None:
    decoder = anthropic.Decoder(PROVIDER, {})
    chunks = decoder.feed(encode_events(events(message(text("Hello")))))
    assert [bool(chunk.choices) for chunk in chunks if chunk.usage] == [False]


def test_tool_calls() -> None:
    blocks = (text("Let me look"), tool_use("toolu_1", city="Bonn"), tool_use("toolu_2"))
    response = decode(message(*blocks, stop="tool_use"))
    found = response.choices[0].message
    assert found.content == "Let me look"
    assert [(call.id, call.function.arguments) for call in found.tool_calls or ()] == [
        ("toolu_1", '{"city":"Bonn"}'),
        ("toolu_2", "{}"),
    ]
    assert response.choices[0].finish_reason == "tool_calls"


def test_input_that_comes_at_once() -> None:
    """Some servers of this wire send a call's input with its start."""
    found = events(message(tool_use("toolu_1"), stop="tool_use"))
    found = [one for one in found if one["type"] != "content_block_delta"]
    found[2]["content_block"]["input"] = {"city": "Bonn"}
    [call] = read(encode_events(found)).choices[0].message.tool_calls or []
    assert json.loads(call.function.arguments) == {"city": "Bonn"}
    del found[2]["content_block"]["input"]
    [call] = read(encode_events(found)).choices[0].message.tool_calls or []
    assert call.function.arguments == "{}"


def test_arguments_that_were_cut_off() -> None:
    found = events(message(tool_use("toolu_1", city="Bonn"), stop="max_tokens"))
    last = [one for one in found if one["type"] == "content_block_delta"][-1]
    last["delta"]["partial_json"] = 'y":"Bo'
    response = read(encode_events(found))
    [call] = response.choices[0].message.tool_calls or []
    assert call.function.arguments == '{"city":"Bo'
    assert response.choices[0].finish_reason == "length"


def test_reasoning() -> None:
    blocks = (
        thinking("Hm.", "abc"),
        {"type": "redacted_thinking", "data": "xyz"},
        thinking("", "def"),
        text("Yes"),
    )
    found = decode(message(*blocks)).choices[0].message
    assert found.reasoning_content == "Hm."
    assert [block.model_dump() for block in found.thinking_blocks or ()] == [
        {"type": "thinking", "thinking": "Hm.", "signature": "abc"},
        {"type": "redacted_thinking", "data": "xyz"},
        {"type": "thinking", "thinking": "", "signature": "def"},
    ]
    assert found.provider_specific_fields is None


def test_citations() -> None:
    page = {
        "type": "web_search_result_location",
        "url": "https://example.com",
        "title": "Example",
        "encrypted_index": "abc",
        "cited_text": "green",
    }
    place = {"type": "char_location", "cited_text": "Grass", "document_index": 0}
    blocks = (text("So: "), text("grass is green.", citations=[page, place]))
    found = decode(message(*blocks)).choices[0].message
    assert found.content == "So: grass is green."
    assert found.annotations == [
        {
            "type": "url_citation",
            "url_citation": {
                "url": "https://example.com",
                "title": "Example",
                "start_index": 4,
                "end_index": 19,
            },
        }
    ]
    assert found.provider_specific_fields is not None
    assert found.provider_specific_fields["citations"] == [page, place]


SEARCH: tuple[Block, ...] = (
    text("I look."),
    {
        "type": "server_tool_use",
        "id": "srvtoolu_1",
        "name": "web_search",
        "input": {"query": "weather"},
    },
    {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []},
    text("Sunny."),
)


def test_blocks_of_servers_are_sent_back_as_they_came() -> None:
    """A paused turn goes on only where it is sent back as it is."""
    response = decode(message(*SEARCH, stop="pause_turn"))
    choice = response.choices[0]
    assert choice.finish_reason == "stop"
    assert choice.provider_specific_fields == {"native_finish_reason": "pause_turn"}
    assert choice.message.content == "I look.Sunny."
    assert choice.message.tool_calls is None
    body = body_of_call([*HELLO, choice.message])
    blocks = body["messages"][1]["content"]
    assert blocks == [
        {key: value for key, value in block.items() if value is not None} for block in SEARCH
    ]


def test_an_answer_that_was_edited_is_sent_as_edited() -> None:
    found = decode(message(*SEARCH)).choices[0].message
    found.content = "Rain."
    assert body_of_call([*HELLO, found])["messages"][1]["content"] == [text("Rain.")]


def test_calls_of_programs_keep_their_caller() -> None:
    caller = {"type": "code_execution_20250825", "tool_id": "srvtoolu_1"}
    block = {**tool_use("toolu_1", city="Bonn"), "caller": caller}
    found = decode(message(block, stop="tool_use")).choices[0].message
    assert body_of_call([*HELLO, found])["messages"][1]["content"] == [block]


def test_calls_of_a_toolset_keep_its_name() -> None:
    block = {**tool_use("toolu_1", name="left_click"), "toolset_name": "computer"}
    found = decode(message(block, stop="tool_use")).choices[0].message
    assert body_of_call([*HELLO, found])["messages"][1]["content"] == [block]


def test_text_without_a_letter_is_not_sent_back() -> None:
    found = decode(message(text(""), *SEARCH)).choices[0].message
    sent = body_of_call([*HELLO, found])["messages"][1]["content"]
    assert [block["type"] for block in sent] == [block["type"] for block in SEARCH]


@pytest.mark.parametrize("content", ["So far", None])
def test_a_compaction_is_sent_back_as_it_came(content: str | None) -> None:
    """Its content is null where it failed, and may not be empty then."""
    block = {"type": "compaction", "content": content, "encrypted_content": "abc"}
    found = events(message({"type": "compaction", "content": None}, text("Hello")))
    delta = {**block, "type": "compaction_delta"}
    found.insert(3, {"type": "content_block_delta", "index": 0, "delta": delta})
    answer = read(encode_events(found)).choices[0].message
    sent = unchecked([*HELLO, answer])["messages"][1]["content"]
    assert sent[0] == {name: value for name, value in block.items() if value is not None}


def test_reasoning_between_other_blocks_keeps_its_place() -> None:
    blocks = [thinking("a", "s1"), text("b"), thinking("c", "s2"), tool_use("toolu_1", x=1)]
    found = decode(message(*blocks, stop="tool_use")).choices[0].message
    assert found.reasoning_content == "ac"
    assert body_of_call([*HELLO, found])["messages"][1]["content"] == blocks


@pytest.mark.parametrize(
    ("native", "reason"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("tool_use", "tool_calls"),
        ("pause_turn", "stop"),
        ("refusal", "content_filter"),
        ("model_context_window_exceeded", "length"),
        ("compaction", "length"),
        ("something_new", "something_new"),
    ],
)
def test_finish_reasons(native: str, reason: str) -> None:
    choice = decode(message(text("x"), stop=native)).choices[0]
    assert choice.finish_reason == reason
    kept = (choice.provider_specific_fields or {}).get("native_finish_reason", reason)
    assert kept == native


def test_what_a_finish_reason_does_not_say() -> None:
    details = {"type": "refusal", "category": "bio", "explanation": None}
    choice = decode(
        message(text("x"), stop="refusal", stop_sequence="END", stop_details=details)
    ).choices[0]
    assert choice.provider_specific_fields == {
        "native_finish_reason": "refusal",
        "stop_sequence": "END",
        "stop_details": details,
    }


def test_fields_of_features() -> None:
    container = {"id": "container_1", "expires_at": "2026-01-01T00:00:00Z"}
    edits: Block = {"applied_edits": []}
    response = decode(message(text("x"), container=container, context_management=edits))
    assert response.provider_specific_fields == {
        "container": container,
        "context_management": edits,
    }


def test_an_empty_answer() -> None:
    response = decode(message())
    assert response.choices[0].message.content is None
    assert response.choices[0].finish_reason == "stop"


def test_forced_tool() -> None:
    block = tool_use("toolu_1", "json_answer", age=5)
    response = decode(message(block, stop="tool_use"))
    choice = response.choices[0]
    assert json.loads(choice.message.content or "") == {"age": 5}
    assert choice.message.tool_calls is None
    assert choice.finish_reason == "stop"


def test_forced_tool_beside_a_call() -> None:
    blocks = (tool_use("toolu_1", "json_answer", age=5), tool_use("toolu_2"))
    choice = decode(message(*blocks, stop="tool_use")).choices[0]
    assert json.loads(choice.message.content or "") == {"age": 5}
    assert [call.id for call in choice.message.tool_calls or ()] == ["toolu_2"]
    assert choice.finish_reason == "tool_calls"


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[1]", b'{"content": 5}', b'{"x": 1}'])
def test_no_message(body: bytes) -> None:
    with pytest.raises(APIResponseValidationError):
        anthropic.decode(HTTPResponse(status=200, headers={}, body=body), PROVIDER)


def test_an_error_in_a_success() -> None:
    body = json.dumps({"type": "error", "error": {"type": "overloaded_error", "message": "Busy"}})
    with pytest.raises(ServiceUnavailableError, match="Busy") as caught:
        anthropic.decode(HTTPResponse(status=200, headers={}, body=body.encode()), PROVIDER)
    assert caught.value.status_code == 529


@pytest.mark.parametrize(
    ("status", "kind", "text", "cls"),
    [
        (400, "invalid_request_error", "No", BadRequestError),
        (400, "invalid_request_error", "prompt is too long: 2 > 1", ContextWindowExceededError),
        (
            400,
            "invalid_request_error",
            "input length and `max_tokens` exceed context limit: 190000 + 21333 > 200000",
            ContextWindowExceededError,
        ),
        (
            400,
            "invalid_request_error",
            "Output blocked by content filtering policy",
            ContentPolicyViolationError,
        ),
        (401, "authentication_error", "No", AuthenticationError),
        (402, "billing_error", "No", PaymentRequiredError),
        (403, "permission_error", "No", PermissionDeniedError),
        (409, "conflict_error", "No", ConflictError),
        (413, "request_too_large", "No", BadRequestError),
        (429, "rate_limit_error", "No", RateLimitError),
        (500, "api_error", "No", InternalServerError),
        (504, "timeout_error", "No", Timeout),
        (529, "overloaded_error", "No", ServiceUnavailableError),
    ],
)
def test_errors(status: int, kind: str, text: str, cls: type[APIError]) -> None:
    error = error_of(status, kind, text)
    assert type(error) is cls
    assert (error.status_code, error.code, error.message) == (status, kind, text)
    # The same in a stream, after some text.
    found = events(message({"type": "text", "text": "Hello"}))
    sent = encode_events(found[:5]) + encode_events(
        [{"type": "error", "error": {"type": kind, "message": text}}]
    )
    content, error = failing(sent)
    assert content == "Hello"
    assert type(error) is cls
    assert error.request_id == "req_1"


def test_request_ids() -> None:
    error = error_of(429, "rate_limit_error", **{"request-id": "req_head", "retry-after": "7"})
    assert error.request_id == "req_head"
    assert error.retry_after == 7
    assert error_of(429, "rate_limit_error").request_id == "req_body"
    body = {"type": "error", "error": {"type": "api_error", "message": "No"}, "request_id": "r1"}
    decoder = anthropic.Decoder(PROVIDER, {})
    decoder.feed(encode_events([body]))
    assert decoder.error is not None
    assert decoder.error.request_id == "r1"


def test_events_that_cannot_be_read() -> None:
    found = encode_events(events(message(text("Hello")))[:5])
    for broken in (b"data: {oops\n\n", b'data: {"type": "content_block_delta", "index": 9}\n\n'):
        content, error = failing(found + broken)
        assert content == "Hello"
        assert isinstance(error, APIResponseValidationError)


def test_events_that_nobody_knows() -> None:
    found = events(message(text("Hello")))
    found.insert(3, {"type": "something_new", "index": 0})
    found.insert(5, {"type": "content_block_delta", "index": 0, "delta": {"type": "something_new"}})
    assert read(encode_events(found)).choices[0].message.content == "Hello"


def test_an_answer_where_a_stream_was_wanted() -> None:
    body = json.dumps(message(text("Hello"), tool_use("toolu_1"), stop="tool_use")).encode()
    choice = read(body).choices[0]
    assert choice.message.content == "Hello"
    assert choice.message.tool_calls is not None


def test_an_error_where_a_stream_was_wanted() -> None:
    body = json.dumps({"type": "error", "error": {"type": "api_error", "message": "No"}}).encode()
    assert isinstance(failing(body)[1], InternalServerError)


def test_call(server: Server, world: World, mode: str) -> None:
    whole = message(thinking("Hm", "abc"), text("Hello"))
    answer = (
        answer_json(whole, request_id="req_1") if mode == "plain" else stream_answer(events(whole))
    )
    server.reply(answer)
    with Client([]) as client:
        response = world.answer(
            client, mode, MODEL, HELLO, api_key="sk-ant-secret", base_url=server.url
        )
    assert response.choices[0].message.content == "Hello"
    assert response.call.provider == "anthropic"
    seen = server.seen[0]
    assert seen.path == "/v1/messages"
    assert seen.headers["x-api-key"] == "sk-ant-secret"
    assert seen.json.get("stream", False) is (mode == "stream")


def test_pictures_that_the_api_does_not_fetch(server: Server, world: World) -> None:
    picture = Answer([b"png"], headers={"content-type": "image/png"})
    server.reply(picture, answer_json(message(text("A dot"))))
    parts = [{"type": "image_url", "image_url": {"url": f"{server.url}/a.png"}}]
    with Client([]) as client:
        world.complete(
            client,
            MODEL,
            [{"role": "user", "content": parts}],
            api_key="sk-ant-secret",
            base_url=server.url,
            allow_private_urls=True,
        )
    fetched, sent = server.seen
    assert "sk-ant-secret" not in str(fetched.headers)
    assert sent.json["messages"][0]["content"] == [
        {
            "type": "image",
            "source": {"type": "base64", "media_type": "image/png", "data": "cG5n"},
        }
    ]


def test_overload_before_the_first_word(server: Server, world: World) -> None:
    """It is the call that fails, so that it can be tried again."""
    head = events(message(text("Hello")))[:1]
    overload = {"type": "error", "error": {"type": "overloaded_error", "message": "Busy"}}
    server.reply(stream_answer([*head, overload]))
    with Client([]) as client, pytest.raises(ServiceUnavailableError) as caught:
        world.stream(client, MODEL, HELLO, api_key="sk-ant-secret", base_url=server.url)
    assert caught.value.status_code == 529
    assert caught.value.retryable


def test_overload_in_the_middle(server: Server, world: World) -> None:
    head = events(message(text("Hello")))[:5]
    overload = {"type": "error", "error": {"type": "overloaded_error", "message": "Busy"}}
    server.reply(stream_answer([*head, overload]))
    with Client([]) as client, pytest.raises(StreamInterruptedError) as caught:
        world.stream(client, MODEL, HELLO, api_key="sk-ant-secret", base_url=server.url)
    assert caught.value.status_code == 529
    assert caught.value.partial is not None
    assert caught.value.partial.choices[0].message.content == "Hello"


def test_a_stream_that_breaks_off(server: Server, world: World) -> None:
    server.reply(stream_answer(events(message(text("Hello")))[:5]))
    with Client([]) as client, pytest.raises(APIConnectionError, match="finish reason"):
        world.stream(client, MODEL, HELLO, api_key="sk-ant-secret", base_url=server.url)


def test_three_turns_with_tools_and_reasoning(server: Server, mode: str) -> None:
    """Answers are appended as they are, and the API gets back what it sent."""
    answers = [
        message(
            thinking("Which city?", "s1"), text("I ask."), tool_use("toolu_1"), stop="tool_use"
        ),
        message(
            thinking("Bonn.", "s2"),
            {"type": "redacted_thinking", "data": "r2"},
            tool_use("toolu_2", city="Bonn"),
            tool_use("toolu_3", city="Köln"),
            stop="tool_use",
        ),
        message(thinking("Done.", "s3"), text("Sunny in both.")),
    ]
    replies = [
        answer_json(one) if mode == "plain" else stream_answer(events(one)) for one in answers
    ]
    server.reply(*replies)
    messages: list[Any] = [{"role": "user", "content": "How is the weather?"}]
    with Client([]) as client:
        for _ in answers:
            reply = _answer(client, mode, messages, server.url)
            messages.append(reply.choices[0].message)
            messages += [
                {"role": "tool", "tool_call_id": call.id, "content": "Sunny"}
                for call in reply.choices[0].message.tool_calls or ()
            ]
        messages.append({"role": "user", "content": "Thanks"})
        _answer(client, mode, messages, server.url)
    sent = server.seen[-1].json
    check_request(sent)
    assert [one["role"] for one in sent["messages"]] == ["user", "assistant"] * 3 + ["user"]
    assert [one["content"] for one in sent["messages"][1::2]] == [one["content"] for one in answers]
    assert [block["tool_use_id"] for block in sent["messages"][4]["content"]] == [
        "toolu_2",
        "toolu_3",
    ]


def _answer(client: Client, mode: str, messages: list[Any], url: str) -> ModelResponse:
    arguments: Any = {"api_key": "sk-ant-secret", "base_url": url, "tools": TOOLS}
    return World("sync").answer(client, mode, MODEL, messages, **arguments)


def local(path: Path) -> dict[str, Any]:
    """Arguments for a real server of this wire: llama.cpp's, with a tiny model."""
    base_url, api_key = local_endpoint(str(path))
    return {"api_key": api_key, "base_url": base_url, "temperature": 0, "max_tokens": 100}


def test_a_real_server(tiny_gguf: Path, world: World, mode: str) -> None:
    with Client([]) as client:
        response = world.answer(client, mode, "anthropic/tiny", HELLO, **local(tiny_gguf))
    assert response.choices[0].message.content == CHAT_TEXT
    assert response.choices[0].finish_reason == "stop"
    assert response.usage is not None
    assert response.usage.completion_tokens > 0


def test_a_real_server_and_tools(tiny_gguf: Path, mode: str) -> None:
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
        "required": ["city", "days"],
    }
    tools = [{"type": "function", "function": {"name": "forecast", "parameters": schema}}]
    arguments: Any = {**local(tiny_gguf), "tools": tools, "tool_choice": "required"}
    world = World("sync")
    with Client([]) as client:
        reply = world.answer(client, mode, "anthropic/tiny", HELLO, **arguments)
        [call] = reply.choices[0].message.tool_calls or []
        assert json.loads(call.function.arguments) == {"city": "Paris", "days": 42}
        assert reply.choices[0].finish_reason == "tool_calls"
        arguments.pop("tool_choice")
        result = {"role": "tool", "tool_call_id": call.id, "content": "Sunny"}
        messages = [*HELLO, reply.choices[0].message, result]
        reply = world.answer(client, mode, "anthropic/tiny", messages, **arguments)
    assert reply.choices[0].message.content == TOOL_RESULT_TEXT


def test_a_real_server_and_reasoning(thinking_gguf: Path, mode: str) -> None:
    with Client([]) as client:
        reply = World("sync").answer(client, mode, "anthropic/tiny", HELLO, **local(thinking_gguf))
    assert (reply.choices[0].message.reasoning_content or "").strip() == REASONING_TEXT
    assert reply.choices[0].message.content == CHAT_TEXT


def test_a_real_servers_error(tiny_gguf: Path, mode: str) -> None:
    with Client([]) as client, pytest.raises(AuthenticationError):
        World("sync").answer(
            client, mode, "anthropic/tiny", HELLO, **{**local(tiny_gguf), "api_key": "wrong-key"}
        )
