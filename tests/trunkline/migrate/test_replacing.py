"""Files are replaced whole, and keep what belongs to them, or stay as they are."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from trunkline.migrate.__main__ import main
from trunkline.migrate.replacing import replace_file

OLD, NEW = "import litellm\n", "import trunkline as litellm\n"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="has other rights and owners")


def make_file(path: Path, mode: int = 0o644) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(OLD)
    path.chmod(mode)
    return path


def test_links_stay_links(tmp_path: Path) -> None:
    target = make_file(tmp_path / "inner" / "a.py", 0o640)
    link = tmp_path / "link.py"
    link.symlink_to("inner/a.py")
    replace_file(link, NEW.encode())
    assert link.readlink() == Path("inner/a.py")
    assert target.read_text() == NEW
    assert target.stat().st_mode & 0o777 == 0o640
    assert list(target.parent.iterdir()) == [target]


def test_files_that_should_not_be_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = make_file(tmp_path / "kept.py", 0o444)
    shared = make_file(tmp_path / "shared.py")
    other = tmp_path / "other.txt"
    os.link(shared, other)
    assert main([str(tmp_path), "--write"]) == 1
    shown = capsys.readouterr()
    assert shown.out.endswith("Changed the imports of 0 files.\n")
    assert shown.err.splitlines() == [
        f"{kept}: not written: it is read-only",
        f"{shared}: not written: it has other hard links, which would not change; "
        "replace it with a copy first",
    ]
    assert {path.read_text() for path in (kept, shared, other)} == {OLD}
    assert sorted(tmp_path.iterdir()) == [kept, other, shared]


def test_a_new_content_has_a_new_time(tmp_path: Path) -> None:
    path = make_file(tmp_path / "a.py")
    os.utime(path, (1, 1))
    replace_file(path, NEW.encode())
    assert path.stat().st_mtime > 1


@pytest.fixture
def public() -> Generator[Path]:
    """Return a folder that all users can reach, which `tmp_path` is not."""
    with TemporaryDirectory() as name:
        yield Path(name)


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="needs the superuser")
class TestOwners:
    def test_they_stay(self, tmp_path: Path) -> None:
        path = make_file(tmp_path / "a.py", 0o640)
        os.chown(path, 1234, 4321)
        replace_file(path, NEW.encode())
        state = path.stat()
        assert (state.st_uid, state.st_gid, state.st_mode & 0o777) == (1234, 4321, 0o640)
        assert path.read_text() == NEW

    @pytest.mark.parametrize(
        ("mode", "problem"),
        [(0o755, "its folder does not allow it"), (0o777, "belongs to another user")],
    )
    def test_others_cannot_take_it(self, public: Path, mode: int, problem: str) -> None:
        path = make_file(public / "a.py", 0o666)
        public.chmod(mode)
        os.seteuid(65534)
        try:
            with pytest.raises(PermissionError, match=problem):
                replace_file(path, NEW.encode())
        finally:
            os.seteuid(0)
        assert path.read_text() == OLD
        assert list(public.iterdir()) == [path]
