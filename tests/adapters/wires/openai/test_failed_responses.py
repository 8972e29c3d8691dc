"""Failures that look like responses are errors, plain and streamed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.answers import HEAD, MESSAGES, TEXT, chunk_body, completion_body
from tests.support.server import Answer, Server, answer_events, answer_json
from trunkline import (
    APIError,
    APIResponseValidationError,
    BadGatewayError,
    Client,
    InternalServerError,
    ModelResponse,
    ServiceUnavailableError,
    Stream,
)

REASONS: list[tuple[str, type[APIError]]] = [
    ("error", InternalServerError),
    ("ERROR", InternalServerError),
    ("abort", InternalServerError),
    ("network_error", BadGatewayError),
    ("insufficient_system_resource", ServiceUnavailableError),
    ("malformed_tool_use", InternalServerError),
    ("malformed_model_output", InternalServerError),
]


def _call(server: Server, mode: str, answer: Answer) -> ModelResponse:
    server.reply(answer)
    with Client(num_retries=0) as client:
        arguments: dict[str, Any] = {"base_url": server.url, "api_key": "k"}
        if mode == "plain":
            reply: ModelResponse = client.completion(
                "openrouter/m", MESSAGES, stream=False, **arguments
            )
            return reply
        stream: Stream = client.completion("openrouter/m", MESSAGES, stream=True, **arguments)
        list(stream)
        return stream.response


@pytest.mark.parametrize(("reason", "expected"), REASONS)
def test_finish_reasons_of_failures(
    server: Server, mode: str, reason: str, expected: type[APIError]
) -> None:
    chunks = answer_events([chunk_body({}, reason)])
    answer = answer_json(completion_body("", reason)) if mode == "plain" else chunks
    with pytest.raises(expected, match=f"finish reason '{reason}'") as caught:
        _call(server, mode, answer)
    assert caught.value.retryable
    assert caught.value.code == reason.lower()


@pytest.mark.parametrize("reason", ["error", "stop", None])
def test_error_in_a_choice(server: Server, mode: str, reason: str | None) -> None:
    failure = {"code": 502, "message": "upstream is down", "metadata": {"provider_name": "X"}}
    choice = {"index": 0, "finish_reason": reason, "error": failure}
    part = "message" if mode == "plain" else "delta"
    body = {**HEAD, "choices": [{**choice, part: {"content": ""}}]}
    answer = answer_json(body) if mode == "plain" else answer_events([body])
    with pytest.raises(BadGatewayError, match="upstream is down"):
        _call(server, mode, answer)


@pytest.mark.parametrize(
    ("sent", "mapped"),
    [
        ("STOP", "stop"),
        ("MAX_TOKENS", "length"),
        ("model_context_window_exceeded", "length"),
        ("sensitive", "content_filter"),
        ("eos_found_by_something_new", "stop"),
    ],
)
def test_other_finish_reasons(server: Server, mode: str, sent: str, mapped: str) -> None:
    answer = answer_json(completion_body(TEXT, sent))
    if mode == "stream":
        answer = answer_events([chunk_body({"content": TEXT}), chunk_body({}, sent)])
    choice = _call(server, mode, answer).choices[0]
    assert choice.finish_reason == mapped
    assert choice.provider_specific_fields == {"native_finish_reason": sent}


@pytest.mark.parametrize("early", ["", "null"])
def test_no_reason_yet(server: Server, early: str) -> None:
    chunks = [chunk_body({"content": "Hi"}, early), chunk_body({"content": "!"}, "stop")]
    response = _call(server, "stream", answer_events(chunks))
    assert response.choices[0].message.content == "Hi!"
    assert response.choices[0].finish_reason == "stop"


def test_a_stream_of_nothing_but_its_end(server: Server) -> None:
    with pytest.raises(APIResponseValidationError, match="without any choice"):
        _call(server, "stream", answer_events([]))
    assert len(server.seen) == 1


@pytest.mark.parametrize("alive", [b"data:\n\n", b"data: \n\n", b"data\n\n", b": ping\n\n"])
@pytest.mark.parametrize("together", [False, True])
def test_bare_data_lines(server: Server, alive: bytes, together: bool) -> None:
    answer = answer_events([chunk_body({"content": TEXT}), chunk_body({}, "stop")])
    pieces = [piece for one in answer.pieces for piece in (alive, one)]
    answer.pieces = [b"".join(pieces)] if together else pieces
    assert _call(server, "stream", answer).choices[0].message.content == TEXT
