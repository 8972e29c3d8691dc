"""Gemini's errors, as responses and in streams, and bodies that are no response."""

from __future__ import annotations

import json

import pytest

from tests.support.calls.gemini_calls import HELLO, NEWER, answer
from tests.support.server import Server, answer_events, answer_json
from tests.support.worlds import World
from trunkline import (
    APIError,
    AuthenticationError,
    Client,
    ContextWindowExceededError,
    InternalServerError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServiceUnavailableError,
    StreamInterruptedError,
    Timeout,
)

KEY = "secret-key-1"


@pytest.mark.parametrize(
    ("status", "name", "message", "expected"),
    [
        (400, "INVALID_ARGUMENT", "API key not valid. Please pass one.", AuthenticationError),
        (
            400,
            "INVALID_ARGUMENT",
            "The input token count (9) exceeds the maximum number of tokens allowed (8).",
            ContextWindowExceededError,
        ),
        (401, "UNAUTHENTICATED", "no", AuthenticationError),
        (403, "PERMISSION_DENIED", "no", PermissionDeniedError),
        (404, "NOT_FOUND", "no", NotFoundError),
        (429, "RESOURCE_EXHAUSTED", "slowly", RateLimitError),
        (500, "INTERNAL", "oh", InternalServerError),
        (503, "UNAVAILABLE", "busy", ServiceUnavailableError),
        (504, "DEADLINE_EXCEEDED", "late", Timeout),
    ],
)
@pytest.mark.parametrize("wrapped", [False, True])
def test_errors(
    server: Server,
    mode: str,
    status: int,
    name: str,
    message: str,
    expected: type[APIError],
    wrapped: bool,
) -> None:
    details = [
        {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "X"},
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "0.001s"},
    ]
    problem = {"error": {"code": status, "status": name, "message": message, "details": details}}
    body = [problem] if wrapped else problem
    in_stream = f"data: {json.dumps(body)}\n\n".encode()
    client = Client([])
    answers = [answer_json(body, status)]
    if mode == "stream":
        # An error may also be the first event, or a body that is not an event stream.
        answers += [answer_json(body), answer_json(body)]
        answers[1].pieces = [in_stream]
    server.reply(*answers)
    for _ in answers:
        with pytest.raises(expected) as caught:
            client.completion(
                NEWER, HELLO, base_url=server.url, api_key=KEY, stream=mode == "stream"
            )
        assert caught.value.message == message
        assert caught.value.status_code == status
        assert caught.value.code == name
        assert caught.value.retry_after == 0.001
        assert KEY not in str(caught.value)
    client.close()


def test_an_error_after_content_ends_the_stream(server: Server, world: World) -> None:
    begun = answer({"text": "Hel"})
    del begun["candidates"][0]["finishReason"]
    failure = {"error": {"code": 503, "status": "UNAVAILABLE", "message": "busy"}}
    server.reply(answer_events([begun, failure], done=False))
    client = Client()
    with pytest.raises(StreamInterruptedError, match="busy") as caught:
        world.stream(client, NEWER, HELLO, base_url=server.url, api_key=KEY)
    partial = caught.value.partial
    assert partial is not None
    assert partial.choices[0].message.content == "Hel"
    client.close()


def test_a_stream_without_a_finish_reason_is_interrupted(server: Server, world: World) -> None:
    begun = answer({"text": "Hel"})
    del begun["candidates"][0]["finishReason"]
    server.reply(answer_events([begun], done=False))
    client = Client()
    with pytest.raises(StreamInterruptedError):
        world.stream(client, NEWER, HELLO, base_url=server.url, api_key=KEY)
    client.close()


@pytest.mark.parametrize("body", ["[]", "{}", "3", "oh no", '{"candidates": []}'])
def test_other_bodies_are_errors(body: str, server: Server) -> None:
    reply = answer_json({})
    reply.pieces = [body.encode()]
    server.reply(reply)
    client = Client([])
    with pytest.raises(APIError):
        client.completion(NEWER, HELLO, base_url=server.url, api_key=KEY)
    with pytest.raises(APIError):
        client.completion(NEWER, HELLO, base_url=server.url, api_key=KEY, stream=True)
    client.close()
