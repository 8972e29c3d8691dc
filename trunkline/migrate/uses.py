"""Find every use of litellm in a module's source, with what it is in trunkline."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from msgspec import Struct

from .. import more_names, names
from ..litellm_names.neutral_settings import asks_for_nothing
from ..litellm_names.submodules import SUBMODULES
from ..litellm_names.table import Entry, Kind, Verdict, find_entry, read_names
from .bindings import ROOT, Bindings, is_litellm, is_module, public_name
from .models import explain_model

#: Functions whose keyword arguments are those of completion().
CALLS = frozenset(
    {
        "acompletion",
        "acompletion_with_retries",
        "batch_completion",
        "batch_completion_models",
        "batch_completion_models_all_responses",
        "completion",
        "completion_with_retries",
    }
)
_CALL_ONLY = {"max_workers": Entry("same", "of batch_completion()")}
_ARGUMENTS: dict[str, Kind] = {"Router": "router", **dict.fromkeys(CALLS, "parameters")}
_ROUTER_METHODS = CALLS | {"get_model_list", "get_model_names", "aresponses", "responses"}
# A dotted path in a string, such as the target of unittest.mock.patch.
_PATH = re.compile(rf"{ROOT}(\.\w+)+")


class Use(Struct, frozen=True):
    """A use of litellm: where it is, and what it is in trunkline.

    `remark` says what differs, or what to use instead; it may be empty.
    """

    line: int
    column: int
    name: str
    verdict: Verdict
    remark: str


def find_uses(tree: ast.Module) -> list[Use]:
    """Return every use of litellm in a syntax tree, in the order of the source."""
    finder = _Finder(Bindings(tree))
    finder.visit(tree)
    return sorted(finder.uses, key=lambda use: (use.line, use.column))


def judge(name: str) -> Entry:
    """Return what a public name, setting or module of litellm is in trunkline."""
    if name in SUBMODULES:
        return Entry("same", "")
    found = find_entry(name, "names", "exceptions", "settings", "modules")
    if found is not None:
        return found
    if any(hasattr(module, name) for module in (names, more_names)):
        return Entry("same", "")
    return Entry("not there", "trunkline has no such name")


class _Finder(ast.NodeVisitor):
    def __init__(self, bindings: Bindings) -> None:
        self.uses: list[Use] = []
        self._bindings = bindings

    def _add(self, node: ast.AST, name: str, entry: Entry) -> None:
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        self.uses.append(Use(line, column + 1, name, entry.verdict, entry.text))

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            if is_litellm(alias.name):
                module = alias.name.removeprefix(f"{ROOT}.")
                entry = Entry("same", "") if alias.name == ROOT else judge(module)
                self._add(alias, f"import {alias.name}", entry)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level or not is_litellm(node.module):
            return
        for alias in node.names:
            entry = _judge_import(f"{node.module}.{alias.name}")
            self._add(alias, f"from {node.module} import {alias.name}", entry)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        path = self._bindings.path(node)
        if path is None:
            if self._bindings.is_router(node.value):
                self._router_method(node)
            self.generic_visit(node)
            return
        # Attributes of an object that was imported by name were judged at its import.
        if isinstance(_root(node), ast.Name) and self._is_module(_root(node)):
            self._add(node, path, judge(public_name(path)))

    def _is_module(self, node: ast.expr) -> bool:
        path = self._bindings.path(node)
        return path is not None and is_module(path)

    def _router_method(self, node: ast.Attribute) -> None:
        known = node.attr in _ROUTER_METHODS
        entry = Entry("same", "") if known else Entry("not there", "a Router has no such method")
        self._add(node, f"Router.{node.attr}", entry)

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self._setting(target, node.value)
        self.visit(node.value)

    def _setting(self, target: ast.expr, value: ast.expr) -> None:
        """Add an assigned setting; a value that requests nothing is the same everywhere."""
        name = self._bindings.name(target)
        if name is None or not isinstance(target, ast.Attribute):
            self.visit(target)
            return
        entry = find_entry(name, "settings") or judge(name)
        if isinstance(value, ast.Constant) and asks_for_nothing(name, value.value):
            entry = Entry("same", "it asks for nothing; trunkline accepts it")
        elif name.endswith("callback") or name == "callbacks":
            entry = _named_callbacks(value) or entry
        self._add(target, f"{ROOT}.{name} =", entry)

    def visit_Call(self, node: ast.Call) -> None:
        name = self._bindings.name(node.func)
        if name is None and isinstance(node.func, ast.Attribute):
            name = node.func.attr if self._bindings.is_router(node.func.value) else None
        if name in _ARGUMENTS:
            self._arguments(node, name)
        elif isinstance(node.func, ast.Name) and node.func.id in {"getattr", "hasattr", "setattr"}:
            self._by_string(node)
        self.generic_visit(node)

    def _arguments(self, node: ast.Call, function: str) -> None:
        known = read_names()[_ARGUMENTS[function]]
        for keyword in node.keywords:
            if keyword.arg is not None:
                entry = known.get(keyword.arg) or _CALL_ONLY.get(keyword.arg)
                entry = entry or Entry("same", "goes to the provider as it is")
                if _asks_for_nothing(function, keyword.value):
                    entry = Entry("same", "")
                self._add(keyword, f"{function}({keyword.arg}=)", entry)
        if len(node.args) > 2 and function != "Router":
            remark = "arguments after `messages` are keyword arguments"
            self._add(node.args[2], f"{function}(..., positional)", Entry("not there", remark))
        models = [node.args[0]] if node.args and function in CALLS else []
        models += [keyword.value for keyword in node.keywords if keyword.arg == "model"]
        for model in models:
            self._model(model)

    def _model(self, node: ast.expr) -> None:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            remark = explain_model(node.value)
            if remark is not None:
                self._add(node, f"model {node.value!r}", Entry("other", remark))

    def _by_string(self, node: ast.Call) -> None:
        """Add getattr(litellm, "name")."""
        match node.args:
            case [owner, ast.Constant(value=str(name)), *_] if self._is_module(owner):
                self._add(node, f"{ROOT}.{name}", judge(name))
            case _:
                pass

    def visit_Dict(self, node: ast.Dict) -> None:
        """Add models of a Router's deployments."""
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "litellm_params":
                for name, model in _items(value):
                    if name == "model":
                        self._model(model)
        self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        if any(self._bindings.name(base) == "CustomLogger" for base in node.bases):
            for method in node.body:
                if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef):
                    entry = find_entry(method.name, "callbacks")
                    if entry is not None:
                        self._add(method, f"CustomLogger.{method.name}", entry)
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and _PATH.fullmatch(node.value):
            entry = judge(public_name(node.value))
            if entry.verdict != "missing":
                entry = Entry("other", f"in a string: write `trunkline{node.value[len(ROOT) :]}`")
            self._add(node, repr(node.value), entry)


def _asks_for_nothing(function: str, value: ast.expr) -> bool:
    """Return whether an argument is ignored because of its value: None, for a Router also False."""
    if not isinstance(value, ast.Constant):
        return False
    return value.value is None or (function == "Router" and value.value in (False, 0))


def _root(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node


def _judge_import(path: str) -> Entry:
    name = path.removeprefix(f"{ROOT}.")
    if name in SUBMODULES:
        return judge(name)
    if path.endswith(".*"):
        return Entry("other", "imports the names that trunkline has")
    return judge(public_name(path))


def _named_callbacks(value: ast.expr) -> Entry | None:
    """Return what differs if a list of callbacks has names such as "langfuse"."""
    items = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
    names = [ast.literal_eval(item) for item in items if isinstance(item, ast.Constant)]
    if not any(isinstance(name, str) for name in names):
        return None
    return Entry("other", "a name refers to an installed package; OpenTelemetry needs no callback")


def _items(node: ast.expr) -> Iterator[tuple[object, ast.expr]]:
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant):
                yield key.value, value
    elif isinstance(node, ast.Call):
        for keyword in node.keywords:
            yield keyword.arg, keyword.value
