"""The last conversation, kept in a file that only its owner may read, so that `-c` continues it."""

from __future__ import annotations

import sys
from typing import Any

import msgspec
from msgspec import Struct

from ...adapters.encode.http_request import encode_json
from ..mistakes import MistakeError
from .paths import has_folders, state_path
from .private_files import write_private

_FILE = "last-conversation.json"


class Conversation(Struct):
    """A conversation.

    Attributes:
        model: the model that was asked last.
        messages: OpenAI's messages, the last answer included.
    """

    model: str
    messages: list[dict[str, Any]]


def save_conversation(model: str, messages: list[dict[str, Any]]) -> None:
    """Keep a conversation instead of the last one, if there is a folder for it."""
    if not has_folders():
        return
    path = state_path(_FILE)
    # What a tool of the user returned may not be text in UTF-8.
    body = encode_json({"model": model, "messages": messages})
    try:
        write_private(path, body.decode())
    except OSError as error:
        reason = error.strerror or error
        print(f"trunkline: the conversation is not kept: {path}: {reason}", file=sys.stderr)


def load_conversation() -> Conversation:
    """Return the last conversation.

    Raises:
        ImportError: platformdirs is not installed.
        MistakeError: there is none, or its file is broken.
    """
    path = state_path(_FILE)
    try:
        return msgspec.json.decode(path.read_bytes(), type=Conversation)
    except (FileNotFoundError, NotADirectoryError):
        raise MistakeError("-c: there is no conversation to continue") from None
    except (OSError, msgspec.DecodeError) as error:
        raise MistakeError(f"-c: {path} cannot be read: {error}") from None
