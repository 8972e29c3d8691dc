"""Which names of a module's source are litellm's."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..litellm_names.submodules import SUBMODULES

ROOT = "litellm"


class Bindings:
    """The local names that a source file binds to litellm's modules and objects.

    Scopes are not told apart: an import inside a function counts for the whole file.
    """

    def __init__(self, tree: ast.Module) -> None:
        self._paths = dict(_bound(tree))
        self._routers = set(self._router_variables(tree))

    def path(self, node: ast.expr) -> str | None:
        """Return litellm's dotted path of an expression, such as "litellm.utils.token_counter"."""
        if isinstance(node, ast.Name):
            return self._paths.get(node.id)
        if isinstance(node, ast.Attribute):
            owner = self.path(node.value)
            return owner and f"{owner}.{node.attr}"
        return None

    def name(self, node: ast.expr) -> str | None:
        """Return the public name of litellm's that an expression is, such as "token_counter"."""
        path = self.path(node)
        return path and public_name(path)

    def is_router(self, node: ast.expr) -> bool:
        """Return whether an expression is a variable that holds a Router."""
        return ast.unparse(node) in self._routers or self._makes_router(node)

    def _router_variables(self, tree: ast.Module) -> Iterator[str]:
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and self._makes_router(node.value):
                yield from map(ast.unparse, node.targets)
            elif isinstance(node, ast.AnnAssign) and node.value and self._makes_router(node.value):
                yield ast.unparse(node.target)

    def _makes_router(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Call) and self.name(node.func) == "Router"


def is_litellm(module: str | None) -> bool:
    """Return whether a dotted module name is litellm or inside it."""
    return module is not None and module.partition(".")[0] == ROOT


def is_module(path: str) -> bool:
    """Return whether a dotted path is litellm, or one of its modules that programs import from."""
    return path == ROOT or path.removeprefix(f"{ROOT}.") in SUBMODULES


def public_name(path: str) -> str:
    """Return a dotted path without the modules in front, and without attributes of the object.

    The path of a module itself, or inside an unknown module, is returned without "litellm.".
    """
    rest = path.removeprefix(ROOT).removeprefix(".")
    names = rest.split(".")
    for end in range(len(names) - 1, 0, -1):
        if ".".join(names[:end]) in SUBMODULES:
            return names[end]
    return rest if rest in SUBMODULES else names[0]


def _bound(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if is_litellm(alias.name):
                    # `import a.b` binds a, `import a.b as c` binds a.b.
                    yield (alias.asname, alias.name) if alias.asname else (ROOT, ROOT)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and is_litellm(node.module):
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"
