"""The rules of the house: who imports whom, what is public, what an import costs."""

from __future__ import annotations

import ast
import inspect
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import trunkline
from trunkline import more_names, names

SOURCES = Path(os.environ.get("TRUNKLINE_SOURCES", Path(__file__).parents[1]))
PACKAGE = Path(trunkline.__file__).parent
FOLDERS = ("pipeline", "adapters", "middlewares", "integrations")
MAY_IMPORT = {
    "pipeline": {"pipeline"},
    "adapters": {"pipeline", "adapters"},
    "middlewares": {"pipeline", "middlewares"},
    "integrations": {"", *(path.stem for path in PACKAGE.glob("*.py"))},
}
# Inside pipeline/, each module may import those before it.
ORDER = (
    "json_values", "errors", "port", "limits", "urls", "zipped", "sync", "closing", "trail",
    "views", "text_view", "html_view", "hybrid", "call_info", "charges", "hidden_params", "schema",
    "parsing", "fold", "chat_params", "messages", "outcome", "stream", "replay", "request", "chain",
    "absent_arguments", "arguments", "borrowed", "connections", "parsers", "fast", "sockets",
    "loop_sockets", "proxies", "loop_proxies", "loops", "transport", "loop_transport", "engines",
    "client",
)  # fmt: skip
NETWORK = {
    "connections", "parsers", "fast", "sockets", "loop_sockets", "proxies", "loop_proxies",
}  # fmt: skip


def modules(folder: str) -> list[Path]:
    return sorted((PACKAGE / folder).glob("*.py"))


def imported(path: Path) -> list[tuple[int, str]]:
    """Return (level, name) of the relative imports that run, not those for type checkers."""
    tree = ast.parse(path.read_text())
    checking = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return [(node.level, node.module or "") for node in found if node not in checking]


@pytest.mark.parametrize("folder", FOLDERS)
def test_folders_import_only_whom_they_may(folder: str) -> None:
    assert modules(folder)
    for path in modules(folder):
        for level, name in imported(path):
            assert not name.startswith("trunkline"), f"{path.name}: imports are relative"
            if level == 2:
                target = name.partition(".")[0]
                assert target in MAY_IMPORT[folder], f"{folder}/{path.name} imports {target}"


def test_the_pipeline_has_one_direction() -> None:
    assert {path.stem for path in modules("pipeline")} == {"__init__", *ORDER}
    for path in modules("pipeline"):
        for level, name in imported(path):
            if level == 1 and path.stem != "__init__":
                assert ORDER.index(name) < ORDER.index(path.stem), f"{path.stem} imports {name}"


def test_only_the_network_imports_httpx() -> None:
    # An integration may speak with the HTTP client that its framework is built on.
    for folder in set(FOLDERS) - {"integrations"}:
        for path in modules(folder):
            names = re.findall(
                r"^\s*(?:import|from) (httpx2?|httpcore|h11|httptools)\b", path.read_text(), re.M
            )
            assert not names or path.stem in NETWORK, path.name


def test_no_module_hides_one_of_the_standard_library() -> None:
    for folder in FOLDERS:
        for path in modules(folder):
            assert path.stem not in sys.stdlib_module_names - {"__init__"}, path.name


def test_public_names() -> None:
    for module in (names, more_names):
        assert sorted(module.__all__) == module.__all__
        public = {name for name in vars(module) if not name.startswith("_")}
        assert public - {"annotations"} == set(module.__all__)
    all_names = [*names.__all__, *more_names.__all__]
    assert set(all_names) <= set(dir(trunkline))
    for name in all_names:
        thing = getattr(trunkline, name)
        if inspect.isclass(thing) or inspect.isroutine(thing):
            assert thing.__doc__, f"{name} has no docstring"


PROBE = """
import json, socket, sys, threading, builtins, os
before = set(sys.modules)
opened = []
def refuse(*args, **kwargs):
    raise AssertionError("a socket was opened")
socket.socket = refuse
sys.addaudithook(lambda name, args: opened.append(str(args[0])) if name == "open" else None)
import trunkline
facade = set(sys.modules) - before
trunkline.completion
loaded = set(sys.modules) - before
print(json.dumps({
    "facade": sorted(facade),
    "threads": threading.active_count(),
    "loaded": sorted(loaded),
    "opened": [path for path in opened if not path.endswith((".py", ".pyc", ".so"))],
}))
"""


def test_an_import_has_no_side_effects(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROBE],
        capture_output=True, text=True, check=True, cwd=tmp_path,
    )  # fmt: skip
    assert done.stderr == ""
    [line] = done.stdout.splitlines()
    seen = json.loads(line)
    assert seen["threads"] == 1
    assert {"trunkline", "trunkline.facade"} == {
        name for name in seen["facade"] if name.split(".")[0] not in sys.stdlib_module_names
    }
    unwanted = {"httpx", "httpx2", "httpcore", "anyio", "tenacity", "asyncio", "pydantic", "openai"}
    assert not unwanted & set(seen["loaded"])
    assert [path for path in seen["opened"] if not os.path.isdir(path)] == []


def test_the_wheel_holds_all_folders(tmp_path: Path) -> None:
    if not (SOURCES / "pipeline").is_dir():
        pytest.skip("the sources are not here")
    subprocess.run(
        [sys.executable, "-m", "build", "--outdir", str(tmp_path), str(SOURCES)],
        capture_output=True, check=True,
    )  # fmt: skip
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.split("/")[0].endswith("-info")}
    expected = {
        f"trunkline/{folder}/{path.name}"
        for folder in FOLDERS
        for path in (SOURCES / folder).glob("*.py")
    }
    facade = {f"trunkline/{path.name}" for path in (SOURCES / "trunkline").glob("*.py")}
    assert names == expected | facade | {
        "trunkline/py.typed",
        "trunkline/adapters/model_facts.json",
    }
