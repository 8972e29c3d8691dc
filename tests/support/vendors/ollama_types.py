"""Ollama's own package as the judge of what is sent to Ollama."""

from __future__ import annotations

from ollama._types import ChatRequest, Message, Options, Tool

from trunkline.pipeline.json_values import JSON

# Fields of the server that its Python package does not have: see `Message` and `ToolCall` in
# https://github.com/ollama/ollama/blob/main/api/types.go
_SERVER_ALONE = {"tool_call_id", "id"}


def check_request(request: JSON) -> None:
    """Assert that Ollama's package knows every field, and that each is of its type."""
    assert set(request) <= set(ChatRequest.model_fields)
    ChatRequest.model_validate(request, strict=True)
    for message in request["messages"]:
        assert set(message) <= {*Message.model_fields, *_SERVER_ALONE}
        # A client of theirs wraps pictures, and writes them as the text that the server reads.
        images = [{"value": image} for image in message.get("images") or ()]
        checked = Message.model_validate({**message, "images": images})
        assert [image.model_dump() for image in checked.images or ()] == message.get("images", [])
        for call in message.get("tool_calls") or ():
            assert set(call) <= {*Message.ToolCall.model_fields, *_SERVER_ALONE}
    for tool in request.get("tools") or ():
        assert set(tool) <= set(Tool.model_fields)
        assert set(tool["function"]) <= set(Tool.Function.model_fields)
    assert set(request.get("options") or {}) <= {*Options.model_fields, "min_p"}
    Options.model_validate(request.get("options") or {}, strict=True)
