"""All mistakes of a configuration at once, each with its place in the file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, cast, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from .config import Config
from .places import find_lines


class ConfigError(Exception):
    """A configuration that cannot be used; the text has all its mistakes."""


class Mistake(Struct, frozen=True):
    """What is wrong, and where: a path such as "models.chat.fallbacks[0]"."""

    path: str
    problem: str


def read_config(path: Path) -> tuple[Config, Mapping[str, int]]:
    """Return a file's configuration, and the lines of its paths.

    Raises:
        ConfigError: it cannot be read, is not TOML, or has mistakes.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: not TOML: {error}") from None
    lines = find_lines(text)
    found = list(_check(values, Config, ""))
    if found:
        raise config_error(path, found, lines)
    return msgspec.convert(values, Config), lines


def config_error(path: Path, mistakes: list[Mistake], lines: Mapping[str, int]) -> ConfigError:
    """Return the error of a file's mistakes, in the order of its lines."""
    placed = sorted(((_line_of(each.path, lines), each) for each in mistakes), key=lambda at: at[0])
    shown = [
        f"{path}:{line}: {each.path}: {each.problem}"
        if line
        else f"{path}: {each.path}: {each.problem}"
        for line, each in placed
    ]
    return ConfigError("\n".join(shown))


def _line_of(path: str, lines: Mapping[str, int]) -> int:
    """Return the line of a path, or of the table that it should be in; 0 if there is none."""
    while path:
        if path in lines:
            return lines[path]
        path = re.sub(r"(?:^|\.)[^.\[\]]+$|\[\d+\]$", "", path)
    return 0


def _check(value: object, kind: Any, path: str) -> Iterator[Mistake]:
    """Yield the mistakes in a value; msgspec would only find the first."""
    whole, kind = kind, _inner(kind)
    if isinstance(kind, type) and issubclass(kind, Struct):
        yield from _check_table(value, kind, path)
        return
    items = get_args(kind)
    if get_origin(kind) is dict and isinstance(value, dict):
        for name, item in cast("dict[str, object]", value).items():
            where = f"{path}.{name}"
            yield from _check_one(name, items[0], where)
            yield from _check(item, items[1], where)
    elif get_origin(kind) is tuple and isinstance(value, list):
        each = cast("list[object]", value)
        for number, item in enumerate(each):
            yield from _check(item, items[0], f"{path}[{number}]")
        if not each:
            yield from _check_one(each, whole, path)
    else:
        yield from _check_one(value, kind, path)


def _inner(kind: Any) -> Any:
    """Return the type of a table, list or dictionary, without a size limit and without None."""
    if get_origin(kind) is Annotated and get_origin(get_args(kind)[0]) is tuple:
        return get_args(kind)[0]
    if get_origin(kind) in (Union, UnionType):
        tables = [
            each for each in get_args(kind) if isinstance(each, type) and issubclass(each, Struct)
        ]
        return tables[0] if tables else kind
    return kind


def _check_table(value: object, kind: type[Struct], path: str) -> Iterator[Mistake]:
    if not isinstance(value, dict):
        yield Mistake(path, f"expected a table, got {type(value).__name__}")
        return
    given = cast("dict[str, object]", value)
    hints = get_type_hints(kind, include_extras=True)
    at = f"{path}." if path else ""
    for name in given:
        if name not in hints:
            yield Mistake(f"{at}{name}", f"unknown; expected one of {', '.join(hints)}")
    for each in msgspec.structs.fields(kind):
        if each.name in given:
            yield from _check(given[each.name], hints[each.name], f"{at}{each.name}")
        elif each.required:
            yield Mistake(f"{at}{each.name}", "missing")


def _check_one(value: object, kind: Any, path: str) -> Iterator[Mistake]:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        text = str(error).partition(" - at `")[0].replace("`", "")
        yield Mistake(path, text[:1].lower() + text[1:])
