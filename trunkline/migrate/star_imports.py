"""Names that a program has from `from litellm import *`."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Mapping

from .bindings import is_litellm
from .judging import is_known


def starred_names(tree: ast.Module) -> Mapping[str, str]:
    """Return the names that a source uses from such an import, with litellm's dotted paths."""
    modules = [
        node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and node.level == 0
        and is_litellm(node.module)
        and node.names[0].name == "*"
    ]
    if not modules:
        return {}
    own = {*_bound(tree), *dir(builtins)}
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - own
    return {name: f"{modules[0]}.{name}" for name in used if is_known(name)}


def _bound(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a source binds in other ways."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name):
                yield name
            case ast.alias(name=name, asname=given):
                yield given or name.partition(".")[0]
            case _:
                pass
