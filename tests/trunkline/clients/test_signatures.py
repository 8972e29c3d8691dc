"""completion() and its siblings have every argument by name, for type checkers and editors."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from trunkline.adapters.wires.responses.inbound_params import INBOUND_PARAMS
from trunkline.clients.client import KNOWN_OPTIONS
from trunkline.pipeline.call.absent_arguments import OTHER_NAMES
from trunkline.pipeline.call.arguments import OWN_ARGUMENTS
from trunkline.pipeline.call.chat_params import CHAT_PARAMS

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "trunkline" / "clients"
FILE = FOLDER / "signatures.py"
CALLS = ast.FunctionDef | ast.AsyncFunctionDef
ALL = CHAT_PARAMS | OWN_ARGUMENTS | KNOWN_OPTIONS | OTHER_NAMES.keys()
if not FILE.is_file():
    pytest.skip("the sources are not here", allow_module_level=True)

BATCHES = ["AsyncBatch", "AsyncBatchAsCompleted", "Batch", "BatchAsCompleted"]


def signatures(file: Path) -> dict[str, list[ast.arguments]]:
    """Return the signatures of each protocol; at run time, overloads have none."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {
        node.name: [call.args for call in node.body if isinstance(call, CALLS)]
        for node in tree.body
        if isinstance(node, ast.ClassDef)
    }


@pytest.mark.parametrize("name", [*BATCHES, "AsyncCompletion", "Completion"])
def test_every_argument_is_there(name: str) -> None:
    forms = signatures(FILE)[name]
    assert len(forms) == (1 if name in BATCHES else 3)
    more = {"stream"} if name not in BATCHES else {"max_workers", "progress", "requests"}
    more |= {"executor", "make_client"} if name in {"Batch", "BatchAsCompleted"} else set()
    for form in forms:
        assert [each.arg for each in form.args] == ["self", "model", "messages"]
        assert {each.arg for each in form.kwonlyargs} == ALL | more
        assert all(each.annotation for each in form.kwonlyargs)


@pytest.mark.parametrize("name", ["AsyncResponses", "Responses"])
def test_every_argument_of_responses_is_there(name: str) -> None:
    own = OWN_ARGUMENTS | KNOWN_OPTIONS | OTHER_NAMES.keys()
    for form in signatures(FOLDER / "responses" / "signatures.py")[name]:
        assert [each.arg for each in form.args] == ["self", "model", "input"]
        given = {each.arg for each in form.kwonlyargs}
        assert given == own | (INBOUND_PARAMS - {"input", "model"}) | {"litellm_metadata"}


def test_every_argument_has_a_line() -> None:
    source = FILE.read_text(encoding="utf-8")
    for name in ALL:
        assert f"            {name}: " in source, name


def test_the_files_are_as_the_script_writes_them() -> None:
    code = (
        "from make_signatures import texts; "
        "assert texts() == {path: path.read_text() for path in texts()}"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, cwd=ROOT / "scripts", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, "run: python scripts/make_signatures.py"
