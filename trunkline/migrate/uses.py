"""Find every use of litellm in a module's source, with what it is in trunkline."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping

from msgspec import Struct, structs

from ..clients.router import Router
from ..litellm_names.neutral_settings import NEUTRAL, asks_for_nothing
from ..litellm_names.table import Entry, Verdict, find_entry, read_names
from .arguments import CALLS, FUNCTIONS, judge_argument, judge_other
from .bindings import (
    ROOT,
    Bindings,
    imported_by_call,
    is_litellm,
    is_module,
    last_name,
    public_name,
)
from .judging import UNKNOWN, judge, judge_import, judge_path
from .made_errors import explain_made_error
from .models import explain_model
from .names_in_strings import names_in_strings
from .openai_errors import openai_errors
from .star_imports import starred_names

#: litellm as a dependency, or as a module in a string.
NAMED = Entry("other", "write `trunkline`, unless something still imports litellm")
_STORES = "a store: `MemoryStore()`, `SQLiteStore(path)` or `RedisStore.from_url(url)`"
# An instance also has its `model_list`.
_ROUTER_ATTRIBUTES = frozenset({*dir(Router), "model_list"})
# Functions that take an object and the name of its attribute; `patch.object` is one.
_BY_STRING = frozenset({"delattr", "getattr", "hasattr", "object", "setattr", "spy"})
# Functions that call a function with the arguments that follow it.
_CALLERS = frozenset({"partial", "submit", "to_thread"})
# A dotted path in a string, such as the target of unittest.mock.patch.
_PATH = re.compile(rf"{ROOT}(\.\w+)+")


class Use(Struct, frozen=True):
    """A use of litellm: where it is, and what it is in trunkline.

    `remark` says what differs, or what to use instead; it may be empty. `cell` is the number of a
    notebook's cell, whose first line is 1; None in other files.
    """

    line: int
    column: int
    name: str
    verdict: Verdict
    remark: str
    cell: int | None = None


def find_uses_in(source: bytes, tree: ast.Module) -> list[Use]:
    """Return the uses that `find_uses` returns, with columns in characters of the source."""
    lines = source.splitlines()
    return [
        structs.replace(use, column=_characters(lines[use.line - 1], use.column - 1) + 1)
        for use in find_uses(tree)
    ]


def _characters(line: bytes, count: int) -> int:
    # Before Python 3.12, a place in an f-string may be inside a character.
    return len(line[:count].decode(errors="replace"))


def find_uses(tree: ast.Module) -> list[Use]:
    """Return every use of litellm in a syntax tree, in the order of the source.

    Columns count bytes of UTF-8, as those of syntax trees do.
    """
    starred = starred_names(tree)
    finder = _Finder(Bindings(tree, starred), starred)
    finder.visit(tree)
    finder.find_openai_errors(tree)
    finder.find_names_in_strings(tree)
    return sorted(finder.uses, key=lambda use: (use.line, use.column))


class _Finder(ast.NodeVisitor):
    def __init__(self, bindings: Bindings, starred: Collection[str]) -> None:
        self.uses: list[Use] = []
        self._bindings = bindings
        # Other names were judged where they are imported.
        self._starred = starred
        # Texts that were judged where they are used.
        self._judged: set[ast.expr] = set()

    def _add(self, node: ast.AST, name: str, entry: Entry) -> None:
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        self.uses.append(Use(line, column + 1, name, entry.verdict, entry.text))

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            if is_litellm(alias.name):
                self._add(alias, f"import {alias.name}", judge_import(alias.name))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level or not is_litellm(node.module):
            return
        for alias in node.names:
            entry = judge_import(f"{node.module}.{alias.name}")
            self._add(alias, f"from {node.module} import {alias.name}", entry)

    def visit_Name(self, node: ast.Name) -> None:
        path = self._bindings.path(node)
        if path is not None and node.id in self._starred:
            self._add(node, node.id, judge_path(path))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        path = self._bindings.path(node)
        if path is None:
            if self._bindings.is_router(node.value):
                self._router_method(node)
            self.generic_visit(node)
            return
        self.visit(_root(node))
        # Attributes of an object that was imported by name were judged at its import.
        if self._is_module(_root(node)) or self._is_held(node):
            name = path.removeprefix(f"{ROOT}.") if isinstance(node.ctx, ast.Load) else ""
            self._add(node, path, _always(name) or judge_path(path))

    def _is_held(self, node: ast.expr) -> bool:
        """Return whether an expression is an attribute of a module that an object holds."""
        return isinstance(node, ast.Attribute) and self._is_module(node.value)

    def _is_module(self, node: ast.expr) -> bool:
        path = self._bindings.path(node)
        return path is not None and is_module(path)

    def _router_method(self, node: ast.Attribute) -> None:
        known = node.attr in _ROUTER_ATTRIBUTES
        entry = Entry("same", "") if known else Entry("not there", "a Router has no such attribute")
        self._add(node, f"Router.{node.attr}", entry)

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            self._setting(target, node.value)
        self.visit(node.value)

    def _setting(self, target: ast.expr, value: ast.expr) -> None:
        """Add an assigned setting; a value that requests nothing is the same everywhere."""
        if not isinstance(target, ast.Attribute) or not self._is_module(target.value):
            self.visit(target)
            return
        name = public_name(f"{ROOT}.{target.attr}")
        entry = find_entry(name, "settings") or judge(name)
        if _asks_for_nothing_here(name, value):
            entry = Entry("same", "it asks for nothing; trunkline accepts it")
        elif name.endswith("callback") or name == "callbacks":
            entry = _named_callbacks(value) or entry
        self._add(target, f"{ROOT}.{name} =", entry)

    def find_openai_errors(self, tree: ast.Module) -> None:
        """Add handlers of OpenAI's errors, in a file that uses litellm."""
        if self._bindings:
            for node, name, entry in openai_errors(tree):
                self._add(node, name, entry)

    def find_names_in_strings(self, tree: ast.Module) -> None:
        """Add strings such as `find_spec("litellm")`, which no other rule has judged."""
        for text in names_in_strings(tree):
            if text not in self._judged:
                self._add(text, repr(text.value), NAMED)

    def visit_Call(self, node: ast.Call) -> None:
        imported = imported_by_call(node)
        if imported is not None:
            text, module = imported
            self._judged.add(text)
            self._add(text, f"import {module}", judge_import(module))
        name = self._function(node.func)
        if name in FUNCTIONS:
            self._arguments(node, name)
        elif last_name(node.func) in _CALLERS and node.args:
            called = self._function(node.args[0])
            if called in FUNCTIONS:
                self._arguments(ast.Call(node.args[0], node.args[1:], node.keywords), called)
        elif name == "Cache" and (node.args or node.keywords):
            self._add(node, "Cache(...)", Entry("not there", _STORES))
        elif name is not None and (entry := explain_made_error(name, node)) is not None:
            self._add(node, f"{name}(...)", entry)
        elif last_name(node.func) in _BY_STRING:
            self._by_string(node)
        elif _is_logger(node):
            self._add(node, ast.unparse(node), Entry("other", 'the logger is "trunkline"'))
        self.generic_visit(node)

    def _function(self, node: ast.expr) -> str | None:
        """Return the name of litellm's function, class or Router's method that is called."""
        name = self._bindings.name(node)
        if name is None and isinstance(node, ast.Attribute):
            return node.attr if self._bindings.is_router(node.value) else None
        return name

    def _arguments(self, node: ast.Call, function: str) -> None:
        for place, name, value in _named(node.keywords):
            entry = judge_argument(function, name, value)
            if name == "mock_response" and _path_in(value):
                self._judged.add(value)
                entry = Entry("other", "this is text; pass the exception itself")
            self._add(place, f"{function}({name}=)", entry)
        if len(node.args) > 2 and function != "Router":
            remark = "arguments after `messages` are keyword arguments"
            self._add(node.args[2], f"{function}(..., positional)", Entry("not there", remark))
        models = [node.args[0]] if node.args and function in CALLS else []
        for _, name, value in _named(node.keywords):
            models += [value] if name == "model" else []
            # Those of a Router are groups.
            if name == "fallbacks" and function in CALLS and isinstance(value, ast.List):
                models += value.elts
        for model in models:
            self._model(model)

    def _model(self, node: ast.expr) -> None:
        if isinstance(node, ast.Dict):
            # A fallback with arguments of its own.
            for name, value in _items(node):
                if name == "model":
                    self._model(value)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            remark = explain_model(node.value)
            if remark is not None:
                self._add(node, f"model {node.value!r}", Entry("other", remark))

    def _by_string(self, node: ast.Call) -> None:
        """Add `getattr(litellm, "name")`, `patch.object(litellm, "name")` and the like."""
        match node.args:
            case [owner, ast.Constant(value=str(name)), *_] if self._is_module(owner):
                reads = last_name(node.func) in {"getattr", "hasattr"}
                entry = (_always(name) if reads else None) or judge(name)
                self._add(node, f"{ROOT}.{name}", entry)
            case [owner, ast.Name() | ast.Attribute() | ast.JoinedStr(), *_] if self._is_module(
                owner
            ):
                remark = "the name is known only when this runs: check that trunkline has it"
                self._add(node, ast.unparse(node.func) + "(litellm, ...)", Entry("other", remark))
            case _:
                pass

    def visit_Dict(self, node: ast.Dict) -> None:
        """Add what differs in a Router's deployments."""
        fields = dict(_items(node))
        if "litellm_params" in fields:
            self._deployment(fields)
        self.generic_visit(node)

    def _deployment(self, fields: Mapping[object, ast.expr]) -> None:
        group = fields.get("model_name")
        if isinstance(group, ast.Constant) and "*" in str(group.value):
            remedy = "a Router has no patterns; models that are not a group are called directly"
            self._add(group, f"model_name {group.value!r}", Entry("not there", remedy))
        known = read_names()["parameters"]
        for name, value in _items(fields["litellm_params"]):
            if name == "model":
                self._model(value)
            entry = known.get(str(name)) or judge_other(str(name), value)
            if entry.verdict != "same":
                self._add(value, f"litellm_params[{name!r}]", entry)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        if any(self._bindings.name(base) == "CustomLogger" for base in node.bases):
            for method in node.body:
                if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef):
                    entry = find_entry(method.name, "callbacks")
                    if entry is not None:
                        self._add(method, f"CustomLogger.{method.name}", entry)
        self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> None:
        self._annotation(node.annotation)
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._annotation(node.returns)
        self.generic_visit(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._annotation(node.returns)
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self._annotation(node.annotation)
        self.generic_visit(node)

    def _annotation(self, node: ast.expr | None) -> None:
        """Add what types in quotes use, whose names are those of the module."""
        for text in ast.walk(node) if node else ():
            if not isinstance(text, ast.Constant) or not isinstance(text.value, str):
                continue
            self._judged.add(text)
            path = _path_in(text)
            if path is not None:
                self._add(text, path, judge_path(path))
            elif ROOT in text.value or "." in text.value:
                self._quoted_type(text, text.value)

    def _quoted_type(self, text: ast.Constant, source: str) -> None:
        try:
            tree = ast.parse(source, mode="eval")
        except SyntaxError:
            return
        for node in ast.walk(tree):
            ast.copy_location(node, text)
        self.visit(tree.body)

    def visit_Constant(self, node: ast.Constant) -> None:
        path = _path_in(node)
        if path is not None and node not in self._judged:
            entry = judge_path(path)
            if entry is UNKNOWN:
                # It may be anything, such as the name of a file or a metric.
                entry = Entry("other", f"in a string: {UNKNOWN.remark}, if this is a name")
            elif entry.verdict != "missing":
                entry = Entry("other", f"in a string: write `trunkline{path[len(ROOT) :]}`")
            self._add(node, repr(path), entry)


def _path_in(node: ast.expr | None) -> str | None:
    """Return litellm's dotted path that a string is, None for all other code."""
    match node:
        case ast.Constant(value=str(path)) if _PATH.fullmatch(path):
            return path
        case _:
            return None


def _is_logger(node: ast.Call) -> bool:
    """Return whether a call returns one of litellm's loggers, whose names begin with "LiteLLM"."""
    match node:
        case ast.Call(
            func=ast.Attribute(attr="getLogger") | ast.Name(id="getLogger"),
            args=[ast.Constant(value=str(name))],
        ):
            return name.partition(" ")[0].lower() == ROOT
        case _:
            return False


def _always(name: str) -> Entry | None:
    """Return what it means to read a setting that has one value here, None for other names."""
    return Entry("other", f"it is always {NEUTRAL[name]}") if name in NEUTRAL else None


def _asks_for_nothing_here(name: str, value: ast.expr) -> bool:
    if isinstance(value, ast.Constant):
        return asks_for_nothing(name, value.value)
    # Whatever value the program computes.
    return all(asks_for_nothing(name, each) for each in (True, False))


def _root(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node


def _named_callbacks(value: ast.expr) -> Entry | None:
    """Return what differs if a list of callbacks has names such as "langfuse"."""
    items = value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
    names = [ast.literal_eval(item) for item in items if isinstance(item, ast.Constant)]
    if not any(isinstance(name, str) for name in names):
        return None
    return Entry("other", "a name refers to an installed package; OpenTelemetry needs no callback")


def _named(keywords: list[ast.keyword]) -> Iterator[tuple[ast.AST, str, ast.expr]]:
    """Yield the place, name and value of arguments; those of `**{"n": 1}` too."""
    for keyword in keywords:
        if keyword.arg is not None:
            yield keyword, keyword.arg, keyword.value
        elif isinstance(keyword.value, ast.Dict):
            for name, value in _items(keyword.value):
                yield value, str(name), value


def _items(node: ast.expr) -> Iterator[tuple[object, ast.expr]]:
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant):
                yield key.value, value
    elif isinstance(node, ast.Call):
        for keyword in node.keywords:
            yield keyword.arg, keyword.value
