"""Messages and their content parts, each with its path in the request for errors."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import msgspec

from ...pipeline.call.messages import ContentPart, MessageParam, ToolCallParam
from ...pipeline.errors import BadRequestError
from .called import called_function
from .cut_json import decode_cut

SYSTEM_ROLES = ("system", "developer")


class Part(NamedTuple):
    """A content part and its path, such as "messages[1].content[0]"."""

    part: ContentPart
    path: str


class Turn(NamedTuple):
    """A message and its path, such as "messages[1]"."""

    message: MessageParam
    path: str


def list_turns(messages: tuple[MessageParam, ...]) -> list[Turn]:
    """Return the messages with their paths."""
    return [Turn(message, f"messages[{position}]") for position, message in enumerate(messages)]


def holds_parts(messages: tuple[MessageParam, ...]) -> bool:
    """Return whether any content is a list of parts."""
    for message in messages:
        content = message.get("content")
        if content.__class__ is not str and isinstance(content, list):
            return True
    return False


def parts(turn: Turn) -> list[Part]:
    """Return a message's content as parts; a string is one part, empty content is none.

    A refusal, which OpenAI has in a field of its own, is the last part.
    """
    content = turn.message.get("content") or []
    if isinstance(content, str):
        found = [Part({"type": "text", "text": content}, f"{turn.path}.content")]
    else:
        found = [
            Part(part, f"{turn.path}.content[{number}]")
            for number, part in enumerate(content)
            if part["type"] != "text" or part.get("text")
        ]
    refusal = turn.message.get("refusal")
    if refusal:
        found.append(Part({"type": "refusal", "refusal": refusal}, f"{turn.path}.refusal"))
    return found


def text_of(turn: Turn, provider: str) -> str:
    """Return a message's content as one string, for fields that take only text.

    Raises:
        BadRequestError: a part is not text.
    """
    return "".join(text_part(part, provider) for part in parts(turn))


def text_part(found: Part, provider: str) -> str:
    """Return the text of a part that is text or a refusal.

    Raises:
        BadRequestError: it is neither.
    """
    part = found.part
    if part["type"] == "text":
        return str(part.get("text", ""))
    if part["type"] == "refusal":
        return str(part.get("refusal", ""))
    raise unsupported_part(found, provider)


REASONING_PARTS = ("thinking", "redacted_thinking")


def reasoning_of(turn: Turn) -> list[str]:
    """Return the reasoning before a message as a list of texts.

    Thinking blocks and parts take precedence over `reasoning_content`.
    """
    message = turn.message
    pieces: list[object] = [block.get("thinking") for block in message.get("thinking_blocks") or ()]
    if not pieces:
        pieces = [
            found.part.get("thinking")
            for found in parts(turn)
            if found.part["type"] in REASONING_PARTS
        ]
    return [str(piece) for piece in pieces or [message.get("reasoning_content")] if piece]


def unsupported_part(found: Part, provider: str, remedy: str = "") -> BadRequestError:
    """Return the error for a part that the provider does not support."""
    return BadRequestError(
        f"{found.path}: {provider} does not support content parts of type "
        f"{found.part['type']!r} here"
        f"{remedy and '; '}{remedy}",
        provider,
        param=found.path,
    )


def part_error(path: str, what: str) -> BadRequestError:
    """Return an error about a part; `path` is its location in the request."""
    return BadRequestError(f"{path}: {what}", param=path)


#: The text of a tool result whose media follow in the next message.
SHOWN_BELOW = "The result is in the next message."


def result_label(call: object) -> str:
    """Return the text before the media of a result in that message; `call` is the call's id."""
    return f"Result of the tool call {call}:"


def url_of(found: Part, key: str) -> str:
    """Return the URL in an `image_url` or `video_url` part; it may be a string or an object."""
    value: object = found.part.get(key)
    if isinstance(value, dict):
        return str(cast("dict[str, Any]", value)["url"])
    return str(value)


SPEAKERS = {"user": "User", "assistant": "Assistant"}


def transcript(said: list[tuple[str, str]]) -> str:
    """Return a conversation as one text that ends with the assistant's turn.

    For APIs that take only a text; the instructions come first, without a name.
    """
    system = [text for role, text in said if role in SYSTEM_ROLES]
    lines = [f"{SPEAKERS[role]}: {text}" for role, text in said if role in SPEAKERS]
    return "\n\n".join([*system, *lines, *(["Assistant:"] if lines else [])])


def called_name(call: ToolCallParam, path: str) -> str:
    """Return the name of the function that a tool call calls.

    Raises:
        BadRequestError: it has none.
    """
    name = called_function(call).get("name")
    if not name:
        raise part_error(f"{path}.function.name", "is missing")
    return name


def arguments_of(call: ToolCallParam, path: str) -> dict[str, Any]:
    """Return a tool call's arguments as an object; missing, blank or null ones are an empty object.

    If they were cut off, such as by `max_tokens`, the object has the part that arrived.

    Raises:
        BadRequestError: they are not a JSON object.
    """
    text = called_function(call).get("arguments") or ""
    if text.strip() in {"", "null"}:
        # What some models write for a function without parameters.
        return {}
    try:
        decoded: object = decode_cut(text)
    except (msgspec.DecodeError, RecursionError):
        decoded = None
    if isinstance(decoded, dict):
        return cast("dict[str, Any]", decoded)
    raise BadRequestError(
        f"{path}.function.arguments: expected a string with a JSON object, got {text[:80]!r}",
        param=path,
    )
