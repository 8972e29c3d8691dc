"""Responses that do not match Google's types, and deviations from them that are accepted."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.calls.gemini_calls import PNG_PART, PROVIDER, answer, decode, decode_stream
from trunkline import APIResponseValidationError, ModelResponse, fold_chunks
from trunkline.adapters.wires import gemini
from trunkline.adapters.wires.gemini.counting import read_count
from trunkline.pipeline.json_values import JSON
from trunkline.pipeline.port import HTTPResponse

CALL: JSON = {"functionCall": {"name": "f", "args": {}}}
#: Where a body has a value of another type.
WRONG: list[tuple[str, object]] = [
    ("candidates", 5),
    ("candidates", [None]),
    ("candidates.0.content", "hi"),
    ("candidates.0.content.parts", {}),
    ("candidates.0.content.parts", [None]),
    ("candidates.0.content.parts.0.text", 5),
    ("candidates.0.content.parts.0.thought", "yes"),
    ("candidates.0.content.parts.0.thoughtSignature", ["x"]),
    ("candidates.0.content.parts.0.functionCall", "f"),
    ("candidates.0.content.parts.0.inlineData", []),
    ("candidates.0.finishReason", ["STOP"]),
    ("candidates.0.index", "1"),
    ("candidates.0.index", -1),
    ("candidates.0.index", True),
    ("candidates.0.groundingMetadata", {"groundingSupports": [5]}),
    ("candidates.0.groundingMetadata", {"groundingChunks": [{"web": {"uri": 5}}]}),
    ("candidates.0.logprobsResult", {"chosenCandidates": [{"logProbability": "low"}]}),
    ("candidates.0.logprobsResult", {"topCandidates": [[]]}),
    ("promptFeedback", {"blockReason": {}}),
    ("usageMetadata", 5),
    ("usageMetadata.promptTokenCount", "5"),
    ("usageMetadata.promptTokenCount", True),
    ("usageMetadata.candidatesTokenCount", 1.5),
    ("usageMetadata.promptTokensDetails", [None]),
    ("usageMetadata.candidatesTokensDetails", [{"tokenCount": []}]),
    ("usageMetadata.trafficType", [1]),
    ("createTime", 5),
    ("modelVersion", []),
    ("responseId", 5),
]


def changed(body: JSON, path: str, value: object) -> JSON:
    """Return a copy of a body with another value at a path such as "candidates.0.index"."""
    copied: JSON = json.loads(json.dumps(body))
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    holder: Any = copied
    for step in steps:
        holder = holder[step]
    holder[last] = value
    return copied


def read(body: object, mode: str) -> ModelResponse:
    """Decode a body as a response, or as the only event of a stream."""
    if mode == "plain":
        return decode(body)
    response, decoder = decode_stream(body)
    if decoder.error is not None:
        raise decoder.error
    return response


@pytest.mark.parametrize(("path", "value"), WRONG)
def test_wrong_types_are_errors_with_their_path(path: str, value: object, mode: str) -> None:
    body = changed(answer({"text": "Hi"}), path, value)
    named = path.rpartition(".")[2]
    with pytest.raises(APIResponseValidationError, match=rf"at `\$\..*{named}"):
        read(body, mode)


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", 5), ("id", {}), ("args", []), ("args", "{}"), ("partialArgs", [{"jsonPath": 1}])],
)
def test_wrong_types_in_function_calls(field: str, value: object, mode: str) -> None:
    body = changed(answer(CALL), f"candidates.0.content.parts.0.functionCall.{field}", value)
    with pytest.raises(APIResponseValidationError, match=rf"functionCall\.{field}"):
        read(body, mode)


@pytest.mark.parametrize("data", ["A", "é", "AAAAA"])
def test_audio_that_is_not_base64(data: str, mode: str) -> None:
    body = answer({"inlineData": {"mimeType": "audio/L16", "data": data}})
    with pytest.raises(APIResponseValidationError, match="expected base64"):
        read(body, mode)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("$.a[0]", "$.a.b"),
        ("$.a.b", "$.a[0]"),
        ("$.a[0]", "$.a[999999999]"),
        ("$.a[0]", "$.a['b'][0]"),
    ],
)
def test_streamed_arguments_that_contradict_each_other(first: str, second: str, mode: str) -> None:
    pieces = [{"jsonPath": path, "stringValue": "x"} for path in (first, second)]
    with pytest.raises(APIResponseValidationError, match="does not fit the arguments so far"):
        read(answer({"functionCall": {"name": "f", "partialArgs": pieces}}), mode)


@pytest.mark.parametrize(
    "body",
    [b'{"candidates": "\xff"}', b'{"a":' * 100_000, b"[5]", b"[[]]", b"null", b"no JSON"],
)
def test_bodies_that_are_not_json_objects(body: bytes) -> None:
    with pytest.raises(APIResponseValidationError):
        gemini.decode(HTTPResponse(status=200, headers={}, body=body), PROVIDER)
    decoder = gemini.Decoder(PROVIDER, {})
    assert decoder.feed(b"data: " + body + b"\n\n") + decoder.close() == []
    assert isinstance(decoder.error, APIResponseValidationError)


def test_wrong_counts_in_a_stream_without_a_finish_reason() -> None:
    body = changed(answer({"text": "Hi"}), "usageMetadata.promptTokenCount", "5")
    del body["candidates"][0]["finishReason"]
    response, decoder = decode_stream(body)
    assert isinstance(decoder.error, APIResponseValidationError)
    assert response.choices[0].message.content == "Hi"


@pytest.mark.parametrize("body", [{}, {"totalTokens": "3"}, {"totalTokens": None}])
def test_counts_of_tokens_without_a_number(body: JSON) -> None:
    assert read_count(b'{"totalTokens": 3}') == 3
    with pytest.raises(APIResponseValidationError, match="totalTokens"):
        read_count(json.dumps(body).encode())


def test_null_is_like_a_missing_field(mode: str) -> None:
    fields = ("createTime", "modelVersion", "promptFeedback", "usageMetadata")
    candidate = {
        "content": {"parts": [{"text": "Hi", "thought": None, "functionCall": None}]},
        "finishReason": "STOP",
        "index": None,
        "groundingMetadata": None,
        "logprobsResult": None,
    }
    response = read({"candidates": [candidate], **dict.fromkeys(fields)}, mode)
    assert response.choices[0].message.content == "Hi"
    assert response.usage is None
    empty = read({"candidates": [{"content": None, "finishReason": "SAFETY"}]}, mode)
    assert empty.choices[0].finish_reason == "content_filter"


def test_enums_may_be_numbers(mode: str) -> None:
    body = changed(answer({"text": "Hi"}), "candidates.0.finishReason", 1)
    details = [{"modality": 1, "tokenCount": 3}]
    response = read(changed(body, "usageMetadata.promptTokensDetails", details), mode)
    (choice,) = response.choices
    assert choice.finish_reason == "stop"
    assert choice.provider_specific_fields == {"native_finish_reason": "STOP"}
    assert response.usage is not None
    assert response.usage.prompt_tokens_details is not None
    assert response.usage.prompt_tokens_details.text_tokens == 3
    called = read(changed(answer(CALL), "candidates.0.finishReason", 1), mode)
    assert called.choices[0].finish_reason == "tool_calls"
    unknown = read(changed(body, "candidates.0.finishReason", 99), mode)
    assert unknown.choices[0].finish_reason == "stop"
    assert unknown.choices[0].provider_specific_fields == {"native_finish_reason": "99"}


def test_numbers_that_json_does_not_have(mode: str) -> None:
    result = {"chosenCandidates": [{"token": "a", "logProbability": "-Infinity"}]}
    logprobs = read(answer({"text": "a"}, logprobsResult=result), mode).choices[0].logprobs
    assert logprobs is not None
    assert logprobs.content is not None
    assert logprobs.content[0].logprob == float("-inf")


def test_undeclared_fields_are_passed_on(mode: str) -> None:
    part = {"brandNew": {"x": [1]}, "thoughtSignature": "c2ln"}
    body = {**answer(part, {"text": "Hi"}, newField={"aB": 1}), "otherNew": 2}
    body = changed(body, "usageMetadata.newCount", 4)
    response = read(body, mode)
    (choice,) = response.choices
    assert choice.message.provider_specific_fields == {"gemini_parts": [part]}
    assert (choice.provider_specific_fields or {})["new_field"] == {"aB": 1}
    assert response.provider_specific_fields == {"other_new": 2}
    assert response.usage is not None
    assert response.usage.native == body["usageMetadata"]


def test_sources_that_are_not_there_are_left_out(mode: str) -> None:
    metadata = {
        "groundingChunks": [{"web": {"uri": "https://a.example", "domain": "a"}}],
        "groundingSupports": [{"groundingChunkIndices": [-1, 0, 1]}, {}],
    }
    body = answer({"text": "Hi"}, groundingMetadata=metadata)
    citation = {"start_index": 0, "end_index": 0, "url": "https://a.example", "title": "a"}
    assert read(body, mode).choices[0].message.annotations == [
        {"type": "url_citation", "url_citation": citation}
    ]


def test_a_list_instead_of_a_stream() -> None:
    """Without `alt=sse`, which some proxies do not pass on, Google sends a JSON list."""
    begun = answer({"text": "Hel"}, PNG_PART)
    del begun["candidates"][0]["finishReason"]
    body = json.dumps([begun, answer({"text": "lo"})], indent=1).encode()
    decoder = gemini.Decoder(PROVIDER, {})
    streamed = fold_chunks(decoder.feed(body[:50]) + decoder.feed(body[50:]) + decoder.close())
    plain = gemini.decode(HTTPResponse(status=200, headers={}, body=body), PROVIDER)
    assert decoder.error is None
    for response in (streamed, plain):
        assert response.choices[0].message.content == "Hello"
        assert len(response.choices[0].message.images or ()) == 1
        assert response.choices[0].finish_reason == "stop"
        assert response.usage is not None
        assert response.usage.total_tokens == 7


def test_candidates_in_any_order(mode: str) -> None:
    body = answer({"text": "one"}, index=1)
    body["candidates"] += answer({"text": "zero"}, index=0)["candidates"]
    assert [choice.message.content for choice in read(body, mode).choices] == ["zero", "one"]
