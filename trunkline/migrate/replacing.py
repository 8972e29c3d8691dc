"""Replace a file's content without a moment in which the file is half written."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from shutil import copystat
from uuid import uuid4


def replace_file(path: Path, content: bytes) -> None:
    """Replace a file with one that has new content; owner, mode and attributes stay.

    A link is followed and stays a link.

    Raises:
        PermissionError: the file is read-only, or its owner or folder does not allow it.
        OSError: the file has other hard links, which would keep the old content, or writing fails.
    """
    path = path.resolve()
    state = path.stat()
    # The superuser may write to read-only files, too.
    if not state.st_mode & 0o222 or not os.access(path, os.W_OK):
        raise PermissionError("it is read-only")
    if state.st_nlink > 1:
        raise OSError(
            "it has other hard links, which would not change; replace it with a copy first"
        )
    draft = path.with_name(f".{uuid4().hex}.draft")
    try:
        draft.write_bytes(content)
        _copy_owner(state, draft)
        copystat(path, draft)
        os.utime(draft)
        draft.replace(path)
    except BaseException as error:
        draft.unlink(missing_ok=True)
        if isinstance(error, PermissionError) and error.filename == str(draft):
            raise PermissionError("its folder does not allow it to be replaced") from None
        raise


def _copy_owner(state: os.stat_result, draft: Path) -> None:
    """Give a file another file's owner and group, if it has others."""
    if sys.platform == "win32":
        return
    made = draft.stat()
    if (made.st_uid, made.st_gid) != (state.st_uid, state.st_gid):
        try:
            os.chown(draft, state.st_uid, state.st_gid)
        except PermissionError:
            raise PermissionError("it belongs to another user or group") from None
