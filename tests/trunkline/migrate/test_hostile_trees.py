"""Code bases that nobody wrote by hand: each file is read or named, and no run hangs or breaks."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from trunkline.migrate.__main__ import main
from trunkline.migrate.files import read_file, source_files
from trunkline.migrate.models import explain_model

IMPORT = "import litellm\n"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (IMPORT + "x = " + "-" * 20_000 + "1\n", "its code is nested too deeply"),
        (IMPORT + "x = litellm" + ".a" * 5000 + "\n", "its code is nested too deeply"),
        (IMPORT + "x = litellm" + "()" * 5000 + "\n", "its code is nested too deeply"),
        (IMPORT + "x = " + "1 + " * 20_000 + "1\n", "its code is nested too deeply"),
        (IMPORT + "x = " + "(" * 500 + "1" + ")" * 500 + "\n", "too many nested parentheses"),
        ("# coding: nonsense\n" + IMPORT, "unknown encoding"),
        ("# coding: rot13\n" + IMPORT, "is not a text encoding"),
        ("# coding: base64\n" + IMPORT, "is not a text encoding"),
        (IMPORT + "\0\n", "null bytes"),
    ],
)
def test_a_file_that_cannot_be_parsed_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, problem: str
) -> None:
    path = tmp_path / "a.py"
    path.write_text(content, encoding="utf-8")
    (tmp_path / "b.py").write_text(IMPORT, encoding="utf-8")
    assert main([str(tmp_path), "--write"]) == 1
    output = capsys.readouterr().out
    assert f"{path}: not read: " in output
    assert problem in output
    assert "2 files read, 1 with uses of litellm" in output
    assert path.read_text("utf-8") == content


@pytest.mark.parametrize(
    ("name", "encoding", "problem"),
    [
        ("a.py", "utf-16", "it is UTF-16; save it as UTF-8"),
        ("a.py", "utf-32", "it is UTF-32; save it as UTF-8"),
        ("a.py", "utf-16-le", "null bytes"),
        ("a.ipynb", "utf-16", "it is UTF-16; save it as UTF-8"),
    ],
)
def test_wide_encodings(tmp_path: Path, name: str, encoding: str, problem: str) -> None:
    path = tmp_path / name
    path.write_text('{"cells": [{"cell_type": "code", "source": "import litellm"}]}', encoding)
    assert problem in str(read_file(path).problem)
    path.write_text('{"cells": []}', encoding)
    assert read_file(path).problem is None


def test_other_text_never_changes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """UTF-7 writes one text in several ways, so that decoding and encoding would change it."""
    path = tmp_path / "a.py"
    content = b"# coding: utf-7\n" + IMPORT.encode() + b"x = '+AGE-'\n"
    path.write_bytes(content)
    assert main([str(path), "--write"]) == 1
    assert "not written: other text would change: utf-7 can" in capsys.readouterr().err
    assert path.read_bytes() == content


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    with path.open("wb") as file:
        file.write(IMPORT.encode())
        file.truncate(2**40)
    assert read_file(path).problem == "not read: it is larger than 20,000,000 bytes"


def test_a_notebook_may_have_large_outputs(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    output = '"' + "A" * 21_000_000 + '"'
    path.write_text(
        f'{{"cells": [{{"cell_type": "code", "source": "import litellm", "outputs": [{output}]}}]}}'
    )
    assert len(read_file(path).uses) == 1
    with path.open("ab") as file:
        file.truncate(100_000_001)
    assert read_file(path).problem == "not read: it is larger than 100,000,000 bytes"


def test_scripts_without_a_suffix(tmp_path: Path) -> None:
    for name, first in (("a", "#!/usr/bin/env python3"), ("b", "#!/usr/bin/env -S uv run")):
        (tmp_path / name).write_text(f"{first}\n{IMPORT}")
    (tmp_path / "c").write_text(f"#!/bin/sh\n# python\n{IMPORT}")
    (tmp_path / "d").write_text(IMPORT)
    assert source_files([tmp_path]) == [tmp_path / "a", tmp_path / "b"]


@pytest.mark.skipif(sys.platform == "win32", reason="has no such files")
class TestFolders:
    def test_links_and_pipes_are_left_out(self, tmp_path: Path) -> None:
        (tmp_path / "loop").symlink_to(".")
        (tmp_path / "itself.py").symlink_to("itself.py")
        (tmp_path / "zero.py").symlink_to("/dev/zero")
        os.mkfifo(tmp_path / "pipe.py")
        (tmp_path / "folder.py").mkdir()
        kept = tmp_path / "folder.py" / "a.py"
        kept.touch()
        assert source_files([tmp_path]) == [kept]

    def test_folders_may_be_nested_deeply(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        depth = sys.getrecursionlimit() + 100
        for _ in range(depth):
            Path("e").mkdir()
            os.chdir("e")
        Path("a.py").write_text(IMPORT)
        os.chdir(tmp_path)
        [path] = source_files([Path("e")])
        assert len(path.parts) == depth + 1
        assert len(read_file(path).uses) == 1
        # pytest cannot remove a folder that is nested so deeply.
        subprocess.run(["rm", "-r", "e"], check=True)

    def test_a_folder_that_cannot_be_read_is_named(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "b.py").touch()
        inner = tmp_path / "a"
        inner.mkdir()
        real = Path.iterdir

        def refuse(self: Path) -> Generator[Path]:
            if self == inner:
                raise PermissionError(13, "Permission denied", str(self))
            return real(self)

        monkeypatch.setattr(Path, "iterdir", refuse)
        found = source_files([tmp_path])
        assert found == [inner, tmp_path / "b.py"]
        assert "Is a directory" in str(read_file(inner).problem)

    def test_names_that_are_not_text(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for name, content in ((b"\xff.py", IMPORT), (b"\x1b[31m.py", IMPORT), (b"\xfe.py", "(")):
            Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text(content)
        assert main([str(tmp_path)]) == 0
        output = capsys.readouterr().out
        assert "3 files read, 2 with uses of litellm" in output
        assert "\x1b" not in output

    def test_a_file_that_cannot_be_written_stays(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        paths = [tmp_path / name for name in ("a.py", "b.py")]
        for path in paths:
            path.write_text(IMPORT)
        paths[1].chmod(0o640)
        real = Path.write_bytes

        def full(self: Path, data: bytes) -> int:
            real(self, data[:5])
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patched:
            patched.setattr(Path, "write_bytes", full)
            assert main([str(tmp_path), "--write"]) == 1
        shown = capsys.readouterr()
        assert "Changed the imports of 0 files." in shown.out
        assert shown.err.count("not written: [Errno 28] No space left on device") == 2
        assert [path.read_text() for path in paths] == [IMPORT] * 2
        assert sorted(tmp_path.iterdir()) == paths
        assert main([str(tmp_path), "--write"]) == 0
        assert paths[1].stat().st_mode & 0o777 == 0o640


def test_a_name_of_a_model_is_looked_up_once(tmp_path: Path) -> None:
    """All models are compared with it, so a long file would take minutes."""
    path = tmp_path / "a.py"
    path.write_text(IMPORT + "litellm.completion(model='claude-sonnet-4-5')\n" * 1000)
    explain_model.cache_clear()
    assert len(read_file(path).uses) == 3001
    assert explain_model.cache_info().misses == 1
