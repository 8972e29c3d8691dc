"""A chat completion as a message of the Messages API, for clients who speak that API.

https://platform.claude.com/docs/en/api/messages/create
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import uuid4

from ....pipeline.errors import APIError, ContextWindowExceededError
from ....pipeline.json_values import JSON, as_object
from ....pipeline.schema.model_response import ModelResponse
from ....pipeline.schema.parts import Choice, Message, StreamingChoice, ToolCall, Usage
from ...encode.cut_json import decode_cut
from .blocks import unchanged_blocks
from .message_state import is_claude, write_state

_REASONS: Mapping[str, str] = {
    "content_filter": "refusal",
    "function_call": "tool_use",
    "length": "max_tokens",
    "stop": "end_turn",
    "tool_calls": "tool_use",
}
#: https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons
_OWN_REASONS = frozenset(
    {
        "compaction",
        "end_turn",
        "max_tokens",
        "model_context_window_exceeded",
        "pause_turn",
        "refusal",
        "stop_sequence",
        "tool_use",
    }
)
# Token counts that only this API has, among other providers' own usage objects.
_OWN_COUNTS = frozenset({"cache_creation_input_tokens", "cache_read_input_tokens"})
# https://platform.claude.com/docs/en/api/errors
_ERRORS: Mapping[int, str] = {
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
    504: "timeout_error",
    529: "overloaded_error",
}
_TIERS = frozenset({"batch", "priority", "standard"})


def write_message(completion: ModelResponse, model: str) -> JSON:
    """Return the message that says what a chat completion says.

    Args:
        completion: what the provider answered.
        model: the name for the message if the completion has none.
    """
    choice = completion.choices[0] if completion.choices else Choice()
    own = completion.provider_specific_fields or {}
    return {
        **head(completion.id, completion.model or model),
        "content": content_blocks(choice.message),
        **ending(choice),
        "usage": write_usage(completion.usage, completion.service_tier),
        **{name: own[name] for name in ("container", "context_management") if name in own},
    }


def head(identity: str, model: str) -> JSON:
    """Return a message that has just begun."""
    return {
        "id": identity if identity.startswith("msg_") else f"msg_{uuid4().hex}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
    }


def ending(choice: Choice | StreamingChoice) -> JSON:
    """Return the fields that a message has at its end: why it ended."""
    fields = choice.provider_specific_fields or {}
    reason: object = fields.get("native_finish_reason")
    if reason not in _OWN_REASONS:
        reason = _REASONS.get(choice.finish_reason or "stop", "end_turn")
    ended: JSON = {"stop_reason": reason, "stop_sequence": fields.get("stop_sequence")}
    if fields.get("stop_details") is not None:
        ended["stop_details"] = fields["stop_details"]
    return ended


def write_usage(usage: Usage | None, service_tier: str | None = None) -> JSON:
    """Return token counts as this API has them: input tokens are those without the cache."""
    if usage is None:
        return {"input_tokens": 0, "output_tokens": 0}
    native = usage.native or {}
    if not _OWN_COUNTS.isdisjoint(native) and "input_tokens" in native:
        return {"output_tokens": 0, **native}
    details = usage.prompt_tokens_details
    read = (details.cached_tokens if details else None) or 0
    written = (details.cache_creation_tokens if details else None) or 0
    counts: JSON = {
        "input_tokens": max(0, usage.prompt_tokens - read - written),
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": read,
        "output_tokens": usage.completion_tokens,
    }
    inner = usage.completion_tokens_details
    if inner is not None and inner.reasoning_tokens:
        counts["output_tokens_details"] = {"thinking_tokens": inner.reasoning_tokens}
    if service_tier in _TIERS:
        counts["service_tier"] = service_tier
    return counts


def content_blocks(message: Message) -> list[JSON]:
    """Return the blocks of a message: reasoning, text, then calls."""
    kept = native_blocks(message)
    if kept is not None:
        return kept
    blocks = _thinking(message)
    text = message.content or message.refusal
    if text:
        blocks.append({"type": "text", "text": text})
    return [*blocks, *map(call_block, message.tool_calls or ())]


def native_blocks(message: Message) -> list[JSON] | None:
    """Return the blocks that Claude sent, None if there are none or the message was changed."""
    calls = [call.id for call in message.tool_calls or ()]
    blocks = unchanged_blocks(message.provider_specific_fields or {}, message.content, calls)
    return None if blocks is None else [sent.fields for sent in blocks]


def _thinking(message: Message) -> list[JSON]:
    """Return the reasoning as blocks; the last one's signature has what the provider needs back."""
    if is_claude(message):
        return [
            {"type": "redacted_thinking", "data": block.data}
            if block.type == "redacted_thinking"
            else {
                "type": "thinking",
                "thinking": block.thinking or "",
                "signature": block.signature or "",
            }
            for block in message.thinking_blocks or ()
        ]
    text = message.reasoning_content or message.reasoning
    state = write_state(message)
    if text:
        return [{"type": "thinking", "thinking": text, "signature": state or ""}]
    return [{"type": "redacted_thinking", "data": state}] if state else []


def call_block(call: ToolCall) -> JSON:
    """Return a tool call as a block; a custom tool's text becomes the field `input`."""
    named = call.custom or call.function
    return {
        "type": "tool_use",
        "id": call.id or f"toolu_{uuid4().hex}",
        "name": named.name or "",
        "input": {"input": call.custom.input} if call.custom else _arguments(call),
    }


def _arguments(call: ToolCall) -> dict[str, Any]:
    """Return a call's arguments; if they were cut off, the part that arrived."""
    try:
        return as_object(decode_cut(call.function.arguments or "{}")) or {}
    except (ValueError, RecursionError):
        return {}


def error_body(error: APIError) -> JSON:
    """Return an error in the API's format, with all fields that Anthropic sent.

    `code`, `param`, `provider`, `model` and `attempts` are in addition to the API's own.
    """
    body = as_object(error.body) or {}
    said = as_object(body.get("error")) or {}
    status = error.status_code or 500
    kind = _ERRORS.get(status, "api_error" if status >= 500 else "invalid_request_error")
    known = {
        "code": error.code or _code(error),
        "param": error.param,
        "provider": error.provider,
        "model": error.model,
    }
    own = said if body.get("type") == "error" else {}
    return {
        "type": "error",
        "error": {
            "type": kind,
            **own,
            "message": error.message,
            **{name: value for name, value in known.items() if value is not None},
            "attempts": error.attempts,
        },
        "request_id": error.request_id,
    }


def _code(error: APIError) -> str | None:
    too_long = isinstance(error, ContextWindowExceededError)
    return "context_length_exceeded" if too_long else None


def model_object(name: str, _owner: str) -> JSON:
    """Return a model; when it was created is unknown.

    https://platform.claude.com/docs/en/api/models/list
    """
    return {
        "type": "model",
        "id": name,
        "display_name": name,
        "created_at": "1970-01-01T00:00:00Z",
    }


def model_list(models: Iterable[JSON]) -> JSON:
    """Return a list of models, which is one page."""
    data = list(models)
    return {
        "data": data,
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
        "has_more": False,
    }
