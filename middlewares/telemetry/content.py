"""Convert messages to the form of OpenTelemetry's GenAI conventions: roles and parts.

https://github.com/open-telemetry/semantic-conventions/blob/v1.41.0/docs/gen-ai/gen-ai-input-messages.json
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ...pipeline.call.request import Request
from ...pipeline.json_values import JSON, as_array, as_object
from ...pipeline.schema.model_response import ModelResponse
from ...pipeline.schema.parts import Choice
from .conventions import INPUT_MESSAGES, OUTPUT_MESSAGES, SYSTEM_INSTRUCTIONS, TOOL_DEFINITIONS

_INSTRUCTION_ROLES = ("system", "developer")


def input_content(request: Request) -> dict[str, str]:
    """Return the attributes for a request's messages and tools, each as JSON text."""
    instructions: list[JSON] = []
    messages: list[JSON] = []
    for message in request.messages:
        if message["role"] in _INSTRUCTION_ROLES:
            instructions += _parts(message)
        else:
            messages.append({"role": message["role"], "parts": _parts(message)})
    content = {INPUT_MESSAGES: _json(messages)}
    if instructions:
        content[SYSTEM_INSTRUCTIONS] = _json(instructions)
    if request.params.get("tools"):
        content[TOOL_DEFINITIONS] = _json(request.params["tools"])
    return content


def output_content(response: ModelResponse) -> dict[str, str]:
    """Return the attribute for a response's messages, as JSON text."""
    return {OUTPUT_MESSAGES: _json([_output(choice) for choice in response.choices])}


def _output(choice: Choice) -> JSON:
    message = choice.message.model_dump()
    output: JSON = {"role": message["role"], "parts": _parts(message)}
    if choice.finish_reason:
        # The conventions use the singular "tool_call".
        reason = choice.finish_reason
        output["finish_reason"] = "tool_call" if reason == "tool_calls" else reason
    return output


def _parts(message: Mapping[str, Any]) -> list[JSON]:
    if message["role"] == "tool":
        response = message.get("content")
        return [
            {
                "type": "tool_call_response",
                "id": message.get("tool_call_id"),
                "response": response,
            }
        ]
    parts: list[JSON] = []
    reasoning = message.get("reasoning_content")
    if reasoning:
        parts.append({"type": "reasoning", "content": reasoning})
    content = message.get("content")
    if isinstance(content, str):
        if content:
            parts.append({"type": "text", "content": content})
    else:
        parts += [_part(as_object(part) or {}) for part in as_array(content) or ()]
    if message.get("refusal"):
        parts.append({"type": "refusal", "content": message["refusal"]})
    return parts + [_tool_call(call) for call in message.get("tool_calls") or ()]


def _part(part: JSON) -> JSON:
    """Return a content part; media data is left out because it is too large for a span."""
    kind = str(part.get("type", ""))
    if kind == "text":
        return {"type": "text", "content": part.get("text", "")}
    if kind == "image_url":
        image = part.get("image_url")
        url = str((as_object(image) or {}).get("url", "") if not isinstance(image, str) else image)
        if not url.startswith("data:"):
            return {"type": "uri", "modality": "image", "uri": url}
        return {"type": "blob", "modality": "image", "mime_type": url[5:].partition(";")[0]}
    return {"type": kind}


def _tool_call(call: Mapping[str, Any]) -> JSON:
    function = as_object(call.get("function")) or {}
    return {
        "type": "tool_call",
        "id": call.get("id"),
        "name": function.get("name"),
        "arguments": _decoded(function.get("arguments")),
    }


def _decoded(arguments: object) -> object:
    """Return the decoded arguments, or their text if it is not valid JSON."""
    if not isinstance(arguments, str):
        return arguments
    try:
        return msgspec.json.decode(arguments)
    except msgspec.DecodeError:
        return arguments


def _json(value: object) -> str:
    return msgspec.json.encode(value, enc_hook=str).decode()
