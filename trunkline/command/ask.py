"""`trunkline PROMPT`, and `trunkline ask PROMPT`: answer one prompt."""

from __future__ import annotations

import argparse
import os
import stat
import sys
from collections.abc import Sequence
from difflib import get_close_matches

from .. import __version__
from .answers import Show, answer, conversation_after, show_data, show_json, show_stream, show_whole
from .attachments import NOT_UTF8, decode_text, read_bounded
from .mistakes import MistakeError
from .options import add_call_options, add_output_options
from .rendering import input_is_terminal
from .schema import read_schema
from .settings.config_file import load_config
from .settings.conversation import save_conversation
from .setup import Setup, make_message, read_setup
from .subcommands import describe_subcommands, find_near

_USAGE = """\
trunkline [options] [PROMPT]
       trunkline SUBCOMMAND [options]"""
# `--modle` and `--model` are this similar.
_SIMILAR = 0.7
_EXAMPLES = """\
examples:
  trunkline "Name three colors."
  cat report.txt | trunkline -m openai/gpt-4o "Summarise:"
  trunkline -a photo.jpg "What is this?"
  trunkline --schema "name, age int" "Invent a person."
  trunkline -c "And one more?"

`trunkline SUBCOMMAND --help` describes a subcommand. Keys are read from the
environment (`trunkline providers` lists the variables), or from where
`trunkline keys set PROVIDER` puts them.
"""


def run(argv: Sequence[str]) -> int:
    """Run `trunkline ask`."""
    return _run(make_parser("trunkline ask"), argv)


def run_prompt(argv: Sequence[str]) -> int:
    """Run `trunkline PROMPT`."""
    return _run(make_parser("trunkline"), argv)


def _run(parser: argparse.ArgumentParser, argv: Sequence[str]) -> int:
    options, rest = parser.parse_known_args(argv)
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}{_advise(rest)}")
    prompt: str | None = options.prompt
    if parser.prog == "trunkline" and "--" not in argv:
        refuse_slip(parser, prompt)
    try:
        text = read_prompt(prompt, options.attach)
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


def make_parser(prog: str) -> argparse.ArgumentParser:
    """Return the parser of the command."""
    parser = argparse.ArgumentParser(
        prog=prog,
        usage=_USAGE if prog == "trunkline" else None,
        description="Ask a model of any LLM provider.",
        epilog=f"{describe_subcommands()}\n\n{_EXAMPLES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "prompt",
        nargs="?",
        metavar="PROMPT",
        help="what to ask; text on standard input follows it",
    )
    parser.add_argument("--version", action="version", version=f"trunkline {__version__}")
    add_call_options(parser)
    add_output_options(parser)
    form = parser.add_argument_group("the form of the answer")
    form.add_argument(
        "--schema",
        metavar="FILE|FIELDS",
        help='JSON with the fields of a JSON Schema, or with fields such as "name, age int"',
    )
    form.add_argument(
        "--no-stream", action="store_true", help="print the response when it is complete"
    )
    form.add_argument("--json", action="store_true", help="print the whole response as JSON")
    return parser


def _advise(rest: Sequence[str]) -> str:
    """Return what to do about arguments that are not known, "" if that is unclear."""
    if not any(word.startswith("-") for word in rest):
        return "; put a prompt of several words in quotes"
    known = [name for names, _, _ in list_options() for name in names]
    near = get_close_matches(rest[0].partition("=")[0], known, n=1, cutoff=_SIMILAR)
    return f"; did you mean {near[0]}?" if near else ""


def list_options() -> list[tuple[list[str], str, bool]]:
    """Return the names, the help and whether it takes a value, of each option."""
    actions = make_parser("trunkline")._actions  # argparse has no other list
    return [
        (list(action.option_strings), action.help or "", action.nargs != 0)
        for action in actions
        if action.option_strings
    ]


def refuse_slip(parser: argparse.ArgumentParser, word: str | None) -> None:
    """End with exit code 2 if a prompt is a subcommand in the wrong place, or nearly one."""
    near = None if word is None else find_near(word)
    if near is None:
        return
    if near == word:
        problem = f"the subcommand {word!r} comes first: trunkline {word} [options]"
    else:
        problem = f"unknown subcommand {word!r}; did you mean {near!r}?"
    parser.error(f"{problem} (as a prompt: trunkline ask {word})")


def read_prompt(prompt: str | None, attachments: Sequence[str]) -> str:
    """Return the prompt, and after it what standard input has.

    Raises:
        MistakeError: there is neither.
    """
    if "-" in attachments:
        # Standard input is the attachment.
        return prompt or ""
    if prompt == "-" or (prompt is None and not attachments and not input_is_terminal()):
        return _read_input()
    if prompt is None and not attachments:
        raise MistakeError("PROMPT is missing; see trunkline --help")
    piped = _read_input().strip() if _has_input() else ""
    return "\n\n".join(text for text in (prompt or "", piped) if text)


def _read_input() -> str:
    if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison]  # it can be closed
        return ""
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
