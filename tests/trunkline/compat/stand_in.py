"""The stand-in over a client of a test's own, and taken away again."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import trunkline.compat
from trunkline import Client


@contextmanager
def installed(client: Client | None = None) -> Generator[Any]:
    """Install it for a `with`, and hand out the module."""
    trunkline.compat.install(client or Client())
    try:
        yield import_module("litellm")
    finally:
        trunkline.compat.uninstall()
