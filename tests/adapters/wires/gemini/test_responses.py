"""Gemini's responses and streams, where no exchange was recorded, and sent back."""

from __future__ import annotations

import base64

import pytest

from tests.support.calls.gemini_calls import (
    HELLO,
    NEWER,
    PNG_PART,
    answer,
    contents_of,
    decode,
    decode_stream,
)
from tests.support.server import Server, answer_events, answer_json
from tests.support.worlds import World
from trunkline import APIError, BadRequestError, Client, InternalServerError, StreamInterruptedError

KEY = "secret-key-1"


def test_thoughts_and_text() -> None:
    events = [
        answer({"text": "Let me ", "thought": True}, finish=""),
        answer({"text": "see.", "thought": True}, {"text": "It is "}, finish=""),
        answer({"text": "2."}),
    ]
    for event in events[:-1]:
        del event["candidates"][0]["finishReason"]
    streamed, _ = decode_stream(*events)
    plain = decode(answer({"text": "Let me see.", "thought": True}, {"text": "It is 2."}))
    for response in (streamed, plain):
        message = response.choices[0].message
        assert message.content == "It is 2."
        assert message.reasoning_content == "Let me see."
        assert [block.thinking for block in message.thinking_blocks or ()] == ["Let me see."]
        assert response.choices[0].finish_reason == "stop"
        fields = response.choices[0].provider_specific_fields
        assert fields == {"native_finish_reason": "STOP"}


@pytest.mark.parametrize(
    ("native", "finish"),
    [
        ("STOP", "stop"),
        ("MAX_TOKENS", "length"),
        ("CONTINUATION", "length"),
        ("SAFETY", "content_filter"),
        ("RECITATION", "content_filter"),
        ("LANGUAGE", "content_filter"),
        ("OTHER", "content_filter"),
        ("BLOCKLIST", "content_filter"),
        ("PROHIBITED_CONTENT", "content_filter"),
        ("SPII", "content_filter"),
        ("IMAGE_SAFETY", "content_filter"),
        ("NO_IMAGE", "content_filter"),
        ("MODEL_ARMOR", "content_filter"),
        ("BRAND_NEW", "stop"),
    ],
)
def test_finish_reasons(native: str, finish: str) -> None:
    body = answer({"text": "x"}, finish=native, finishMessage="so it is")
    for response in (decode(body), decode_stream(body)[0]):
        choice = response.choices[0]
        assert choice.finish_reason == finish
        fields = choice.provider_specific_fields or {}
        assert fields.get("native_finish_reason", native) == native
        assert fields["finish_message"] == "so it is"


@pytest.mark.parametrize(
    ("native", "expected"),
    [
        ("MALFORMED_FUNCTION_CALL", InternalServerError),
        ("MALFORMED_RESPONSE", InternalServerError),
        ("MISSING_THOUGHT_SIGNATURE", BadRequestError),
        ("TOO_MANY_TOOL_CALLS", InternalServerError),
        ("UNEXPECTED_TOOL_CALL", InternalServerError),
    ],
)
def test_failed_responses_are_errors(
    server: Server, world: World, mode: str, native: str, expected: type[APIError]
) -> None:
    failed = answer(finish=native, finishMessage="print(7) is not a call")
    plain = mode == "plain"
    server.reply(answer_json(failed) if plain else answer_events([failed], done=False))
    with (
        Client(middlewares=[]) as client,
        pytest.raises(expected, match=rf"{native}.*print\(7\) is not a call") as caught,
    ):
        world.answer(client, mode, NEWER, HELLO, base_url=server.url, api_key=KEY)
    assert caught.value.code == native.lower()
    assert len(server.seen) == 1


def test_an_unexpected_call_that_is_there_is_a_call(mode: str) -> None:
    body = answer({"functionCall": {"name": "list_files"}}, finish="UNEXPECTED_TOOL_CALL")
    response = decode(body) if mode == "plain" else decode_stream(body)[0]
    (choice,) = response.choices
    assert choice.finish_reason == "tool_calls"
    assert choice.provider_specific_fields == {"native_finish_reason": "UNEXPECTED_TOOL_CALL"}
    assert [call.function.name for call in choice.message.tool_calls or ()] == ["list_files"]


def test_a_failure_after_text_interrupts_the_stream(server: Server, world: World) -> None:
    begun, failed = answer({"text": "Hel"}), answer(finish="MALFORMED_FUNCTION_CALL")
    del begun["candidates"][0]["finishReason"]
    server.reply(answer_events([begun, failed], done=False))
    with Client() as client, pytest.raises(StreamInterruptedError, match="MALFORMED") as caught:
        world.stream(client, NEWER, HELLO, base_url=server.url, api_key=KEY)
    partial = caught.value.partial
    assert partial is not None
    assert partial.choices[0].message.content == "Hel"


def test_a_blocked_prompt_is_a_filtered_response() -> None:
    feedback = {"blockReason": "PROHIBITED_CONTENT", "blockReasonMessage": "No."}
    body = {"promptFeedback": feedback, "responseId": "r1"}
    for response in (decode(body), decode_stream(body)[0]):
        choice = response.choices[0]
        assert choice.finish_reason == "content_filter"
        assert choice.message.content is None
        assert choice.provider_specific_fields == {"native_finish_reason": "PROHIBITED_CONTENT"}
        assert response.provider_specific_fields == {"prompt_feedback": feedback}


def test_several_candidates() -> None:
    one, two = answer({"text": "one"}), answer({"text": "two"}, finish="MAX_TOKENS", index=1)
    both = {**one, "candidates": [*one["candidates"], *two["candidates"]]}
    for response in (decode(both), decode_stream(one, two)[0]):
        assert [choice.message.content for choice in response.choices] == ["one", "two"]
        assert [choice.finish_reason for choice in response.choices] == ["stop", "length"]


def test_usage() -> None:
    counts = {
        "promptTokenCount": 10,
        "toolUsePromptTokenCount": 5,
        "candidatesTokenCount": 3,
        "thoughtsTokenCount": 2,
        "cachedContentTokenCount": 4,
        "totalTokenCount": 20,
        "promptTokensDetails": [
            {"modality": "TEXT", "tokenCount": 6},
            {"modality": "IMAGE", "tokenCount": 4},
        ],
        "candidatesTokensDetails": [{"modality": "AUDIO", "tokenCount": 3}],
        "serviceTier": "standard",
    }
    body = {**answer({"text": "x"}), "usageMetadata": counts}
    for response in (decode(body), decode_stream(body)[0]):
        usage = response.usage
        assert usage is not None
        assert usage.prompt_tokens == 15
        assert usage.completion_tokens == 5
        assert usage.total_tokens == 20
        assert usage.native == counts
        sent, answered = usage.prompt_tokens_details, usage.completion_tokens_details
        assert sent is not None
        assert answered is not None
        assert (sent.cached_tokens, sent.text_tokens, sent.image_tokens) == (4, 6, 4)
        assert (answered.reasoning_tokens, answered.audio_tokens) == (2, 3)
        assert response.service_tier == "default"


def test_created_model_and_id() -> None:
    body = answer({"text": "x"})
    assert decode(body, date="Thu, 01 Jan 1970 00:01:00 GMT").created == 60
    dated = decode({**body, "createTime": "1970-01-01T00:00:05.5Z"})
    assert dated.created == 5
    assert (dated.id, dated.model) == ("r1", "gemini-3-flash-preview")


def test_logprobs() -> None:
    result = {
        "chosenCandidates": [{"token": "Hé", "logProbability": -0.1}],
        "topCandidates": [
            {"candidates": [{"token": "Hé", "logProbability": -0.1}, {"token": "x"}]}
        ],
    }
    body = answer({"text": "Hé"}, logprobsResult=result, avgLogprobs=-0.1)
    for response in (decode(body), decode_stream(body)[0]):
        logprobs = response.choices[0].logprobs
        assert logprobs is not None
        (token,) = logprobs.content or []
        assert (token.token, token.logprob, token.bytes) == ("Hé", -0.1, [72, 195, 169])
        assert [top.token for top in token.top_logprobs or ()] == ["Hé", "x"]
        assert (response.choices[0].provider_specific_fields or {})["avg_logprobs"] == -0.1


def test_grounding_becomes_annotations() -> None:
    metadata = {
        "groundingChunks": [
            {"web": {"uri": "https://a.example", "title": "A"}},
            {"retrievedContext": {"text": "no address"}},
        ],
        "groundingSupports": [
            {"segment": {"startIndex": 4, "endIndex": 7}, "groundingChunkIndices": [0, 1, 9]}
        ],
    }
    whole = answer({"text": "Öl: yes"}, groundingMetadata=metadata)
    begun = answer({"text": "Öl: "})
    del begun["candidates"][0]["finishReason"]
    ended = answer({"text": "yes"}, groundingMetadata=metadata)
    for response in (decode(whole), decode_stream(begun, ended)[0]):
        citation = {"start_index": 3, "end_index": 6, "url": "https://a.example", "title": "A"}
        message = response.choices[0].message
        assert message.annotations == [{"type": "url_citation", "url_citation": citation}]
        fields = response.choices[0].provider_specific_fields or {}
        assert fields["grounding_metadata"] == metadata


def test_images() -> None:
    body = answer({"text": "Here:"}, {**PNG_PART, "thoughtSignature": "c2ln"}, PNG_PART)
    for response in (decode(body), decode_stream(body)[0]):
        message = response.choices[0].message
        first, second = message.images or []
        assert first["image_url"] == {"url": "data:image/png;base64,iVBORw0="}
        assert [first["index"], second["index"]] == [0, 1]
        back = contents_of({"role": "user", "content": "Draw"}, message.model_dump())[1]
        assert back["parts"] == [
            {"text": "Here:"},
            {**PNG_PART, "thoughtSignature": "c2ln"},
            PNG_PART,
        ]


def test_images_in_thoughts() -> None:
    """They do not belong to the answer, and are sent back with Google's other parts."""
    sketch = {**PNG_PART, "thought": True}
    body = answer(sketch, {"text": "Here:"}, PNG_PART)
    for response in (decode(body), decode_stream(body)[0]):
        message = response.choices[0].message
        assert len(message.images or ()) == 1
        back = contents_of({"role": "user", "content": "Draw"}, message.model_dump())[1]
        assert back["parts"] == [sketch, {"text": "Here:"}, PNG_PART]


def test_audio_in_pieces_is_joined() -> None:
    pieces = [b"\x01\x02", b"\x03\x04\x05\x06", b"", b"\x07"]
    events = [
        answer({"inlineData": {"mimeType": "audio/L16", "data": base64.b64encode(piece).decode()}})
        for piece in pieces
    ]
    for event in events[:-1]:
        del event["candidates"][0]["finishReason"]
    streamed, _ = decode_stream(*events)
    parts = [event["candidates"][0]["content"]["parts"][0] for event in events]
    for response in (streamed, decode(answer(*parts))):
        message = response.choices[0].message
        assert message.audio is not None
        assert base64.b64decode(message.audio.data or "") == b"".join(pieces)
        back = contents_of({"role": "user", "content": "Say"}, message.model_dump())[1]["parts"]
        assert back[0]["inlineData"]["mimeType"] == "audio/L16;rate=24000"


def test_code_that_google_ran_is_kept_and_sent_back() -> None:
    code = {"executableCode": {"code": "1+1", "language": "PYTHON"}, "thoughtSignature": "AAAA"}
    result = {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "2"}}
    body = answer(code, result, {"text": "It is 2."})
    for response in (decode(body), decode_stream(body)[0]):
        message = response.choices[0].message
        assert message.provider_specific_fields == {"gemini_parts": [code, result]}
        back = contents_of({"role": "user", "content": "1+1?"}, message.model_dump())[1]
        assert back["parts"] == [code, result, {"text": "It is 2."}]


def test_streams_show_usage_on_request(server: Server, world: World) -> None:
    begun = answer({"text": "Hel"})
    del begun["candidates"][0]["finishReason"]
    server.reply(answer_events([begun, answer({"text": "lo"})], done=False))
    client = Client()
    options = {"base_url": server.url, "api_key": KEY}
    quiet, stream = world.stream(client, NEWER, HELLO, **options)
    assert server.seen[0].path.endswith(":streamGenerateContent?alt=sse")
    assert [chunk.usage for chunk in quiet] == [None, None]
    assert stream.response.usage is not None
    asked, _ = world.stream(client, NEWER, HELLO, stream_options={"include_usage": True}, **options)
    assert [len(chunk.choices) for chunk in asked] == [1, 1, 0]
    assert asked[-1].usage is not None
    assert "stream_options" not in server.seen[-1].json
    client.close()
