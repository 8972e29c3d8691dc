"""Output items of the Responses API that are made here.

https://platform.openai.com/docs/api-reference/responses/object#responses/object-output
"""

from __future__ import annotations

import re
from uuid import uuid4

from ....pipeline.json_values import JSON, as_object
from ....pipeline.schema.parts import ToolCall
from .reasoning_state import REASONING_ID

_IMAGE = re.compile(r"data:image/([a-z+.-]+);base64,(.*)", re.DOTALL)


def new_id(prefix: str) -> str:
    """Return an id of the form that OpenAI's have, such as "msg_..."."""
    return f"{prefix}_{uuid4().hex}"


def reasoning_item(text: str, state: str | None) -> JSON:
    """Return an item of type "reasoning", which `without_own_reasoning` recognizes."""
    return {
        "id": new_id(REASONING_ID),
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": text}] if text else [],
        "encrypted_content": state,
    }


def message_item(item_id: str, content: list[JSON], status: str = "completed") -> JSON:
    """Return an item of type "message"."""
    return {
        "id": item_id,
        "type": "message",
        "role": "assistant",
        "status": status,
        "content": content,
    }


def text_part(text: str, annotations: list[JSON] | None = None) -> JSON:
    """Return a part of type "output_text"."""
    return {"type": "output_text", "text": text, "annotations": annotations or [], "logprobs": []}


def image_items(images: list[JSON] | None) -> list[JSON]:
    """Return items for images; those at an address have no form in the API."""
    items: list[JSON] = []
    for image in images or ():
        url = str((as_object(image.get("image_url")) or {}).get("url"))
        found = _IMAGE.fullmatch(url)
        if found is not None:
            items.append(
                {
                    "id": new_id("ig"),
                    "type": "image_generation_call",
                    "status": "completed",
                    "output_format": found[1],
                    "result": found[2],
                }
            )
    return items


def call_item(call: ToolCall) -> JSON:
    """Return an item for a tool call."""
    if call.custom is not None:
        return {
            "id": new_id("ctc"),
            "type": "custom_tool_call",
            "call_id": call.id or new_id("call"),
            "name": call.custom.name or "",
            "input": call.custom.input,
        }
    return {
        "id": new_id("fc"),
        "type": "function_call",
        "call_id": call.id or new_id("call"),
        "name": call.function.name or "",
        "arguments": call.function.arguments,
        "status": "completed",
    }
