"""The imports between the library's own modules, read from the syntax trees.

Imports under `TYPE_CHECKING` and inside functions are included.
"""

from __future__ import annotations

import ast
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import trunkline

PACKAGE = Path(trunkline.__file__).parent
ROOT = "trunkline"

#: An import graph: each module's name with the names of the modules that it imports.
Graph = dict[str, set[str]]


@cache
def modules() -> dict[str, Path]:
    """Return the paths of the library's modules by their full names."""
    found = {_name(path): path for path in _python_files(PACKAGE)}
    assert len(found) > 100
    return found


def _python_files(folder: Path) -> list[Path]:
    # The top-level folders of a checkout are symbolic links here, which rglob() does not follow.
    found = sorted(folder.glob("*.py"))
    for inner in sorted(folder.iterdir()):
        if inner.is_dir() and inner.name != "__pycache__":
            found += _python_files(inner)
    return found


def _name(path: Path) -> str:
    parts = [ROOT, *path.relative_to(PACKAGE).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def package_of(module: str) -> str:
    """Return the package of a module; a package is its own package."""
    is_package = modules()[module].name == "__init__.py"
    return module if is_package else module.rpartition(".")[0]


@cache
def imports() -> Graph:
    """Return which modules each module imports."""
    return {name: _imports_of(name, path) for name, path in modules().items()}


def _imports_of(name: str, path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            source = _source(name, node)
            for alias in node.names:
                inner = f"{source}.{alias.name}"
                found.add(inner if inner in modules() else source)
        elif isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
    return {imported for imported in found if imported in modules() and imported != name}


def _source(module: str, node: ast.ImportFrom) -> str:
    """Return the full name of the module that a `from ... import` reads."""
    if not node.level:
        return node.module or ""
    package = package_of(module).split(".")
    base = package[: len(package) - node.level + 1]
    return ".".join([*base, node.module] if node.module else base)


def cycle(graph: Graph) -> list[str]:
    """Return the names in one cycle, [] if there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []
