"""Read the Python files of a code base, find litellm's uses in them, and change their imports."""

from __future__ import annotations

import ast
import codecs
import io
import tokenize
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from .rewrite import change_imports
from .uses import Use, find_uses

# Folders of installed packages, caches and versions.
_SKIPPED = frozenset({"__pycache__", "build", "dist", "node_modules", "site-packages", "venv"})


class FileReport(Struct, frozen=True):
    """What one file uses of litellm; `problem` says why it could not be read, else it is None."""

    path: Path
    uses: list[Use]
    problem: str | None = None


def python_files(paths: Iterable[Path]) -> list[Path]:
    """Return the Python files at or below `paths`; hidden folders and packages are left out.

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
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name in _SKIPPED or path.is_symlink():
            continue
        if path.is_dir():
            yield from _below(path)
        elif path.suffix in {".py", ".pyi"}:
            yield path


def read_file(path: Path) -> FileReport:
    """Return what a file uses of litellm, or the problem if it cannot be read or parsed."""
    try:
        content = path.read_bytes()
        tree = _parse(path, content)[2] if b"litellm" in content else ast.Module([], [])
    except (OSError, SyntaxError, ValueError, RecursionError) as error:
        return FileReport(path, [], f"not read: {error}")
    return FileReport(path, find_uses(tree))


def write_file(path: Path) -> bool:
    """Change a file's imports of litellm; return whether anything changed."""
    encoding, source, tree = _parse(path, path.read_bytes())
    changed = change_imports(source, tree)
    if changed == source:
        return False
    mark = codecs.BOM_UTF8 if encoding == "utf-8-sig" else b""
    path.write_bytes(mark + changed.decode().encode(encoding.removesuffix("-sig")))
    return True


def _parse(path: Path, content: bytes) -> tuple[str, bytes, ast.Module]:
    """Return the encoding of a file's content, its source in UTF-8, and its syntax tree."""
    encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    text = content.decode(encoding)
    with warnings.catch_warnings():
        # Such as invalid escapes in strings: the code's own business.
        warnings.simplefilter("ignore")
        return encoding, text.encode(), ast.parse(text, filename=str(path))
