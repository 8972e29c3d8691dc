"""What is public, what an import costs, and what the wheel holds."""

from __future__ import annotations

import ast
import inspect
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

import trunkline
from trunkline import exceptions, more_names, names, utils
from trunkline.clients.settings import SETTING_NAMES
from trunkline.facade import public_names
from trunkline.pipeline import errors

SOURCES = Path(__file__).parents[1]
FOLDERS = ("pipeline", "adapters", "middlewares", "integrations")


@pytest.mark.parametrize("module", [names, more_names, exceptions, utils])
def test_public_modules_only_re_export(module: ModuleType) -> None:
    # For type checkers `import X as X` and star imports re-export their names.
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                private = (alias.asname or "").startswith("_")
                assert alias.name == "*" or alias.asname == alias.name or private, alias.name


def test_the_errors_are_all_public() -> None:
    defined = {name for name, thing in vars(errors).items() if isinstance(thing, type)}
    # Tracebacks name them as users import them.
    own = {name for name in defined if getattr(errors, name).__module__ == exceptions.__name__}
    assert errors.__all__ == sorted(own)


def test_the_settings_are_declared_for_type_checkers() -> None:
    tree = ast.parse(inspect.getsource(trunkline))
    declared = {
        node.target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    assert declared == SETTING_NAMES


def test_public_names() -> None:
    all_names = [*public_names(names), *public_names(more_names)]
    assert getattr(trunkline, "__all__", None) == sorted(all_names)
    assert len(all_names) == len(set(all_names))
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
        f"trunkline/{path.relative_to(SOURCES).as_posix()}"
        for folder in FOLDERS
        for path in (SOURCES / folder).rglob("*.py")
    }
    own = (SOURCES / "trunkline").glob("**/*.py")
    facade = {path.relative_to(SOURCES).as_posix() for path in own if not _is_linked(path)}
    assert names == expected | facade | {
        "trunkline/py.typed",
        "trunkline/adapters/table/model_facts.json",
        "trunkline/litellm_names/litellm.toml",
        "trunkline/middlewares/prices/more_prices.json",
    }


def _is_linked(path: Path) -> bool:
    """Return whether a file belongs to one of the folders that `trunkline/` links to."""
    return path.relative_to(SOURCES / "trunkline").parts[0] in FOLDERS
