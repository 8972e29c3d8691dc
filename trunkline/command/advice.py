"""What to do about a failure on the command line, where the library's message is for programs."""

from __future__ import annotations

import os

from ..adapters.table.table import find_provider
from ..pipeline.errors import APIError, AuthenticationError, BadRequestError

_LOCAL = frozenset({"xllamacpp", "tqdm"})


def advise(error: Exception) -> str | None:
    """Return what to do about a failure, None if its message says it."""
    if isinstance(error, AuthenticationError) and _needs_key(error):
        return f"keep one with: trunkline keys set {error.provider}"
    if isinstance(error, ImportError) and error.name in _LOCAL:
        return (
            "to ask another model: trunkline -m PROVIDER/MODEL, for always: "
            "trunkline config set model PROVIDER/MODEL (trunkline models lists them)"
        )
    return None


def _needs_key(error: APIError) -> bool:
    try:
        variables = find_provider(error.provider or "").key_env
    except BadRequestError:
        return False
    return bool(variables) and not any(map(os.environ.get, variables))
