"""Files that only their owner may read."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Write a file with mode 0600, at once or not at all; its folder is created."""
    # The file behind a link is replaced, not the link.
    target = path.resolve()
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, scratch = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(scratch).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(scratch).unlink()
        raise


@contextlib.contextmanager
def lock_folder(path: Path) -> Generator[None]:
    """Let other processes wait that change a file in the same folder; not on Windows."""
    if sys.platform == "win32":
        yield
        return
    import fcntl  # noqa: PLC0415  # not on Windows

    folder = path.resolve().parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        # Some network file systems have no locks.
        with contextlib.suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def create_private(path: Path) -> None:
    """Create an empty file with mode 0600, unless there is one."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def is_private(path: Path) -> bool:
    """Return whether only the owner of a file may read it; True where modes mean nothing."""
    return os.name != "posix" or not stat.S_IMODE(path.stat().st_mode) & 0o077
