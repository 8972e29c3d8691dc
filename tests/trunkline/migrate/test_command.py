"""`python -m trunkline.migrate` and its exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from trunkline.migrate.__main__ import main

FINE = "import litellm\nlitellm.completion('openai/gpt-4o', [])\n"
MISSING = "import litellm\nlitellm.embedding()\n"


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_report_of_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fine = write(tmp_path, "a/fine.py", FINE)
    bad = write(tmp_path, "b.py", MISSING)
    write(tmp_path, "c.txt", MISSING)
    write(tmp_path, ".venv/d.py", MISSING)
    write(tmp_path, "venv/d.py", MISSING)
    assert main([str(tmp_path)]) == 1
    output = capsys.readouterr().out
    assert f"{fine}:2:1: same      litellm.completion" in output
    assert f"{bad}:2:1: missing   litellm.embedding: use the provider's own SDK" in output
    assert output.endswith(
        "2 files read, 2 with uses of litellm: 3 the same, 0 different, 1 missing.\n"
    )
    assert fine.read_text() == FINE


def test_only_what_needs_work(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, "a.py", FINE)
    assert main([str(path), "--no-same"]) == 0
    assert capsys.readouterr().out == (
        "1 file read, 1 with uses of litellm: 2 the same, 0 different, 0 missing.\n"
    )


def test_columns_are_those_of_an_editor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = "import litellm\nx = '\u00e9\u4e2d'; litellm.completion()\n"
    path = write(tmp_path, "a.py", "# coding: utf-8\n" + code)
    cells = {"cells": [{"cell_type": "code", "source": code}]}
    notebook = write(tmp_path, "b.ipynb", json.dumps(cells))
    assert main([str(tmp_path)]) == 0
    output = capsys.readouterr().out
    assert f"{path}:3:11: same      litellm.completion" in output
    assert f"{notebook}:cell 1:2:11: same      litellm.completion" in output


def test_names_instead_of_places(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "a.py", FINE + "litellm.embedding()\nlitellm.embedding()\n")
    write(tmp_path, "b.py", "import litellm\nlitellm.cache = x\n" + "litellm.completion\n" * 3)
    broken = write(tmp_path, "c.py", "import litellm (")
    assert main([str(tmp_path), "--by-name", "--no-same"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("missing       2 litellm.embedding: use the provider's own SDK")
    assert lines[1].startswith("different     1 litellm.cache =: a store")
    assert lines[2] == ""
    assert lines[3].startswith(f"{broken}: not read: invalid syntax")
    assert main([str(tmp_path), "--by-name"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].startswith("same          4 litellm.completion: ")
    assert lines[3] == "same          2 import litellm"


def test_an_empty_path_is_not_the_current_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, "a.py", FINE)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as raised:
        main(["", "--write"])
    assert raised.value.code == 2
    assert "argument PATH: it is empty" in capsys.readouterr().err
    assert path.read_text() == FINE


def test_imports_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path, "a.py", FINE)
    latin = write(tmp_path, "b.py", "# coding: latin-1\nimport litellm  # é\n".encode("latin-1"))
    marked = write(tmp_path, "c.py", "\ufeffimport litellm\n")
    assert main([str(tmp_path), "--write"]) == 0
    assert capsys.readouterr().out.endswith("Changed the imports of 3 files.\n")
    assert path.read_text() == FINE.replace("import litellm", "import trunkline as litellm")
    assert latin.read_bytes().endswith(b"import trunkline as litellm  # \xe9\n")
    assert marked.read_text() == "\ufeffimport trunkline as litellm\n"


def test_files_that_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(tmp_path, "a.py", "import litellm\ndef (:\n")
    write(tmp_path, "b.py", b"import litellm\n\xff\n")
    write(tmp_path, "c.py", FINE)
    assert main([str(tmp_path), "--write"]) == 1
    output = capsys.readouterr().out
    assert output.count("not read") == 2
    assert "2 files could not be read" in output


def test_a_path_that_does_not_exist(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "nope")]) == 2
    assert "no such file or folder" in capsys.readouterr().err


def test_it_runs_as_a_module(tmp_path: Path) -> None:
    path = write(tmp_path, "a.py", FINE)
    command = [sys.executable, "-m", "trunkline.migrate", str(path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert "1 file read" in result.stdout


def test_a_reader_that_exits_early(tmp_path: Path) -> None:
    """Files are written all the same, as after `| head`."""
    path = write(tmp_path, "a.py", FINE)
    command = [sys.executable, "-m", "trunkline.migrate", "--write", str(path)]
    reading, writing = os.pipe()
    os.close(reading)
    result = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert (result.returncode, result.stderr) == (1, b"")
    assert "trunkline" in path.read_text()
