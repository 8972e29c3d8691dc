"""Calls of Ollama's wire, and the bodies of their requests."""

from __future__ import annotations

from typing import Any

from tests.support.calls.openai_requests import encode_body, make_request
from tests.support.calls.weather_tool import USER
from tests.support.vendors.ollama_types import check_request
from trunkline.pipeline.json_values import JSON

MODEL = "ollama/qwen3"


def body_of_call(messages: Any = USER, model: str = MODEL, **params: Any) -> JSON:
    """Return the body of a call, after a check against the types of Ollama's package."""
    body = encode_body(make_request(model, messages, **params))
    check_request(body)
    return body
