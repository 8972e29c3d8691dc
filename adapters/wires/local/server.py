"""llama.cpp on this machine: a server for each model file, started on first use.

The server is a separate process, which ends with this one. Inside this process llama.cpp would
hold the interpreter while it loads a model, hang or crash it at exit while a request is under
way, and hang every forked child at exit.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import os
import re
import secrets
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import IO, NamedTuple, cast

from ....pipeline.errors import BadRequestError, NotFoundError
from .weights import WEIGHTS, fetch_weights

_PROGRAM = Path(__file__).with_name("process.py")


def local_endpoint(model: str) -> tuple[str, str]:
    """Return the base URL and the API key of a model's server, which is started on first use.

    It blocks while a model loads, or is downloaded: seconds to minutes.

    Args:
        model: `smollm2`, or the path of a GGUF file.

    Raises:
        ImportError: the extra `local` is not installed.
        NotFoundError: there is no such file.
        BadRequestError: llama.cpp cannot load the file.
        APIError: the weights of `smollm2` could not be fetched, as `fetch_weights` says.
    """
    for module in ("xllamacpp", "tqdm"):
        if importlib.util.find_spec(module) is None:
            raise ImportError(
                f'Local models need {module}: pip install "trunkline[local]"', name=module
            )
    server = _servers.find(model)
    return server.base_url, server.api_key


class _Server(NamedTuple):
    process: subprocess.Popen[bytes]
    base_url: str
    api_key: str


class _Servers:
    """The running servers of this process, one for each file."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_path: dict[Path, _Server] = {}

    def find(self, model: str) -> _Server:
        """Return the server of a model, a new one where none is running."""
        with self._lock:
            path = _find_file(model)
            server = self._by_path.get(path)
            if server and server.process.poll() is not None:
                _end(server.process)
                server = None
            if server is None:
                server = self._by_path[path] = _start(path)
            return server

    def stop(self) -> None:
        """End all servers at once, whatever they are doing."""
        for server in self._by_path.values():
            _end(server.process)
        self._by_path.clear()

    def leave_to_parent(self) -> None:
        """Forget the servers of the process that this one was forked from.

        Their lifelines were inherited too; left open they would keep the servers alive when the
        parent dies.
        """
        for server in self._by_path.values():
            server.process.returncode = 0  # not this process's child: not to be killed
        self.stop()
        self._lock = threading.Lock()


def _find_file(model: str) -> Path:
    if model in WEIGHTS:
        return fetch_weights(WEIGHTS[model])
    path = Path(model).expanduser().resolve()
    if not path.is_file():
        raise NotFoundError(
            f"There is no file {path}. A local model is the path of a GGUF file, or one of: "
            f"{', '.join(WEIGHTS)}."
        )
    return path


def _start(path: Path) -> _Server:
    api_key = secrets.token_urlsafe(32)
    with tempfile.TemporaryFile() as errors, contextlib.ExitStack() as unless_ready:
        process = subprocess.Popen(  # noqa: S603  # the program is our own, and no shell reads it
            [sys.executable, "-P", str(_PROGRAM), str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        unless_ready.callback(_end, process)
        with contextlib.suppress(BrokenPipeError):
            _stdin(process).write(f"{api_key}\n".encode())
            _stdin(process).flush()
        with cast("IO[bytes]", process.stdout) as output:
            address = output.readline().decode().strip()
        if not address:
            errors.seek(0)
            reason = _reason(errors.read().decode(errors="replace"))
            raise BadRequestError(f"llama.cpp cannot serve {path}: {reason}")
        unless_ready.pop_all()
    return _Server(process, f"{address}/v1", api_key)


def _stdin(process: subprocess.Popen[bytes]) -> IO[bytes]:
    """Return the lifeline: the server ends when no process holds it open any more."""
    return cast("IO[bytes]", process.stdin)


def _end(process: subprocess.Popen[bytes]) -> None:
    with process:
        process.kill()


def _reason(log: str) -> str:
    """Return the first error in llama.cpp's log, or else its last line."""
    error = re.search(r"^\S+ E [^:]*: (.+)$", log, re.MULTILINE)
    if error:
        return error.group(1)
    return (log.strip().splitlines() or ["its server process died"])[-1]


_servers = _Servers()
atexit.register(_servers.stop)
if sys.platform != "win32":
    os.register_at_fork(after_in_child=_servers.leave_to_parent)
