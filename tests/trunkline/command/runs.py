"""Run the command line as a person does: in a process of its own, also in a terminal."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.support.server import Server

# What moves the cursor or sets colors.
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]|[\r\x08]")

# Seconds after which a process that shows nothing hangs.
_PATIENCE = 30.0

KEY = "sk-0123456789"

#: Hides installed packages from the process that has this folder in PYTHONPATH.
_HIDE = """
import importlib.abc, importlib.machinery, sys
class Finder(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.split(".")[0] in {names} else super().find_spec(name, path, target)
sys.meta_path[sys.meta_path.index(importlib.machinery.PathFinder)] = Finder
"""


def environment(server: Server | None = None, **more: str) -> dict[str, str]:
    variables = {**os.environ, "OPENAI_API_KEY": KEY, **more}
    if server is not None:
        variables["OPENAI_BASE_URL"] = server.url
    return variables


def run(
    *arguments: str,
    server: Server | None = None,
    stdin: str | bytes = "",
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    given = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "trunkline", *arguments],
        env=environment(server) if env is None else env,
        input=given,
        capture_output=True,
        check=False,
        timeout=120,
        start_new_session=True,  # no terminal to ask in
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


def hide(folder: Path, *names: str) -> dict[str, str]:
    """Return the variables of a process that does not find some packages."""
    (folder / "sitecustomize.py").write_text(_HIDE.replace("{names}", repr(set(names))))
    return {"PYTHONPATH": str(folder)}


def run_in_terminal(
    *arguments: str, steps: Iterable[tuple[str, str]] = (), env: Mapping[str, str]
) -> tuple[str, int]:
    """Run the command in a terminal; return what it showed and its exit code.

    Args:
        arguments: of the command.
        steps: texts to wait for, each with what is typed then.
        env: the variables of the process.
    """
    parent, child = pty.openpty()
    variables = {**env, "TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1", "COLUMNS": "80"}
    process = subprocess.Popen(
        [sys.executable, "-c", _LEAD, *arguments],
        stdin=child,
        stdout=child,
        stderr=child,
        env=variables,
        start_new_session=True,
    )
    os.close(child)
    shown, position, waiting = "", 0, list(steps)
    while data := _read(parent):
        shown += _CONTROL.sub("", data)
        while waiting and (found := shown.find(waiting[0][0], position)) >= 0:
            position = found + len(waiting[0][0])
            os.write(parent, waiting.pop(0)[1].encode())
    if waiting:
        process.kill()
    code = process.wait(timeout=_PATIENCE)
    os.close(parent)
    assert not waiting, f"never shown: {waiting[0][0]!r} in {shown!r}"
    return shown, code


# The terminal becomes that of the process, so that Ctrl-C reaches it.
_LEAD = """
import fcntl, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from trunkline.__main__ import main
sys.exit(main())
"""


def _read(descriptor: int) -> str:
    ready, _, _ = select.select([descriptor], [], [], _PATIENCE)
    if not ready:
        return ""
    try:
        return os.read(descriptor, 65536).decode(errors="replace")
    except OSError:  # the other end is closed
        return ""
