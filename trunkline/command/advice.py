"""The exit code of a failure, and advice where the library's message is for programs."""

from __future__ import annotations

import os

from ..adapters.table.table import find_provider
from ..pipeline.errors import APIError, AuthenticationError, BadRequestError
from .mistakes import MistakeError

_LOCAL = frozenset({"xllamacpp", "tqdm"})


def exit_code(error: Exception) -> int:
    """Return 2 if something that was given is wrong and nothing was sent, else 1."""
    if isinstance(error, BadRequestError):
        return 1 if error.attempts else 2
    return 2 if isinstance(error, MistakeError) else 1


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
