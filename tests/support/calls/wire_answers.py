"""A good answer of every wire, whole and streamed: both say "Hello there!"."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.support.answers import TEXT, chunk_bodies, completion_body, good
from tests.support.event_streams import answer_frames, event, text_frames
from tests.support.server import Answer, Server, answer_events, answer_json
from trunkline.pipeline.json_values import JSON

#: What token endpoints give.
TOKEN = "a-token-in-exchange"


def named_events(events: Iterable[JSON]) -> Answer:
    """Server-sent events whose type is also their name, without an end marker."""
    pieces = [f"event: {each['type']}\ndata: {json.dumps(each)}\n\n".encode() for each in events]
    return Answer(pieces, headers={"content-type": "text/event-stream"})


def claudes_answer(mode: str, content: list[JSON], stop: str) -> Answer:
    """An answer of these blocks, as Anthropic's API sends it."""
    usage = {"input_tokens": 5, "output_tokens": 3}
    message: JSON = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m"}
    if mode == "plain":
        return answer_json(message | {"content": content, "stop_reason": stop, "usage": usage})
    message |= {"content": [], "usage": usage}
    events: list[JSON] = [{"type": "message_start", "message": message}]
    for index, block in enumerate(content):
        begun, deltas = _pieces_of_block(block)
        events.append({"type": "content_block_start", "index": index, "content_block": begun})
        events += [
            {"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas
        ]
        events.append({"type": "content_block_stop", "index": index})
    events.append({"type": "message_delta", "delta": {"stop_reason": stop}, "usage": usage})
    return named_events([*events, {"type": "message_stop"}])


def _pieces_of_block(block: JSON) -> tuple[JSON, list[JSON]]:
    """A block as it begins, and what makes it whole."""
    match block["type"]:
        case "text":
            return {**block, "text": ""}, [{"type": "text_delta", "text": block["text"]}]
        case "thinking":
            thought = {"type": "thinking_delta", "thinking": block["thinking"]}
            signed = {"type": "signature_delta", "signature": block["signature"]}
            return {**block, "thinking": "", "signature": ""}, [thought, signed]
        case "tool_use":
            arguments = json.dumps(block["input"])
            return {**block, "input": {}}, [
                {"type": "input_json_delta", "partial_json": arguments[:4]},
                {"type": "input_json_delta", "partial_json": arguments[4:]},
            ]
        case _:
            return block, []


def _anthropic(mode: str, _server: Server) -> list[Answer]:
    return [claudes_answer(mode, [{"type": "text", "text": TEXT}], "end_turn")]


def _gemini(mode: str, _server: Server) -> list[Answer]:
    body = {
        "candidates": [
            {"content": {"role": "model", "parts": [{"text": TEXT}]}, "finishReason": "STOP"}
        ],
        "usageMetadata": {
            "promptTokenCount": 5,
            "candidatesTokenCount": 3,
            "totalTokenCount": 8,
        },
    }
    if mode == "plain":
        return [answer_json(body)]
    data = f"data: {json.dumps(body)}\r\n\r\n".encode()
    return [Answer([data], headers={"content-type": "text/event-stream"})]


def _ollama(mode: str, _server: Server) -> list[Answer]:
    end = {"done": True, "done_reason": "stop", "prompt_eval_count": 5, "eval_count": 3}
    said = {"model": "m", "message": {"role": "assistant", "content": TEXT}}
    if mode == "plain":
        return [answer_json(said | end)]
    empty = {"model": "m", "message": {"role": "assistant", "content": ""}}
    lines = [said | {"done": False}, empty | end]
    pieces = [json.dumps(line).encode() + b"\n" for line in lines]
    return [Answer(pieces, headers={"content-type": "application/x-ndjson"})]


def _cohere(mode: str, _server: Server) -> list[Answer]:
    usage = {"tokens": {"input_tokens": 5, "output_tokens": 3}}
    if mode == "plain":
        content = [{"type": "text", "text": TEXT}]
        message: JSON = {"role": "assistant", "content": content}
        body = {"id": "1", "finish_reason": "COMPLETE", "message": message, "usage": usage}
        return [answer_json(body)]
    return [
        named_events(
            [
                {"type": "message-start", "id": "1", "delta": {"message": {"role": "assistant"}}},
                {
                    "type": "content-start",
                    "index": 0,
                    "delta": {"message": {"content": {"type": "text", "text": ""}}},
                },
                {
                    "type": "content-delta",
                    "index": 0,
                    "delta": {"message": {"content": {"text": TEXT}}},
                },
                {"type": "content-end", "index": 0},
                {"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": usage}},
            ]
        )
    ]


def _bedrock(mode: str, _server: Server) -> list[Answer]:
    if mode == "stream":
        return [answer_frames(*text_frames(TEXT))]
    return [
        answer_json(
            {
                "output": {"message": {"role": "assistant", "content": [{"text": TEXT}]}},
                "stopReason": "end_turn",
                "usage": {"inputTokens": 5, "outputTokens": 3, "totalTokens": 8},
            }
        )
    ]


def _sagemaker(mode: str, _server: Server) -> list[Answer]:
    if mode == "plain":
        return [answer_json(completion_body())]
    lines = [f"data: {json.dumps(chunk)}\n\n".encode() for chunk in chunk_bodies()]
    return [answer_frames(*(event("PayloadPart", line) for line in [*lines, b"data: [DONE]\n\n"]))]


def _replicate(mode: str, server: Server) -> list[Answer]:
    prediction: JSON = {
        "id": "p1",
        "status": "succeeded",
        "output": [TEXT],
        "urls": {"get": f"{server.url}/predictions/p1", "stream": f"{server.url}/stream/p1"},
        "metrics": {"input_token_count": 5, "output_token_count": 3},
    }
    if mode == "plain":
        return [answer_json(prediction, 201)]
    events = f"event: output\ndata: {TEXT}\n\nevent: done\ndata: {{}}\n\n"
    return [
        answer_json(prediction | {"status": "starting", "output": None}, 201),
        Answer([events.encode()], headers={"content-type": "text/event-stream"}),
        answer_json(prediction),
    ]


def _openai(mode: str, _server: Server) -> list[Answer]:
    return [good(mode)]


def _exchanged(mode: str, _server: Server) -> list[Answer]:
    return [answer_json({"access_token": TOKEN, "expires_in": 3600}), good(mode)]


def _sap(mode: str, _server: Server) -> list[Answer]:
    deployment = {"id": "d1", "createdAt": "2026-01-01T00:00:00Z", "status": "RUNNING"}
    before = [
        answer_json({"access_token": TOKEN, "expires_in": 3600}),
        answer_json({"count": 1, "resources": [deployment]}),
    ]
    if mode == "plain":
        return [*before, answer_json({"request_id": "r1", "final_result": completion_body()})]
    chunks = [{"request_id": "r1", "final_result": chunk} for chunk in chunk_bodies()]
    return [*before, answer_events(chunks)]


def _a2a(mode: str, _server: Server) -> list[Answer]:
    artifact = {"artifactId": "1", "parts": [{"kind": "text", "text": TEXT}]}
    status = {"state": "completed"}
    head = {"jsonrpc": "2.0", "id": "1"}
    if mode == "plain":
        task = {"kind": "task", "id": "t", "status": status, "artifacts": [artifact]}
        return [answer_json({**head, "result": task})]
    results: list[JSON] = [
        {"kind": "task", "id": "t", "status": {"state": "submitted"}},
        {"kind": "artifact-update", "taskId": "t", "artifact": artifact},
        {"kind": "status-update", "taskId": "t", "status": status, "final": True},
    ]
    return [answer_events([{**head, "result": result} for result in results], done=False)]


def _langflow(mode: str, _server: Server) -> list[Answer]:
    output = {"outputs": [{"results": {"message": {"text": TEXT}}}]}
    result = {"session_id": "s", "outputs": [output]}
    if mode == "plain":
        return [answer_json(result)]
    words = TEXT.replace(" ", " \0").split("\0")
    events: list[JSON] = [{"event": "token", "data": {"chunk": word}} for word in words]
    events.append({"event": "end", "data": {"result": result}})
    pieces = [json.dumps(each).encode() + b"\n\n" for each in events]
    return [Answer(pieces, headers={"content-type": "text/event-stream"})]


def _langgraph(mode: str, _server: Server) -> list[Answer]:
    usage = {"input_tokens": 5, "output_tokens": 3, "total_tokens": 8}
    asked = {"type": "human", "content": "Say hello."}
    said = {"type": "ai", "id": "m1", "content": TEXT, "usage_metadata": usage}
    if mode == "plain":
        return [answer_json({"messages": [asked, said]})]
    chunk = [said | {"type": "AIMessageChunk"}, {"langgraph_node": "agent"}]
    pieces = [
        b'event: metadata\r\ndata: {"run_id": "1"}\r\n\r\n',
        f"event: messages\r\ndata: {json.dumps(chunk)}\r\n\r\n".encode(),
    ]
    return [Answer(pieces, headers={"content-type": "text/event-stream"})]


def _nlp_cloud(_mode: str, _server: Server) -> list[Answer]:
    return [answer_json({"response": TEXT, "history": []})]


@dataclass
class WireAnswers:
    """What a test of any provider needs to know about a wire.

    `before` is how many requests go out before the one for the answer; `model` is a name that the
    wire takes; `environment` and `arguments` are what it needs in addition to a key; `token_url` is
    the variable of its token endpoint; `counts` tells whether it says how many tokens were used,
    `keyless` whether it can be called without a key.
    """

    make: Callable[[str, Server], list[Answer]]
    model: str = "a-model"
    before: int = 0
    environment: dict[str, str] = field(default_factory=dict[str, str])
    arguments: dict[str, Any] = field(default_factory=dict[str, Any])
    token_url: str = ""
    counts: bool = True
    keyless: bool = False


_AWS = {
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "a-secret-of-aws",
}
WIRES = {
    "agents/a2a": WireAnswers(_a2a, counts=False),
    "anthropic": WireAnswers(_anthropic, "claude-sonnet-4-5"),
    "azure/openai": WireAnswers(_openai),
    "azure/foundry": WireAnswers(_openai),
    "bedrock": WireAnswers(_bedrock, "amazon.nova-lite-v1:0", environment=_AWS),
    "cohere": WireAnswers(_cohere, "command-a-03-2025"),
    "databricks": WireAnswers(_openai),
    "gemini": WireAnswers(_gemini, "gemini-2.5-flash"),
    "gigachat": WireAnswers(_exchanged, before=1, token_url="GIGACHAT_AUTH_URL"),
    "agents/langflow": WireAnswers(_langflow, counts=False, keyless=True),
    "agents/langgraph": WireAnswers(_langgraph, keyless=True),
    "nlp_cloud": WireAnswers(_nlp_cloud, counts=False),
    "ollama": WireAnswers(_ollama),
    "openai": WireAnswers(_openai),
    "replicate": WireAnswers(_replicate, "owner/name"),
    "sagemaker": WireAnswers(_sagemaker, "an-endpoint", environment=_AWS),
    "sap": WireAnswers(
        _sap,
        before=2,
        environment={
            "AICORE_BASE_URL": "https://api.ai.acme.example",
            "AICORE_CLIENT_ID": "a-client",
        },
        token_url="AICORE_AUTH_URL",
    ),
    "snowflake": WireAnswers(_openai),
    "vertex/gemini": WireAnswers(
        _gemini, "gemini-2.5-flash", arguments={"api_key": "a-key-of-google"}
    ),
    "watsonx": WireAnswers(
        _exchanged,
        before=1,
        environment={"WATSONX_PROJECT_ID": "a-project"},
        token_url="WATSONX_IAM_URL",
    ),
}
