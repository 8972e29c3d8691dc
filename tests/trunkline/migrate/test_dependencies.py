"""Whatever lists litellm as a dependency is reported, and never changed."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from trunkline.migrate.__main__ import main
from trunkline.migrate.dependencies import is_dependency_file
from trunkline.migrate.files import read_file
from trunkline.migrate.uses import find_uses

REMARK = "write trunkline, unless something still imports litellm"


def found(path: Path, content: str, encoding: str = "utf-8") -> list[tuple[int, int, str]]:
    path.write_bytes(content.encode(encoding))
    report = read_file(path)
    assert report.problem is None
    assert {(use.verdict, use.remark) for use in report.uses} <= {("different", REMARK)}
    return [(use.line, use.column, use.name) for use in report.uses]


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        (
            "requirements.txt",
            "# litellm\nLiteLLM[proxy]>=1.5 ; python_version>'3'  # litellm\n    # via litellm\n",
            [(2, 1, "LiteLLM[proxy]>=1.5")],
        ),
        (
            "requirements-dev.in",
            "langchain-litellm\nlitellm-tools\nopenai-agents[litellm]\nlitellm\n",
            [(3, 15, "litellm"), (4, 1, "litellm")],
        ),
        (
            "constraints.txt",
            "git+https://github.com/BerriAI/litellm.git@main\n",
            [(1, 32, "litellm.git@main")],
        ),
        (
            "pyproject.toml",
            '[project]\ndependencies = [\n  "litellm>=1",\n]\n[project.optional-dependencies]\n'
            'litellm = ["litellm[proxy]==2"]\n[tool.poetry.dependencies]\nlitellm = "^1"\n',
            [(3, 4, "litellm>=1"), (6, 13, "litellm[proxy]==2"), (8, 1, "litellm")],
        ),
        ("Pipfile", '[packages]\nlitellm = "*"\n', [(2, 1, "litellm")]),
        ("setup.cfg", "[options]\ninstall_requires =\n    litellm\n", [(3, 5, "litellm")]),
        (
            "environment.yml",
            "dependencies:\n  - conda-forge::litellm=1.2\n  - pip:\n    - litellm\n",
            [(2, 18, "litellm=1.2"), (4, 7, "litellm")],
        ),
        ("Dockerfile", "FROM x\nRUN pip install litellm==1 && y\n", [(2, 17, "litellm==1")]),
    ],
)
def test_files(
    tmp_path: Path, name: str, content: str, expected: list[tuple[int, int, str]]
) -> None:
    assert found(tmp_path / name, content) == expected


def test_pip_reads_utf_16(tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    assert found(path, "litellm==1\n", "utf-16") == [(1, 1, "litellm==1")]
    path.write_text("litellm==1\n", "utf-16-le")
    assert read_file(path).problem == "not read: it has null bytes"


def test_names_of_files() -> None:
    names = ["requirements/base.txt", "dev-requirements.txt", "conda.yaml", "Dockerfile.dev"]
    assert all(is_dependency_file(Path(name)) for name in names)
    others = ["notes.txt", "config.yml", "requirements.py", "uv.lock", "docker-compose.yml"]
    assert not any(is_dependency_file(Path(name)) for name in others)


def test_metadata_of_scripts(tmp_path: Path) -> None:
    source = '# /// script\n# dependencies = [\n#   "litellm>=1",\n# ]\n# ///\n# "litellm"\n'
    assert found(tmp_path / "a.py", source) == [(3, 6, "litellm>=1")]


def test_lines_are_those_of_python(tmp_path: Path) -> None:
    source = "\f\n# \x85 \u2028\r\n# /// script\r\n# 'litellm'\r\n# ///\r\n"
    assert found(tmp_path / "a.py", source) == [(4, 4, "litellm")]


def test_commands_of_notebooks_that_are_saved_as_python(tmp_path: Path) -> None:
    source = "# MAGIC %pip install litellm\n\n# %pip install 'litellm==1'\n# install litellm\n"
    assert found(tmp_path / "a.py", source) == [(1, 22, "litellm"), (3, 17, "litellm==1")]


def test_commands_of_notebooks(tmp_path: Path) -> None:
    cells = [
        "%pip install -q \\\n  litellm==1",
        "if True:\n    !uv pip install 'litellm[proxy]'",
        "pip install litellm\nx = 1",
        "%%capture\n!pip install litellm",
        "# !pip install litellm\npip = litellm = 3",
    ]
    made = [{"cell_type": "code", "source": cell} for cell in cells]
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"cells": made}))
    report = read_file(path)
    assert report.problem is None
    assert [(use.cell, use.line, use.column, use.name) for use in report.uses] == [
        (1, 2, 3, "litellm==1"),
        (2, 2, 22, "litellm[proxy]"),
        (3, 1, 13, "litellm"),
        (4, 2, 14, "litellm"),
    ]


@pytest.mark.parametrize(
    "code",
    [
        "setup(install_requires=['x', 'litellm'])",
        "setup(extras_require={'all': ['litellm']})",
        "x = 'litellm>=1.5'",
        "x = ['litellm[proxy]']",
        "session.install('-e', '.', 'litellm')",
        "ray.init(runtime_env={'pip': ['litellm']})",
        "subprocess.run(['pip', 'install', 'litellm'])",
        "find_spec('litellm')",
        "pytest.importorskip('litellm', minversion='1.50')",
        "importlib.metadata.version('litellm')",
        "sys.modules['litellm']",
        "'litellm' in sys.modules",
        "patch.dict('sys.modules', {'litellm': None})",
        "monkeypatch.setitem(sys.modules, 'litellm', fake)",
        "MODULE = 'litellm'",
    ],
)
def test_strings(code: str) -> None:
    assert [(use.verdict, use.remark) for use in find_uses(ast.parse(code))] == [
        ("different", REMARK)
    ]


@pytest.mark.parametrize(
    "code",
    ["provider == 'litellm'", "f('litellm')", "{'name': 'litellm'}", "'litellm is good'"],
)
def test_other_strings_may_be_anything(code: str) -> None:
    assert find_uses(ast.parse(code)) == []


def test_they_are_not_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text("litellm\n")
    assert main([str(tmp_path), "--write"]) == 0
    assert path.read_text() == "litellm\n"
    assert capsys.readouterr().out == (
        f"{path}:1:1: different litellm: {REMARK}\n\n"
        "1 file read, 1 with uses of litellm: 0 the same, 1 different, 0 missing.\n"
        "Changed the imports of 0 files.\n"
    )
