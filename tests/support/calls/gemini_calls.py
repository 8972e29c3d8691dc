"""Requests to Gemini and its responses, without a network."""

from __future__ import annotations

import json
from typing import Any

from tests.support.calls.openai_requests import encode_body, make_request
from tests.support.vendors.genai_types import check_request
from trunkline import ModelResponse, fold_chunks
from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wires import gemini
from trunkline.pipeline.json_values import JSON
from trunkline.pipeline.port import HTTPResponse

PROVIDER = find_provider("gemini")
#: A model with thinking budgets, and one with thinking levels.
OLDER, NEWER = "gemini/gemini-2.5-flash", "gemini/gemini-3-flash-preview"
HELLO: list[JSON] = [{"role": "user", "content": "Hello"}]
PNG = "data:image/png;base64,iVBORw0="
WEATHER: JSON = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Look at the sky",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


def body_of_call(messages: Any = None, *, model: str = NEWER, **params: Any) -> JSON:
    """Return the body of a call, after a check against the types of Google's client."""
    body = encode_body(make_request(model, messages or HELLO, **params))
    check_request(body)
    return body


def config_of_call(**params: Any) -> JSON:
    """Return the generation config of a call."""
    config: JSON = body_of_call(**params)["generationConfig"]
    return config


def contents_of(*messages: JSON, model: str = NEWER) -> list[JSON]:
    """Return the contents that messages become."""
    contents: list[JSON] = body_of_call(list(messages), model=model)["contents"]
    return contents


def parts_of(*parts: JSON, model: str = NEWER) -> list[JSON]:
    """Return the parts that a user's content parts become."""
    found: list[JSON] = contents_of({"role": "user", "content": list(parts)}, model=model)[0][
        "parts"
    ]
    return found


def call(name: str = "get_weather", arguments: str = "{}", id: str = "c1", **more: Any) -> JSON:
    return {
        "id": id,
        "type": "function",
        "function": {"name": name, "arguments": arguments},
        **more,
    }


PNG_PART: JSON = {"inlineData": {"mimeType": "image/png", "data": "iVBORw0="}}


def image(url: str = PNG, **more: Any) -> JSON:
    """Return an `image_url` part."""
    return {"type": "image_url", "image_url": {"url": url, **more}}


def answer(*parts: JSON, finish: str = "STOP", **more: Any) -> JSON:
    """Return a whole response with one candidate."""
    candidate = {"content": {"parts": list(parts), "role": "model"}, "finishReason": finish, **more}
    return {
        "candidates": [candidate],
        "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 4, "totalTokenCount": 7},
        "modelVersion": "gemini-3-flash-preview",
        "responseId": "r1",
    }


def decode(body: object, **headers: str) -> ModelResponse:
    """Decode a response."""
    response = HTTPResponse(status=200, headers=headers, body=json.dumps(body).encode())
    return gemini.decode(response, PROVIDER)


def decode_stream(*events: object) -> tuple[ModelResponse, gemini.Decoder]:
    """Decode a stream."""
    decoder = gemini.Decoder(PROVIDER, {})
    body = "".join(f"data: {json.dumps(event)}\r\n\r\n" for event in events).encode()
    return fold_chunks(decoder.feed(body) + decoder.close()), decoder
