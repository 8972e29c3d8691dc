"""What the native wires ask of a conversation: its parts, with the path of each for errors."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import msgspec

from ...pipeline.call.messages import ContentPart, MessageParam, ToolCallParam
from ...pipeline.errors import BadRequestError

SYSTEM_ROLES = ("system", "developer")


class Part(NamedTuple):
    """A content part and where it stands, as "messages[1].content[0]"."""

    part: ContentPart
    path: str


class Turn(NamedTuple):
    """A message and where it stands, as "messages[1]"."""

    message: MessageParam
    path: str


def turns(messages: tuple[MessageParam, ...]) -> list[Turn]:
    """Return the messages with their paths."""
    return [Turn(message, f"messages[{position}]") for position, message in enumerate(messages)]


def holds_parts(messages: tuple[MessageParam, ...]) -> bool:
    """Tell whether any content is more than text."""
    return any(isinstance(message.get("content"), list) for message in messages)


def parts(turn: Turn) -> list[Part]:
    """Return a message's content as parts; text counts as one part, empty content as none."""
    content = turn.message.get("content")
    if not content:
        return []
    if isinstance(content, str):
        return [Part({"type": "text", "text": content}, f"{turn.path}.content")]
    return [
        Part(part, f"{turn.path}.content[{number}]")
        for number, part in enumerate(content)
        if part["type"] != "text" or part.get("text")
    ]


def text_of(turn: Turn, provider: str) -> str:
    """Return a message's content as one text, for places that take nothing else.

    Raises:
        BadRequestError: a part is no text.
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
    raise refused(found, provider)


REASONING_PARTS = ("thinking", "redacted_thinking")


def reasoning_of(turn: Turn) -> list[str]:
    """Return what the model thought before a message, in the pieces that it came in.

    For wires that want text: blocks and parts say it exactly, `reasoning_content` otherwise.
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


def refused(found: Part, provider: str, remedy: str = "") -> BadRequestError:
    """Return the error for a part that the provider cannot take."""
    return BadRequestError(
        f"{found.path}: {provider} takes no content part of type {found.part['type']!r} here"
        f"{remedy and '; '}{remedy}",
        provider,
        param=found.path,
    )


def bad_part(path: str, what: str) -> BadRequestError:
    """Return the error for what is wrong with a part; `path` is where it stands in the request."""
    return BadRequestError(f"{path}: {what}", param=path)


#: What a tool's result says where all that it shows comes in a message behind the results.
SHOWN_BELOW = "The result is in the next message."


def result_label(call: object) -> str:
    """Return what stands before the pictures of a result in that message; `call` is its id."""
    return f"Result of the tool call {call}:"


def url_of(found: Part, key: str) -> str:
    """Return the address in an `image_url` or `video_url` part, which may be an object or text."""
    value: object = found.part.get(key)
    if isinstance(value, dict):
        return str(cast("dict[str, Any]", value)["url"])
    return str(value)


SPEAKERS = {"user": "User", "assistant": "Assistant"}


def transcript(said: list[tuple[str, str]]) -> str:
    """Return who said what as one text that ends where the assistant speaks next.

    For those who take nothing but a text; instructions come first, without a name.
    """
    system = [text for role, text in said if role in SYSTEM_ROLES]
    lines = [f"{SPEAKERS[role]}: {text}" for role, text in said if role in SPEAKERS]
    return "\n\n".join([*system, *lines, *(["Assistant:"] if lines else [])])


def arguments_of(call: ToolCallParam, path: str) -> dict[str, Any]:
    """Return a tool call's arguments as an object; none at all are an empty one.

    Raises:
        BadRequestError: they are no JSON object.
    """
    text = call.get("function", {}).get("arguments") or "{}"
    try:
        decoded: object = msgspec.json.decode(text)
    except msgspec.DecodeError:
        decoded = None
    if isinstance(decoded, dict):
        return cast("dict[str, Any]", decoded)
    raise BadRequestError(
        f"{path}.function.arguments: expected a JSON object as text, got {text[:80]!r}",
        param=path,
    )
