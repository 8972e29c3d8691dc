"""The tiny models on disk, written once a session."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.tiny_gguf import write_tiny_gguf


@pytest.fixture(scope="session")
def tiny_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The path of the tiny model."""
    path = tmp_path_factory.mktemp("models") / "tiny.gguf"
    write_tiny_gguf(path)
    return path


@pytest.fixture(scope="session")
def thinking_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The path of the tiny model that reasons before it answers."""
    path = tmp_path_factory.mktemp("models") / "thinking.gguf"
    write_tiny_gguf(path, thinking=True)
    return path
