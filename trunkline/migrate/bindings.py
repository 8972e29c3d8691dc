"""Which names of a module's source are litellm's."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from ..litellm_names.submodules import SUBMODULES

ROOT = "litellm"


# What programs call a function that imports litellm late, such as `_get_litellm`.
_GETTER = re.compile(r"_*(get|import|lazy|load|require)\w*_litellm(_module)?")
# Functions that return the module that they are given by name, such as `lazy_import`.
_IMPORTER = re.compile(r"\w*(import|lazy|load|require)\w*", re.IGNORECASE)


class Bindings:
    """The local names that a source file binds to litellm's modules and objects.

    Scopes are not told apart: an import inside a function counts for the whole file.

    Args:
        tree: the source's syntax tree.
        starred: the names that `from litellm import *` binds and the source uses.
    """

    def __init__(self, tree: ast.Module, starred: Mapping[str, str]) -> None:
        self._paths = {**starred, **dict(_bound(tree))}
        # Attributes that hold a module or function, such as `self._litellm`.
        self._attributes: dict[str, str] = {}
        for target, value in _assigned(tree):
            if path := self.path(value):
                held = self._paths if isinstance(target, ast.Name) else self._attributes
                held[ast.unparse(target)] = path
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
        return _imported(node)

    def __bool__(self) -> bool:
        return bool(self._paths or self._attributes)

    def name(self, node: ast.expr) -> str | None:
        """Return the public name of litellm's that an expression is, such as "token_counter"."""
        path = self.path(node)
        return path and public_name(path)

    def is_router(self, node: ast.expr) -> bool:
        """Return whether an expression is a variable that holds a Router."""
        return ast.unparse(node) in self._routers or self._makes_router(node)

    def _router_variables(self, tree: ast.Module) -> Iterator[str]:
        for target, value in _assigned(tree):
            if self._makes_router(value):
                yield ast.unparse(target)
        for node in ast.walk(tree):
            if isinstance(node, ast.arg) and node.annotation and self._is_class(node.annotation):
                yield node.arg

    def _makes_router(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Call) and self._is_class(node.func)

    def _is_class(self, node: ast.expr) -> bool:
        return self.name(node) == "Router"


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
    """Return the module of litellm's that a call such as `importlib.import_module` imports.

    The result is None for all other code, otherwise the text in the source, and its value. It is
    also None for `pytest.importorskip` with a `minversion`, which is a version of litellm.
    """
    match node:
        case ast.Call(
            func=ast.Name(id="import_module" | "__import__" | "importorskip")
            | ast.Attribute(attr="import_module" | "importorskip"),
            args=[ast.Constant(value=str(module)) as text, *_],
            keywords=keywords,
        ) if is_litellm(module) and all(each.arg != "minversion" for each in keywords):
            return text, module
        case _:
            return None


def last_name(node: ast.expr) -> str:
    """Return the last part of a dotted name, "" for other code."""
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _imported(node: ast.expr) -> str | None:
    """Return the module of litellm's that a call or `sys.modules[...]` returns."""
    match node:
        case ast.Call() if imported := imported_by_call(node):
            return imported[1]
        case ast.Call(func=function) if _GETTER.fullmatch(last_name(function)):
            return ROOT
        case ast.Call(func=function, args=[ast.Constant(value=str(module)), *_]) if is_litellm(
            module
        ):
            is_importer = _IMPORTER.fullmatch(last_name(function))
            return module if is_importer or ast.unparse(function) == "sys.modules.get" else None
        case ast.Subscript(value=modules, slice=ast.Constant(value=str(module))) if is_litellm(
            module
        ):
            return module if ast.unparse(modules) == "sys.modules" else None
        case _:
            return None


def _assigned(tree: ast.Module) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield each variable or attribute that is assigned or bound by `with`, with its value."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            yield from ((target, node.value) for target in node.targets)
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value:
            yield node.target, node.value
        elif isinstance(node, ast.withitem) and node.optional_vars:
            yield node.optional_vars, node.context_expr


def _bound(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if is_litellm(alias.name):
                    # `import a.b` binds a, `import a.b as c` binds a.b.
                    yield (alias.asname, alias.name) if alias.asname else (ROOT, ROOT)
        elif isinstance(node, ast.ImportFrom):
            yield from _bound_by_from(node)
        elif isinstance(node, ast.arg) and node.arg == ROOT and _may_be_module(node.annotation):
            yield ROOT, ROOT


def _may_be_module(annotation: ast.expr | None) -> bool:
    return annotation is None or last_name(annotation) in {"Any", "ModuleType"}


def _bound_by_from(node: ast.ImportFrom) -> Iterator[tuple[str, str]]:
    is_own = node.level == 0 and is_litellm(node.module)
    for alias in node.names:
        if is_own:
            yield alias.asname or alias.name, f"{node.module}.{alias.name}"
        elif alias.name == ROOT:
            # From a module of the program's own, which has imported litellm or wraps it.
            yield alias.asname or alias.name, ROOT
