"""`trunkline config`: show or change defaults and aliases."""

from __future__ import annotations

import argparse
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..pipeline.json_values import as_array, as_object
from ..pipeline.near_names import find_near
from ..pipeline.secret import HIDDEN, names_credential
from .arguments import parse_arguments, read_text_argument
from .mistakes import MistakeError
from .options import read_value
from .settings.config_file import Config, load_config, parse_config, read_text
from .settings.edits import EditError, remove_value, set_value, write_key, write_value
from .settings.paths import config_path
from .settings.private_files import lock_folder, write_private

_EPILOG = """\
examples:
  trunkline config set model anthropic/claude-sonnet-4-5
  trunkline config set aliases.fast groq/llama-3.1-8b-instant
  trunkline config set params.temperature 0.2
  trunkline config unset params.temperature
  trunkline config path

Keys are set with `trunkline keys set PROVIDER`, and never shown.
"""
_TABLES = ("params", "aliases", "keys", "templates")


def run(argv: Sequence[str]) -> int:
    """Run the subcommand."""
    parser = argparse.ArgumentParser(
        prog="trunkline config",
        description="Show the configuration, or change it.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(dest="action", metavar="ACTION")
    actions.add_parser("show", help="show all settings, keys hidden (without an ACTION, too)")
    actions.add_parser("path", help="print the path of the file")
    setting = actions.add_parser("set", help="set a default, or an alias")
    setting.add_argument(
        "name", type=read_text_argument, metavar="NAME", help="such as model, or aliases.fast"
    )
    setting.add_argument("value", type=read_text_argument, metavar="VALUE", help="JSON or text")
    removing = actions.add_parser("unset", help="remove a default, or an alias")
    removing.add_argument("name", metavar="NAME")
    options = parse_arguments(parser, argv)
    path = config_path()
    if options.action == "path":
        print(path)
    elif options.action == "set":
        change_config(path, read_name(options.name), _read_value(options.name, options.value))
    elif options.action == "unset":
        change_config(path, read_name(options.name), None)
    else:
        _show(path)
    return 0


def read_name(text: str) -> tuple[str, ...]:
    """Return the name of a setting as a path.

    Raises:
        MistakeError: there is no such setting, or it is a key.
    """
    table, dot, rest = text.partition(".")
    known = Config.__struct_fields__
    if table not in known:
        near = find_near(table, known)
        hint = f"did you mean {near!r}?" if near else f"the settings are {', '.join(known)}"
        raise MistakeError(f"config: unknown setting {text!r}; {hint}")
    if table == "keys":
        raise MistakeError("config: set a key with: trunkline keys set PROVIDER")
    if (table in _TABLES) != bool(dot and rest):
        example = f"{table}.NAME" if table in _TABLES else table
        raise MistakeError(f"config: expected {example}, got {text!r}")
    if table == "templates":
        # A template is a table of its own.
        return (table, *rest.split(".", 1))
    # The names of aliases and models contain dots.
    return (table, rest) if rest else (table,)


def change_config(path: Path, name: tuple[str, ...], value: object) -> None:
    """Set a value in the configuration file; None removes it. The file gets mode 0600.

    Raises:
        MistakeError: the file cannot be changed, or the value is wrong.
    """
    try:
        with lock_folder(path):
            _change(path, name, value)
    except OSError as error:
        raise MistakeError(f"config: {path}: {error.strerror or error}") from None


def _change(path: Path, name: tuple[str, ...], value: object) -> None:
    text = read_text(path)
    parse_config(path, text)
    shown = ".".join(name)
    try:
        new = remove_value(text, name) if value is None else set_value(text, name, value)
    except EditError as error:
        raise MistakeError(f"config: {shown} cannot be changed: {error}; edit {path}") from None
    if value is None and tomllib.loads(new) == tomllib.loads(text):
        raise MistakeError(f"config: {shown} is not set")
    parse_config(path, new)
    write_private(path, new)


def _read_value(name: str, text: str) -> object:
    # Names of models and texts may look like numbers.
    if name.partition(".")[0] in ("model", "system", "log"):
        return text
    value = read_value(text, f"config: {name}")
    return text if value is None else value


def _show(path: Path) -> None:
    load_config()
    text = read_text(path)
    print(f"# {path}" if text else f"# {path} does not exist")
    document: dict[str, Any] = tomllib.loads(text)
    for line in _lines(document, ()):
        print(line)


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    """Return a table as TOML without credentials, its own values first."""
    values = {name: value for name, value in table.items() if as_object(value) is None}
    lines: list[str] = []
    if path and values:
        lines += ["", f"[{'.'.join(map(write_key, path))}]"]
    for name, value in values.items():
        hidden = path == ("keys",) or names_credential(name)
        lines.append(f"{write_key(name)} = {write_value(HIDDEN if hidden else _plain(value))}")
    for name, value in table.items():
        inner = as_object(value)
        if inner is not None:
            lines += _lines(inner, (*path, name))
    return lines


def _plain(value: object) -> object:
    """Return a value without what JSON does not have, such as dates, and without credentials."""
    if (items := as_array(value)) is not None:
        return [_plain(item) for item in items]
    if (fields := as_object(value)) is not None:
        return {
            name: HIDDEN if names_credential(name) else _plain(item)
            for name, item in fields.items()
        }
    return value if isinstance(value, str | int | float | bool) else str(value)
