"""Fixtures for the tiny models, written to disk once per session."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.tiny_gguf import write_tiny_gguf


@pytest.fixture(scope="session")
def tiny_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of the tiny model."""
    path = tmp_path_factory.mktemp("models") / "tiny.gguf"
    write_tiny_gguf(path)
    return path


@pytest.fixture(scope="session")
def thinking_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of the tiny model that reasons first."""
    path = tmp_path_factory.mktemp("models") / "thinking.gguf"
    write_tiny_gguf(path, thinking=True)
    return path
