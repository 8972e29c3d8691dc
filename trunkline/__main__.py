"""The command line: `trunkline PROMPT`, `trunkline providers`, `trunkline params MODEL`.

Exit codes: 0 success, 1 the call failed, 2 invalid arguments, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from . import (
    APIError,
    CallRecord,
    ModelResponse,
    __version__,
    completion,
    get_supported_openai_params,
    list_providers,
)
from .middlewares.listening.record import view_record
from .pipeline.views.call_view import clean
from .pipeline.views.text import show_call

DEFAULT_MODEL = "local/smollm2"
# The embedded model is small and loses the thread at higher temperatures.
DEFAULT_MODEL_PARAMS = {"temperature": 0}

USAGE = """\
trunkline [options] PROMPT     answer a prompt (from standard input if PROMPT is - or missing)
       trunkline providers            list the providers
       trunkline serve [options]      serve OpenAI's and Anthropic's APIs
       trunkline params MODEL         list the OpenAI parameters that a model supports"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    reconfigure: Callable[..., None] | None = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        # Characters that the encoding lacks are written as escapes instead of raising an error.
        reconfigure(errors="backslashreplace")
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of the output has exited; prevent an error message from Python at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (APIError, ImportError) as error:
        print(f"trunkline: {clean(str(error))}", file=sys.stderr)
        return 1


def _run(arguments: list[str]) -> int:
    if arguments[:1] == ["serve"]:
        return _serve(arguments[1:])
    if arguments[:1] == ["providers"] and len(arguments) == 1:
        return _show_providers()
    if arguments[:1] == ["params"] and len(arguments) == 2:
        return _show_params(arguments[1])
    return _answer(arguments)


def _serve(arguments: list[str]) -> int:
    from .serve.command import serve  # noqa: PLC0415  # an extra

    return serve(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="trunkline", usage=USAGE, description="Ask a model of any LLM provider."
    )
    parser.add_argument("prompt", nargs="?", metavar="PROMPT", help="what to ask")
    parser.add_argument(
        "-m", "--model", default=DEFAULT_MODEL, help=f"provider/model (default: {DEFAULT_MODEL})"
    )
    parser.add_argument("--system", metavar="TEXT", help="system message")
    parser.add_argument(
        "--no-stream", action="store_true", help="print the response when it is complete"
    )
    parser.add_argument("--json", action="store_true", help="print the whole response as JSON")
    parser.add_argument(
        "-p",
        "--param",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a parameter of completion(), such as temperature=0.2; VALUE is JSON or text",
    )
    parser.add_argument(
        "--trace",
        action="store_true",
        help="print what each layer did, and when, to standard error",
    )
    parser.add_argument("--version", action="version", version=f"trunkline {__version__}")
    return parser


def _answer(argv: list[str]) -> int:
    parser = _parser()
    options = parser.parse_args(argv)
    prompt = _read_prompt(parser, options.prompt)
    messages = [{"role": "user", "content": prompt}]
    if options.system:
        messages.insert(0, {"role": "system", "content": options.system})
    params: dict[str, Any] = dict(DEFAULT_MODEL_PARAMS) if options.model == DEFAULT_MODEL else {}
    given: list[str] = options.param
    params.update(_read_param(parser, text) for text in given)
    records: list[CallRecord] = []
    if options.trace:
        params["callbacks"] = [records.append]
    try:
        if options.json or options.no_stream:
            response = completion(options.model, messages, stream=False, **params)
            _print_response(response, as_json=options.json)
        else:
            _print_stream(options.model, messages, params)
    finally:
        for record in records:
            _print_trace(record)
    return 0


def _read_prompt(parser: argparse.ArgumentParser, prompt: str | None) -> str:
    if prompt is None and sys.stdin.isatty():
        parser.error("PROMPT is missing")
    text = sys.stdin.read() if prompt is None or prompt == "-" else prompt
    if not text.strip():
        parser.error("PROMPT is empty")
    return text.strip()


def _read_param(parser: argparse.ArgumentParser, text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        parser.error(f"-p expects KEY=VALUE, got {text!r}")
    if name in ("model", "messages", "stream"):
        parser.error(f"-p {name}: use the option or argument of this name instead")
    try:
        return name, msgspec.json.decode(value)
    except msgspec.DecodeError:
        return name, value


def _print_response(response: ModelResponse, *, as_json: bool) -> None:
    if as_json:
        print(response.model_dump_json(indent=2))
        return
    for choice in response.choices:
        print(_shown(choice.message.content or choice.message.model_dump_json(exclude_none=True)))


def _print_stream(model: str, messages: list[dict[str, str]], params: dict[str, Any]) -> None:
    last = ""
    with completion(model, messages, stream=True, **params) as stream:
        for chunk in stream:
            for choice in chunk.choices:
                if choice.delta.content:
                    last = choice.delta.content
                    print(_shown(last), end="", flush=True)
    if not last:
        _print_response(stream.response, as_json=False)
    elif not last.endswith("\n"):
        print()


def _shown(text: str) -> str:
    """Return a model's text for standard output, for a terminal without control characters."""
    return clean(text) if sys.stdout.isatty() else text


def _print_trace(record: CallRecord) -> None:
    """Print what the layers did; the response is already on standard output."""
    sys.stdout.flush()
    print(file=sys.stderr)
    show_call(msgspec.structs.replace(view_record(record), answers=()), sys.stderr)


def _show_providers() -> int:
    rows = [
        (row.name, row.title, " or ".join(row.key_env) or "-", row.docs) for row in list_providers()
    ]
    _print_table(("PREFIX", "PROVIDER", "KEY", "DOCUMENTATION"), rows)
    return 0


def _show_params(model: str) -> int:
    for name in get_supported_openai_params(model):
        print(name)
    return 0


def _print_table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    for row in (head, *rows):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print("  ".join(cells).rstrip())


if __name__ == "__main__":
    sys.exit(main())
