"""The command line: `trunkline PROMPT`, and subcommands such as `trunkline models`.

Exit codes: 0 success, 1 the call failed, 2 invalid arguments or configuration, 130 interrupted.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from io import StringIO
from typing import TextIO

from .command.mistakes import FormatError, MistakeError
from .command.parser import make_parser, refuse_slip, run_prompt
from .command.subcommands import SUBCOMMANDS, run_subcommand
from .pipeline.errors import APIError
from .pipeline.views.call_view import clean

# The warnings of the library name remedies in Python.
_SILENT = logging.NullHandler()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    logging.getLogger("trunkline").addHandler(_SILENT)
    arguments = list(sys.argv[1:] if argv is None else argv)
    # They can be closed.
    if sys.stdin is None:  # pyright: ignore[reportUnnecessaryComparison]
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115  # until the end
    if sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison]
        sys.stdout = StringIO()
    if sys.stderr is None:  # pyright: ignore[reportUnnecessaryComparison]
        # print(file=None) would write messages to standard output.
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # until the end
    # Characters that the encoding lacks are written as escapes instead of raising an error.
    _reconfigure(sys.stdout, "backslashreplace")
    # What was typed in another encoding is refused with a message.
    _reconfigure(sys.stdin, "surrogateescape")
    try:
        return _flushed(_run(arguments))
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of the output has exited.
        _drop_output()
        return 1
    except MistakeError as error:
        print(f"trunkline: {clean(str(error))}", file=sys.stderr)
        return 2
    except (APIError, FormatError, ImportError) as error:
        print(f"trunkline: {clean(str(error))}", file=sys.stderr)
        from .command.advice import advise, exit_code  # noqa: PLC0415  # after a failure only

        advice = advise(error)
        if advice is not None:
            print(f"trunkline: {advice}", file=sys.stderr)
        return exit_code(error)
    except OSError as error:
        # Such as a full disk, or no permission to read a file.
        _drop_output()
        print(f"trunkline: {clean(str(error))}", file=sys.stderr)
        return 1


def _reconfigure(stream: TextIO | None, errors: str) -> None:
    """Set what a stream does with text that its encoding lacks; not all streams can be changed."""
    reconfigure: Callable[..., None] | None = getattr(stream, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors=errors)


def _flushed(code: int) -> int:
    """Write all output; later, a failure would only be noticed after the exit code is known."""
    sys.stdout.flush()
    return code


def _drop_output() -> None:
    """Prevent an error message from Python at exit: the output cannot be written."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(arguments: list[str]) -> int:
    first = arguments[0] if arguments else ""
    if first in SUBCOMMANDS:
        return run_subcommand(first, arguments[1:])
    if not first.startswith("-"):
        # Before the other arguments are read, which may be those of a subcommand.
        refuse_slip(make_parser("trunkline"), first)
    return run_prompt(arguments)


if __name__ == "__main__":
    sys.exit(main())
