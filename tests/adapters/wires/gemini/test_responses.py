"""What Gemini answers: by hand where no exchange was recorded, and sent back."""

from __future__ import annotations

import base64
import json
from typing import Any

import msgspec
import pytest

from tests.support.calls.gemini_calls import (
    HELLO,
    NEWER,
    OLDER,
    WEATHER,
    answer,
    body_of_call,
    call,
    contents_of,
    decode,
    decode_stream,
)
from tests.support.server import Server, answer_events, answer_json
from tests.support.vendors.genai_types import check_request
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
from trunkline.adapters.wires.gemini.schema import PartialArg
from trunkline.adapters.wires.gemini.streamed_arguments import set_argument
from trunkline.pipeline.json_values import JSON

KEY = "secret-key-1"
PNG_PART: JSON = {"inlineData": {"mimeType": "image/png", "data": "iVBORw0="}}


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


def test_calls_have_an_id_an_index_and_arguments() -> None:
    response = decode(
        answer(
            {"functionCall": {"name": "a"}},
            {"functionCall": {"name": "b", "args": {"x": 1}, "id": "theirs"}},
        )
    )
    first, second = response.choices[0].message.tool_calls or []
    assert first.id
    assert first.id.startswith("call_")
    assert first.function.arguments == "{}"
    assert (second.id, second.function.name) == ("theirs", "b")
    assert json.loads(second.function.arguments) == {"x": 1}
    assert response.choices[0].finish_reason == "tool_calls"
    assert response.choices[0].message.content is None


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
        ("MALFORMED_FUNCTION_CALL", "stop"),
        ("UNEXPECTED_TOOL_CALL", "stop"),
        ("BRAND_NEW", "BRAND_NEW"),
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


def test_a_blocked_prompt_is_a_filtered_answer() -> None:
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


def test_moment_model_and_id() -> None:
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


def test_pictures() -> None:
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


def test_pictures_that_the_model_only_thought_of() -> None:
    """They are no part of the answer, and go back with what else Google has."""
    sketch = {**PNG_PART, "thought": True}
    body = answer(sketch, {"text": "Here:"}, PNG_PART)
    for response in (decode(body), decode_stream(body)[0]):
        message = response.choices[0].message
        assert len(message.images or ()) == 1
        back = contents_of({"role": "user", "content": "Draw"}, message.model_dump())[1]
        assert back["parts"] == [sketch, {"text": "Here:"}, PNG_PART]


def test_sound_in_pieces_is_one_sound() -> None:
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


def test_what_google_ran_itself_is_kept_and_sent_back() -> None:
    code = {"executableCode": {"code": "1+1", "language": "PYTHON"}, "thoughtSignature": "AAAA"}
    result = {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "2"}}
    body = answer(code, result, {"text": "It is 2."})
    for response in (decode(body), decode_stream(body)[0]):
        message = response.choices[0].message
        assert message.provider_specific_fields == {"gemini_parts": [code, result]}
        back = contents_of({"role": "user", "content": "1+1?"}, message.model_dump())[1]
        assert back["parts"] == [code, result, {"text": "It is 2."}]


@pytest.mark.parametrize(
    "holder",
    [
        {"extra_content": {"google": {"thought_signature": "c2ln"}}},
        {"provider_specific_fields": {"thought_signature": "c2ln"}},
        {"id": "c1__thought__c2ln"},
    ],
)
def test_signatures_of_calls_wherever_clients_keep_them(holder: JSON) -> None:
    made = {**call(), **holder}
    model, user = contents_of(
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "tool_calls": [made, call("time", id="c2")]},
        {"role": "tool", "tool_call_id": made["id"], "content": "blue"},
        {"role": "tool", "tool_call_id": "c2", "content": "noon"},
    )[1:]
    first, second = model["parts"]
    assert first["thoughtSignature"] == "c2ln"
    assert first["functionCall"]["id"] == "c1"
    assert "thoughtSignature" not in second
    assert user["parts"][0]["functionResponse"]["id"] == "c1"


def test_a_history_of_another_model_has_no_signatures() -> None:
    messages: list[JSON] = [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "tool_calls": [call(), call("time", id="c2")]},
    ]
    newer, older = contents_of(*messages)[1], contents_of(*messages, model=OLDER)[1]
    signatures = [part.get("thoughtSignature") for part in newer["parts"]]
    assert signatures == ["skip_thought_signature_validator", None]
    assert [part.get("thoughtSignature") for part in older["parts"]] == [None, None]


def test_a_signature_without_text_is_sent_back_with_empty_text() -> None:
    message = decode(answer({"text": "", "thoughtSignature": "c2ln"})).choices[0].message
    back = contents_of({"role": "user", "content": "x"}, message.model_dump())[1]
    assert back["parts"] == [{"text": "", "thoughtSignature": "c2ln"}]


def test_arguments_that_come_one_by_one() -> None:
    arguments: JSON = {}
    for path, value in (
        ("$.a[0].b", {"stringValue": "x"}),
        ("$.a[0].b", {"stringValue": "y"}),
        ("$.a[1]['c d']", {"numberValue": 2.0}),
        ("$.e", {"boolValue": False}),
        ("$.f", {"nullValue": "NULL_VALUE"}),
        ('$["g"]', {"numberValue": 0.5}),
    ):
        set_argument(arguments, msgspec.convert({"jsonPath": path, **value}, PartialArg))
    assert arguments == {"a": [{"b": "xy"}, {"c d": 2}], "e": False, "f": None, "g": 0.5}


def test_a_call_cut_off_by_its_end_keeps_what_came() -> None:
    begun = answer({"functionCall": {"name": "a", "args": {"x": 1}, "willContinue": True}})
    del begun["candidates"][0]["finishReason"]
    response, _ = decode_stream(begun, answer(finish="MAX_TOKENS"))
    (made,) = response.choices[0].message.tool_calls or []
    assert json.loads(made.function.arguments) == {"x": 1}
    assert response.choices[0].finish_reason == "length"


def test_three_turns_with_tools_and_signatures(server: Server, world: World, mode: str) -> None:
    client = Client()
    answers = [
        answer(
            {"text": "Which city?", "thought": True},
            {"functionCall": {"name": "get_weather", "args": {"city": "Rome"}, "id": "f1"},
             "thoughtSignature": "b25l"},
            {"functionCall": {"name": "get_weather", "args": {"city": "Oslo"}, "id": "f2"}},
        ),
        answer(
            {"functionCall": {"name": "get_weather", "args": {"city": "Bonn"}, "id": "f3"},
             "thoughtSignature": "dHdv"},
        ),
        answer({"text": "All blue."}, {"text": "", "thoughtSignature": "dGhyZWU="}),
        answer({"text": "Goodbye."}),
    ]  # fmt: skip
    messages: list[Any] = [{"role": "user", "content": "Weather?"}]
    sent: JSON = {}
    for body in answers:
        reply = answer_json(body) if mode == "plain" else answer_events([body], done=False)
        server.reply(reply)
        response = world.answer(
            client, mode, NEWER, messages, tools=[WEATHER], base_url=server.url, api_key=KEY
        )
        sent = server.seen[0].json
        check_request(sent)
        message = response.choices[0].message
        messages.append(message)
        for made in message.tool_calls or ():
            messages.append({"role": "tool", "tool_call_id": made.id, "content": "blue"})
        if not message.tool_calls:
            messages.append({"role": "user", "content": "Thanks"})
    contents: list[JSON] = sent["contents"]
    theirs = [content for content in contents if content["role"] == "model"]
    expected = [body["candidates"][0]["content"]["parts"] for body in answers[:3]]
    assert theirs[0]["parts"] == expected[0][1:]
    assert theirs[1]["parts"] == expected[1]
    assert theirs[2]["parts"] == [{"text": "All blue.", "thoughtSignature": "dGhyZWU="}]
    results: list[list[JSON]] = [content["parts"] for content in contents[2:5:2]]
    assert [[part["functionResponse"]["id"] for part in parts] for parts in results] == [
        ["f1", "f2"],
        ["f3"],
    ]
    client.close()


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
        # An error may also come as the first event, and as a body that is no event stream.
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


def test_a_stream_without_a_finish_reason_is_broken(server: Server, world: World) -> None:
    begun = answer({"text": "Hel"})
    del begun["candidates"][0]["finishReason"]
    server.reply(answer_events([begun], done=False))
    client = Client()
    with pytest.raises(StreamInterruptedError):
        world.stream(client, NEWER, HELLO, base_url=server.url, api_key=KEY)
    client.close()


@pytest.mark.parametrize("body", ["[]", "{}", "3", "oh no", '{"candidates": []}'])
def test_rubbish_is_an_error(body: str, server: Server) -> None:
    reply = answer_json({})
    reply.pieces = [body.encode()]
    server.reply(reply)
    client = Client([])
    with pytest.raises(APIError):
        client.completion(NEWER, HELLO, base_url=server.url, api_key=KEY)
    with pytest.raises(APIError):
        client.completion(NEWER, HELLO, base_url=server.url, api_key=KEY, stream=True)
    client.close()


def test_usage_is_shown_to_those_who_ask(server: Server, world: World) -> None:
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


def test_the_model_and_messages_of_the_caller_are_not_changed() -> None:
    messages: list[JSON] = [
        {"role": "user", "content": [{"type": "text", "text": "Hi"}]},
        {"role": "assistant", "content": None, "tool_calls": [call()]},
    ]
    before = json.dumps(messages)
    config = {"thinkingConfig": {"includeThoughts": True}}
    body_of_call(messages, generation_config=config, thinking_config={"thinkingBudget": 1})
    assert json.dumps(messages) == before
    assert config == {"thinkingConfig": {"includeThoughts": True}}
