"""What a name of litellm is in trunkline."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from .. import more_names, names
from ..adapters.table.table import find_provider
from ..litellm_names.submodules import SUBMODULES
from ..litellm_names.table import Entry, find_entry
from ..pipeline.errors import BadRequestError
from .bindings import ROOT, is_module, public_name

_COMPAT = Path(__file__).parents[1] / "compat"
#: What a name is that neither trunkline nor the table of litellm's names has.
UNKNOWN = Entry("not there", "trunkline has no such name")
_KEY = Entry("not there", "the provider's variable, or `api_key=`; `trunkline.compat` has it")
_ONLY_COMPAT = Entry("not there", "only `trunkline.compat` has it")


def judge(name: str) -> Entry:
    """Return what a public name, setting or module of litellm is in trunkline."""
    if name in SUBMODULES:
        return Entry("same", "")
    found = find_entry(name, "names", "exceptions", "settings", "modules")
    if found is not None:
        return found
    if any(hasattr(module, name) for module in (names, more_names)):
        return Entry("same", "")
    if _is_key(name):
        return _KEY
    return _ONLY_COMPAT if name in _names_of_compat() else UNKNOWN


def _is_key(name: str) -> bool:
    """Return whether a setting is a provider's key, such as `cohere_key` or `groq_api_key`."""
    provider = re.sub("(_api)?_key$", "", name)
    try:
        return provider != name and bool(find_provider(provider))
    except BadRequestError:
        return False


def is_known(name: str) -> bool:
    """Return whether litellm has a function, class or module of this name."""
    found = find_entry(name, "names", "exceptions", "modules")
    return found is not None or name in _names_of_compat()


def judge_path(path: str) -> Entry:
    """Return what a dotted path, such as "litellm.utils.token_counter", is in trunkline."""
    entry = judge(public_name(path))
    last = path.rpartition(".")[2]
    if entry.verdict == "missing" and last[:1].isupper() and judge(last).verdict != "missing":
        # A class that litellm has in several modules, such as litellm.files.main.ModelResponse.
        return Entry("not there", f"trunkline has no such module: import `{last}` from trunkline")
    if entry is UNKNOWN:
        # A name in a module that programs rarely import from, such as litellm.integrations.mlflow.
        entry = find_entry(last, "names") or (_ONLY_COMPAT if last in _names_of_compat() else entry)
        if entry.verdict != "missing":
            return UNKNOWN
    return entry


def judge_import(path: str) -> Entry:
    """Return what an imported name or module of litellm is in trunkline."""
    name = path.removeprefix(f"{ROOT}.")
    if path == ROOT or name in SUBMODULES:
        return Entry("same", "")
    if path.endswith(".*"):
        return Entry("other", "imports the names that trunkline has")
    return judge_path(path)


def has_import(path: str) -> bool:
    """Return whether trunkline has a module, or a name of a module, where litellm has it."""
    module, _, name = path.rpartition(".")
    if is_module(path):
        return True
    if not is_module(module):
        return False
    return name == "*" or judge(public_name(path)).verdict != "missing"


@cache
def _names_of_compat() -> frozenset[str]:
    """Return the names that only compat has; its modules need pydantic, so they are only read."""
    files = _COMPAT.rglob("*.py")
    return frozenset(name for file in files for name in _public_names(file))


def _public_names(file: Path) -> Iterator[str]:
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List(elts=items)):
                for item in items:
                    if isinstance(item, ast.Constant) and isinstance(item.value, str):
                        yield item.value
            case _:
                pass
