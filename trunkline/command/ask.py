"""Answer one prompt: `trunkline PROMPT`, and `trunkline ask PROMPT`."""

from __future__ import annotations

import argparse
import os
import stat
import sys
from collections.abc import Sequence

from .answers import Show, answer, conversation_after, show_data, show_json, show_stream, show_whole
from .attachments import NOT_UTF8, decode_text, read_bounded
from .mistakes import MistakeError
from .schema import read_schema
from .settings.config_file import load_config
from .settings.conversation import save_conversation
from .setup import Setup, make_message, read_setup


def ask(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    """Answer a prompt, and return the exit code.

    Args:
        parser: ends the command if an option is wrong.
        options: what was given.
    """
    try:
        text = read_prompt(options.prompt, options.attach)
        setup = read_setup(options, load_config())
        show = _choose(options, setup)
        message = make_message(setup, text, options.attach)
    except MistakeError as error:
        parser.error(str(error))
    messages = [*setup.messages, message]
    try:
        response = answer(setup, messages, show)
    finally:
        setup.close()
    if setup.remember:
        save_conversation(setup.model, conversation_after(messages, response))
    return 0


def read_prompt(prompt: str | None, attachments: Sequence[str]) -> str:
    """Return the prompt, and after it what standard input has.

    Raises:
        MistakeError: there is neither.
    """
    if "-" in attachments:
        # Standard input is the attachment.
        return prompt or ""
    if prompt == "-" or (prompt is None and not attachments and not sys.stdin.isatty()):
        return _read_input()
    if prompt is None and not attachments:
        raise MistakeError("PROMPT is missing; see trunkline --help")
    piped = _read_input().strip() if _has_input() else ""
    return "\n\n".join(text for text in (prompt or "", piped) if text)


def _read_input() -> str:
    if sys.stdin.isatty():
        return sys.stdin.read()
    # Files are UTF-8 whatever the locale is.
    text = decode_text(read_bounded(sys.stdin.buffer, "standard input"))
    if text is None:
        raise MistakeError(f"standard input: {NOT_UTF8}; for an image or another file: -a -")
    return text.replace("\r\n", "\n")


def _has_input() -> bool:
    """Return whether standard input is a pipe or a file, so that reading it comes to an end."""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (AttributeError, OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)


def _choose(options: argparse.Namespace, setup: Setup) -> Show:
    """Return what shows the answer; set the format of the answer."""
    schema: str | None = setup.template.schema if options.schema is None else options.schema
    if schema is not None:
        setup.params["response_format"] = read_schema(schema)
    if options.json:
        return show_json
    if schema is not None:
        return show_data
    return show_whole if options.no_stream else show_stream
