"""A part of a conversation as text, for a model that summarizes it."""

from __future__ import annotations

from collections.abc import Iterable

from ...pipeline.call.messages import MessageParam
from ...pipeline.json_values import as_array, as_object


def write_transcript(messages: Iterable[MessageParam]) -> str:
    """Return messages as text, with calls of tools and the types of other content."""
    return "\n\n".join(filter(None, map(_describe, messages)))


def _describe(message: MessageParam) -> str:
    lines = [text] if (text := _text(message)) else []
    for call in message.get("tool_calls") or ():
        function = as_object(call.get("function")) or as_object(call.get("custom")) or {}
        arguments = function.get("arguments") or function.get("input") or ""
        lines.append(f"(calls {function.get('name')} with {arguments})")
    return f"{message['role']}: {' '.join(lines)}" if lines else ""


def _text(message: MessageParam) -> str:
    content: object = message.get("content")
    if isinstance(content, str):
        return content
    pieces: list[str] = []
    for part in as_array(content) or ():
        fields = as_object(part) or {}
        text = fields.get("text") or fields.get("refusal")
        pieces.append(text if isinstance(text, str) else f"({fields.get('type')})")
    return " ".join(pieces)
