"""Where files are: without a home, and with other processes that change the same file."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.answers import TEXT, good
from tests.support.server import Server
from tests.trunkline.command.runs import environment, run
from trunkline.command.config import change_config
from trunkline.command.mistakes import MistakeError

if sys.platform != "win32":
    import fcntl

NO_HOME = """
import os, pwd, sys
# A user without an entry in the list of users, as in many containers.
pwd.getpwuid = lambda number: pwd.getpwnam("no such user")
os.environ.pop("HOME")
from trunkline.__main__ import main
sys.exit(main())
"""


def run_without_home(
    *arguments: str, server: Server, folder: Path
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", NO_HOME, *arguments],
        env=environment(server),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows always has a home")
def test_no_home(server: Server, tmp_path: Path) -> None:
    server.reply(good("stream"))
    done = run_without_home("-m", "gpt-4o", "Hi", server=server, folder=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{TEXT}\n", "")
    for arguments in ["-c", "Hi"], ["config", "path"], ["config", "set", "model", "gpt-4o"]:
        done = run_without_home(*arguments, server=server, folder=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.endswith("there is no home folder; set HOME\n")
    # Not a folder that is called "~".
    assert [each.name for each in tmp_path.iterdir()] == ["home"]


def test_a_home_that_is_no_folder(server: Server, home: Path) -> None:
    server.reply(good("stream"))
    home.rmdir()
    home.write_text("")
    done = run("-m", "gpt-4o", "Hi", server=server)
    assert (done.returncode, done.stdout) == (0, f"{TEXT}\n")
    assert done.stderr.startswith("trunkline: the conversation is not kept: ")
    assert "there is no conversation" in run("-c", "Hi", server=server).stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["-a", "~nobody-x/f", "Hi"],
        ["-y", "-t", "~nobody-x/f.py", "Hi"],
        ["--schema", "~nobody-x/f.json", "Hi"],
        ["--template", "~nobody-x/f.toml", "Hi"],
        ["--log", "~nobody-x/f.db", "Hi"],
    ],
)
def test_the_home_of_a_user_that_does_not_exist(arguments: list[str]) -> None:
    done = run("-m", "gpt-4o", *arguments)
    assert done.returncode == 2
    assert f"{arguments[-3]} {arguments[-2]}: " in done.stderr


def test_a_byte_order_mark(home: Path, server: Server) -> None:
    server.reply(good("stream"))
    path = home / "config.toml"
    path.write_bytes(b'\xef\xbb\xbfmodel = "openai/gpt-4o"\n')
    done = run("Hi", env={**environment(server), "TRUNKLINE_CONFIG": str(path)})
    assert (done.returncode, done.stderr) == (0, "")


class Probe(Mapping[str, object]):
    """A value that notes, when it is written, whether another process would have to wait."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.waits: list[bool] = []

    def __getitem__(self, name: str) -> object:
        return {"a": 1}[name]

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Iterator[str]:
        self.waits.append(is_locked(self.folder))
        yield "a"


def is_locked(folder: Path) -> bool:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other locks")
def test_another_process_waits_before_it_changes_the_file(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "config.toml"
    value = Probe(path.parent)
    change_config(path, ("params", "logit_bias"), value)
    assert set(value.waits) == {True}
    assert not is_locked(path.parent)
    with pytest.raises(MistakeError):
        change_config(path, ("params", "model"), "x")
    assert not is_locked(path.parent)
