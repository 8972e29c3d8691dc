from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.support.provider_rows import ROWS, fields_of
from trunkline import Client, list_providers, register_provider
from trunkline.adapters.wires.sap import account as sap_account

TABLE = "trunkline.adapters.table.table"
# How variables begin that wires read in addition to those of the rows.
CLOUDS = (
    "AICORE_",
    "AWS_",
    "AZURE_",
    "DATABRICKS_",
    "GIGACHAT_",
    "GOOGLE_",
    "SNOWFLAKE_",
    "VERTEX",
    "WATSONX_",
    "WX_",
)


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """A client without retries."""
    with Client(middlewares=[]) as bare:
        yield bare


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable that any row reads is set, nor any that a cloud's own tools read."""
    for row in ROWS:
        for name in (*row.key_env, *row.base_url_env, *fields_of(row)):
            monkeypatch.delenv(name, raising=False)
    for name in list(os.environ):
        if name.startswith(CLOUDS):
            monkeypatch.delenv(name)
    # Else the next server at a port would be asked for the deployment of the one before it.
    sap_account.forget()


@pytest.fixture
def own_table(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Undo what a test registers, including the facts of rows that it replaces."""
    rows = {prefix: row for row in list_providers() for prefix in (row.name, *row.aliases)}
    monkeypatch.setattr(f"{TABLE}._providers", dict(rows))
    monkeypatch.setattr(f"{TABLE}._plugins_loaded", False)
    yield
    for row in rows.values():
        register_provider(row)
