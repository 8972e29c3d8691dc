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
        # Attributes that hold a module, such as `self._litellm`.
        self._attributes = {name: path for name, path in self._paths.items() if "." in name}
        self._routers = set(self._router_variables(tree))

    def path(self, node: ast.expr) -> str | None:
        """Return litellm's dotted path of an expression, such as "litellm.utils.token_counter"."""
        if isinstance(node, ast.Name):
            return self._paths.get(node.id)
        if isinstance(node, ast.Attribute):
            if self._attributes and (held := self._attributes.get(ast.unparse(node))):
                return held
            owner = self.path(node.value)
            return owner and f"{owner}.{node.attr}"
        return None

    def __bool__(self) -> bool:
        return bool(self._paths)

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


def imported_by_call(node: ast.AST) -> tuple[ast.Constant, str] | None:
    """Return the module of litellm's that `importlib.import_module` or `__import__` imports.

    The result is None for all other code, otherwise the text in the source, and its value.
    """
    match node:
        case ast.Call(
            func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module"),
            args=[ast.Constant(value=str(module)) as text, *_],
        ) if is_litellm(module):
            return text, module
        case _:
            return None


def _bound(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if is_litellm(alias.name):
                    # `import a.b` binds a, `import a.b as c` binds a.b.
                    yield (alias.asname, alias.name) if alias.asname else (ROOT, ROOT)
        elif isinstance(node, ast.ImportFrom):
            yield from _bound_by_from(node)
        elif isinstance(node, ast.Assign) and (imported := imported_by_call(node.value)):
            for target in node.targets:
                yield ast.unparse(target), imported[1]


def _bound_by_from(node: ast.ImportFrom) -> Iterator[tuple[str, str]]:
    is_own = node.level == 0 and is_litellm(node.module)
    for alias in node.names:
        if is_own:
            yield alias.asname or alias.name, f"{node.module}.{alias.name}"
        elif alias.name == ROOT:
            # From a module of the program's own, which has imported litellm or wraps it.
            yield alias.asname or alias.name, ROOT
