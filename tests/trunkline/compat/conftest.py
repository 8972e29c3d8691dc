"""Fixtures of the tests of litellm's names."""

from __future__ import annotations

import pytest

from trunkline.adapters.table import table
from trunkline.compat.handlers import custom_llm


@pytest.fixture(autouse=True)
def _own_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that handlers add are gone after the test: other tests read the whole table."""
    table.list_providers()  # those of installed packages, which are loaded once
    monkeypatch.setattr(table, "_providers", dict(vars(table)["_providers"]))
    monkeypatch.setattr(custom_llm, "_registered", set(vars(custom_llm)["_registered"]))
