"""Find litellm where a project or a script lists its dependencies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from io import StringIO
from pathlib import Path

from .uses import NAMED, Use

_FILES = (
    "*constraint*.in",
    "*constraint*.txt",
    "*requirement*.in",
    "*requirement*.txt",
    "requirements/*.in",
    "requirements/*.txt",
    "*conda*.yaml",
    "*conda*.yml",
    "*environment*.yaml",
    "*environment*.yml",
    "meta.yaml",
    "pixi.toml",
    "pipfile",
    "pyproject.toml",
    "setup.cfg",
    "tox.ini",
    "containerfile*",
    "dockerfile*",
    "*.dockerfile",
)
# `litellm`, `LiteLLM[proxy]>=1.5`, `litellm.*`; not `langchain-litellm`.
_NAME = re.compile(r"(?<![\w-])litellm(?![\w-])(?:\[[^]]*\])?[^\s\"',;)\]]*", re.IGNORECASE)
_COMMAND = re.compile(r"\s*(?:!|%(?:sx|system)\b|%?(?:pip|conda|mamba|uv)[ \t]+\w)")
# Those of Databricks begin with `# MAGIC`.
_COMMENTED_COMMAND = re.compile(r"#\s*(MAGIC\s+)?[%!]")
_COMMENT = re.compile(r"(?:^|\s)#.*")


def is_dependency_file(path: Path) -> bool:
    """Return whether a file lists dependencies, by its name."""
    name = path.name.lower()
    names = (name, f"{path.parent.name}/{name}")
    return any(fnmatchcase(each, pattern) for each in names for pattern in _FILES)


def find_dependencies(text: str) -> Iterator[Use]:
    """Yield the lines of a file of dependencies that name litellm outside comments."""
    for number, line in _lines(text):
        yield from _named(number, _COMMENT.sub("", line))


def find_commented(source: str) -> Iterator[Use]:
    """Yield the comments of a Python file that install litellm.

    They are a script's metadata, and commands of notebooks that are saved as Python.

    Source: https://packaging.python.org/en/latest/specifications/inline-script-metadata/
    """
    is_metadata = False
    for number, line in _lines(source):
        if line.rstrip() == "# /// script":
            is_metadata = True
        elif line.rstrip() == "# ///" or not line.startswith("#"):
            is_metadata = False
        elif is_metadata or _COMMENTED_COMMAND.match(line):
            yield from _named(number, line)


def find_commands(cell: str) -> Iterator[Use]:
    """Yield the lines of a notebook's commands, such as `%pip install`, that name litellm."""
    goes_on = False
    for number, line in _lines(cell):
        if goes_on or _COMMAND.match(line):
            yield from _named(number, line)
            goes_on = line.endswith("\\")


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield lines with their numbers as Python counts them: a form feed ends none."""
    for number, line in enumerate(StringIO(text, newline=None), 1):
        yield number, line.removesuffix("\n")


def _named(number: int, line: str) -> Iterator[Use]:
    # An extra may be called litellm too: `litellm = ["litellm>=1.5"]`.
    found = max(_NAME.finditer(line), key=lambda match: len(match.group()), default=None)
    if found is not None:
        column = found.start() + 1
        yield Use(number, column, found.group(), NAMED.verdict, NAMED.text)
