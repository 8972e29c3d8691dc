"""Ollama's wire: its documentation, its recorded exchanges, and its own package's models."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ollama._types import ChatRequest, ChatResponse, Message, Options, Tool

from tests.chunks import check_cuts, decode_cut
from tests.expectations import check_answer
from tests.openai_requests import (
    PICTURE,
    encode_all,
    encode_body,
    make_request,
    part_types,
    tool_types,
)
from tests.recordings import Row, body_of, rows
from tests.server import Answer, Server, answer_json
from tests.worlds import World
from trunkline import (
    APIResponseValidationError,
    BadRequestError,
    Client,
    InternalServerError,
    ModelResponse,
    NotFoundError,
    StreamInterruptedError,
    UnsupportedParamsError,
    fold_chunks,
    get_supported_openai_params,
)
from trunkline.adapters import ollama
from trunkline.adapters.table import find_provider
from trunkline.pipeline.port import HTTPResponse

JSON = dict[str, Any]
PROVIDER = find_provider("ollama")
MODEL = "ollama/qwen3"
USER = [{"role": "user", "content": "Hello"}]
WEATHER: JSON = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tell the weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


def body(messages: Any = USER, model: str = MODEL, **params: Any) -> JSON:
    """The body of a request that Ollama's own package would send too."""
    encoded = encode_body(make_request(model, messages, **params))
    check_request(encoded)
    return encoded


# Fields of the server that its Python package does not have: see `Message` and `ToolCall` in
# https://github.com/ollama/ollama/blob/main/api/types.go
_SERVER_ALONE = {"tool_call_id", "id"}


def check_request(request: JSON) -> None:
    """Assert that Ollama's package knows every field, and that each is of its type."""
    assert set(request) <= set(ChatRequest.model_fields)
    ChatRequest.model_validate(request, strict=True)
    for message in request["messages"]:
        assert set(message) <= {*Message.model_fields, *_SERVER_ALONE}
        # A client of theirs wraps pictures, and writes them as the text that the server reads.
        images = [{"value": image} for image in message.get("images") or ()]
        checked = Message.model_validate({**message, "images": images})
        assert [image.model_dump() for image in checked.images or ()] == message.get("images", [])
        for call in message.get("tool_calls") or ():
            assert set(call) <= {*Message.ToolCall.model_fields, *_SERVER_ALONE}
    for tool in request.get("tools") or ():
        assert set(tool) <= set(Tool.model_fields)
        assert set(tool["function"]) <= set(Tool.Function.model_fields)
    assert set(request.get("options") or {}) <= {*Options.model_fields, "min_p"}
    Options.model_validate(request.get("options") or {}, strict=True)


def decode(data: bytes) -> ModelResponse:
    return ollama.decode(HTTPResponse(status=200, headers={}, body=data), PROVIDER)


@rows("ollama", stream=False)
def test_recorded_answers(row: Row) -> None:
    response = decode(body_of(row))
    check_answer(response, row)
    assert response.model == row["model"]
    assert response.created > 1_700_000_000
    assert response.usage is not None
    native = response.usage.native or {}
    for name, value in row["expect"]["usage_native"].items():
        assert native[name] == value


@rows("ollama", stream=True)
def test_recorded_streams(row: Row) -> None:
    chunks, decoder = decode_cut(ollama, PROVIDER, body_of(row))
    assert decoder.done
    assert decoder.error is None
    check_answer(fold_chunks(chunks), row)
    assert len({chunk.id for chunk in chunks}) == 1


@rows("ollama", stream=True)
def test_recorded_streams_cut_anywhere(row: Row) -> None:
    check_cuts(ollama, PROVIDER, row)


@rows("ollama", request=lambda request: request is not None)
def test_recorded_requests_would_be_sent_alike(row: Row) -> None:
    given = row["request"]
    messages = json.loads(json.dumps(given["messages"]))
    for message in messages:
        for call in message.get("tool_calls") or ():
            call["function"]["arguments"] = json.dumps(call["function"]["arguments"])
    options = given.get("options") or {}
    ours = body(messages, **options)
    assert ours["messages"] == given["messages"]
    # One client puts `think` where the server does not look for it.
    assert {**ours.get("options", {}), **({"think": ours["think"]} if "think" in ours else {})} == (
        options
    )


def test_requests_for_openai_fit_ollama() -> None:
    taken = {"text", "image_url", "refusal", "thinking"}

    def unfit(request: JSON) -> bool:
        tools = request.get("tools") or [
            {"function": function} for function in request.get("functions") or ()
        ]
        choice = request.get("tool_choice", request.get("function_call"))
        unread = any(
            not is_object(call["function"].get("arguments") or "{}")
            for message in request["messages"]
            for call in message.get("tool_calls") or ()
        )
        return (
            not part_types(request) <= taken
            or not tool_types(request) <= {"function", None}
            or any("function" not in tool for tool in tools)
            or choice in ("any", "required")
            or isinstance(choice, dict)
            or unread
        )

    encoded, refused = encode_all("ollama/llama3.2", unfit, check_request)
    if encoded or refused:
        assert encoded > 500
        assert refused > 50


def is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def test_parameters() -> None:
    assert body(
        max_tokens=9,
        temperature=0.5,
        top_p=0.9,
        top_k=5,
        stop="END",
        seed=3,
        frequency_penalty=0.1,
        presence_penalty=0.2,
        num_ctx=4096,
        mirostat=1,
        min_p=0.1,
        repeat_penalty=1.1,
        logprobs=True,
        top_logprobs=2,
        keep_alive="10m",
        think=True,
        format="json",
        stream=True,
        stream_options={"include_usage": True},
    ) == {
        "model": "qwen3",
        "messages": USER,
        "stream": True,
        "keep_alive": "10m",
        "think": True,
        "format": "json",
        "logprobs": True,
        "top_logprobs": 2,
        "options": {
            "num_predict": 9,
            "temperature": 0.5,
            "top_p": 0.9,
            "top_k": 5,
            "stop": ["END"],
            "seed": 3,
            "frequency_penalty": 0.1,
            "presence_penalty": 0.2,
            "num_ctx": 4096,
            "mirostat": 1,
            "min_p": 0.1,
            "repeat_penalty": 1.1,
        },
    }
    assert body(max_completion_tokens=7)["options"] == {"num_predict": 7}
    assert body(seed=1, options={"num_ctx": 9})["options"] == {"seed": 1, "num_ctx": 9}
    assert "options" not in body()
    assert body(keep_alive=0)["keep_alive"] == 0


def test_messages() -> None:
    messages = [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [
            {"type": "text", "text": "Look: "},
            {"type": "image_url", "image_url": {"url": PICTURE}},
            {"type": "text", "text": "what?"},
        ]},
        {"role": "system", "content": "Be kind."},
        {"role": "assistant", "content": None, "reasoning_content": "Hm.", "tool_calls": [
            {"id": "c1", "type": "function", "function": {
                "name": "weather", "arguments": '{"city": "Rome"}'}},
            {"id": "c2", "type": "function", "function": {"name": "time", "arguments": ""}},
        ]},
        {"role": "tool", "tool_call_id": "c2", "content": "noon"},
        {"role": "tool", "tool_call_id": "c1", "content": [
            {"type": "text", "text": "sun"},
            {"type": "image_url", "image_url": PICTURE},
        ]},
        {"role": "assistant", "content": ""},
        {"role": "user", "content": ""},
    ]  # fmt: skip
    data = PICTURE.partition(",")[2]
    assert body(messages)["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Look: what?", "images": [data]},
        {"role": "system", "content": "Be kind."},
        {
            "role": "assistant",
            "content": "",
            "thinking": "Hm.",
            "tool_calls": [
                {"id": "c1", "function": {"name": "weather", "arguments": {"city": "Rome"}}},
                {"id": "c2", "function": {"name": "time", "arguments": {}}},
            ],
        },
        {"role": "tool", "content": "noon", "tool_call_id": "c2", "tool_name": "time"},
        {
            "role": "tool",
            "content": "sun",
            "images": [data],
            "tool_call_id": "c1",
            "tool_name": "weather",
        },
        {"role": "assistant", "content": ""},
        {"role": "user", "content": ""},
    ]


@pytest.mark.parametrize(
    "part",
    [
        {"type": "input_audio", "input_audio": {"data": "aa", "format": "wav"}},
        {"type": "video_url", "video_url": {"url": "https://example.com/a.mp4"}},
        {"type": "file", "file": {"file_id": "f"}},
        {"type": "document", "source": {"type": "text", "data": "aa"}},
    ],
)
def test_parts_that_ollama_cannot_take(part: JSON) -> None:
    content = [{"type": "text", "text": "x"}, part]
    with pytest.raises(BadRequestError, match=r"messages\[1\]\.content\[1\]: ollama takes no"):
        body([*USER, {"role": "user", "content": content}])


def test_pictures_have_their_place() -> None:
    picture = {"type": "image_url", "image_url": {"url": PICTURE}}
    with pytest.raises(BadRequestError, match=r"messages\[0\]\.content\[0\]: ollama takes no"):
        body([{"role": "system", "content": [picture]}])
    broken = {"type": "image_url", "image_url": {"url": "data:image/png;base64,???"}}
    with pytest.raises(BadRequestError, match=r"messages\[0\]\.content\[0\].*base64"):
        body([{"role": "user", "content": [broken]}])


def test_pictures_are_fetched(server: Server, world: World) -> None:
    png = b"\x89PNG\r\n\x1a\n"
    server.reply(Answer([png], headers={"content-type": "image/png"}), whole("A pig."))
    picture = {"type": "image_url", "image_url": {"url": f"{server.url}/pig.png"}}
    response = world.complete(
        Client(),
        MODEL,
        [{"role": "user", "content": [picture]}],
        base_url=server.url,
        allow_private_urls=True,
    )
    assert response.choices[0].message.content == "A pig."
    assert server.seen[1].json["messages"][0]["images"] == ["iVBORw0KGgo="]


def test_arguments_that_are_no_object() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "[1]"}}
    with pytest.raises(BadRequestError, match=r"messages\[0\]\.tool_calls\[0\]"):
        body([{"role": "assistant", "content": None, "tool_calls": [call]}])


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (None, [WEATHER]),
        ("auto", [WEATHER]),
        ("none", []),
        (
            {
                "type": "allowed_tools",
                "allowed_tools": {
                    "mode": "auto",
                    "tools": [{"type": "function", "function": {"name": "weather"}}],
                },
            },
            [WEATHER],
        ),
    ],
)
def test_tools(choice: Any, expected: list[JSON]) -> None:
    given = {} if choice is None else {"tool_choice": choice}
    strict = {**WEATHER, "function": {**WEATHER["function"], "strict": True}}
    encoded = body(tools=[strict], **given)
    assert encoded["tools"] == expected
    assert "tool_choice" not in encoded


@pytest.mark.parametrize(
    "choice", ["required", {"type": "function", "function": {"name": "weather"}}]
)
def test_a_call_cannot_be_forced(choice: Any) -> None:
    with pytest.raises(UnsupportedParamsError, match="cannot force"):
        body(tools=[WEATHER], tool_choice=choice)


def test_response_format() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    assert body(response_format=wanted)["format"] == schema
    assert body(response_format={"type": "json_object"})["format"] == "json"
    assert "format" not in body(response_format={"type": "text"})


@pytest.mark.parametrize(
    ("model", "params", "think"),
    [
        ("qwen3", {"reasoning_effort": "none"}, False),
        ("qwen3", {"reasoning_effort": "low"}, True),
        ("gpt-oss:20b", {"reasoning_effort": "low"}, "low"),
        ("gpt-oss:20b", {"reasoning_effort": "minimal"}, "low"),
        ("gpt-oss:20b", {"reasoning_effort": "xhigh"}, "high"),
        ("gpt-oss:20b", {"reasoning_effort": "none"}, False),
        ("qwen3", {"thinking": {"type": "enabled", "budget_tokens": 9}}, True),
        ("qwen3", {"thinking": {"type": "disabled"}}, False),
        ("qwen3", {"think": "high", "reasoning_effort": "none"}, "high"),
    ],
)
def test_reasoning(model: str, params: JSON, think: object) -> None:
    assert body(model=f"ollama/{model}", **params)["think"] == think


def test_supported_params() -> None:
    supported = set(get_supported_openai_params("ollama_chat/qwen3"))
    assert {"tools", "reasoning_effort", "response_format", "functions"} <= supported
    assert not supported & {"n", "logit_bias", "user", "parallel_tool_calls"}


CREATED = "2025-07-07T20:22:19.184789123-07:00"


def line(done: bool = False, **message: Any) -> JSON:
    answer: JSON = {
        "model": "qwen3",
        "created_at": CREATED,
        "message": {"role": "assistant", "content": "", **message},
        "done": done,
    }
    if done:
        answer |= {"done_reason": "stop", "prompt_eval_count": 5, "eval_count": 3}
    return answer


def whole(content: str = "", **message: Any) -> Answer:
    return answer_json(line(done=True, content=content, **message))


def lines(*answers: JSON) -> Answer:
    pieces = [json.dumps(answer).encode() + b"\n" for answer in answers]
    return Answer(pieces, headers={"content-type": "application/x-ndjson"})


def test_where_it_goes(server: Server, monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    monkeypatch.setenv("OLLAMA_API_BASE", server.url)
    for model in ("ollama/qwen3", "ollama_chat/qwen3"):
        server.reply(whole("Hi"))
        response = world.complete(Client(), model, USER)
        assert response.choices[0].message.content == "Hi"
        assert response.model == "qwen3"
        assert (server.seen[0].method, server.seen[0].path) == ("POST", "/api/chat")
        assert "authorization" not in server.seen[0].headers
    server.reply(whole("Hi"))
    world.complete(Client(), MODEL, USER, api_key="cloud-key-123")
    assert server.seen[0].headers["authorization"] == "Bearer cloud-key-123"


# As in https://docs.ollama.com/capabilities/tool-calling and .../thinking
CALLS: list[JSON] = [
    {"function": {"name": "get_temperature", "arguments": {"city": "New York"}}},
    {"id": "call_x1", "function": {"index": 1, "name": "get_time", "arguments": {}}},
]


def test_tool_calls(server: Server, world: World, mode: str) -> None:
    plain = whole("", thinking="Let me look.", tool_calls=CALLS)
    stream = lines(
        line(thinking="Let me "),
        line(thinking="look."),
        line(tool_calls=CALLS[:1]),
        line(tool_calls=CALLS[1:]),
        line(done=True),
    )
    server.reply(plain if mode == "plain" else stream)
    response = world.answer(Client(), mode, MODEL, USER, base_url=server.url, tools=[WEATHER])
    choice = response.choices[0]
    assert choice.finish_reason == "tool_calls"
    assert choice.provider_specific_fields == {"native_finish_reason": "stop"}
    assert choice.message.reasoning_content == "Let me look."
    assert choice.message.content is None
    assert choice.message.tool_calls is not None
    first, second = choice.message.tool_calls
    assert (first.function.name, first.function.arguments) == (
        "get_temperature",
        '{"city":"New York"}',
    )
    assert first.id
    assert first.id.startswith("call_")
    assert (second.id, second.function.arguments) == ("call_x1", "{}")
    assert response.created == 1751944939
    assert response.id.startswith("chatcmpl-")
    assert response.usage is not None
    assert response.usage.total_tokens == 8
    assert response.usage.native == {"prompt_eval_count": 5, "eval_count": 3}


def test_tool_call_indexes_count_on() -> None:
    script = lines(line(tool_calls=CALLS), line(tool_calls=CALLS[:1]), line(done=True))
    chunks, _ = decode_cut(ollama, PROVIDER, b"".join(script.pieces))
    pieces = [
        piece.index
        for chunk in chunks
        for choice in chunk.choices
        for piece in choice.delta.tool_calls or ()
    ]
    assert pieces == [0, 1, 2]


@pytest.mark.parametrize("reason", ["length", "stop", "load"])
def test_finish_reasons(reason: str) -> None:
    answer = {**line(done=True, content="x"), "done_reason": reason}
    choice = decode(json.dumps(answer).encode()).choices[0]
    assert choice.finish_reason == reason
    assert choice.provider_specific_fields is None


def test_logprobs_and_pictures(server: Server, world: World, mode: str) -> None:
    logprobs = [
        {
            "token": "Hi",
            "logprob": -0.5,
            "bytes": [72, 105],
            "top_logprobs": [{"token": "Hi", "logprob": -0.5}],
        }
    ]
    answer = {**line(content="Hi", images=["aaaa"]), "logprobs": logprobs}
    last = line(done=True)
    server.reply(
        answer_json({**last, **answer, "done": True}) if mode == "plain" else lines(answer, last)
    )
    choice = world.answer(Client(), mode, MODEL, USER, base_url=server.url).choices[0]
    assert choice.logprobs is not None
    assert choice.logprobs.model_dump() == {"content": logprobs}
    assert choice.message.images == [
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,aaaa"}}
    ]


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (404, "model 'qwen3' not found", NotFoundError),
        (400, "qwen3 does not support thinking", BadRequestError),
        (500, "llama runner process has terminated", InternalServerError),
    ],
)
def test_errors(
    status: int, message: str, kind: type[Exception], server: Server, world: World, mode: str
) -> None:
    server.reply(answer_json({"error": message}, status))
    with pytest.raises(kind, match=message):
        world.answer(Client(middlewares=[]), mode, MODEL, USER, base_url=server.url)


def test_error_in_a_stream(server: Server, world: World) -> None:
    server.reply(lines(line(content="Hel"), {"error": "an error was encountered"}))
    with pytest.raises(StreamInterruptedError, match="an error was encountered") as caught:
        world.stream(Client(), MODEL, USER, base_url=server.url)
    assert caught.value.partial is not None
    assert caught.value.partial.choices[0].message.content == "Hel"


def test_error_before_any_content_is_an_error_of_the_call(server: Server, world: World) -> None:
    server.reply(lines({"error": "out of memory"}))
    with pytest.raises(InternalServerError, match="out of memory"):
        world.stream(Client(middlewares=[]), MODEL, USER, base_url=server.url)


def test_error_in_a_success() -> None:
    with pytest.raises(InternalServerError, match="no memory"):
        decode(b'{"error": "no memory"}')


@pytest.mark.parametrize("data", [b"", b"<html>", b"[]", b"{}", b'{"message": 3}'])
def test_bodies_that_are_no_answer(data: bytes) -> None:
    with pytest.raises(APIResponseValidationError):
        decode(data)


def test_stream_that_breaks_off(server: Server, world: World) -> None:
    server.reply(lines(line(content="Hel")))
    with pytest.raises(StreamInterruptedError):
        world.stream(Client(), MODEL, USER, base_url=server.url)


def test_our_answers_are_as_their_package_reads_them() -> None:
    """The hand-written answers above are what Ollama's own models take."""
    ChatResponse.model_validate(line(done=True, thinking="x", tool_calls=CALLS), strict=True)


def test_three_turns_with_tools_and_reasoning(server: Server, world: World, mode: str) -> None:
    def turn(*answers: JSON) -> Answer:
        last = {**line(done=True), **answers[-1], "done": True}
        return answer_json(last) if mode == "plain" else lines(*answers, line(done=True))

    calling = turn(line(thinking="Hm.", tool_calls=CALLS[:1]))
    server.reply(calling, calling, turn(line(content="Mild.")))
    messages: list[Any] = [{"role": "user", "content": "New York?"}]
    client = Client()
    for _ in range(2):
        message = (
            world.answer(client, mode, MODEL, messages, base_url=server.url, tools=[WEATHER])
            .choices[0]
            .message
        )
        assert message.tool_calls is not None
        messages += [
            message,
            {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "22"},
        ]
    last = world.answer(client, mode, MODEL, messages, base_url=server.url, tools=[WEATHER])
    assert last.choices[0].message.content == "Mild."
    sent = server.seen[2].json
    check_request(sent)
    for assistant, result in ((1, 2), (3, 4)):
        call, tool = sent["messages"][assistant], sent["messages"][result]
        assert call["thinking"] == "Hm."
        assert call["tool_calls"][0]["function"] == CALLS[0]["function"]
        assert tool["tool_name"] == "get_temperature"
        assert tool["tool_call_id"] == call["tool_calls"][0]["id"]
