"""Where the command line keeps its files.

The folders are those of the system, from platformdirs (the extra `cli`); TRUNKLINE_CONFIG names
another configuration file.
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

from ..mistakes import MistakeError

_APP = "trunkline"


def user_path(given: str) -> Path:
    """Return a path that may begin with `~`, the user's home."""
    # Path.expanduser() raises an error for a user that does not exist.
    return Path(os.path.expanduser(given))


def has_folders() -> bool:
    """Return whether the system's folders are known: with the extra `cli`, and a home."""
    return _is_installed() and user_path("~").is_absolute()


def config_path() -> Path:
    """Return the path of the configuration file, which need not exist.

    Raises:
        ImportError: platformdirs is not installed, and TRUNKLINE_CONFIG is not set.
        MistakeError: there is no home.
    """
    chosen = os.environ.get("TRUNKLINE_CONFIG")
    if chosen:
        return user_path(chosen).absolute()
    _need_folders("a configuration file")
    from platformdirs import user_config_path  # noqa: PLC0415  # an extra

    return user_config_path(_APP, appauthor=False) / "config.toml"


def find_config_path() -> Path | None:
    """Return the path of the configuration file, None without the extra `cli` or a home."""
    return config_path() if has_folders() or os.environ.get("TRUNKLINE_CONFIG") else None


def state_path(name: str) -> Path:
    """Return the path of a file that the command line writes itself.

    Raises:
        ImportError: platformdirs is not installed.
        MistakeError: there is no home.
    """
    _need_folders("to continue a conversation")
    from platformdirs import user_state_path  # noqa: PLC0415  # an extra

    return user_state_path(_APP, appauthor=False) / name


def _is_installed() -> bool:
    return importlib.util.find_spec("platformdirs") is not None


def _need_folders(what: str) -> None:
    if _is_installed() and not has_folders():
        raise MistakeError("there is no home folder; set HOME")
    if not _is_installed():
        need = f"{what} needs" if what.startswith("a ") else f"{what}, trunkline needs"
        raise ImportError(f"{need} platformdirs: pip install 'trunkline[cli]'", name="platformdirs")
