"""What is said where LangChain is not installed."""

from __future__ import annotations

import importlib
import sys

import pytest


def test_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "langchain_core.callbacks", None)
    monkeypatch.delitem(sys.modules, "trunkline.integrations.langchain", raising=False)
    with pytest.raises(ImportError, match=r"pip install 'trunkline\[langchain\]'"):
        importlib.import_module("trunkline.integrations.langchain")
