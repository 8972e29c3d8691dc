"""Encode content parts other than text, and the cache points between blocks.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from ....pipeline.json_values import JSON, as_array, as_object
from ...encode.conversation import Part, unsupported_part
from .media import NAME, DocumentNames, audio_block, document_block, file_block, image_block

# Blocks with which a system message changes the tools, by the type of their part.
_TOOL_CHANGES: Mapping[str, str] = {"tool_addition": "toolAddition", "tool_removal": "toolRemoval"}


def _guarded(found: Part, _names: DocumentNames) -> JSON:
    part = cast("Mapping[str, Any]", found.part)
    guarded: JSON = {"text": str(part.get("text", ""))}
    qualifiers = as_array(part.get("qualifiers"))
    if qualifiers:
        guarded["qualifiers"] = qualifiers
    return {"guardContent": {"text": guarded}}


def _search_result(found: Part, _names: DocumentNames) -> JSON:
    part = cast("Mapping[str, Any]", found.part)
    content = [
        {"text": str((as_object(piece) or {}).get("text", ""))}
        for piece in as_array(part.get("content")) or ()
    ]
    source, title = part.get("source"), part.get("title")
    if not isinstance(source, str) or not isinstance(title, str):
        raise unsupported_part(found, NAME)
    result: JSON = {"source": source, "title": title, "content": content}
    citations = as_object(part.get("citations"))
    return {"searchResult": {**result, "citations": citations} if citations else result}


def _tool_change(found: Part, _names: DocumentNames) -> JSON:
    """Return the block with which a system message adds or removes a tool."""
    part = cast("Mapping[str, Any]", found.part)
    tool = as_object(part.get("tool")) or {}
    if not isinstance(tool.get("name"), str):
        raise unsupported_part(found, NAME)
    names = {"type": "type", "name": "name", "server_name": "serverName"}
    reference = {field: tool[name] for name, field in names.items() if tool.get(name)}
    return {_TOOL_CHANGES[part["type"]]: {"tool": reference}}


#: How to encode each type of part other than text.
Encoders = Mapping[str, Callable[[Part, DocumentNames], JSON]]
#: In results of tools.
RESULT_PARTS: Encoders = {
    "image_url": image_block,
    "video_url": image_block,
    "file": file_block,
    "document": document_block,
    "search_result": _search_result,
}
#: In assistant messages.
PLAIN_PARTS: Encoders = {"guarded_text": _guarded}
#: In system messages.
SYSTEM_PARTS: Encoders = {**PLAIN_PARTS, **dict.fromkeys(_TOOL_CHANGES, _tool_change)}
#: In user messages.
USER_PARTS: Encoders = {**RESULT_PARTS, **PLAIN_PARTS, "input_audio": audio_block}


def changes_tools(block: JSON) -> bool:
    """Return whether a block adds or removes a tool."""
    return any(kind in block for kind in _TOOL_CHANGES.values())


def may_precede_cache_point(block: JSON) -> bool:
    """Return whether a cache point may follow a block.

    https://docs.aws.amazon.com/bedrock/latest/userguide/prompt-caching.html
    """
    document = as_object(block.get("document"))
    return "reasoningContent" not in block and (document is None or document["format"] == "pdf")


def cache_point(mark: Mapping[str, Any]) -> JSON:
    """Return the block for a `cache_control` mark, with its time to live where one is given."""
    ttl: object = mark.get("ttl")
    return {"cachePoint": {"type": "default", **({"ttl": ttl} if ttl else {})}}
