"""Convert LangChain's messages to OpenAI's format.

Content may be text, LangChain's standard blocks, OpenAI's parts or Anthropic's blocks. LangChain
itself converts them to its standard; blocks that it does not know go to the provider unchanged.
https://docs.langchain.com/oss/python/langchain/messages#standard-content-blocks
"""

from __future__ import annotations

import base64
import json
import mimetypes
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, cast

from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    ChatMessage,
    FunctionMessage,
    HumanMessage,
    SystemMessage,
    ToolMessage,
)

from ... import BadRequestError
from ...pipeline.json_values import JSON


class Placed(NamedTuple):
    """A block and its location, such as "messages[1].content[0]"."""

    block: JSON
    path: str

    @property
    def kind(self) -> str:
        """The block's type."""
        return str(self.block["type"])


#: Fields of an assistant message, in addition to text and calls, that are sent back unchanged.
#: LangChain has no fields for them, so `additional_kwargs` holds them under the same names.
KEPT = (
    "annotations",
    "audio",
    "extra_content",
    "function_call",
    "images",
    "provider_specific_fields",
    "reasoning",
    "reasoning_content",
    "reasoning_details",
    "refusal",
    "thinking_blocks",
)
#: The key in `additional_kwargs` for further fields of tool calls, by the id of the call.
CALL_EXTRAS = "tool_call_extras"
#: The argument of a custom tool's call that holds its input, as LangChain names it.
CUSTOM_INPUT = "__arg1"

_CALLS = ("tool_call", "invalid_tool_call", "tool_call_chunk", "tool_use")
_REASONING = ("reasoning", "thinking", "redacted_thinking")
# Blocks of tools that ran at a provider; no format of them works for all providers.
_SERVER_CALLS = ("server_tool_call", "server_tool_call_chunk", "server_tool_result")
_AUDIO_FORMATS: Mapping[str, str] = {
    "mpeg": "mp3",
    "x-wav": "wav",
    "wave": "wav",
    "vnd.wave": "wav",
}


def encode_messages(messages: Sequence[BaseMessage]) -> list[JSON]:
    """Return the messages as dictionaries in OpenAI's format; the arguments are not changed.

    Raises:
        BadRequestError: a message or a block cannot be sent; the error names its location.
    """
    encoded: list[JSON] = []
    for position, message in enumerate(messages):
        encoded += _encode(message, f"messages[{position}]")
    return encoded


def _encode(message: BaseMessage, path: str) -> list[JSON]:
    for kind, encode in _KINDS.items():
        if isinstance(message, kind):
            return encode(message, path)
    raise BadRequestError(
        f"{path}: a message of type {type(message).__name__} cannot be sent", param=path
    )


def _named(said: JSON, message: BaseMessage) -> JSON:
    return {**said, "name": message.name} if message.name else said


def _system(message: BaseMessage, path: str) -> list[JSON]:
    # langchain-openai sets this key for OpenAI's developer messages.
    role = message.additional_kwargs.get("__openai_role__", "system")
    return [_named({"role": role, "content": _content(message, path)}, message)]


def _human(message: BaseMessage, path: str) -> list[JSON]:
    """Return a user message, after the tool results that Anthropic's format puts into it."""
    if isinstance(message.content, str):
        return [_named({"role": "user", "content": message.content}, message)]
    blocks = _blocks(message, path)
    results = [_tool_result(placed) for placed in blocks if placed.kind == "tool_result"]
    parts = [_part(placed) for placed in blocks if placed.kind != "tool_result"]
    if results and not parts:
        return results
    return [*results, _named({"role": "user", "content": _joined(parts)}, message)]


def _tool_result(placed: Placed) -> JSON:
    block = placed.block
    content = block.get("content") or ""
    said = content if isinstance(content, str) else _content(HumanMessage(content), placed.path)
    return {"role": "tool", "tool_call_id": block.get("tool_use_id"), "content": said}


def _tool(message: BaseMessage, path: str) -> list[JSON]:
    call_id = cast("ToolMessage", message).tool_call_id
    return [{"role": "tool", "tool_call_id": call_id, "content": _content(message, path)}]


def _function(message: BaseMessage, path: str) -> list[JSON]:
    return [{"role": "function", "name": message.name, "content": _content(message, path)}]


def _chat(message: BaseMessage, path: str) -> list[JSON]:
    role = cast("ChatMessage", message).role
    return [_named({"role": role, "content": _content(message, path)}, message)]


def _assistant(message: BaseMessage, path: str) -> list[JSON]:
    """Return an assistant message with its reasoning, signatures and other fields."""
    answer = cast("AIMessage", message)
    given = answer.additional_kwargs
    said: JSON = {"role": "assistant", "content": answer.content or None}
    kept = {name: given[name] for name in KEPT if given.get(name)}
    if not isinstance(kept.get("reasoning", ""), str):
        # A field of the same name from OpenAI's Responses API.
        del kept["reasoning"]
    if "thinking_blocks" in kept:
        # Only chunks of a stream have an index.
        kept["thinking_blocks"] = [
            {name: value for name, value in block.items() if name != "index"}
            for block in kept["thinking_blocks"]
        ]
    blocks = [] if isinstance(answer.content, str) else _blocks(answer, path)
    if blocks:
        if "thinking_blocks" not in kept:
            kept |= _thoughts([placed.block for placed in blocks if placed.kind in _REASONING])
        # The kept fields hold more than the blocks that LangChain derives from them.
        covered = {*_REASONING, *_CALLS}
        covered |= {
            kind for kind, name in (("image", "images"), ("audio", "audio")) if name in kept
        }
        said["content"] = _joined([_part(one) for one in blocks if one.kind not in covered]) or None
    calls = _calls(answer, [placed.block for placed in blocks if placed.kind in _CALLS])
    if calls:
        said["tool_calls"] = calls
    elif said["content"] is None:
        said["content"] = ""
    return [_named({**kept, **said}, answer)]


def _thoughts(blocks: Sequence[JSON]) -> JSON:
    """Return the fields for reasoning that is in content blocks of LangChain or Anthropic."""
    thinking, texts = list[JSON](), list[str]()
    for block in blocks:
        if block["type"] == "redacted_thinking":
            thinking.append({"type": "redacted_thinking", "data": block.get("data")})
            continue
        text = block.get("reasoning") or block.get("thinking") or ""
        signature = block.get("signature") or _extras(block).get("signature")
        texts.append(text)
        if signature:
            thinking.append({"type": "thinking", "thinking": text, "signature": signature})
    found = {"reasoning_content": "".join(texts), "thinking_blocks": thinking}
    return {name: value for name, value in found.items() if value}


def _calls(answer: AIMessage, blocks: Sequence[JSON]) -> list[JSON]:
    """Return the calls of a message, including those that are only in its content."""
    extras: Mapping[str, JSON] = answer.additional_kwargs.get(CALL_EXTRAS) or {}
    calls = [
        _call(call["id"], call["name"], json.dumps(call["args"], ensure_ascii=False))
        for call in answer.tool_calls
    ]
    calls += [
        _call(call.get("id"), call.get("name"), call.get("args") or "")
        for call in answer.invalid_tool_calls
    ]
    known = {call["id"] for call in calls}
    for block in blocks:
        if block["type"] == "tool_use" and block.get("id") not in known:
            arguments = json.dumps(block.get("input") or {}, ensure_ascii=False)
            calls.append(_call(block.get("id"), block.get("name"), arguments))
        elif block["type"] == "tool_call" and _extras(block):
            extras = {str(block.get("id")): _extras(block), **extras}
    return [_with_extras(call, extras.get(str(call["id"]), {})) for call in calls]


def _with_extras(call: JSON, extras: JSON) -> JSON:
    """Return a call with its further fields; a custom tool's call has no function."""
    if "custom" not in extras:
        return {**call, **extras}
    name, arguments = call["function"]["name"], json.loads(call["function"]["arguments"])
    custom = {"name": name, "input": arguments.get(CUSTOM_INPUT, "")}
    return {**extras, "id": call["id"], "type": "custom", "custom": custom}


def _call(identity: str | None, name: str | None, arguments: str) -> JSON:
    function = {"name": name or "", "arguments": arguments}
    return {"id": identity, "type": "function", "function": function}


_KINDS: Mapping[type[BaseMessage], Callable[[BaseMessage, str], list[JSON]]] = {
    HumanMessage: _human,
    AIMessage: _assistant,
    SystemMessage: _system,
    ToolMessage: _tool,
    FunctionMessage: _function,
    ChatMessage: _chat,
}


def _content(message: BaseMessage, path: str) -> str | list[JSON]:
    content = message.content
    if isinstance(content, str):
        return content
    return _joined([_part(placed) for placed in _blocks(message, path)])


def _blocks(message: BaseMessage, path: str) -> list[Placed]:
    """Return LangChain's standard blocks of a message; other blocks stay as they are."""
    placed: list[Placed] = []
    for number, block in enumerate(cast("list[JSON]", message.content_blocks)):
        given: JSON = block["value"] if block["type"] == "non_standard" else block
        place = f"{path}.content[{number}]"
        if not isinstance(given.get("type"), str):
            raise BadRequestError(f"{place}: a block needs a type, a str", param=place)
        placed.append(Placed(given, place))
    return placed


def _joined(parts: list[JSON]) -> str | list[JSON]:
    """Return a single text part as str, because some providers accept nothing else."""
    if not parts:
        return ""
    [first, *others] = parts
    return first["text"] if not others and set(first) == {"type", "text"} else parts


def _extras(block: JSON) -> JSON:
    return block.get("extras") or {}


def _part(placed: Placed) -> JSON:
    """Return a block as a content part; a block that is not standard stays as it is."""
    block, path = placed
    if placed.kind in _SERVER_CALLS:
        raise BadRequestError(
            f"{path}: a block of type {placed.kind!r} cannot be sent; omit it, or send the "
            "provider's own block",
            param=path,
        )
    encode = _ENCODERS.get(placed.kind)
    # OpenAI's file parts look like {"type": "file", "file": {...}}.
    if encode is None or (placed.kind == "file" and "file" in block):
        return block
    return _marked(encode(block, path), block)


def _marked(part: JSON, block: JSON) -> JSON:
    """Return a part with Anthropic's settings, which any part may have."""
    for name in ("cache_control", "citations"):
        mark = block.get(name) or _extras(block).get(name)
        if mark:
            part[name] = mark
    return part


def _text(block: JSON, _path: str) -> JSON:
    return {"type": "text", "text": block["text"]}


def _source(block: JSON, path: str) -> str:
    """Return the URL of a block's bytes, or a `data:` URL that contains them."""
    if block.get("url"):
        return str(block["url"])
    if not block.get("base64"):
        raise BadRequestError(
            f"{path}: a block of type {block['type']!r} needs url, base64 or file_id", param=path
        )
    mime = block.get("mime_type")
    if not mime:
        raise BadRequestError(
            f"{path}: base64 needs mime_type, such as 'image/png' or 'application/pdf'", param=path
        )
    return f"data:{mime};base64,{block['base64']}"


def _uploaded(block: JSON) -> JSON | None:
    """Return the part for a file that was uploaded to the provider, None for other blocks."""
    # LangChain stores Anthropic's file ids as `id`, which otherwise identifies the block.
    identity = block.get("file_id")
    if identity is None and not (block.get("url") or block.get("base64")):
        identity = block.get("id")
    if not identity:
        return None
    kind = block["type"]
    mime = block.get("mime_type") or (None if kind == "file" else f"{kind}/*")
    file = {"file_id": identity, "format": mime}
    return {"type": "file", "file": {name: value for name, value in file.items() if value}}


def _image(block: JSON, path: str) -> JSON:
    uploaded = _uploaded(block)
    if uploaded is not None:
        return uploaded
    image: JSON = {"url": _source(block, path)}
    detail = block.get("detail") or _extras(block).get("detail")
    if detail:
        image["detail"] = detail
    return {"type": "image_url", "image_url": image}


def _video(block: JSON, path: str) -> JSON:
    uploaded = _uploaded(block)
    return uploaded or {"type": "video_url", "video_url": {"url": _source(block, path)}}


def _audio(block: JSON, path: str) -> JSON:
    uploaded = _uploaded(block)
    if uploaded is not None:
        return uploaded
    source = _source(block, path)
    mime = block.get("mime_type") or mimetypes.guess_type(source)[0] or ""
    kind = mime.rpartition("/")[2]
    if not kind:
        raise BadRequestError(f"{path}: audio needs mime_type, such as 'audio/wav'", param=path)
    data = {"data": block.get("base64") or source, "format": _AUDIO_FORMATS.get(kind, kind)}
    return {"type": "input_audio", "input_audio": data}


def _file(block: JSON, path: str) -> JSON:
    uploaded = _uploaded(block)
    if uploaded is not None:
        return uploaded
    file: JSON = {"file_data": _source(block, path)}
    extras = _extras(block)
    name = block.get("filename") or extras.get("filename") or extras.get("title")
    if block.get("base64"):
        # OpenAI rejects files without a name.
        name = name or f"file{mimetypes.guess_extension(block['mime_type']) or ''}"
    if name:
        file["filename"] = name
    return {"type": "file", "file": file}


def _plain_text(block: JSON, path: str) -> JSON:
    text = block.get("text")
    mime = block.get("mime_type") or "text/plain"
    if text is not None:
        block = {**block, "base64": base64.b64encode(str(text).encode()).decode()}
    return _file({**block, "mime_type": mime, "filename": block.get("title")}, path)


_ENCODERS: Mapping[str, Callable[[JSON, str], JSON]] = {
    "text": _text,
    "text-plain": _plain_text,
    "image": _image,
    "audio": _audio,
    "video": _video,
    "file": _file,
}
