"""What the programs share: how a scene is run, and how it is told what came of it."""

from __future__ import annotations

import json
import sys
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import trunkline.compat
from tests.integrations.weather import RESULT

MODEL = "anthropic/claude-sonnet-4-5"
KEY = "sk-ant"

Scene = Callable[[str], Any]


def weather(city: str) -> str:
    """Tell the weather.

    Args:
        city: where.
    """
    return f"{RESULT} in {city}"


def play(*scenes: Scene) -> None:
    """Run the scenes that the arguments name, each against its server, and write what they return.

    The arguments are a file and JSON of addresses by name. A scene that raises is told with its
    traceback, so that the others still run.
    """
    path, addresses = sys.argv[1], json.loads(sys.argv[2])
    warnings.filterwarnings("error", module=r"trunkline\b")
    trunkline.compat.install()
    came: dict[str, Any] = {}
    failed: dict[str, str] = {}
    for scene in scenes:
        name = scene.__name__
        if name in addresses:
            try:
                came[name] = scene(addresses[name])
            except Exception:
                failed[name] = traceback.format_exc()
    told = {"came": came, "failed": failed, "origin": sys.modules["litellm"].__file__}
    Path(path).write_text(json.dumps(told))


def describe(error: BaseException) -> dict[str, Any]:
    """Return what an error is, and what is behind it, by the names of their classes."""
    chain: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        chain.append(f"{type(cause).__module__}.{type(cause).__name__}")
        cause = cause.__cause__ or cause.__context__
    return {"chain": chain, "text": str(error)}
