"""Streams that are not what was asked for, and characters that a provider cut in two."""

from __future__ import annotations

import json

import pytest

from tests.support.answers import MESSAGES, chunk_body, completion_body
from tests.support.server import Answer, Server, answer_events, answer_json
from trunkline import (
    APIError,
    APIResponseValidationError,
    Client,
    ModelResponse,
    RateLimitError,
    Stream,
)

MODELS = [
    "cohere/command-a-03-2025",
    "openai/gpt-4o",
    "anthropic/claude-sonnet-4-5",
    "gemini/gemini-2.5-flash",
    "ollama/llama3.2",
    "openai/responses/gpt-5",
]
PAGE = b"<html>\n\n<body>Sign in</body>\n\n</html>\n\n"
HIGH, LOW = "\\ud83d", "\\ude00"


def _stream(server: Server, model: str, answer: Answer) -> Stream:
    server.reply(answer)
    with Client() as client:
        stream = client.completion(
            model, MESSAGES, stream=True, api_key="k", base_url=server.url, num_retries=2
        )
        list(stream)
        return stream


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("body", [PAGE, b"not found\n", b"{}", b"[]", b'{"a": 1}\n\n'])
def test_no_event_stream(server: Server, model: str, body: bytes) -> None:
    with pytest.raises(APIResponseValidationError):
        _stream(server, model, Answer([body]))
    assert len(server.seen) == 1


@pytest.mark.parametrize("model", MODELS)
def test_an_error_instead_of_a_stream(server: Server, model: str) -> None:
    error = {"error": {"message": "slow down", "type": "rate_limit_error", "code": 429}}
    server.reply(answer_json(error))
    with pytest.raises(RateLimitError, match="slow down"):
        _stream(
            server,
            model,
            Answer([json.dumps(error, indent=None if "ollama" in model else 1).encode() + b"\n\n"]),
        )


ODD_ERRORS: list[dict[str, object]] = [
    {"object": "error", "message": "slow down", "code": 429},
    {"detail": "slow down"},
    {"code": "1302", "message": "slow down"},
    {"error_code": "REQUEST_LIMIT_EXCEEDED", "error_msg": "slow down"},
    {"type": "error", "message": "slow down"},
    {"type": "stream-error", "error": "slow down"},
]


@pytest.mark.parametrize("model", [model for model in MODELS if "ollama" not in model])
@pytest.mark.parametrize("error", ODD_ERRORS, ids=str)
@pytest.mark.parametrize("name", ["", "event: error\n"])
def test_events_that_are_errors_of_other_shapes(
    server: Server, model: str, error: dict[str, object], name: str
) -> None:
    event = f"{name}data: {json.dumps(error)}\n\n".encode()
    answer = Answer([event], headers={"content-type": "text/event-stream"})
    with pytest.raises(APIError, match="slow down") as caught:
        _stream(server, model, answer)
    assert not isinstance(caught.value, APIResponseValidationError)


@pytest.mark.parametrize("model", MODELS)
def test_a_stream_of_comments_was_cut_off(server: Server, model: str) -> None:
    if model.startswith("ollama"):
        pytest.skip("its streams have no comments")
    with pytest.raises(APIError):
        _stream(server, model, Answer([b": wait\n\n"]))
    assert len(server.seen) == 3


def _openai(text: str, finish: str | None = None, **fields: str) -> bytes:
    return json.dumps(chunk_body({"content": text, **fields}, finish)).encode()


def _anthropic(*texts: str) -> list[bytes]:
    events: list[dict[str, object]] = [
        {
            "type": "message_start",
            "message": {
                "id": "m",
                "role": "assistant",
                "model": "c",
                "content": [],
                "usage": {"input_tokens": 1},
            },
        },
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *(
            {
                "type": "content_block_delta",
                "index": 0,
                "delta": {"type": "text_delta", "text": text},
            }
            for text in texts
        ),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {}},
        {"type": "message_stop"},
    ]
    return [json.dumps(event).encode() for event in events]


def _gemini(*texts: str) -> list[bytes]:
    return [
        json.dumps(
            {
                "candidates": [
                    {
                        "content": {"parts": [{"text": text}]},
                        **({"finishReason": "STOP"} if text is texts[-1] else {}),
                    }
                ]
            }
        ).encode()
        for text in texts
    ]


def _cohere(*texts: str) -> list[bytes]:
    deltas = [
        {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": text}}}}
        for text in texts
    ]
    end = {"type": "message-end", "delta": {"finish_reason": "COMPLETE"}}
    return [json.dumps(event).encode() for event in (*deltas, end)]


def _ollama(*texts: str) -> list[bytes]:
    lines = [
        {"model": "m", "message": {"role": "assistant", "content": text}, "done": False}
        for text in texts
    ]
    return [json.dumps(line).encode() for line in (*lines, {"model": "m", "done": True})]


def _responses(*texts: str) -> list[bytes]:
    response: dict[str, object] = {"id": "r", "model": "m", "created_at": 1, "output": []}
    created: dict[str, object] = {"type": "response.created", "response": response}
    deltas: list[dict[str, object]] = [
        {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": text}
        for text in texts
    ]
    done: dict[str, object] = {
        "type": "response.completed",
        "response": {**response, "status": "completed"},
    }
    return [json.dumps(event).encode() for event in (created, *deltas, done)]


TEXTS = [
    (["Hi HIGH", "LOW there"], "Hi \U0001f600 there"),
    (["Hi HIGH", " there"], "Hi \ufffd there"),
    (["Hi ", "LOW there"], "Hi \ufffd there"),
    (["HIGH", "LOW"], "\U0001f600"),
    (["a HIGHLOW", "HIGH"], "a \U0001f600\ufffd"),
    (["\\ud83d is no escape", "HIGH!"], "\\ud83d is no escape\ufffd!"),
]


@pytest.mark.parametrize(("texts", "expected"), TEXTS)
@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("model", MODELS)
def test_halves_of_characters(
    server: Server, model: str, texts: list[str], expected: str, together: bool
) -> None:
    match model.partition("/")[0]:
        case "openai" if "/responses/" in model:
            events = _responses(*texts)
        case "openai":
            events = [*map(_openai, texts), _openai("", "stop"), b"[DONE]"]
        case "anthropic":
            events = _anthropic(*texts)
        case "gemini":
            events = _gemini(*texts, "")
        case "cohere":
            events = _cohere(*texts)
        case _:
            events = _ollama(*texts)
    events = [one.replace(b"HIGH", HIGH.encode()).replace(b"LOW", LOW.encode()) for one in events]
    form = b"%b\n" if model.startswith("ollama") else b"data: %b\n\n"
    pieces = [form % event for event in events]
    stream = _stream(server, model, Answer([b"".join(pieces)] if together else pieces))
    assert stream.response.choices[0].message.content == expected
    assert json.loads(stream.response.model_dump_json())


@pytest.mark.parametrize("blank", [b"data:\n\n", b"data: \n\n", b"data:   \n\n", b": ping\n\n"])
@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("model", [model for model in MODELS if "ollama" not in model])
def test_blank_events_between_others(
    server: Server, model: str, blank: bytes, together: bool
) -> None:
    events = {
        "openai/gpt-4o": [_openai("Hi"), _openai("", "stop"), b"[DONE]"],
        "openai/responses/gpt-5": _responses("Hi"),
        "anthropic/claude-sonnet-4-5": _anthropic("Hi"),
        "gemini/gemini-2.5-flash": [*_gemini("Hi"), b"[DONE]"],
        "cohere/command-a-03-2025": _cohere("Hi"),
    }[model]
    pieces = [blank + b"data: %b\n\n" % event for event in events]
    stream = _stream(server, model, Answer([b"".join(pieces)] if together else pieces))
    assert stream.response.choices[0].message.content == "Hi"
    assert stream.response.choices[0].finish_reason == "stop"


def test_half_a_character_in_a_response_that_is_read_twice(server: Server) -> None:
    body = b'{"id": "p", "status": "succeeded", "output": ["a%b"]}' % HIGH.encode()
    server.reply(Answer([body], status=201))
    with Client() as client:
        response = client.completion(
            "replicate/owner/name", MESSAGES, api_key="k", base_url=server.url
        )
    assert response.choices[0].message.content == "a\ufffd"


@pytest.mark.parametrize("name", ["content", "reasoning_content", "added_by_someone"])
def test_half_a_character_in_a_response(server: Server, name: str) -> None:
    body = json.dumps(completion_body("Hi", **({} if name == "content" else {name: "x"})))
    body = body.replace('"Hi"' if name == "content" else '"x"', f'"a{HIGH} b{HIGH}{LOW}"')
    server.reply(Answer([body.encode()]))
    with Client() as client:
        response = client.completion("custom_openai/m", MESSAGES, base_url=server.url)
    assert isinstance(response, ModelResponse)
    assert response.choices[0].message[name] == "a\ufffd b\U0001f600"
    assert json.loads(response.model_dump_json())


def test_half_a_character_in_a_request(server: Server) -> None:
    server.reply(answer_json(completion_body()))
    messages = [{"role": "user", "content": "a\ud83d b\ud83d\ude00"}]
    with Client() as client:
        client.completion("custom_openai/m", messages, base_url=server.url)
    assert server.seen[-1].json["messages"][0]["content"] == "a\ufffd b\U0001f600"


def test_a_stream_without_odd_text_is_not_changed(server: Server) -> None:
    private = "\U0010f03d"
    stream = _stream(
        server, "openai/gpt-4o", answer_events([chunk_body({"content": private}, "stop")])
    )
    assert stream.response.choices[0].message.content == private
