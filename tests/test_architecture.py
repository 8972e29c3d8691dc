"""The rules between packages: who imports whom, how large a folder may be, which names exist."""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from tests.support.imports import Graph, cycle, imports, modules, package_of
from trunkline.adapters.table.table import list_providers

TESTS = Path(__file__).parent
# Before any test adds one.
ROWS = list_providers()
TOP = ("pipeline", "adapters", "middlewares", "integrations")
#: What the modules of each top-level folder may import. Only the rest, the façade, sees all.
MAY_IMPORT = {
    "pipeline": {"pipeline"},
    "adapters": {"pipeline", "adapters"},
    "middlewares": {"pipeline", "middlewares"},
    "integrations": {"integrations", "pipeline", ""},
}
#: Layers from the lowest to the highest. Packages of one layer do not import each other.
PIPELINE_LAYERS = (
    "secret timeouts codings json_values closing drawing model_names provider_facts surrogates",
    "port schema",
    "errors forks frames near_names",
    "sync resolve proxies parsers",
    "stream transport",
    "engines",
    "call",
    "views",
)
ADAPTER_LAYERS = (
    "provider structured",
    "families encode",
    "decode",
    "table",
    "credentials",
    "wire",
    "wires",
    "supported_params mock legacy",
    "adapter",
    "counting",
)
#: The parameters of a middleware.
_CALLED_WITH = ["request", "call_next"]
#: Packages that may know providers by name, besides each wire's own folder.
KNOW_PROVIDERS = ("table", "families", "credentials", "structured", "wires")
#: Further modules that have a provider's name in them.
NAMES_A_PROVIDER = {
    "trunkline.adapters.provider.row": "openai",  # the default wire, named like the provider
    "trunkline.compat.errors": "openai",  # the module of OpenAI's SDK
    "trunkline.migrate.openai_errors": "openai",  # the same
    "trunkline.pipeline.model_names": "openai",  # the provider of names without a prefix
}
#: How many files a folder may hold, without its `__init__.py`.
MAX_FILES = 21
MAX_TEST_FILES = 20
NETWORK = tuple(f"trunkline.pipeline.{name}" for name in ("engines", "parsers", "transport"))


def parts(module: str) -> list[str]:
    """Return a module's path below `trunkline`, [""] for the package itself."""
    return module.split(".")[1:] or [""]


def top(module: str) -> str:
    """Return the top-level folder that a module is in, "" for the façade."""
    first = parts(module)[0]
    return first if first in TOP else ""


@pytest.mark.parametrize("folder", TOP)
def test_top_level_folders_import_only_what_they_may(folder: str) -> None:
    for module, imported in imports().items():
        if top(module) == folder:
            wrong = {other for other in imported if top(other) not in MAY_IMPORT[folder]}
            assert not wrong, f"{module} imports {wrong}"


def test_no_import_cycle_between_files() -> None:
    assert cycle(imports()) == []


def test_no_import_cycle_between_packages() -> None:
    graph: Graph = {}
    for module, imported in imports().items():
        mine = _node(module)
        graph.setdefault(mine, set()).update({_node(other) for other in imported} - {mine})
    assert cycle(graph) == []


def _node(module: str) -> str:
    """Return the package that a module is in; modules at the root of a folder stand alone."""
    package = package_of(module)
    return module if package.count(".") <= 1 else package


@pytest.mark.parametrize(
    ("folder", "layers"), [("pipeline", PIPELINE_LAYERS), ("adapters", ADAPTER_LAYERS)]
)
def test_layers(folder: str, layers: tuple[str, ...]) -> None:
    level = {name: number for number, layer in enumerate(layers) for name in layer.split()}
    for module, imported in imports().items():
        if top(module) != folder or parts(module) == [folder]:
            continue
        mine = parts(module)[1]
        for other in imported:
            theirs = parts(other)[1] if top(other) == folder else mine
            assert theirs == mine or level[theirs] < level[mine], f"{module} imports {other}"


def test_no_package_in_the_pipeline_imports_views() -> None:
    for module, imported in imports().items():
        if top(module) == "pipeline" and parts(module)[1:2] != ["views"]:
            assert not [other for other in imported if ".pipeline.views" in other], module


def test_wires_import_only_the_faces_of_other_wires() -> None:
    prefix = "trunkline.adapters.wires."
    for module, imported in imports().items():
        for other in imported:
            if module.startswith(prefix) and other.startswith(prefix):
                mine, theirs = (name.removeprefix(prefix).split(".") for name in (module, other))
                if mine[0] != theirs[0]:
                    face = modules()[other].name == "__init__.py" or len(theirs) == 1
                    # A module that counts tokens is only loaded for that, and is not in the face.
                    counts = mine[-1].endswith("counting") and theirs[-1].endswith("counting")
                    assert face or counts, f"{module} imports {other}"


def test_middlewares_do_not_import_each_other() -> None:
    for module, imported in imports().items():
        if top(module) == "middlewares":
            for other in imported:
                is_middleware = top(other) == "middlewares" and _defines_middleware(other)
                assert not is_middleware, f"{module} imports {other}"


def _defines_middleware(module: str) -> bool:
    """Return whether a module defines a class that is called with `request` and `call_next`."""
    tree = ast.parse(modules()[module].read_text(encoding="utf-8"))
    return any(
        node.name == "__call__" and [each.arg for each in node.args.args][1:] == _CALLED_WITH
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def test_only_the_transport_imports_an_http_library() -> None:
    # An integration may speak with the HTTP client that its framework is built on.
    pattern = re.compile(r"^\s*(?:import|from) (httpx2?|httpcore|h11|httptools)\b", re.M)
    for module, path in modules().items():
        if top(module) not in {"", "integrations"} and package_of(module) not in NETWORK:
            assert not pattern.search(path.read_text(encoding="utf-8")), module


def test_imports_inside_the_library_are_relative() -> None:
    pattern = re.compile(r"^\s*(?:import|from) trunkline\b", re.M)
    for module, path in modules().items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = [
            node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
        ]
        assert not [name for name in names if name and pattern.match(f"import {name}")], module


def test_folders_are_small() -> None:
    counts = Counter(
        package_of(module) for module, path in modules().items() if path.name != "__init__.py"
    )
    assert {name: count for name, count in counts.items() if count > MAX_FILES} == {}


def test_folders_of_tests_are_small() -> None:
    files = (path for path in TESTS.rglob("*.py") if path.name != "__init__.py")
    counts = Counter(str(path.parent.relative_to(TESTS)) for path in files)
    assert {name: count for name, count in counts.items() if count > MAX_TEST_FILES} == {}


def test_no_module_has_the_name_of_one_in_the_standard_library() -> None:
    # The folders at the top are importable as they are: `cd pipeline && python`.
    for module in modules():
        if top(module) and len(parts(module)) <= 2:
            assert parts(module)[-1] not in sys.stdlib_module_names, module


def test_no_module_has_the_name_of_what_its_package_exports() -> None:
    for module, path in modules().items():
        if path.name == "__init__.py":
            exported = {
                alias.asname or alias.name
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                if isinstance(node, ast.ImportFrom)
                for alias in node.names
                if f"{module}.{alias.name}" not in modules()
            }
            clashes = {name for name in exported if f"{module}.{name}" in modules()}
            assert not clashes, f"{module}: {clashes}"


def test_only_rows_and_wires_know_providers_by_name() -> None:
    names = {prefix for row in ROWS for prefix in (row.name, *row.aliases)} - {"custom", "local"}
    for module, path in modules().items():
        inside = parts(module)
        if top(module) == "adapters" and inside[1:2] and inside[1] in KNOW_PROVIDERS:
            continue
        found = names & {
            node.value
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        assert found <= {NAMES_A_PROVIDER.get(module, "")}, f"{module} knows {found}"


def test_layers_name_every_package() -> None:
    for folder, layers in (("pipeline", PIPELINE_LAYERS), ("adapters", ADAPTER_LAYERS)):
        named = " ".join(layers).split()
        present = {parts(name)[1] for name in modules() if top(name) == folder and parts(name)[1:]}
        assert sorted(named) == sorted(present)
        assert all(one != two for one, two in pairwise(sorted(named)))
