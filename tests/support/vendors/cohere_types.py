"""Cohere's own package as the judge of what is sent to Cohere."""

from __future__ import annotations

import inspect
from typing import Any

from cohere.types.chat_message_v2 import ChatMessageV2
from cohere.types.citation_options import CitationOptions
from cohere.types.document import Document
from cohere.types.response_format_v2 import ResponseFormatV2
from cohere.types.thinking import Thinking
from cohere.types.tool_v2 import ToolV2
from cohere.v2.raw_client import RawV2Client
from pydantic import BaseModel, TypeAdapter

from trunkline.pipeline.json_values import JSON, as_array

_KINDS: dict[str, Any] = {
    "messages": list[ChatMessageV2],
    "tools": list[ToolV2],
    "response_format": ResponseFormatV2,
    "thinking": Thinking,
    "documents": list[str | Document],
    "citation_options": CitationOptions,
    "temperature": float,
    "seed": int,
    "max_tokens": int,
    "stop_sequences": list[str],
    "k": int,
    "p": float,
    "logprobs": bool,
    "stream": bool,
    "strict_tools": bool,
    "model": str,
    "frequency_penalty": float,
    "presence_penalty": float,
    "safety_mode": str,
    "tool_choice": str,
}
_ADAPTERS = {name: TypeAdapter[Any](kind) for name, kind in _KINDS.items()}


def check_request(request: JSON) -> None:
    """Assert that Cohere's package knows every field, and that each is of its type."""
    known = set(inspect.signature(RawV2Client.chat).parameters) | {"stream"}
    assert set(request) <= known
    for name, value in request.items():
        assert_known(_ADAPTERS[name].validate_python(value, strict=name != "temperature"))
    assert request.get("tool_choice") in (None, "REQUIRED", "NONE")


def assert_known(value: object) -> None:
    """Assert that no model in a validated value has fields that its class does not declare."""
    if isinstance(value, BaseModel):
        assert not value.model_extra, value
        for name in type(value).model_fields:
            assert_known(getattr(value, name))
    for item in as_array(value) or ():
        assert_known(item)
