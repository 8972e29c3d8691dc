"""All recorded exchanges of OpenAI and of those who speak its language."""

from __future__ import annotations

import random

import pytest

from tests.support.recorded.expectations import check_answer
from tests.support.recorded.recordings import Row, body_of, rows
from trunkline import APIError, ModelResponseStream, Provider, fold_chunks
from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wires import openai
from trunkline.pipeline.errors import error_class
from trunkline.pipeline.port import HTTPResponse

# Prefixes of recordings that are spoken to over another wire or under another name.
_OTHER_NAMES = {"azure": "openai", "ollama": "openai", "gemini": "openai", "anthropic": "openai"}


def provider_of(row: Row) -> Provider:
    name: str = row["provider"]
    try:
        return find_provider(_OTHER_NAMES.get(name, name))
    except APIError:
        return find_provider("openai")


def read_stream(row: Row, cuts: list[int]) -> tuple[list[ModelResponseStream], openai.Decoder]:
    body = body_of(row)
    decoder = openai.Decoder(provider_of(row), {})
    chunks: list[ModelResponseStream] = []
    for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True):
        chunks += decoder.feed(body[start:end])
    return chunks + decoder.close(), decoder


@rows("openai", stream=False, status=200)
def test_plain_answers(row: Row) -> None:
    response = HTTPResponse(status=200, headers={}, body=body_of(row))
    if row["expect"].get("error_in_200"):
        with pytest.raises(APIError):
            openai.decode(response, provider_of(row))
        return
    check_answer(openai.decode(response, provider_of(row)), row)


@rows("openai", stream=True, status=200)
def test_streams(row: Row) -> None:
    chunks, decoder = read_stream(row, [])
    assert (decoder.error is not None) == bool(row["expect"].get("error_in_200"))
    check_answer(fold_chunks(chunks), row)


@rows("openai", stream=True, status=200)
def test_streams_cut_anywhere(row: Row) -> None:
    whole, _ = read_stream(row, [])
    length = len(body_of(row))
    random.seed(row["id"])
    for cut in sorted(random.sample(range(length), min(length, 12))):
        chunks, _ = read_stream(row, [cut])
        assert [str(c) for c in chunks] == [str(c) for c in whole]
    every_byte, _ = read_stream(row, list(range(1, min(length, 5000))))
    assert [str(c) for c in every_byte] == [str(c) for c in whole]


@rows("openai", status=lambda status: status >= 400)
def test_errors(row: Row) -> None:
    status = row["status"]
    response = HTTPResponse(status=status, headers=row["response_headers"], body=body_of(row))
    error = openai.error(response, provider_of(row))
    assert error.status_code == status
    assert type(error) is error_class(status) or error.code
    assert row["expect"]["error_message"] in error.message
