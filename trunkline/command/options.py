"""The options that `trunkline PROMPT` and `trunkline chat` share."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

import msgspec

from .arguments import begin_of, read_text_argument
from .mistakes import MistakeError

DEFAULT_MODEL = "local/smollm2"
#: Arguments of completion() that have an option or a setting of their own.
RESERVED = ("model", "messages", "stream", "middlewares")
# How lists, objects and strings in JSON begin.
_BEGINNINGS = ("[", "{", '"')


def add_call_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that determine how a call is made."""
    call = parser.add_argument_group("the call")
    call.add_argument(
        "-m",
        "--model",
        type=read_text_argument,
        help=f"provider/model, or an alias (default: {DEFAULT_MODEL}, which runs on this machine)",
    )
    call.add_argument(
        "-s", "--system", type=read_text_argument, metavar="TEXT", help="system message"
    )
    call.add_argument(
        "-p",
        "--param",
        type=read_text_argument,
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="an argument of completion(), such as temperature=0.2; VALUE is JSON or text",
    )
    call.add_argument(
        "-a",
        "--attach",
        action="append",
        default=[],
        metavar="FILE|URL",
        help="an image, PDF, audio, video or text file, a URL, or - for standard input",
    )
    call.add_argument(
        "-t",
        "--tools",
        action="append",
        default=[],
        metavar="FILE",
        help="a Python file whose functions the model may call; each call is approved first",
    )
    call.add_argument("-y", "--yes", action="store_true", help="run tools without a question")
    call.add_argument(
        "-c", "--continue", dest="go_on", action="store_true", help="continue the last conversation"
    )
    call.add_argument(
        "--template",
        type=read_text_argument,
        metavar="NAME",
        help="a template of the configuration file",
    )
    call.add_argument(
        "--var",
        type=read_text_argument,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a variable of the template",
    )


def add_output_options(parser: argparse.ArgumentParser) -> None:
    """Add the options about what is shown and kept."""
    output = parser.add_argument_group("output")
    output.add_argument("--plain", action="store_true", help="show Markdown as it is written")
    output.add_argument(
        "--log",
        metavar="FILE",
        help="log the calls to this SQLite file; none are logged without it",
    )
    output.add_argument(
        "--trace",
        action="store_true",
        help="print what each layer did, and when, to standard error",
    )


def read_params(given: Sequence[str]) -> dict[str, Any]:
    """Return the arguments of `-p`.

    Raises:
        MistakeError: one is not KEY=VALUE, or has an option of its own.
    """
    params: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise MistakeError(f"-p expects KEY=VALUE, got {begin_of(text)!r} without a value")
        if name in RESERVED:
            raise MistakeError(f"-p {name}: it is not set with -p; see trunkline --help")
        params[name] = read_value(value, f"-p {name}")
    return params


def read_value(text: str, place: str) -> object:
    """Return a value that is JSON or text.

    Raises:
        MistakeError: it begins as JSON does, but is not; `place` is what the message calls it.
    """
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        if not text.lstrip().startswith(_BEGINNINGS):
            return text
        raise MistakeError(
            f"{place}: not JSON: {error}; text that begins with {text.lstrip()[0]} is written as a "
            "JSON string"
        ) from None


def read_variables(given: Sequence[str]) -> dict[str, str]:
    """Return the variables of `--var`.

    Raises:
        MistakeError: one is not NAME=VALUE.
    """
    variables: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():
            raise MistakeError(f"--var expects NAME=VALUE, got {begin_of(text)!r}")
        variables[name] = value
    return variables
