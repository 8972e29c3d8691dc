"""Find strings that name litellm as a module or package, such as `install_requires=["litellm"]`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .bindings import ROOT

# A requirement, such as "litellm>=1.5" or "litellm[proxy]", which means nothing else.
_REQUIREMENT = re.compile(rf"{ROOT}(\[[\w, -]*\]|\s*([=<>!~]=|[<>@;])).*", re.IGNORECASE)
# What functions, arguments, keys and variables for modules and packages are called.
_ABOUT = re.compile(r"import|install|require|depend|module|package|spec\b|version|\bpip\b", re.I)


def names_in_strings(tree: ast.Module) -> Iterator[ast.Constant]:
    """Yield the strings that name litellm where a module or a package is meant.

    The name of the function, argument, key or variable says what is meant. Elsewhere, "litellm" may
    be anything.
    """
    found: dict[ast.Constant, None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and _REQUIREMENT.fullmatch(str(node.value)):
            found[node] = None
        for values, about in _places(node):
            named = [text for value in values for text in _texts(value) if text.value == ROOT]
            if named and _ABOUT.search(" ".join(map(ast.unparse, about))):
                found.update(dict.fromkeys(named))
    yield from found


def _places(node: ast.AST) -> Iterator[tuple[list[ast.expr], list[ast.AST]]]:
    """Yield values, and the code that says what they are about."""
    match node:
        case ast.Call():
            # The first argument too: `monkeypatch.setitem(sys.modules, "litellm", fake)`.
            yield node.args, [node.func, *node.args[:1]]
            for keyword in node.keywords:
                yield [keyword.value], [ast.Name(keyword.arg or "")]
        case ast.Subscript():
            yield [node.slice], [node.value]
        case ast.Compare():
            yield [node.left], list(node.comparators)
        case ast.Assign():
            yield [node.value], list(node.targets)
        case ast.Dict():
            for key, value in zip(node.keys, node.values, strict=True):
                yield [value], [key] if key else []
        case _:
            pass


def _texts(node: ast.expr) -> Iterator[ast.Constant]:
    """Yield the value itself, or the items of a list, or the keys and items of a dictionary."""
    match node:
        case ast.Constant():
            yield node
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
            yield from (item for item in items if isinstance(item, ast.Constant))
        case ast.Dict(keys=keys, values=values):
            yield from (key for key in keys if isinstance(key, ast.Constant))
            for value in values:
                yield from _texts(value)
        case _:
            pass
