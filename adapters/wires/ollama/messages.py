"""Encode the messages of a conversation for Ollama's chat API.

https://docs.ollama.com/api/chat; thinking and tools:
https://docs.ollama.com/capabilities/thinking, https://docs.ollama.com/capabilities/tool-calling
"""

from __future__ import annotations

from ....pipeline.call.messages import MessageParam
from ....pipeline.json_values import JSON
from ...encode.conversation import (
    REASONING_PARTS,
    SYSTEM_ROLES,
    Turn,
    arguments_of,
    called_name,
    list_turns,
    parts,
    reasoning_of,
    text_part,
    url_of,
)
from ...encode.data_urls import parse_data_url

PROVIDER = "ollama"


def encode_messages(messages: tuple[MessageParam, ...]) -> list[JSON]:
    """Return a conversation in Ollama's form: text, images in base64, arguments as objects.

    Calls keep their ids, and results have both `tool_name`, which Ollama's templates read, and
    `tool_call_id`, which newer servers read.

    Raises:
        BadRequestError: Ollama does not support a part's type.
    """
    names: dict[str, str] = {}
    written: list[JSON] = []
    for turn in list_turns(messages):
        role = turn.message["role"]
        message = _content(turn, "system" if role in SYSTEM_ROLES else role)
        if role == "assistant":
            _add_calls(message, turn, names)
        if role == "tool":
            _add_origin(message, turn, names)
        written.append(message)
    return written


def _content(turn: Turn, role: str) -> JSON:
    texts: list[str] = []
    images: list[str] = []
    for found in parts(turn):
        kind = found.part["type"]
        if kind == "image_url" and role in ("user", "tool"):
            images.append(parse_data_url(url_of(found, "image_url"), found.path).data)
        elif kind not in REASONING_PARTS or role != "assistant":
            texts.append(text_part(found, PROVIDER))
    message: JSON = {"role": role, "content": "".join(texts)}
    if images:
        message["images"] = images
    return message


def _add_calls(message: JSON, turn: Turn, names: dict[str, str]) -> None:
    reasoning = "".join(reasoning_of(turn))
    if reasoning:
        message["thinking"] = reasoning
    calls: list[JSON] = []
    for number, call in enumerate(turn.message.get("tool_calls") or ()):
        path = f"{turn.path}.tool_calls[{number}]"
        name, arguments = called_name(call, path), arguments_of(call, path)
        call_id = call.get("id")
        written: JSON = {"function": {"name": name, "arguments": arguments}}
        if call_id:
            written = {"id": call_id, **written}
            names[call_id] = name
        calls.append(written)
    if calls:
        message["tool_calls"] = calls


def _add_origin(message: JSON, turn: Turn, names: dict[str, str]) -> None:
    call_id = turn.message.get("tool_call_id")
    name = names.get(call_id or "") or turn.message.get("name")
    if call_id:
        message["tool_call_id"] = call_id
    if name:
        message["tool_name"] = name
