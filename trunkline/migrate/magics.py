"""IPython's commands in the cells of notebooks, which are not Python.

They are replaced by Python that does nothing and has as many bytes, so that all places stay.
Source: https://ipython.readthedocs.io/en/stable/interactive/magics.html
"""

from __future__ import annotations

import ast
import re
import warnings

# Cell magics that run the rest of the cell as Python.
_RUN_CELL = frozenset({b"capture", b"memit", b"prun", b"time", b"timeit"})
# Line magics that run the rest of the line as Python, with their options.
_RUN_LINE = re.compile(rb"%(?:time|timeit|prun|memit)[ \t]+(?:-\w+[ \t]*\d*[ \t]+)*(?=\S)")
_CELL = re.compile(rb"\s*%%(\w*)")
# `%pip install x`, `!ls`, `?name`, `names = !ls`, `names = %sql ...`, and `pip install x`.
_COMMAND = re.compile(
    rb"([ \t]*(?:[\w.,\[\] \t]+=[ \t]*)?)([%!?].*|(?:pip|conda|mamba|uv)[ \t]+\w.*)", re.S
)
_HELP = re.compile(rb"([ \t]*)([%\w.*]+\?{1,2}[ \t]*)$")


def other_language(source: bytes) -> bytes | None:
    """Return the magic of a cell that is not run as Python, such as b"bash", or None."""
    found = _CELL.match(source)
    return None if found is None or found[1] in _RUN_CELL else found[1]


def as_python(source: bytes) -> bytes:
    """Return a cell's code, in UTF-8, without magics; all that stays is where it was.

    Raises:
        SyntaxError: the rest is not Python.
    """
    if is_python(source):
        return source
    lines = source.splitlines(keepends=True)
    goes_on = False
    for number, line in enumerate(lines):
        found = _CELL.match(line)
        if goes_on or (found is not None and not b"".join(lines[:number]).strip()):
            lines[number] = _nothing(line)
            goes_on = goes_on and _goes_on(line)
            continue
        lines[number] = _without_command(line)
        goes_on = lines[number] != line and _goes_on(line)
    plain = b"".join(lines)
    _parse(plain)
    return plain


def is_python(source: bytes) -> bool:
    """Return whether code, in UTF-8, is Python without magics."""
    try:
        _parse(source)
    except SyntaxError:
        return False
    return True


def _parse(source: bytes) -> None:
    with warnings.catch_warnings():
        # Such as invalid escapes in strings: the code's own business.
        warnings.simplefilter("ignore")
        ast.parse(source)


def _goes_on(line: bytes) -> bool:
    return line.rstrip(b"\r\n").endswith(b"\\")


def _without_command(line: bytes) -> bytes:
    code = line.rstrip(b"\r\n")
    ending = line[len(code) :]
    indent = code[: len(code) - len(code.lstrip(b" \t"))]
    running = _RUN_LINE.match(code, len(indent))
    if running is not None:
        filled = b"0;".ljust(running.end() - running.start())
        return indent + filled + code[running.end() :] + ending
    found = _COMMAND.fullmatch(code) or _HELP.fullmatch(code)
    if found is None:
        return line
    return found[1] + b"0".ljust(len(found[2])) + ending


def _nothing(line: bytes) -> bytes:
    """Return a line of spaces, which has no code."""
    code = line.rstrip(b"\r\n")
    return b" " * len(code) + line[len(code) :]
