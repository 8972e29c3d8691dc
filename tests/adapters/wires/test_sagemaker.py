"""SageMaker's endpoints: OpenAI's chat completions inside Amazon's events."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.answers import TEXT, chunk_bodies, completion_body
from tests.support.event_streams import answer_frames, event, exception
from tests.support.server import Answer, Server, answer_json
from tests.support.worlds import World
from trunkline import (
    APIError,
    BadRequestError,
    Client,
    ContextWindowExceededError,
    InternalServerError,
    ServiceUnavailableError,
    StreamInterruptedError,
    get_supported_openai_params,
)

MODEL = "sagemaker/my-endpoint"
USER = [{"role": "user", "content": "Hello"}]
KEYS = {
    "aws_access_key_id": "AKIAOFTHETESTS",
    "aws_secret_access_key": "secret-of-the-tests",
    "aws_region_name": "eu-central-1",
}


def stream_body() -> bytes:
    events = [f"data: {json.dumps(body)}\n\n".encode() for body in chunk_bodies()]
    return b"".join([*events, b"data: [DONE]\n\n"])


def part_answer(size: int, *more: bytes) -> Answer:
    """A stream in parts of `size` bytes, regardless of the container's events."""
    body = stream_body()
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return answer_frames(*(event("PayloadPart", piece) for piece in pieces), *more)


def arguments(server: Server, **more: Any) -> dict[str, Any]:
    return {"base_url": server.url, "num_retries": 0, **KEYS, **more}


def test_answer(world: World, mode: str, server: Server) -> None:
    server.reply(answer_json(completion_body()) if mode == "plain" else part_answer(50))
    response = world.answer(
        Client(),
        mode,
        MODEL,
        USER,
        **arguments(server, max_completion_tokens=5, InferenceComponentName="part"),
    )
    assert response.choices[0].message.content == TEXT
    assert response.usage is not None
    seen = server.seen[0]
    operation = "invocations" if mode == "plain" else "invocations-response-stream"
    assert seen.path == f"/endpoints/my-endpoint/{operation}"
    assert seen.json["messages"] == USER
    assert seen.json["max_tokens"] == 5
    assert seen.headers["x-amzn-sagemaker-inference-component"] == "part"
    assert "eu-central-1/sagemaker/aws4_request" in seen.headers["authorization"]
    assert "x-amzn-sagemaker-inference-component" in seen.headers["authorization"]
    assert "aws_" not in seen.body.decode()
    assert "InferenceComponentName" not in seen.json


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, None),
        ({"extra_body": {"model": "adapter"}}, "adapter"),
    ],
)
def test_the_endpoints_name_is_no_model(
    given: dict[str, Any], named: str | None, server: Server
) -> None:
    server.reply(answer_json(completion_body()))
    with Client() as client:
        client.completion(MODEL, USER, **arguments(server, **given))
    assert server.seen[0].json.get("model") == named


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_stream_in_parts_of_any_size(size: int, server: Server) -> None:
    server.reply(part_answer(size))
    with Client() as client:
        stream = client.completion(MODEL, USER, stream=True, **arguments(server))
        assert "".join(c.choices[0].delta.content or "" for c in stream if c.choices) == TEXT


@pytest.mark.parametrize("wrapped", [True, False])
def test_whole_response_instead_of_a_stream(wrapped: bool, server: Server) -> None:
    """The container, or something before SageMaker, does not stream."""
    body = json.dumps(completion_body()).encode()
    plain = answer_json(completion_body())
    server.reply(answer_frames(event("PayloadPart", body)) if wrapped else plain)
    with Client() as client:
        stream = client.completion(MODEL, USER, stream=True, **arguments(server))
        assert "".join(c.choices[0].delta.content or "" for c in stream if c.choices) == TEXT


def test_stream_that_breaks_off(server: Server) -> None:
    server.reply(answer_frames(event("PayloadPart", stream_body()[:600])))
    with Client() as client:
        stream = client.completion(MODEL, USER, stream=True, **arguments(server))
        with pytest.raises(StreamInterruptedError):
            list(stream)


def test_exception_in_the_stream(server: Server) -> None:
    failure = exception("ModelStreamError", {"Message": "sorry", "ErrorCode": "StreamBroken"})
    body = stream_body()[:600]
    server.reply(answer_frames(event("PayloadPart", body), failure))
    with Client() as client:
        stream = client.completion(MODEL, USER, stream=True, **arguments(server))
        with pytest.raises(StreamInterruptedError) as caught:
            list(stream)
    assert isinstance(caught.value.__cause__, InternalServerError)
    server.reply(answer_frames(exception("InternalStreamFailure", {"Message": "sorry"})))
    with Client() as client, pytest.raises(InternalServerError, match="sorry"):
        client.completion(MODEL, USER, stream=True, **arguments(server))


@pytest.mark.parametrize(
    ("original", "message", "cls"),
    [
        (503, "container is busy", ServiceUnavailableError),
        (422, "maximum context length is 10", ContextWindowExceededError),
        (400, "no such field", BadRequestError),
    ],
)
def test_errors_of_the_container(
    original: int, message: str, cls: type[APIError], server: Server
) -> None:
    body = {"Message": message, "OriginalStatusCode": original, "OriginalMessage": message}
    server.reply(answer_json(body, 424, x_amzn_errortype="ModelError"))
    with Client() as client, pytest.raises(cls) as caught:
        client.completion(MODEL, USER, **arguments(server))
    assert caught.value.status_code == original
    assert caught.value.code == "ModelError"


def test_error_of_an_endpoint_that_is_not_there(server: Server) -> None:
    body = {"Message": "Endpoint my-endpoint not found."}
    server.reply(answer_json(body, 400, x_amzn_errortype="ValidationError:"))
    with Client() as client, pytest.raises(BadRequestError, match="not found"):
        client.completion(MODEL, USER, **arguments(server))


def test_key_that_is_no_use(server: Server) -> None:
    with Client() as client, pytest.raises(BadRequestError, match="AWS credentials"):
        client.completion(MODEL, USER, api_key="key-of-the-tests", **arguments(server))


def test_supported_params() -> None:
    supported = get_supported_openai_params("sagemaker_chat/my-endpoint")
    assert {"max_tokens", "tools", "response_format", "logprobs"} <= set(supported)
    assert "web_search_options" not in supported
