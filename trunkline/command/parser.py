"""What `trunkline PROMPT` takes; it is read before what makes a call is loaded."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from .. import __version__
from .arguments import parse_arguments, read_text_argument
from .options import add_call_options, add_output_options
from .subcommands import describe_subcommands, find_near

_USAGE = """\
trunkline [options] [PROMPT]
       trunkline SUBCOMMAND [options]"""
_EXAMPLES = """\
examples:
  trunkline "Name three colors."
  cat report.txt | trunkline -m openai/gpt-4o "Summarize:"
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
    options = parse_arguments(parser, argv)
    if parser.prog == "trunkline" and "--" not in argv:
        refuse_slip(parser, options.prompt)
    from .ask import ask  # noqa: PLC0415  # help and mistakes need none of it

    return ask(parser, options)


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
        type=read_text_argument,
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
        type=read_text_argument,
        metavar="FILE|FIELDS",
        help='JSON with the fields of a JSON Schema, or with fields such as "name, age int"',
    )
    form.add_argument(
        "--no-stream", action="store_true", help="print the response when it is complete"
    )
    form.add_argument("--json", action="store_true", help="print the whole response as JSON")
    return parser


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
