"""What Mistral's API takes and sends where it differs from OpenAI's."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support.answers import MESSAGES, chunk_body, completion_body
from tests.support.server import Server, answer_events, answer_json
from trunkline import Client, ModelResponse
from trunkline.pipeline.json_values import JSON

PDF = "data:application/pdf;base64,JVBERi0="
MODELS = ["mistral/mistral-large-latest", "codestral/codestral-latest"]


def _send(server: Server, model: str, messages: list[Any], **arguments: Any) -> JSON:
    server.reply(answer_json(completion_body()))
    with Client() as client:
        client.completion(model, messages, api_key="k", base_url=server.url, wire=None, **arguments)
    sent: JSON = server.seen[-1].json
    return sent


@pytest.mark.parametrize("model", MODELS)
def test_log_probabilities(server: Server, model: str) -> None:
    sent = _send(server, model, MESSAGES, logprobs=True, top_logprobs=2)
    assert (sent["logprobs"], sent["top_logprobs"]) == (True, 2)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (
            {"type": "file", "file": {"file_data": PDF, "filename": "a.pdf"}},
            {"type": "document_url", "document_url": PDF, "document_name": "a.pdf"},
        ),
        (
            {"type": "file", "file": {"file_data": "https://x.y/a.pdf"}},
            {"type": "document_url", "document_url": "https://x.y/a.pdf"},
        ),
        ({"type": "file", "file": {"file_id": "f1"}}, {"type": "file", "file_id": "f1"}),
        (
            {
                "type": "document",
                "title": "A",
                "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="},
            },
            {"type": "document_url", "document_url": PDF, "document_name": "A"},
        ),
        (
            {"type": "document", "source": {"type": "url", "url": "https://x.y/a.pdf"}},
            {"type": "document_url", "document_url": "https://x.y/a.pdf"},
        ),
        *(
            (
                {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}},
                {"type": "input_audio", "input_audio": sent},
            )
            for data, sent in (
                ("AAAA", "AAAA"),
                ("data:audio/wav;base64,AAAA", "AAAA"),
                ("https://x.y/a.wav", "https://x.y/a.wav"),
            )
        ),
        (
            {"type": "document", "source": {"type": "text", "data": "Hi"}},
            {"type": "text", "text": "Hi"},
        ),
    ],
)
def test_files(server: Server, model: str, part: JSON, expected: JSON) -> None:
    sent = _send(server, model, [{"role": "user", "content": [part]}])
    assert sent["messages"][0]["content"] == [expected]


SHORT = re.compile("[A-Za-z0-9]{9}")


@pytest.mark.parametrize(
    "model", [*MODELS, "openrouter/mistralai/mistral-small-3.2", "custom_openai/ft:devstral-x"]
)
@pytest.mark.parametrize("call_id", ["call_0123456789abcdef", "toolu_01", "a", "a b/c"])
def test_call_ids_of_other_providers(server: Server, model: str, call_id: str) -> None:
    call = {"type": "function", "function": {"name": "f", "arguments": "{}"}}
    calls = [{**call, "id": call_id}, {**call, "id": "D681PevKs"}]
    messages = [
        *MESSAGES,
        {"role": "assistant", "content": None, "tool_calls": calls},
        *({"role": "tool", "tool_call_id": one["id"], "content": "1"} for one in calls),
    ]
    sent = _send(server, model, messages)["messages"]
    ids = [one["id"] for one in sent[1]["tool_calls"]]
    assert all(map(SHORT.fullmatch, ids))
    assert ids[1] == "D681PevKs"
    assert ids[0] != ids[1]
    assert [message["tool_call_id"] for message in sent[2:]] == ids
    assert calls[0]["id"] == call_id


def test_other_models_get_ids_as_they_are(server: Server) -> None:
    result = {"role": "tool", "tool_call_id": "call_0123456789abcdef", "content": "1"}
    sent = _send(server, "openrouter/openai/gpt-4o", [*MESSAGES, result])
    assert sent["messages"][1]["tool_call_id"] == "call_0123456789abcdef"


def _thought(text: str, **signature: str) -> JSON:
    return {"type": "thinking", "thinking": [{"type": "text", "text": text}], **signature}


@pytest.mark.parametrize("last", ["nk", ""])
def test_reasoning_whose_last_piece_is_signed(server: Server, mode: str, last: str) -> None:
    begin = "think".removesuffix(last)
    parts = [_thought(begin), _thought(last, signature="s1")]
    if mode == "plain":
        whole = [_thought("think", signature="s1"), {"type": "text", "text": "Hi"}]
        answer = answer_json(completion_body(whole))  # type: ignore[arg-type]  # as Mistral does
    else:
        deltas: list[JSON] = [{"content": [part]} for part in parts]
        answer = answer_events(
            [*map(chunk_body, deltas), chunk_body({"content": "Hi"}), chunk_body({}, "stop")]
        )
    server.reply(answer)
    with Client() as client:
        arguments: dict[str, Any] = {"api_key": "k", "base_url": server.url}
        reply = client.completion(
            "mistral/magistral-medium", MESSAGES, stream=mode == "stream", **arguments
        )
        if not isinstance(reply, ModelResponse):
            list(reply)
            reply = reply.response
    message = reply.choices[0].message
    assert (message.content, message.reasoning_content) == ("Hi", "think")
    blocks = message.thinking_blocks or []
    assert [(block.thinking, block.signature) for block in blocks] == [("think", "s1")]
    sent = _send(server, "mistral/magistral-medium", [*MESSAGES, message, *MESSAGES])
    assert sent["messages"][1]["content"] == [
        {**_thought("think"), "closed": True, "signature": "s1"},
        {"type": "text", "text": "Hi"},
    ]


def test_each_piece_of_reasoning_keeps_its_signature(server: Server) -> None:
    blocks = [
        {"type": "thinking", "thinking": "a", "signature": "s1"},
        {"type": "thinking", "thinking": "b", "signature": "s2"},
    ]
    message = {
        "role": "assistant",
        "content": "Hi",
        "reasoning_content": "ab",
        "thinking_blocks": blocks,
    }
    sent = _send(server, "mistral/magistral-medium", [*MESSAGES, message, *MESSAGES])
    assert sent["messages"][1]["content"][:2] == [
        {**_thought("a"), "closed": True, "signature": "s1"},
        {**_thought("b"), "closed": True, "signature": "s2"},
    ]


def test_pieces_of_reasoning_of_which_one_is_signed(server: Server) -> None:
    text = {"type": "text", "text": "Hi"}
    parts = [_thought("a"), _thought("b", signature="s1"), text]
    server.reply(answer_json(completion_body(parts)))  # type: ignore[arg-type]  # as Mistral does
    with Client() as client:
        model = "mistral/magistral-medium"
        message = (
            client.completion(model, MESSAGES, api_key="k", base_url=server.url).choices[0].message
        )
    blocks = [(block.thinking, block.signature) for block in message.thinking_blocks or []]
    assert (message.reasoning_content, blocks) == ("ab", [("a", None), ("b", "s1")])
    sent = _send(server, "mistral/magistral-medium", [*MESSAGES, message, *MESSAGES])
    assert sent["messages"][1]["content"] == [
        {**_thought("a"), "closed": True},
        {**_thought("b"), "closed": True, "signature": "s1"},
        text,
    ]


@pytest.mark.parametrize(
    ("message", "content"),
    [
        ({"content": None, "refusal": "No."}, "No."),
        (
            {"content": "Well.", "refusal": "No."},
            [{"type": "text", "text": "Well."}, {"type": "text", "text": "No."}],
        ),
        (
            {"content": [{"type": "refusal", "refusal": "No."}]},
            [{"type": "text", "text": "No."}],
        ),
    ],
)
def test_refusals_are_text(server: Server, message: JSON, content: object) -> None:
    said = {"role": "assistant", **message}
    sent = _send(server, "mistral/mistral-small-latest", [*MESSAGES, said, *MESSAGES])
    assert sent["messages"][1] == {"role": "assistant", "content": content}
