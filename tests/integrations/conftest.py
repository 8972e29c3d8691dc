"""Marks of LangChain's suites, whose plugins are not loaded."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "benchmark: measures time, in LangChain's suites")
    config.addinivalue_line("markers", "vcr: may be replayed, in LangChain's suites")
