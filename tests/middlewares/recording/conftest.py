"""Fixtures of the tests of recording."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """One PostgreSQL for all tests of this folder."""
    pytest.importorskip("pg8000", reason="the extra `sql` is not installed")
    from tests.support.servers.postgres_server import postgres_server  # noqa: PLC0415  # needs the extra

    with postgres_server() as url:
        yield url
