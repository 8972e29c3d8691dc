"""A conversation as OpenAI-compatible APIs take it, fitted to what the provider supports.

https://platform.openai.com/docs/api-reference/chat/create#chat-create-messages
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple, cast

from ....pipeline.call.messages import ContentPart, MessageParam, only_text
from ....pipeline.json_values import JSON
from ...encode.conversation import SHOWN_BELOW, Part, result_label, unsupported_part
from ...provider.row import Flag, Provider
from ...provider.rules import model_flags, refused_fields, takes_custom_tools

_TEXT = ("text", "refusal")
# Parts whose value may be just a URL; OpenAI has an object.
_ADDRESSES = ("image_url", "video_url")
_RESULTS = ("tool", "function")
# Messages of other roles hold text, and other parts that a row lists.
_WITH_MEDIA = ("user", *_RESULTS)
_MEDIA = frozenset({"document", "file", "image_url", "input_audio", "video_url"})

# Fields of values that only trunkline accepts.
_OURS = frozenset({"format"})


class _Model(NamedTuple):
    """What a model supports: its provider, its flags, the fields that it refuses."""

    provider: Provider
    flags: frozenset[Flag]
    unwanted: frozenset[str]
    name: str


@lru_cache(maxsize=1024)
def _find_model(provider: Provider, model: str) -> _Model:
    return _Model(provider, model_flags(provider, model), refused_fields(provider, model), model)


def outgoing_messages(
    messages: tuple[MessageParam, ...], provider: Provider, model: str
) -> list[MessageParam]:
    """Return the messages as the model takes them, without the fields that it refuses.

    Developer messages become system messages if the provider does not support the role. Images and
    other media in tool results move to a user message after the results, if the provider takes no
    media in results.

    Raises:
        BadRequestError: a content part is of a type that the provider does not take.
    """
    if only_text(messages):
        return list(messages)
    known = _find_model(provider, model)
    outgoing: list[MessageParam] = []
    shown: list[ContentPart] = []
    for position, message in enumerate(messages):
        if shown and message["role"] not in _RESULTS:
            outgoing.append({"role": "user", "content": shown})
            shown = []
        fitted = _fit_content(message, f"messages[{position}].content", known, shown)
        outgoing.append(_fit_message(fitted, known))
    if shown:
        outgoing.append({"role": "user", "content": shown})
    return outgoing


def _fit_message(message: MessageParam, known: _Model) -> MessageParam:
    fitted = message
    if message["role"] == "developer" and "developer_role" not in known.flags:
        fitted = cast("MessageParam", {**fitted, "role": "system"})
    if message.get("reasoning_content") and "thinking_parts" in known.flags:
        fitted = preceded(fitted, _thoughts(message))
    if message.get("refusal") and "refusal" in known.unwanted:
        fitted = _said(fitted, str(message.get("refusal")))
    unfit = fitted.get("tool_calls") or None in fitted.values()
    if unfit or not known.unwanted.isdisjoint(fitted):
        fitted = _clean(fitted, known.unwanted)
    if fitted.get("tool_calls") and not takes_custom_tools(known.provider, known.name):
        fitted = _with_functions(fitted)
    has_ids = fitted.get("tool_calls") or fitted.get("tool_call_id")
    if has_ids and _takes_short_ids(known.provider, known.name):
        return _shorten_ids(fitted)
    return fitted


def _said(message: MessageParam, refusal: str) -> MessageParam:
    """Return a message with its refusal as text, for providers without refusals."""
    content = message.get("content")
    if not content:
        return cast("MessageParam", {**message, "content": refusal})
    known = [{"type": "text", "text": content}] if isinstance(content, str) else content
    return cast("MessageParam", {**message, "content": [*known, {"type": "text", "text": refusal}]})


@lru_cache(maxsize=1024)
def _takes_short_ids(provider: Provider, model: str) -> bool:
    from ...families.mistral import takes_short_ids  # noqa: PLC0415  # most calls have no tools

    return "short_call_ids" in model_flags(provider, model) or takes_short_ids(model)


def _shorten_ids(message: MessageParam) -> MessageParam:
    from ...encode.call_ids import short_id  # noqa: PLC0415  # few models need it

    changed: JSON = dict(message)
    if isinstance(changed.get("tool_call_id"), str):
        changed["tool_call_id"] = short_id(changed["tool_call_id"])
    if changed.get("tool_calls"):
        changed["tool_calls"] = [
            {**call, "id": short_id(call.get("id") or "")} for call in changed["tool_calls"]
        ]
    return cast("MessageParam", changed)


def _fit_content(
    message: MessageParam, path: str, known: _Model, shown: list[ContentPart]
) -> MessageParam:
    content = message.get("content")
    if not isinstance(content, list):
        return message
    taken = known.provider.parts
    if taken is not None and message["role"] not in _WITH_MEDIA:
        taken -= _MEDIA
    fitted = [
        _fit(Part(part, f"{path}[{number}]"), known, taken) for number, part in enumerate(content)
    ]
    if message["role"] in _RESULTS and "tool_media" not in known.flags:
        fitted = _keep_text(fitted, message, shown)
    return cast("MessageParam", {**message, "content": _joined(fitted, known.flags) or ""})


def _joined(parts: list[ContentPart], flags: frozenset[Flag]) -> list[ContentPart] | str:
    """Return parts of text as one string, if the provider takes only that form."""
    if "text_content" in flags and all(part["type"] in _TEXT for part in parts):
        return "".join(part.get("text") or part.get("refusal") or "" for part in parts)
    return parts


def _fit(found: Part, known: _Model, taken: frozenset[str] | None) -> ContentPart:
    """Return a part in OpenAI's form."""
    part: JSON = without(found.part, known.unwanted)
    title = known.provider.title or known.provider.name
    kind = found.part["type"]
    if kind == "refusal" and "refusal" in known.unwanted:
        return cast("ContentPart", {"type": "text", "text": found.part.get("refusal") or ""})
    if kind in ("document", "file"):
        part = _fit_document(found, part, known, taken)
        kind = part["type"]
    elif kind == "input_audio" and "audio_text" in known.flags:
        part[kind] = re.sub(r"^data:[^,]*;base64,", "", part[kind]["data"])
    if taken is not None and kind not in taken:
        names = ", ".join(sorted(taken))
        remedy = f"it takes {names}; custom_openai/... sends any part to your own server"
        raise unsupported_part(found, title, remedy)
    if kind in _ADDRESSES:
        part[kind] = {"url": part[kind]} if isinstance(part[kind], str) else part[kind]
    if taken is not None and kind in (*_ADDRESSES, "file") and kind in part:
        part[kind] = without(part[kind], _OURS)
    return cast("ContentPart", part)


def _fit_document(found: Part, part: JSON, known: _Model, taken: frozenset[str] | None) -> JSON:
    """Return a file or document in the form that the provider takes."""
    from ...encode.files import (  # noqa: PLC0415  # few messages have files
        as_document_url,
        as_file,
        with_data_url,
    )

    fitted = part
    if taken and fitted["type"] == "document" and "document" not in taken and "file" in taken:
        fitted = as_file(found, known.provider.title or known.provider.name)
    if fitted["type"] != "file" or "file" not in fitted:
        return fitted
    if "document_urls" in known.flags:
        return as_document_url(fitted["file"])
    return {**fitted, "file": with_data_url(fitted["file"])}


def _keep_text(
    parts: list[ContentPart], message: MessageParam, shown: list[ContentPart]
) -> list[ContentPart]:
    """Return the texts of a tool's result; its other parts are added to `shown`."""
    media = [part for part in parts if part["type"] not in _TEXT]
    if not media:
        return parts
    whose = message.get("tool_call_id") or message.get("name")
    label: ContentPart = {"type": "text", "text": result_label(whose)}
    shown += [label, *media]
    texts = [part for part in parts if part["type"] in _TEXT]
    return texts or [{"type": "text", "text": SHOWN_BELOW}]


def _thoughts(message: MessageParam) -> list[JSON]:
    """Return reasoning as parts, each piece with its signature if it has one.

    https://docs.mistral.ai/studio-api/conversations/reasoning
    """
    text = message.get("reasoning_content") or ""
    blocks = [block for block in message.get("thinking_blocks") or () if block.get("thinking")]
    if len(blocks) > 1 and "".join(block["thinking"] for block in blocks) == text:
        return [_thought(block["thinking"], block.get("signature")) for block in blocks]
    signatures = [block.get("signature") for block in message.get("thinking_blocks") or ()]
    return [_thought(text, next(filter(None, reversed(signatures)), None))]


def _thought(text: str, signature: str | None) -> JSON:
    thinking = [{"type": "text", "text": text}]
    thought: JSON = {"type": "thinking", "thinking": thinking, "closed": True}
    return {**thought, "signature": signature} if signature else thought


def preceded(message: MessageParam, parts: list[JSON]) -> MessageParam:
    """Return a message with these parts before its content."""
    content = message.get("content") or []
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    return cast("MessageParam", {**message, "content": [*parts, *content]})


def _clean(message: MessageParam, unwanted: frozenset[str]) -> MessageParam:
    cleaned: JSON = {
        key: value for key, value in message.items() if key not in unwanted and value is not None
    }
    if "content" in message and message["content"] is None:
        cleaned["content"] = None
    if "reasoning_content" in unwanted and "reasoning" not in unwanted:
        # The same under the name that the provider knows.
        text = cleaned.get("reasoning") or message.get("reasoning_content")
        cleaned |= {"reasoning": text} if text else {}
    calls = cleaned.get("tool_calls")
    if calls:
        # Only chunks have an index; in a message it is refused.
        cleaned["tool_calls"] = [without(call, unwanted | {"index"}) for call in calls]
    return cast("MessageParam", cleaned)


def _with_functions(message: MessageParam) -> MessageParam:
    """Return a message whose calls of custom tools are calls of functions."""
    calls = message.get("tool_calls") or ()
    if not any("custom" in call for call in calls):
        return message
    from ...encode.called import called_function  # noqa: PLC0415  # few calls are of custom tools

    changed = [
        {"id": call.get("id"), "type": "function", "function": called_function(call)}
        if "custom" in call
        else call
        for call in calls
    ]
    return cast("MessageParam", {**message, "tool_calls": changed})


def without(fields: Mapping[str, Any], unwanted: frozenset[str]) -> JSON:
    """Return a copy without these fields."""
    return {key: value for key, value in fields.items() if key not in unwanted}
