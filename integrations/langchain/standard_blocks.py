"""LangChain's standard content blocks of trunkline's messages.

https://docs.langchain.com/oss/python/langchain/messages#standard-content-blocks
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.content import ContentBlock

from ...pipeline.json_values import JSON
from .messages import CALL_EXTRAS


def content_blocks(message: AIMessage) -> list[ContentBlock]:
    """Return the standard blocks of a message, or of a chunk of one.

    Raises:
        NotImplementedError: the content is a list of blocks already; LangChain converts them.
    """
    if not isinstance(message.content, str):
        raise NotImplementedError
    blocks = [
        *_reasoning_blocks(message),
        *_text_blocks(message),
        *_media_blocks(message),
        *_call_blocks(message),
    ]
    if not isinstance(message, AIMessageChunk):
        blocks = [{k: v for k, v in block.items() if k != "index"} for block in blocks]
    return cast("list[ContentBlock]", blocks)


def _reasoning_blocks(message: AIMessage) -> Iterator[JSON]:
    given = message.additional_kwargs
    for number, block in enumerate(given.get("thinking_blocks") or ()):
        index = f"lc_rs_{block.get('index', number)}"
        if block.get("type") == "redacted_thinking":
            value = {"type": "redacted_thinking", "data": block.get("data")}
            yield {"type": "non_standard", "value": value, "index": index}
            continue
        shown: JSON = {
            "type": "reasoning",
            "reasoning": block.get("thinking") or "",
            "index": index,
        }
        if block.get("signature"):
            shown["extras"] = {"signature": block["signature"]}
        yield shown
    text = given.get("reasoning_content")
    if text and not given.get("thinking_blocks"):
        yield {"type": "reasoning", "reasoning": text, "index": "lc_rs_0"}


def _text_blocks(message: AIMessage) -> Iterator[JSON]:
    annotations = [_citation(one) for one in message.additional_kwargs.get("annotations") or ()]
    if message.content or annotations:
        block: JSON = {"type": "text", "text": message.content, "index": "lc_txt_0"}
        yield {**block, "annotations": annotations} if annotations else block


def _citation(annotation: JSON) -> JSON:
    page = annotation.get("url_citation")
    if not isinstance(page, dict):
        return {"type": "non_standard_annotation", "value": annotation}
    known = cast("JSON", page)
    names = ("url", "title", "start_index", "end_index")
    return {"type": "citation", **{name: known[name] for name in names if name in known}}


def _media_blocks(message: AIMessage) -> Iterator[JSON]:
    given = message.additional_kwargs
    for number, image in enumerate(given.get("images") or ()):
        url = str((image.get("image_url") or {}).get("url", ""))
        head, comma, data = url.partition(";base64,")
        source = (
            {"base64": data, "mime_type": head.removeprefix("data:")} if comma else {"url": url}
        )
        yield {"type": "image", **source, "index": f"lc_img_{number}"}
    audio = given.get("audio")
    if audio:
        block: JSON = {"type": "audio", "base64": audio.get("data"), "index": "lc_aud_0"}
        names = ("id", "transcript", "expires_at")
        yield {**block, "extras": {name: audio[name] for name in names if audio.get(name)}}


def _call_blocks(message: AIMessage) -> Iterator[JSON]:
    if isinstance(message, AIMessageChunk) and message.chunk_position != "last":
        for piece in message.tool_call_chunks:
            yield {**piece, "type": "tool_call_chunk"}
        return
    extras: JSON = message.additional_kwargs.get(CALL_EXTRAS) or {}
    for call in message.tool_calls:
        block: JSON = {**call, "type": "tool_call"}
        more = extras.get(str(call.get("id")))
        yield {**block, "extras": more} if more else block
    for failed in message.invalid_tool_calls:
        yield {**failed, "type": "invalid_tool_call"}
