"""Where the command line keeps its files.

The folders are those of the system, from platformdirs (the extra `cli`); TRUNKLINE_CONFIG names
another configuration file.
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

_APP = "trunkline"


def has_folders() -> bool:
    """Return whether the system's folders are known, which needs the extra `cli`."""
    return importlib.util.find_spec("platformdirs") is not None


def config_path() -> Path:
    """Return the path of the configuration file, which need not exist.

    Raises:
        ImportError: platformdirs is not installed, and TRUNKLINE_CONFIG is not set.
    """
    chosen = os.environ.get("TRUNKLINE_CONFIG")
    if chosen:
        return Path(chosen).expanduser().absolute()
    _need_folders("a configuration file")
    from platformdirs import user_config_path  # noqa: PLC0415  # an extra

    return user_config_path(_APP, appauthor=False) / "config.toml"


def find_config_path() -> Path | None:
    """Return the path of the configuration file, None without the extra `cli`."""
    return config_path() if has_folders() or os.environ.get("TRUNKLINE_CONFIG") else None


def state_path(name: str) -> Path:
    """Return the path of a file that the command line writes itself.

    Raises:
        ImportError: platformdirs is not installed.
    """
    _need_folders("to continue a conversation")
    from platformdirs import user_state_path  # noqa: PLC0415  # an extra

    return user_state_path(_APP, appauthor=False) / name


def _need_folders(what: str) -> None:
    if not has_folders():
        need = f"{what} needs" if what.startswith("a ") else f"{what}, trunkline needs"
        raise ImportError(f"{need} platformdirs: pip install 'trunkline[cli]'", name="platformdirs")
