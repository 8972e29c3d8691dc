"""Fixtures of the tests of Vertex AI."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.server import Server
from trunkline.adapters.credentials import google_login
from trunkline.adapters.wires.vertex import project as vertex_project
from trunkline.pipeline.json_values import JSON


@pytest.fixture(autouse=True)
def _only_the_credentials_of_the_test(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[None]:
    """Hide projects, locations and credentials of the machine and of other tests."""
    for names, variables in vertex_project.ARGUMENTS.values():
        for name in (*names, *variables):
            monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "nothing"))
    # Do not check whether this machine runs on Google Cloud.
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    google_login.forget()
    yield
    google_login.forget()


@pytest.fixture(scope="session")
def private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


@pytest.fixture
def account(private_key: str, server: Server) -> JSON:
    """A service account whose tokens come from the test's server."""
    return {
        "type": "service_account",
        "project_id": "my-project",
        "private_key_id": "k1",
        "private_key": private_key,
        "client_email": "me@my-project.iam.gserviceaccount.com",
        "token_uri": f"{server.url}/token",
    }
