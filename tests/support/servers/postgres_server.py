"""A real PostgreSQL on a free port, for tests of what is stored in a database."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import pytest

USER = "postgres"


@contextmanager
def postgres_server() -> Generator[str]:
    """Run a server in a folder of its own, and yield its address without a driver.

    initdb refuses to run as root; then the user `postgres` runs both. If PostgreSQL is missing,
    skip the test, or fail it in CI.
    """
    initdb, server = _find("initdb"), _find("postgres")
    if initdb is None or server is None:
        reason = "PostgreSQL (initdb and postgres) is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(f"{reason}, but required in CI")
        pytest.skip(reason)
    port = _free_port()
    # The path of a socket may have 107 bytes, so the folder has a short name.
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    try:
        user = _owner(folder)
        data = folder / "data"
        _run(user, initdb, "-D", str(data), "-U", USER, "--auth=trust", "--no-sync", "-E", "UTF8")
        options = ["-F", "-p", str(port), "-k", str(folder), "-h", "127.0.0.1"]
        process = subprocess.Popen(
            [server, "-D", str(data), *options],
            user=user,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait_until_ready(port, process)
            yield f"postgresql://{USER}@127.0.0.1:{port}/postgres"
        finally:
            process.terminate()
            process.wait(60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _find(program: str) -> str | None:
    found = shutil.which(program)
    if found is not None:
        return found
    # Debian keeps them out of the PATH.
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))
    return str(places[-1]) if places else None


def _owner(folder: Path) -> str | None:
    """Return the user that runs the server, and give it the folder; None for this user."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(USER)
    except KeyError:
        pytest.skip(f"root cannot run PostgreSQL, and there is no user {USER}")
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    return USER


def _run(user: str | None, *command: str) -> None:
    done = subprocess.run(command, user=user, capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, done.stderr


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def _wait_until_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    """Connect until the server accepts a session or its process ends."""
    native = import_module("pg8000.native")  # an extra, without types

    while process.poll() is None:
        try:
            native.Connection(USER, host="127.0.0.1", port=port).close()
        except (native.DatabaseError, native.InterfaceError):
            continue
        return
    pytest.fail(f"postgres ended with {process.returncode}")
