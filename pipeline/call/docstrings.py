"""Read what a docstring says about a function and its arguments."""

from __future__ import annotations

import re

from msgspec import Struct

# Google's and NumPy's sections; the description ends where the first one begins.
_SECTION = re.compile(
    r"^(args|arguments|parameters|params|returns?|yields?|raises|examples?|notes?|attributes)"
    r"\s*:?\s*$",
    re.IGNORECASE,
)
_ARGUMENTS = frozenset({"args", "arguments", "parameters", "params"})
_SPHINX = re.compile(r"^:param\s+(?:[^:]*\s)?(?P<name>\w+)\s*:\s*(?P<text>.*)$")
_SPHINX_OTHER = re.compile(r"^:\w+[^:]*:")
_GOOGLE = re.compile(r"^\s*\*{0,2}(?P<name>\w+)\s*(?:\([^)]*\))?\s*:\s*(?P<text>.*)$")
_NUMPY = re.compile(r"^(?P<name>\w+)\s*(?::.*)?$")


class Documented(Struct, frozen=True):
    """What a docstring says: the description of the function, and of each argument."""

    description: str
    arguments: dict[str, str]


def read_docstring(text: str) -> Documented:
    """Return what a docstring says, in Google's, NumPy's or Sphinx's form."""
    lines = text.splitlines()
    description: list[str] = []
    arguments: dict[str, list[str]] = {}
    section: str | None = None
    number = 0
    while number < len(lines):
        line = lines[number]
        heading = _heading(lines, number)
        if heading is not None:
            section = heading
            number += 2 if _is_underline(lines, number + 1) else 1
            arguments |= _read_section(lines, number) if section in _ARGUMENTS else {}
            continue
        sphinx = _SPHINX.match(line.strip())
        if sphinx is not None:
            arguments[sphinx["name"]] = [sphinx["text"], *_indented_after(lines, number)]
            section = section or "sphinx"
        elif _SPHINX_OTHER.match(line.strip()):
            section = section or "sphinx"
        elif section is None:
            description.append(line)
        number += 1
    joined = {name: " ".join(" ".join(parts).split()) for name, parts in arguments.items()}
    return Documented("\n".join(description).strip(), joined)


def _heading(lines: list[str], number: int) -> str | None:
    """Return the section that begins in a line, in lower case."""
    line = lines[number]
    found = _SECTION.match(line)
    if found is None or not (line.rstrip().endswith(":") or _is_underline(lines, number + 1)):
        return None
    return found[1].lower()


def _is_underline(lines: list[str], number: int) -> bool:
    return number < len(lines) and re.fullmatch(r"-{3,}", lines[number].strip()) is not None


def _read_section(lines: list[str], start: int) -> dict[str, list[str]]:
    """Return the arguments that a section describes: Google's are indented, NumPy's are not."""
    found: dict[str, list[str]] = {}
    name = ""
    indent: int | None = None
    for number in range(start, len(lines)):
        line = lines[number]
        if not line.strip():
            continue
        if _heading(lines, number) is not None:
            break
        depth = len(line) - len(line.lstrip())
        indent = depth if indent is None else indent
        if depth < indent:
            break
        entry = (_GOOGLE if indent else _NUMPY).match(line) if depth == indent else None
        if entry is not None:
            name = entry["name"]
            found[name] = [entry["text"]] if indent else []
        elif depth == indent and not indent:
            break
        elif name:
            found[name].append(line.strip())
    return found


def _indented_after(lines: list[str], number: int) -> list[str]:
    """Return the indented lines that follow a line."""
    found: list[str] = []
    for line in lines[number + 1 :]:
        if not line.strip() or line == line.lstrip():
            break
        found.append(line.strip())
    return found
