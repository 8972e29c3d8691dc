"""Chunks, errors and lists of models in OpenAI's format, for clients who speak its APIs.

A chat completion needs no translation: our types have OpenAI's format.
https://platform.openai.com/docs/api-reference/chat-streaming
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from ....pipeline.errors import (
    APIError,
    ContentPolicyViolationError,
    ContextWindowExceededError,
    Timeout,
    UnsupportedParamsError,
)
from ....pipeline.json_values import JSON, as_object
from ....pipeline.schema.model_response import ModelResponse, ModelResponseStream

# OpenAI's codes of errors, for providers that send no code.
_CODES: tuple[tuple[type[APIError], str], ...] = (
    (ContextWindowExceededError, "context_length_exceeded"),
    (ContentPolicyViolationError, "content_policy_violation"),
    (UnsupportedParamsError, "unsupported_parameter"),
)
_encode = msgspec.json.Encoder().encode
#: The end of a stream of chunks.
END = b"data: [DONE]\n\n"


def error_body(error: APIError) -> JSON:
    """Return an error in OpenAI's format, with all fields that the provider sent."""
    body = dict(as_object(error.body) or {})
    said = as_object(body.get("error")) or body
    code = said.get("code")
    if not isinstance(code, str):
        code = next((code for cls, code in _CODES if isinstance(error, cls)), error.code)
    known = {"provider": error.provider, "model": error.model}
    return {
        "error": {
            "type": _kind(error),
            "param": error.param,
            **said,
            "message": error.message,
            "code": code,
            **{name: value for name, value in known.items() if value is not None},
            "attempts": error.attempts,
        }
    }


def _kind(error: APIError) -> str:
    """Return OpenAI's type for an error.

    https://platform.openai.com/docs/guides/error-codes
    """
    status = error.status_code
    if status is None:
        # There was no response, which OpenAI has no type for.
        return type(error).__name__
    if status >= 500 or isinstance(error, Timeout):
        return "server_error"
    return "rate_limit_error" if status == 429 else "invalid_request_error"


def write_chunk(chunk: ModelResponseStream) -> bytes:
    """Return a chunk as an event."""
    return b"data: %s\n\n" % chunk.model_dump_json().encode()


def write_completion(completion: ModelResponse) -> bytes:
    """Return a completion as a body."""
    return completion.model_dump_json().encode()


def error_event(error: APIError) -> bytes:
    """Return the event of an error in the middle of a stream."""
    return b"event: error\ndata: %s\n\n" % _encode(error_body(error))


def model_object(name: str, owner: str) -> JSON:
    """Return a model; when it was created is unknown.

    https://platform.openai.com/docs/api-reference/models/object
    """
    return {"id": name, "object": "model", "created": 0, "owned_by": owner}


def model_list(models: Iterable[JSON]) -> JSON:
    """Return a list of models."""
    return {"object": "list", "data": list(models)}
