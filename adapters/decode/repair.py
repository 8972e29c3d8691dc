"""Answers that are nearly OpenAI's: bring what differs into the shape that the types have.

Only reached where the strict decoder refused a body, so it may take its time.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

import msgspec

from ...pipeline.json_values import JSON, as_array, as_object
from ...pipeline.schema.model_response import ModelResponse, ModelResponseStream

AnswerT = TypeVar("AnswerT", ModelResponse, ModelResponseStream)


def repair(body: JSON, kind: type[AnswerT]) -> AnswerT:
    """Return a decoded body as a response or chunk.

    Raises:
        msgspec.ValidationError: it differs in more than is known here.
    """
    fixed = {key: value for key, value in body.items() if value is not None}
    for name in ("id", "model", "system_fingerprint", "service_tier"):
        if name in fixed and not isinstance(fixed[name], str):
            fixed[name] = str(fixed[name])
    fixed["created"] = _integer(fixed.get("created")) or 0
    fixed["choices"] = [
        _choice(cast("JSON", choice), position)
        for position, choice in enumerate(fixed.get("choices") or ())
    ]
    if isinstance(fixed.get("usage"), dict):
        fixed["usage"] = _usage(fixed["usage"])
    else:
        fixed.pop("usage", None)
    return msgspec.convert(fixed, kind, strict=False)


def as_chunk(answer: ModelResponse) -> ModelResponseStream:
    """Return a whole answer as one chunk, for hosts that answer so where a stream was wanted."""
    whole: JSON = {**answer.model_dump(), "object": "chat.completion.chunk"}
    for choice in whole["choices"]:
        choice["delta"] = choice.pop("message")
    return repair(whole, ModelResponseStream)


def _choice(choice: JSON, position: int) -> JSON:
    fixed = {key: value for key, value in choice.items() if value is not None}
    fixed.setdefault("index", position)
    for name in ("message", "delta"):
        if name in fixed:
            fixed[name] = _message(fixed[name])
    if isinstance(fixed.get("logprobs"), dict):
        fixed["logprobs"] = _fitting_logprobs(fixed["logprobs"])
    return fixed


def _message(message: JSON) -> JSON:
    fixed = dict(message)
    content = fixed.get("content")
    parts = as_array(content)
    if parts is not None:
        fixed.update(_content(parts, fixed))
    elif content is not None and not isinstance(content, str):
        fixed["content"] = msgspec.json.encode(content).decode()
    given = fixed.get("tool_calls")
    calls = as_array([given] if as_object(given) else given)
    if calls is not None:
        fixed["tool_calls"] = [_tool_call(call) for call in calls]
    return fixed


def _content(parts: list[Any], message: JSON) -> JSON:
    """Split a list of parts (Mistral's, Databricks') into text, reasoning, and what is neither."""
    texts: list[str] = []
    reasoning: list[str] = []
    blocks: list[JSON] = []
    others: list[Any] = []
    for item in parts:
        part = as_object(item)
        if isinstance(item, str):
            texts.append(item)
        elif part is None:
            others.append(item)
        elif part.get("type") in ("text", "output_text") and "text" in part:
            texts.append(part["text"])
        elif part.get("type") in ("thinking", "reasoning"):
            said = part.get("thinking") or part.get("summary") or part.get("text") or ""
            reasoning.append(_thinking_text(said))
            blocks += _signed([part | {"text": reasoning[-1]}] if "signature" in part else said)
        else:
            others.append(part)
    fixed: JSON = {"content": "".join(texts) if texts else None}
    if reasoning:
        fixed["reasoning_content"] = "".join(reasoning)
    if blocks:
        fixed["thinking_blocks"] = blocks
    if others:
        known: JSON = message.get("provider_specific_fields") or {}
        fixed["provider_specific_fields"] = {**known, "content": others}
    return fixed


def _thinking_text(thinking: Any) -> str:
    if isinstance(thinking, str):
        return thinking
    return "".join((as_object(part) or {}).get("text", "") for part in as_array(thinking) or ())


def _signed(thinking: Any) -> list[JSON]:
    """Return reasoning with its signatures; in streams these come last."""
    pieces = [as_object(piece) or {} for piece in as_array(thinking) or ()]
    return [
        {
            "type": "thinking",
            "thinking": piece.get("text") or "",
            "signature": piece["signature"] or None,
        }
        for piece in pieces
        if "signature" in piece
    ]


def _tool_call(call: JSON) -> JSON:
    fixed = {key: value for key, value in call.items() if value is not None}
    function = dict(fixed.get("function") or {})
    arguments = function.get("arguments")
    if arguments is None:
        function.pop("arguments", None)
    elif not isinstance(arguments, str):
        function["arguments"] = msgspec.json.encode(arguments).decode()
    fixed["function"] = function
    if "id" in fixed and not isinstance(fixed["id"], str):
        fixed["id"] = str(fixed["id"])
    return fixed


def _usage(usage: JSON) -> JSON:
    """Drop the nulls that some providers send where OpenAI has numbers."""
    fixed: JSON = {}
    for name, value in usage.items():
        if value is None:
            continue
        if name.endswith("_details") and isinstance(value, dict):
            counts = cast("JSON", value)
            fixed[name] = {key: _integer(count) for key, count in counts.items()}
        elif name in ("prompt_tokens", "completion_tokens", "total_tokens"):
            fixed[name] = _integer(value) or 0
        elif not name.endswith("_details"):
            fixed[name] = value
    return fixed


def _fitting_logprobs(logprobs: JSON) -> JSON | None:
    """Leave out what has not OpenAI's shape; it stays readable in the raw body."""
    return {
        name: value
        for name, value in logprobs.items()
        if name in ("content", "refusal") and (value is None or isinstance(value, list))
    } or None


def _integer(value: Any) -> int | None:
    try:
        return int(float(value))
    except (TypeError, ValueError):
        return None
