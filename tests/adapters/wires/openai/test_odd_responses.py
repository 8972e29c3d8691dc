"""Bodies that do not match OpenAI's schema end in an error that names the place, or in text."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.recorded.odd_answers import QUESTION, Canned, check
from trunkline import APIResponseValidationError

PLAIN = b'{"id":"a","choices":[{"index":0,%s,"finish_reason":"stop"}],"x":%s}'
CHUNK = b'data: {"id":"a","choices":[{"index":0,%s,"finish_reason":"stop"}],"x":%s}\n\n'
HI = b'"message":{"role":"assistant","content":"hi"}'
HI_DELTA = b'"delta":{"role":"assistant","content":"hi"}'
NOT_UTF8 = b'"\xff"'


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


@pytest.fixture
def provider() -> Iterator[Canned]:
    canned = Canned("openai/gpt-4o", {"api_key": "sk-0123456789"})
    yield canned
    canned.close()


@pytest.mark.parametrize(
    ("part", "path"),
    [
        (b'"message":"hi"', "$.choices[0].message"),
        (
            b'"message":{"tool_calls":[{"function":"f"}]}',
            "$.choices[0].message.tool_calls[0].function",
        ),
        (b'"message":{"content":[{"type":"text","text":5}]}', "$.choices[0].message.content"),
    ],
)
def test_responses(provider: Canned, part: bytes, path: str) -> None:
    provider.body = PLAIN % (part, b"1")
    with pytest.raises(APIResponseValidationError) as caught:
        provider.call([QUESTION])
    assert path in caught.value.message
    assert check(provider, stream=False) is None


@pytest.mark.parametrize(
    ("part", "path"),
    [
        (b'"delta":"hi"', "$.choices[0].delta"),
        (b'"delta":{"tool_calls":[{"function":"f"}]}', "$.choices[0].delta.tool_calls[0].function"),
    ],
)
def test_chunks(provider: Canned, part: bytes, path: str) -> None:
    provider.body = CHUNK % (part, b"1")
    with pytest.raises(APIResponseValidationError) as caught:
        provider.call([QUESTION], stream=True)
    assert path in caught.value.message
    provider.body = CHUNK % (HI_DELTA, b"1") + provider.body
    response = check(provider, stream=True)
    assert response
    assert response.choices[0].message.content == "hi"


@pytest.mark.parametrize("stream", [False, True])
def test_undeclared_text_that_is_not_utf8(provider: Canned, *, stream: bool) -> None:
    provider.body = CHUNK % (HI_DELTA, NOT_UTF8) if stream else PLAIN % (HI, NOT_UTF8)
    response = check(provider, stream=stream)
    assert response
    assert response.choices[0].message.content == "hi"
    assert response.model_extra["x"] == "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize("stream", [False, True])
def test_a_field_nested_too_deep(provider: Canned, *, stream: bool) -> None:
    extra = nested(500_000)
    provider.body = CHUNK % (HI_DELTA, extra) if stream else PLAIN % (HI, extra)
    with pytest.raises(APIResponseValidationError):
        provider.call([QUESTION], stream=stream)


@pytest.mark.parametrize("index", [b"-5", b"3"])
def test_odd_indexes(provider: Canned, index: bytes) -> None:
    provider.body = (PLAIN % (HI, b"1")).replace(b'"index":0', b'"index":' + index)
    assert check(provider, stream=False)
