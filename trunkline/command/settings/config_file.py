"""The configuration file: defaults, aliases, keys and templates, in TOML."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec import Struct, field

from ...pipeline.json_values import as_object
from ...pipeline.near_names import find_near
from ...pipeline.secret import Secret
from ..mistakes import MistakeError
from ..options import RESERVED
from .paths import find_config_path
from .private_files import is_private

T = TypeVar("T")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`")


class Alias(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A short name for a model.

    Attributes:
        model: "provider/model".
        params: arguments of completion() for its calls.
    """

    model: str
    params: dict[str, Any] = field(default_factory=dict[str, Any])

    def __post_init__(self) -> None:
        _check(self.model, self.params)


class Template(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A prompt to use again.

    Attributes:
        prompt: the text; `$input` is what the command line and standard input give, and `$NAME` a
            variable. Without `$input`, the input follows the text.
        system: the system message; it may contain variables as well.
        model, params: the model, and arguments of completion() for its calls.
        schema: fields of the answer, as for `--schema`.
        defaults: values of variables that `--var` does not give.
    """

    prompt: str = ""
    system: str | None = None
    model: str | None = None
    params: dict[str, Any] = field(default_factory=dict[str, Any])
    schema: str | None = None
    defaults: dict[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        _check(self.model, self.params)


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the file says; all of it is optional.

    Attributes:
        model: the model to ask, or an alias.
        system: the system message.
        log: an SQLite file that calls are logged to; none are without it.
        remember: whether the last conversation is kept, so that `-c` can continue it.
        markdown: whether a terminal shows Markdown.
        params: arguments of completion() for all calls.
        aliases: short names for models.
        keys: providers' keys, which variables of the environment take precedence over.
        templates: prompts to use again.
    """

    model: str | None = None
    system: str | None = None
    log: str | None = None
    remember: bool = True
    markdown: bool = True
    params: dict[str, Any] = field(default_factory=dict[str, Any])
    aliases: dict[str, str | Alias] = field(default_factory=dict[str, str | Alias])
    keys: dict[str, Secret] = field(default_factory=dict[str, Secret])
    templates: dict[str, Template] = field(default_factory=dict[str, Template])

    def __post_init__(self) -> None:
        _check(self.model, self.params)
        if self.log == "":
            raise ValueError("log: it is empty; remove it to log nothing")


def load_config() -> Config:
    """Return the configuration; print a warning if others can read its keys.

    Raises:
        MistakeError: the file cannot be read, or something in it is wrong.
    """
    path = find_config_path()
    if path is None:
        return Config()
    text = read_text(path)
    config = parse_config(path, text)
    if config.keys and not is_private(path):
        print(
            f"trunkline: {path} has keys, and other users can read it; run: chmod 600 '{path}'",
            file=sys.stderr,
        )
    return config


def read_text(path: Path) -> str:
    """Return the text of the configuration file, "" if there is none.

    Raises:
        MistakeError: it cannot be read.
    """
    try:
        # Some editors write a byte order mark.
        return path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except UnicodeDecodeError:
        raise MistakeError(f"{path}: the file is not UTF-8 text") from None
    except OSError as error:
        raise MistakeError(f"{path}: {error.strerror or error}") from None


def parse_config(path: Path, text: str) -> Config:
    """Return what the text of a configuration file says.

    Raises:
        MistakeError: something is wrong; the message has the place, and never a value.
    """
    document = parse_toml(path, text)
    return convert_table(path, document, Config)


def parse_toml(path: Path, text: str) -> dict[str, Any]:
    """Return a TOML document.

    Raises:
        MistakeError: it is not TOML; the message has line and column.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MistakeError(f"{path}: {error}") from None


def convert_table(path: Path, table: Mapping[str, Any], kind: type[T]) -> T:
    """Return a table of a TOML document as a struct.

    Raises:
        MistakeError: something is wrong; the message has the place, and never a value.
    """
    try:
        return msgspec.convert(table, kind, dec_hook=_secret)
    except msgspec.ValidationError as error:
        problem, _, place = str(error).partition(" - at `$")
        place = _named(place.strip("`."), table, kind)
        where = f"{path}: {place}" if place else str(path)
        raise MistakeError(f"{where}: {_explained(problem)}") from None


def _named(place: str, table: Mapping[str, Any], kind: type[Any]) -> str:
    """Return a place with the name that msgspec writes as `[...]`."""
    setting, dots, rest = place.partition("[...]")
    for name, value in (as_object(table.get(setting)) or {}).items() if dots else ():
        try:
            msgspec.convert({setting: {name: value}}, kind, dec_hook=_secret)
        except msgspec.ValidationError:
            return f"{setting}.{name}{rest}"
    return place


def _explained(problem: str) -> str:
    """Return what is wrong in the words of the file."""
    unknown = _UNKNOWN.fullmatch(problem)
    if unknown is None:
        return problem
    known = {name for kind in (Config, Alias, Template) for name in kind.__struct_fields__}
    near = find_near(unknown[1], known)
    return f"unknown field `{unknown[1]}`" + (f"; did you mean `{near}`?" if near else "")


def _check(model: str | None, params: Mapping[str, Any]) -> None:
    """Raise an error for what cannot be meant; msgspec adds its place."""
    if model is not None and not model.strip():
        raise ValueError("model: it is empty")
    for name in RESERVED:
        if name in params:
            raise ValueError(f"params.{name}: this argument is not set in params")


def _secret(kind: type[Any], value: object) -> object:
    if kind is Secret and isinstance(value, str) and value.strip():
        return Secret(value.strip())
    raise ValueError(f"Expected `str`, got `{type(value).__name__}`" if value else "it is empty")
