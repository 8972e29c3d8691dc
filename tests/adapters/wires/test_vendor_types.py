"""What vendors' newest types may contain is in the response, and goes back where it must.

Ignored on purpose: the ids of tokens, which log probabilities of OpenAI do not have.
"""

from __future__ import annotations

from typing import Any

import cohere
import pytest
from anthropic.types import beta as anthropic_types
from anthropic.types.beta import beta_content_block, beta_content_block_param
from google.genai import types as genai
from groq.types import chat as groq_types
from openai.types import chat as openai_types
from openai.types.responses import Response, ResponseOutputItem

from tests.adapters.wires.calls import sent
from tests.support.calls.bedrock_calls import answer_body
from tests.support.calls.gemini_calls import answer as gemini_body
from tests.support.calls.wire_answers import named_events
from tests.support.event_streams import answer_frames, event
from tests.support.server import Answer, Server, answer_events, answer_json
from tests.support.vendors.converse_model import shape_of
from tests.support.vendors.samples import lost, sample, sample_shape, variants
from tests.support.worlds import World
from trunkline import Client, Message, ModelResponse
from trunkline.pipeline.json_values import JSON

CLAUDE = "anthropic/claude-opus-5-5"
GEMINI = "gemini/gemini-3-flash-preview"
RESPONSES = "openai/responses/gpt-5"
CONVERSE = "bedrock/anthropic.claude-opus-5-5"
USER: list[Any] = [{"role": "user", "content": "Hi"}]


def _answer(server: Server, mode: str, model: str, answer: Answer) -> ModelResponse:
    server.reply(answer)
    with Client() as client:
        return World("sync").answer(
            client,
            mode,
            model,
            USER,
            api_key="k",
            base_url=server.url,
            num_retries=0,
            stream_options={"include_usage": True},
        )


def _dumped(response: ModelResponse) -> object:
    usage = response.usage
    return response.model_dump(), None if usage is None else usage.native


def _back(server: Server, model: str, message: Message) -> JSON:
    """Return the body of the next turn."""
    calls = [call.id for call in message.tool_calls or ()]
    results = [{"role": "tool", "tool_call_id": one, "content": "ok"} for one in calls]
    body: JSON = sent(server, model, [*USER, message, *(results or USER)]).json
    return body


def _claudes(mode: str, content: list[JSON], end: JSON, **fields: Any) -> Answer:
    """Return a message with these blocks; `end` is what a stream says at its end."""
    head: JSON = {"id": "m", "type": "message", "role": "assistant", "model": "c", **fields}
    if mode == "plain":
        return answer_json({**head, **end, **end["delta"], "content": content})
    events: list[JSON] = [{"type": "message_start", "message": {**head, "content": []}}]
    for index, block in enumerate(content):
        events.append({"type": "content_block_start", "index": index, "content_block": block})
        events.append({"type": "content_block_stop", "index": index})
    return named_events([*events, {**end, "type": "message_delta"}, {"type": "message_stop"}])


ENDED: JSON = {"delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}}


@pytest.mark.parametrize("kind", variants(beta_content_block.BetaContentBlock))
def test_blocks_of_anthropic(server: Server, mode: str, kind: type) -> None:
    block = sample(kind)
    if block["type"] == "tool_use":
        block |= {"input": {"a": "mk1x"}, "caller": {"type": "direct"}}
    response = _answer(server, mode, CLAUDE, _claudes(mode, [block], ENDED))
    assert not lost(block, _dumped(response))
    assert not lost(block, _back(server, CLAUDE, response.choices[0].message))


def test_messages_of_anthropic(server: Server, mode: str) -> None:
    end = sample(anthropic_types.BetaRawMessageDeltaEvent)
    end["delta"]["stop_reason"] = "end_turn"
    # These are only at the start of a stream.
    start = {"diagnostics": sample(anthropic_types.BetaDiagnostics)}
    response = _answer(server, mode, CLAUDE, _claudes(mode, [], end, **start))
    assert not lost([end, start], _dumped(response))


@pytest.mark.parametrize("kind", variants(beta_content_block_param.BetaContentBlockParam))
@pytest.mark.parametrize("role", ["user", "assistant", "tool"])
def test_blocks_to_anthropic(server: Server, role: str, kind: type) -> None:
    block = sample(kind)
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    messages: list[Any] = {
        "user": [{"role": "user", "content": [block]}],
        "assistant": [*USER, {"role": "assistant", "content": [block]}, *USER],
        "tool": [
            *USER,
            {"role": "assistant", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c", "content": [block]},
        ],
    }[role]
    assert not lost(block, sent(server, CLAUDE, messages).json)


# What Google sends only about another part.
_ABOUT = {"thought", "thoughtSignature"}
_KINDS = {"functionCall", "inlineData", "text"}


@pytest.mark.parametrize(
    "name", [field.alias or name for name, field in genai.Part.model_fields.items()]
)
def test_parts_of_gemini(server: Server, mode: str, name: str) -> None:
    whole = sample(genai.Part)
    whole["inlineData"] = {"mimeType": "image/png", "data": "AAAA"}
    whole["functionCall"] = {"id": "mk1x", "name": "mk2x", "args": {"a": "mk3x"}}
    about = {name: whole[name]} if name not in _ABOUT else {"thoughtSignature": "mk4x"}
    for kind in _KINDS if name not in _KINDS else {name}:
        part = about | {kind: whole[kind]}
        body = gemini_body(part)
        response = _answer(
            server,
            mode,
            GEMINI,
            answer_json(body) if mode == "plain" else answer_events([body], done=False),
        )
        if name == "audioTranscription":
            # Only sounds have one, and it does not go back.
            continue
        assert not lost(part, _dumped(response))
        assert not lost(part, _back(server, GEMINI, response.choices[0].message))


def test_responses_of_gemini(server: Server, mode: str) -> None:
    body = sample(genai.GenerateContentResponse)
    for name in ("automaticFunctionCallingHistory", "createTime", "parsed", "sdkHttpResponse"):
        # The client makes them itself, except for the time, which is read.
        del body[name]
    candidate = body["candidates"][0]
    candidate |= {"content": {"parts": [{"text": "Hi"}]}, "finishReason": "STOP", "index": 0}
    # They have ids of tokens, and a sum.
    del candidate["logprobsResult"]
    answer = answer_json(body) if mode == "plain" else answer_events([body], done=False)
    assert not lost(body, _dumped(_answer(server, mode, GEMINI, answer)))


@pytest.mark.parametrize("name", shape_of("ContentBlock").members)
def test_blocks_of_converse(server: Server, name: str) -> None:
    block = {name: sample_shape(shape_of("ContentBlock").members[name])}
    if name == "reasoningContent":
        block = {name: {"reasoningText": {"text": "mk1x", "signature": "mk2x"}}}
    if name == "toolUse":
        # Of a tool that the caller has.
        del block[name]["type"]
    response = _answer(server, "plain", CONVERSE, answer_json(answer_body(block)))
    assert not lost(block, _dumped(response))
    assert not lost(block, _back(server, CONVERSE, response.choices[0].message))


def test_responses_of_converse(server: Server) -> None:
    body = sample_shape(shape_of("ConverseResponse"))
    body |= {"output": answer_body({"text": "Hi"})["output"], "stopReason": "end_turn"}
    assert not lost(body, _dumped(_answer(server, "plain", CONVERSE, answer_json(body))))


def test_ends_of_converses_streams(server: Server) -> None:
    stop = sample_shape(shape_of("MessageStopEvent")) | {"stopReason": "end_turn"}
    end = sample_shape(shape_of("ConverseStreamMetadataEvent"))
    frames = [
        event("messageStart", {"role": "assistant"}),
        event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Hi"}}),
        event("messageStop", stop),
        event("metadata", end),
    ]
    response = _answer(server, "stream", CONVERSE, answer_frames(*frames))
    assert not lost([stop, end], _dumped(response))


@pytest.mark.parametrize(
    ("model", "whole", "piece"),
    [
        ("openai/gpt-4o", openai_types.ChatCompletion, openai_types.ChatCompletionChunk),
        ("groq/x", groq_types.ChatCompletion, groq_types.ChatCompletionChunk),
    ],
)
def test_chat_completions(server: Server, mode: str, model: str, whole: type, piece: type) -> None:
    body = sample(whole if mode == "plain" else piece)
    choice = body["choices"][0]
    choice |= {"index": 0, "finish_reason": "stop"}
    if mode == "stream":
        choice["delta"]["tool_calls"][0]["index"] = 0
    answer = answer_json(body) if mode == "plain" else answer_events([body])
    assert not lost(body, _dumped(_answer(server, mode, model, answer)))


@pytest.mark.parametrize("kind", variants(ResponseOutputItem))
def test_items_of_the_responses_api(server: Server, mode: str, kind: type) -> None:
    item = sample(kind)
    response = _answer(server, mode, RESPONSES, _responses(mode, item))
    assert not lost(item, _dumped(response))
    assert not lost(item, _back(server, RESPONSES, response.choices[0].message))


def test_fields_of_the_responses_api(server: Server, mode: str) -> None:
    body = sample(Response)
    new = (
        "conversation",
        "input_transformations",
        "moderation",
        "prompt_cache_diagnostics",
        "service_tier",
        "tool_usage",
        "usage",
    )
    fields = {name: body[name] for name in new}
    item = {"type": "message", "content": [{"type": "output_text", "text": "Hi"}]}
    response = _answer(server, mode, RESPONSES, _responses(mode, item, **fields))
    assert not lost(fields, _dumped(response))


def _responses(mode: str, item: JSON, **fields: Any) -> Answer:
    """Return a response with an item."""
    head: JSON = {"id": "r", "created_at": 1, "model": "m"}
    whole = {**head, "status": "completed", "output": [item], **fields}
    if mode == "plain":
        return answer_json(whole)
    begun: JSON = {"type": "response.created", "response": {**head, "output": []}}
    events: list[JSON] = [
        {"type": f"response.output_item.{when}", "output_index": 0, "item": item}
        for when in ("added", "done")
    ]
    return named_events([begun, *events, {"type": "response.completed", "response": whole}])


def test_responses_of_cohere(server: Server) -> None:
    body = sample(cohere.V2ChatResponse)
    body |= {"finish_reason": "COMPLETE"}
    del body["logprobs"][0]["token_ids"]
    response = _answer(server, "plain", "cohere/command-a-03-2025", answer_json(body))
    assert not lost(body, _dumped(response))
