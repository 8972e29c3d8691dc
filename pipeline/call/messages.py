"""The types of `messages`, and their validation.

The dictionaries are checked and passed on unchanged, so fields that only a provider knows reach
it.
https://platform.openai.com/docs/api-reference/chat/create#chat-create-messages
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from math import isfinite
from types import NoneType
from typing import Any, Literal, Required, TypedDict, cast, get_args

import msgspec
from msgspec import Struct

from ..errors import BadRequestError
from ..schema.hybrid import Hybrid
from .chat_params import plain_value


class ImageURL(TypedDict, total=False):
    """An image: an http(s) URL, a `data:` URL, or a URL with a scheme of the provider."""

    url: Required[str]
    detail: str
    format: str


class InputAudio(TypedDict, total=False):
    """Audio, base64 in `data`."""

    data: Required[str]
    format: Required[str]


class VideoURL(TypedDict, total=False):
    """A video: an http(s) URL or a `data:` URL."""

    url: Required[str]
    format: str


class FileData(TypedDict, total=False):
    """A file: a `data:` URL or base64 in `file_data`, or a file id of the provider."""

    file_data: str
    file_id: str
    filename: str
    format: str


class ContentPart(TypedDict, total=False):
    """One part of a message's content; `type` determines which key it needs."""

    type: Required[str]
    text: str
    refusal: str
    image_url: str | ImageURL
    input_audio: InputAudio
    video_url: str | VideoURL
    file: FileData
    # A dict in documents, a str in search results.
    source: Any
    title: str | None
    context: str | None
    citations: dict[str, Any] | list[Any] | None
    cache_control: dict[str, Any] | None
    thinking: str
    signature: str | None
    data: str


class FunctionParam(TypedDict, total=False):
    """The function of a tool call; `arguments` is JSON text."""

    name: Required[str]
    arguments: str


class ToolCallParam(TypedDict, total=False):
    """A tool call of an earlier response."""

    id: str | None
    type: str
    function: FunctionParam
    custom: dict[str, Any]
    extra_content: dict[str, Any] | None
    provider_specific_fields: dict[str, Any] | None


Role = Literal["system", "developer", "user", "assistant", "tool", "function"]
_ROLES: tuple[Role, ...] = get_args(Role)


class MessageParam(TypedDict, total=False):
    """One message of a conversation."""

    role: Required[Role]
    content: str | list[ContentPart] | None
    name: str | None
    tool_calls: list[ToolCallParam] | None
    tool_call_id: str | None
    function_call: FunctionParam | None
    refusal: str | None
    audio: dict[str, Any] | None
    reasoning_content: str | None
    thinking_blocks: list[dict[str, Any]] | None
    provider_specific_fields: dict[str, Any] | None
    cache_control: dict[str, Any] | None


class _Conversation(Struct):
    """What `messages` must be; msgspec remembers the types of a struct, but not those of a list."""

    messages: list[MessageParam]


#: A message: a dictionary, or a message of an earlier response.
MessageLike = Mapping[str, Any] | Hybrid

#: What callers pass as `messages`.
Messages = Iterable[MessageLike]

# The key that each type of part requires, in addition to `type`.
_PART_KEY: dict[str, str] = {
    "text": "text",
    "refusal": "refusal",
    "image_url": "image_url",
    "input_audio": "input_audio",
    "video_url": "video_url",
    "file": "file",
    "document": "source",
}

# Messages that say nothing without content; an assistant's may consist of tool calls.
_SPOKEN = frozenset({"developer", "system", "tool", "user"})

# Roles that every provider knows.
_SPEAKERS = frozenset({"assistant", "system", "user"})

_SCALARS = frozenset({str, int, bool, NoneType})

_PLACE = re.compile(r" - at `(?:key` in `)?(?:\$\.messages)?(.*)`$")


def check_messages(messages: object) -> tuple[MessageParam, ...]:
    """Return the messages as dictionaries; dictionaries are returned as they are.

    Raises:
        BadRequestError: a value is missing or has a wrong type; the error names its location.
    """
    given: Any = messages
    if given.__class__ is list and given and only_text(given):
        return tuple(given)
    if not _are_several(messages):
        raise BadRequestError(
            f"messages: expected a list of messages, got {_kind(messages)}; "
            'one message is [{"role": "user", "content": "..."}]',
            param="messages",
        )
    plain: list[Any] = [
        message if message.__class__ is dict else _as_dict(message) for message in given
    ]
    if not plain:
        raise BadRequestError("messages: expected at least one message", param="messages")
    try:
        if not all(map(_is_plain, plain)):
            # A dictionary may contain objects of an earlier response, such as its tool calls.
            plain = [
                _as_plain(message, f"messages[{position}]")
                for position, message in enumerate(plain)
            ]
        msgspec.convert({"messages": plain}, _Conversation)
    except msgspec.ValidationError as error:
        raise _bad_request(str(error)) from None
    except UnicodeEncodeError:
        raise BadRequestError(
            "messages: half of a character (a lone surrogate) in a role, a type or a key",
            param="messages",
        ) from None
    except RecursionError:
        raise BadRequestError("messages: nested too deeply", param="messages") from None
    checked: list[MessageParam] = plain
    for position, message in enumerate(checked):
        content = message.get("content")
        if content is None:
            if message["role"] in _SPOKEN:
                _refuse_silence(message, position)
        elif content.__class__ is not str and isinstance(content, list):
            _check_parts(content, position)
    return tuple(checked)


def only_text(messages: Iterable[Any]) -> bool:
    """Return whether each message has a role and text only, as in most conversations.

    Nothing in them has to be checked further, or changed for a provider with OpenAI's API.
    """
    try:
        for message in messages:
            if message.__class__ is not dict or len(message) != 2:
                return False
            role = message["role"]
            if (
                role.__class__ is not str
                or role not in _SPEAKERS
                or message["content"].__class__ is not str
            ):
                return False
    except KeyError:
        return False
    return True


def _refuse_silence(message: MessageParam, position: int) -> None:
    """Refuse a message without content, unless it has items that only its provider knows."""
    if message.get("provider_specific_fields"):
        return
    given = ", ".join(sorted(set(message) - {"content"}))
    raise BadRequestError(
        f"messages[{position}].content: missing; expected str or a list of parts "
        f"(the message has {given})",
        param=f"messages[{position}].content",
    )


def _are_several(value: object) -> bool:
    if type(value) is list:
        return True
    if isinstance(value, str | bytes | Mapping | Hybrid) or hasattr(value, "model_dump"):
        return False
    return isinstance(value, Iterable)


def _kind(value: object) -> str:
    return type(value).__name__


def _as_dict(message: object) -> object:
    """Return a message of an earlier response, also of other libraries, as a dictionary."""
    if type(message) is dict:
        return cast("object", message)
    if isinstance(message, Hybrid):
        return message.model_dump()
    dump = getattr(message, "model_dump", None)
    return dump(exclude_none=True) if callable(dump) else message


def _is_plain(value: Any) -> bool:
    """Return whether a value consists of JSON types only."""
    kind = value.__class__
    if kind is dict or kind is list:
        for item in value.values() if kind is dict else value:
            if item.__class__ not in _SCALARS and not _is_plain(item):
                return False
        return True
    return kind in _SCALARS or (kind is float and isfinite(value))


def _as_plain(value: object, place: str) -> object:
    """Return a value in which objects with `model_dump` are dictionaries.

    Text and numbers of other libraries become Python's.

    Raises:
        BadRequestError: a number is not finite, which JSON cannot express.
    """
    value = _as_dict(value)
    if isinstance(value, Mapping):
        items = cast("Mapping[object, object]", value)
        return {key: _as_plain(item, f"{place}.{key}") for key, item in items.items()}
    if isinstance(value, list | tuple):
        given = cast("Iterable[object]", value)
        return [_as_plain(item, f"{place}[{number}]") for number, item in enumerate(given)]
    return plain_value(value, place)


def _check_parts(parts: list[ContentPart], position: int) -> None:
    for number, part in enumerate(parts):
        key = _PART_KEY.get(part["type"])
        if key is not None and key not in part:
            place = f"messages[{position}].content[{number}]"
            raise BadRequestError(
                f"{place}: a part of type {part['type']!r} needs {key!r}", param=place
            )
        if key == "source" and not isinstance(part.get("source"), dict):
            place = f"messages[{position}].content[{number}].source"
            raise BadRequestError(f"{place}: expected object", param=place)


def _bad_request(text: str) -> BadRequestError:
    """Convert msgspec's "Expected `str`, got `int` - at `$[1].content`" to an error with a path."""
    found = _PLACE.search(text)
    place = "messages" + (found.group(1) if found else "")
    what = (text[: found.start()] if found else text).replace("`", "")
    # No other value of a message is one of a few words.
    what = what.replace("Invalid enum value ", f"expected one of {', '.join(_ROLES)}, got ")
    what = f"{what[:1].lower()}{what[1:]}"
    if "key` in `" in text:
        what = f"keys: {what}"
    return BadRequestError(f"{place}: {what}", param=place)
