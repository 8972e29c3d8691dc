"""Predictions of Replicate as responses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from trunkline import APIError, APIResponseValidationError
from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wires import replicate
from trunkline.pipeline.json_values import JSON
from trunkline.pipeline.port import HTTPResponse

PROVIDER = find_provider("replicate")
PREDICTION: JSON = {
    "id": "gm3qorzdhg",
    "status": "succeeded",
    "output": None,
    "error": None,
    "created_at": "2023-09-08T16:19:34.765994Z",
    "metrics": {},
}


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ("Hi", "Hi"),
        (["H", "i"], "Hi"),
        (None, ""),
        ({"text": "Hi"}, "Hi"),
        ({"a": 1}, '{"a":1}'),
        ([1, 2], "[1,2]"),
    ],
)
def test_outputs(output: Any, text: str) -> None:
    body = json.dumps({**PREDICTION, "output": output}).encode()
    response = replicate.decode(HTTPResponse(status=201, headers={}, body=body), PROVIDER)
    assert response.choices[0].message.content == text
    assert response.usage is None


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"id": "x"}'])
def test_bodies_that_are_not_predictions(body: bytes) -> None:
    with pytest.raises(APIResponseValidationError):
        replicate.decode(HTTPResponse(status=200, headers={}, body=body), PROVIDER)


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"metrics": {"input_token_count": [1]}}, "$.input_token_count"),
        ({"id": 5}, "$.id"),
        ({"status": ["x"]}, "$.status"),
    ],
)
def test_fields_of_another_type(fields: dict[str, Any], path: str) -> None:
    body = json.dumps({**PREDICTION, **fields}).encode()
    with pytest.raises(APIResponseValidationError) as caught:
        replicate.decode(HTTPResponse(status=200, headers={}, body=body), PROVIDER)
    assert f"`{path}`" in caught.value.message


def test_an_error_has_the_whole_prediction() -> None:
    sent = {**PREDICTION, "status": "failed", "error": "out of memory", "logs": "some lines"}
    response = HTTPResponse(status=200, headers={}, body=json.dumps(sent).encode())
    with pytest.raises(APIError, match="out of memory") as caught:
        replicate.decode(response, PROVIDER)
    assert caught.value.body == sent
