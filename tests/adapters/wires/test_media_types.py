"""Media types that programs often write wrong are mended on all wires."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.support.answers import MESSAGES
from tests.support.server import Server, answer_json
from trunkline import APIError, Client, ModelResponse

DATA = "iVBORw0KGgo="
MODELS = [
    "openai/gpt-4o",
    "mistral/mistral-small-latest",
    "anthropic/claude-sonnet-4-5",
    "gemini/gemini-2.5-flash",
    "cohere/command-a-vision-07-2025",
    "openrouter/x/y",
]


def _sent(model: str, part: dict[str, Any]) -> str:
    seen: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.content)
        return httpx.Response(400, json={"error": {"message": "no"}})

    messages = [{"role": "user", "content": [part]}]
    with (
        httpx.Client(transport=httpx.MockTransport(answer)) as http,
        Client() as client,
        pytest.raises(APIError, match="no"),
    ):
        client.completion(model, messages, api_key="k", client=http, num_retries=0)
    return seen[-1].decode()


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    "head", ["data:image/jpg", "DATA:image/jpg", "data:IMAGE/JPG", "Data: image/pjpeg"]
)
@pytest.mark.parametrize("form", ["text", "object"])
def test_images(model: str, head: str, form: str) -> None:
    url = f"{head};base64,{DATA}"
    value: object = url if form == "text" else {"url": url, "detail": "low"}
    part = {"type": "image_url", "image_url": value}
    sent = _sent(model, part)
    assert "image/jpeg" in sent
    assert "jpg" not in sent.lower()
    assert "DATA:" not in sent
    assert part["image_url"] == value


@pytest.mark.parametrize("model", ["openai/gpt-4o", "gemini/gemini-2.5-flash"])
def test_declared_types(model: str) -> None:
    file = {"file_data": DATA, "format": "application/x-pdf", "filename": "a.pdf"}
    assert "application/pdf" in _sent(model, {"type": "file", "file": file})


@pytest.mark.parametrize(
    ("given", "registered"),
    [
        ("video/x-mp4", "video/mp4"),
        ("video/mov", "video/quicktime"),
        ("video/x-mpeg", "video/mpeg"),
    ],
)
def test_videos(given: str, registered: str) -> None:
    part = {"type": "video_url", "video_url": {"url": f"data:{given};base64,{DATA}"}}
    sent = _sent("gemini/gemini-2.5-flash", part)
    assert f'"mimeType":"{registered}"' in sent.replace(" ", "")


def test_documents() -> None:
    source = {"type": "base64", "media_type": "application/x-pdf", "data": DATA}
    sent = json.loads(_sent("anthropic/claude-sonnet-4-5", {"type": "document", "source": source}))
    assert sent["messages"][0]["content"][0]["source"]["media_type"] == "application/pdf"


def test_right_types_stay_as_they_are() -> None:
    url = f"data:image/png;base64,{DATA}"
    assert url in _sent("openai/gpt-4o", {"type": "image_url", "image_url": {"url": url}})


def test_options_of_ollama_are_joined(server: Server) -> None:
    server.reply(answer_json({"model": "m", "message": {"content": "Hi"}, "done": True}))
    with Client() as client:
        client.completion(
            "ollama/llama3.2",
            MESSAGES,
            base_url=server.url,
            temperature=0.5,
            max_tokens=10,
            extra_body={"options": {"num_ctx": 64, "temperature": 0.1}, "keep_alive": 0},
        )
    sent = server.seen[-1].json
    assert sent["options"] == {"temperature": 0.1, "num_predict": 10, "num_ctx": 64}
    assert sent["keep_alive"] == 0


@pytest.mark.parametrize("reason", ["load", "unload"])
@pytest.mark.parametrize("stream", [False, True])
def test_ollama_loads_a_model(server: Server, reason: str, stream: bool) -> None:
    body = {"model": "m", "message": {"content": ""}, "done": True, "done_reason": reason}
    server.reply(answer_json(body))
    with Client() as client:
        reply = client.completion("ollama/llama3.2", MESSAGES, base_url=server.url, stream=stream)
        if not isinstance(reply, ModelResponse):
            list(reply)
            reply = reply.response
        choice = reply.choices[0]
    assert choice.finish_reason == "stop"
    assert choice.provider_specific_fields == {"native_finish_reason": reason}


def test_cohere_calls_without_arguments(server: Server) -> None:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": ""}}
    events = [
        {"type": "tool-call-start", "index": 0, "delta": {"message": {"tool_calls": call}}},
        {"type": "tool-call-end", "index": 0},
        {"type": "message-end", "delta": {"finish_reason": "TOOL_CALL"}},
    ]
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
    answer = answer_json({})
    answer.pieces = [body.encode()]
    server.reply(answer)
    with Client() as client:
        stream = client.completion(
            "cohere/command-a-03-2025", MESSAGES, api_key="k", base_url=server.url, stream=True
        )
        said = [
            (piece.function.arguments or "") if piece.function else ""
            for chunk in stream
            for choice in chunk.choices
            for piece in choice.delta.tool_calls or ()
        ]
    assert "".join(said) == "{}"


def test_a_stream_of_cohere_that_only_ends(server: Server) -> None:
    answer = answer_json({})
    answer.pieces = [b"data: [DONE]\n\n"]
    server.reply(answer)
    with Client() as client, pytest.raises(APIError, match="before it began"):
        client.completion(
            "cohere/command-a-03-2025", MESSAGES, api_key="k", base_url=server.url, stream=True
        )
    assert len(server.seen) == 1
