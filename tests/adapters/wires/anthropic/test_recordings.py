"""All recorded exchanges with Anthropic's Messages API."""

from __future__ import annotations

import random
from typing import Any

from tests.support.recorded.expectations import check_answer
from tests.support.recorded.recordings import Row, body_of, rows
from trunkline import ModelResponse, ModelResponseStream, fold_chunks
from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wires import anthropic
from trunkline.pipeline.errors import ContextWindowExceededError, error_class
from trunkline.pipeline.port import HTTPResponse

PROVIDER = find_provider("anthropic")


def read_stream(body: bytes, cuts: list[int]) -> list[ModelResponseStream]:
    decoder = anthropic.Decoder(PROVIDER, {})
    chunks: list[ModelResponseStream] = []
    for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True):
        chunks += decoder.feed(body[start:end])
    chunks += decoder.close()
    assert decoder.error is None
    for chunk in chunks:
        # Anthropic sends no time; `created` is the time of arrival.
        assert chunk.created
        chunk.created = 0
    return chunks


def decode(row: Row) -> ModelResponse:
    return anthropic.decode(HTTPResponse(status=200, headers={}, body=body_of(row)), PROVIDER)


def check_native(response: ModelResponse, row: Row) -> None:
    """Check what OpenAI's format has no place for."""
    expect = row["expect"]
    choice = response.choices[0]
    native = (choice.provider_specific_fields or {}).get("native_finish_reason")
    assert (native or choice.finish_reason) == expect["finish_reason"]
    assert response.usage is not None
    for name, value in expect["usage_native"].items():
        assert response.usage.native is not None
        assert response.usage.native[name] == value
    fields = choice.message.provider_specific_fields or {}
    stored: list[dict[str, Any]] = fields.get("anthropic_content") or []
    uses = [block for block in stored if block["type"] in ("server_tool_use", "mcp_tool_use")]
    wanted: list[dict[str, Any]] = expect.get("server_tool_calls") or []
    assert [use["name"] for use in uses] == [call["name"] for call in wanted]
    for use, call in zip(uses, wanted, strict=True):
        assert use["input"] == call["arguments"]


@rows("anthropic", stream=False, status=200)
def test_plain_answers(row: Row) -> None:
    response = decode(row)
    check_answer(response, row)
    check_native(response, row)


@rows("anthropic", stream=True, status=200)
def test_streams(row: Row) -> None:
    response = fold_chunks(read_stream(body_of(row), []))
    check_answer(response, row)
    check_native(response, row)


@rows("anthropic", stream=True, status=200)
def test_streams_cut_anywhere(row: Row) -> None:
    body = body_of(row)
    whole = [str(chunk) for chunk in read_stream(body, [])]
    random.seed(row["id"])
    length = len(body)
    cuts = range(1, length) if length < 1000 else random.sample(range(1, length), 40)
    for cut in cuts:
        assert [str(chunk) for chunk in read_stream(body, [cut])] == whole
    every_byte = read_stream(body, list(range(1, min(length, 5000))))
    assert [str(chunk) for chunk in every_byte] == whole


@rows("anthropic", status=lambda status: status >= 400)
def test_errors(row: Row) -> None:
    status, body = row["status"], body_of(row)
    response = HTTPResponse(status=status, headers=row["response_headers"], body=body)
    error = anthropic.error(response, PROVIDER)
    assert error.status_code == status
    assert error.message == row["expect"]["error_message"]
    assert error.code == row["expect"]["error_type"]
    too_long = "prompt is too long" in error.message
    assert type(error) is (ContextWindowExceededError if too_long else error_class(status))
