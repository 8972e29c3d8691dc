"""Handlers of OpenAI's errors, which catch litellm's errors but not trunkline's."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .. import exceptions
from ..litellm_names.table import Entry

_OPENAI = "openai"
# OpenAI's names of errors that have another name in trunkline.
_OTHER_NAMES = {"APITimeoutError": "Timeout"}


def openai_errors(tree: ast.Module) -> Iterator[tuple[ast.expr, str, Entry]]:
    """Yield each of OpenAI's errors in an `except`, its name, and what to write instead."""
    bound = dict(_bound(tree))
    for node in ast.walk(tree):
        if not isinstance(node, ast.ExceptHandler):
            continue
        kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        for kind in kinds:
            name = kind and _name(kind, bound)
            if kind and name:
                yield kind, f"except {_OPENAI}.{name}", Entry("other", _remark(name))


def _bound(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the names that are bound to the module, as "", or to one of its errors."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name == _OPENAI:
                    yield alias.asname or alias.name, ""
        elif isinstance(node, ast.ImportFrom) and node.module == _OPENAI:
            for alias in node.names:
                yield alias.asname or alias.name, alias.name


def _name(node: ast.expr, bound: dict[str, str]) -> str | None:
    match node:
        case ast.Name(id=name):
            return bound.get(name)
        case ast.Attribute(value=ast.Name(id=module), attr=name) if bound.get(module) == "":
            return name
        case _:
            return None


def _remark(name: str) -> str:
    own = _OTHER_NAMES.get(name, name)
    if not hasattr(exceptions, own):
        own = "APIError"
    return f"trunkline's errors are not OpenAI's: also catch `trunkline.{own}`"
