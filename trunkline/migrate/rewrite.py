"""Change the imports of litellm in a module's source, and nothing else."""

from __future__ import annotations

import ast
import io
from collections.abc import Iterator
from itertools import accumulate, pairwise
from tokenize import COMMENT, tokenize

from msgspec import Struct

from .bindings import ROOT, imported_by_call, is_litellm, is_module
from .judging import has_import

NEW = "trunkline"


class Edit(Struct, frozen=True):
    """Bytes of the source from `start` to `end` become `text`."""

    start: int
    end: int
    text: str


def change_imports(source: bytes, tree: ast.Module) -> bytes:
    """Return the source with litellm's imports changed to trunkline's.

    `source` is UTF-8, with the line ends that `tree` was parsed from. Names that trunkline lacks
    are still imported from litellm.
    """
    for edit in sorted(import_edits(source, tree), key=lambda edit: edit.start, reverse=True):
        source = source[: edit.start] + edit.text.encode() + source[edit.end :]
    return source


def import_edits(source: bytes, tree: ast.Module) -> Iterator[Edit]:
    """Return the changes that `change_imports` makes, in no order."""
    starts = list(accumulate(map(len, source.splitlines(keepends=True)), initial=0))
    return _edits(source, starts, tree)


def _edits(source: bytes, starts: list[int], tree: ast.Module) -> Iterator[Edit]:
    keeps_name = any(map(_rebinds, ast.walk(tree)))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                stays = keeps_name and alias.asname is None
                if is_litellm(alias.name) and is_module(alias.name) and not stays:
                    yield Edit(*_span(starts, alias), _import(alias))
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and is_litellm(node.module):
            yield from _from_edits(source, starts, node)
        elif (imported := imported_by_call(node)) and is_module(imported[1]):
            start, end = _span(starts, imported[0])
            yield Edit(start, end, source[start:end].decode().replace(ROOT, NEW, 1))


def _rebinds(node: ast.AST) -> bool:
    """Return whether an import of a module that trunkline lacks binds `litellm` to litellm itself.

    The other imports without a name of their own are then not changed, because they bind it too.
    """
    return isinstance(node, ast.Import) and any(
        is_litellm(alias.name) and not is_module(alias.name) and alias.asname is None
        for alias in node.names
    )


def _span(starts: list[int], node: ast.stmt | ast.expr | ast.alias) -> tuple[int, int]:
    end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
    return starts[node.lineno - 1] + node.col_offset, starts[end_line - 1] + end_column


def _import(alias: ast.alias) -> str:
    """Return what follows `import`; `import litellm.utils` also binds `litellm`."""
    new = NEW + alias.name.removeprefix(ROOT)
    if alias.asname:
        return f"{new} as {alias.asname}"
    return f"{NEW} as {ROOT}" + (f", {new}" if new != NEW else "")


def _from_edits(source: bytes, starts: list[int], node: ast.ImportFrom) -> Iterator[Edit]:
    module = str(node.module)
    kept = [alias for alias in node.names if not has_import(f"{module}.{alias.name}")]
    if len(kept) == len(node.names):
        return
    start, end = _span(starts, node)
    if not kept:
        at = source.index(ROOT.encode(), start)
        yield Edit(at, at + len(ROOT), NEW)
        return
    moved = [alias for alias in node.names if alias not in kept]
    line_start = starts[node.lineno - 1]
    before = source[line_start:start].decode()
    end_line = _line_end(source, starts, node)
    lines = _lines_of(source, starts, node)
    if lines is not None and not before.strip():
        head = source[start : starts[node.lineno]].decode().replace(ROOT, NEW, 1)
        own = "".join(lines[alias] for alias in moved)
        others = "".join(lines[alias] for alias in kept)
        old = f"{before}from {module} import ({end_line}{others}{before})"
        yield Edit(start, end, f"{head}{own}{before}){end_line}{old}")
        return
    comments = "".join(f"  {comment}" for comment in _comments(source[start:end]))
    separator = "; " if before.strip() else f"{comments}{end_line}{before}"
    new = _statement(NEW + module.removeprefix(ROOT), moved)
    yield Edit(start, end, f"{new}{separator}{_statement(module, kept)}")


def _comments(statement: bytes) -> Iterator[str]:
    for token in tokenize(io.BytesIO(statement).readline):
        if token.type == COMMENT:
            yield token.string


def _line_end(source: bytes, starts: list[int], node: ast.stmt) -> str:
    """Return how lines end where a statement is; the last line of a file may have no end."""
    near = source[starts[max(0, node.lineno - 2)] : starts[node.lineno]].splitlines(keepends=True)
    ends = [line[len(line.rstrip(b"\r\n")) :] for line in near]
    return max(ends, key=len).decode() or "\n"


def _lines_of(
    source: bytes, starts: list[int], node: ast.ImportFrom
) -> dict[ast.alias, str] | None:
    """Return the lines of each name, with comments, if each name has lines of its own."""
    ends = [alias.end_lineno or alias.lineno for alias in node.names]
    last = (node.end_lineno or node.lineno) - 1
    if any(
        alias.lineno <= before
        for before, alias in zip([node.lineno, *ends], node.names, strict=False)
    ):
        return None
    if last < ends[-1]:
        return None
    # Comments belong to the name that follows them, those after the last name to that.
    bounds = [node.lineno, *ends[:-1], last]
    return {
        alias: source[starts[first] : starts[end]].decode()
        for alias, (first, end) in zip(node.names, pairwise(bounds), strict=True)
    }


def _statement(module: str, names: list[ast.alias]) -> str:
    return ast.unparse(ast.ImportFrom(module=module, names=names, level=0))
