"""Read a project's files, find litellm's uses in them, and change their imports."""

from __future__ import annotations

import ast
import codecs
import io
import re
import sys
import tokenize
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from .dependencies import find_commented, find_dependencies, is_dependency_file
from .notebooks import SUFFIX, Notebook
from .replacing import replace_file
from .rewrite import change_imports
from .uses import Use, find_uses_in

# Folders of installed packages, caches and versions.
_SKIPPED = frozenset({"__pycache__", "build", "dist", "node_modules", "site-packages", "venv"})


_SUFFIXES = frozenset({".py", ".pyi", ".pyw", SUFFIX})
_BOMS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# Python's parser needs about a hundred times as much memory. Most of a notebook is outputs.
_MAX_BYTES = 20_000_000
_MAX_NOTEBOOK_BYTES = 100_000_000


class FileReport(Struct, frozen=True):
    """What one file uses of litellm.

    `problem` says why it, or a cell of it, could not be read; otherwise it is None.
    """

    path: Path
    uses: list[Use]
    problem: str | None = None


def source_files(paths: Iterable[Path]) -> list[Path]:
    """Return the Python files, notebooks and files of dependencies at or below `paths`.

    A script without a suffix is a Python file if its first line says so.

    Hidden folders and installed packages are left out.

    A folder that cannot be read is returned itself, so that `read_file` says why.

    Raises:
        FileNotFoundError: a path does not exist.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f"{path}: no such file or folder")
        found.update(dict.fromkeys(_below(path) if path.is_dir() else [path]))
    return list(found)


def _below(folder: Path) -> Iterator[Path]:
    # A stack, because folders may be nested deeper than functions can be.
    waiting = [folder]
    while waiting:
        path = waiting.pop()
        try:
            is_folder = path.is_dir()
            inner = sorted(path.iterdir(), reverse=True) if is_folder else []
        except OSError:
            yield path
            continue
        waiting += [each for each in inner if not _is_skipped(each)]
        # Reading a pipe would wait for whatever writes to it.
        if not is_folder and path.is_file() and _is_source(path):
            yield path


def _is_source(path: Path) -> bool:
    if path.suffix:
        return path.suffix in _SUFFIXES or is_dependency_file(path)
    return is_dependency_file(path) or _is_script(path)


def _is_script(path: Path) -> bool:
    """Return whether a file without a suffix begins with `#!/usr/bin/env python3` or the like."""
    try:
        with path.open("rb") as file:
            first = file.readline(200)
    except OSError:
        return False
    return first.startswith(b"#!") and re.search(rb"python|\buv\b", first) is not None


def _is_skipped(path: Path) -> bool:
    try:
        return path.name.startswith(".") or path.name in _SKIPPED or path.is_symlink()
    except OSError:
        return False


def read_file(path: Path) -> FileReport:
    """Return what a file uses of litellm, or the problem if it cannot be read or parsed."""
    try:
        content = _read(path)
        # UTF-16 and UTF-32 have null bytes between the letters.
        letters = content.replace(b"\0", b"")
        if is_dependency_file(path):
            text = _decode(content) if b"litellm" in letters.lower() else ""
            return FileReport(path, list(find_dependencies(text)))
        if b"litellm" not in letters:
            return FileReport(path, [])
        if path.suffix == SUFFIX:
            return _read_notebook(path, content)
        _, source, tree = _parse(path, content)
        uses = [*find_commented(source.decode()), *find_uses_in(source, tree)]
        return FileReport(path, sorted(uses, key=lambda use: (use.line, use.column)))
    except (RecursionError, MemoryError):
        problem = "its code is nested too deeply"
    except SyntaxError as error:
        problem = f"{error}, read with Python {sys.version_info[0]}.{sys.version_info[1]}"
    except (OSError, ValueError, LookupError) as error:
        # LookupError: the encoding that it declares is not one of text.
        problem = str(error)
    return FileReport(path, [], f"not read: {problem}")


def _read_notebook(path: Path, content: bytes) -> FileReport:
    _refuse_wide(content)
    notebook = Notebook(content.decode("utf-8-sig"))
    problem = f"not read: {'; '.join(notebook.problems)}" if notebook.problems else None
    return FileReport(path, notebook.uses(), problem)


def write_file(path: Path) -> bool:
    """Change a file's imports of litellm; return whether anything changed.

    The file is replaced as a whole, or stays as it is. Files of dependencies stay as they are.

    Raises:
        OSError: it cannot be replaced, or should not be; see `replace_file`.
        UnicodeEncodeError: its encoding lacks a character.
    """
    if is_dependency_file(path):
        return False
    content = _read(path)
    changed = _changed_notebook(content) if path.suffix == SUFFIX else _changed(path, content)
    if changed == content:
        return False
    replace_file(path, changed)
    return True


def _changed(path: Path, content: bytes) -> bytes:
    encoding, source, tree = _parse(path, content)
    changed = change_imports(source, tree)
    if changed == source:
        return content
    if source.decode().encode(encoding) != content:
        raise ValueError(f"other text would change: {encoding} can be written in several ways")
    return changed.decode().encode(encoding)


def _changed_notebook(content: bytes) -> bytes:
    mark = codecs.BOM_UTF8 if content.startswith(codecs.BOM_UTF8) else b""
    return mark + Notebook(content.decode("utf-8-sig")).changed().encode()


def _read(path: Path) -> bytes:
    limit = _MAX_NOTEBOOK_BYTES if path.suffix == SUFFIX else _MAX_BYTES
    if path.stat().st_size > limit:
        raise ValueError(f"it is larger than {limit:,} bytes")
    return path.read_bytes()


def _wide_encoding(content: bytes) -> str | None:
    return next((name for mark, name in _BOMS.items() if content.startswith(mark)), None)


def _decode(content: bytes) -> str:
    text = content.decode(_wide_encoding(content) or "utf-8-sig")
    if "\0" in text:
        raise ValueError("it has null bytes")
    return text


def _refuse_wide(content: bytes) -> None:
    encoding = _wide_encoding(content)
    if encoding is not None:
        raise ValueError(f"it is {encoding.upper()}; save it as UTF-8, which Python reads")


def _parse(path: Path, content: bytes) -> tuple[str, bytes, ast.Module]:
    """Return the encoding of a file's content, its source in UTF-8, and its syntax tree."""
    _refuse_wide(content)
    encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    text = content.decode(encoding)
    with warnings.catch_warnings():
        # Such as invalid escapes in strings: the code's own business.
        warnings.simplefilter("ignore")
        return encoding, text.encode(), ast.parse(text, filename=str(path))
