"""Snowflake: tokens of every kind, and those that a private key signs."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode, urlsafe_b64decode
from pathlib import Path
from time import time
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from tests.support.answers import MESSAGES, good
from tests.support.server import Server
from tests.support.worlds import World
from trunkline import AuthenticationError, Client
from trunkline.adapters.credentials.token_cache import shared_tokens

MODEL = "snowflake/claude-sonnet-4-5"
TYPE = "x-snowflake-authorization-token-type"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: Any = KEY, passphrase: bytes | None = None) -> str:
    encryption = (
        serialization.BestAvailableEncryption(passphrase)
        if passphrase
        else serialization.NoEncryption()
    )
    text: bytes = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )
    return text.decode()


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    shared_tokens.clear()
    for name in ("USER", "PRIVATE_KEY", "PRIVATE_KEY_FILE", "ACCOUNT", "ACCOUNT_ID", "JWT"):
        monkeypatch.delenv(f"SNOWFLAKE_{name}", raising=False)
    monkeypatch.delenv("PRIVATE_KEY_PASSPHRASE", raising=False)


def ask(server: Server, world: World | None = None, **arguments: Any) -> dict[str, str]:
    """Return the headers of a call."""
    server.reply(good("plain"))
    with Client(middlewares=[]) as client:
        (world or World("sync")).complete(client, MODEL, MESSAGES, base_url=server.url, **arguments)
    return server.seen[-1].headers


def claims_of(token: str) -> dict[str, Any]:
    """Return what a token says, once its signature is proved."""
    head, claims, signature = token.split(".")
    KEY.public_key().verify(
        decoded(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256()
    )
    assert json.loads(decoded(head)) == {"alg": "RS256", "typ": "JWT"}
    found: dict[str, Any] = json.loads(decoded(claims))
    return found


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@pytest.mark.parametrize(
    ("key", "header", "kind"),
    [
        ("pat/secret-of-mine", "Bearer secret-of-mine", "PROGRAMMATIC_ACCESS_TOKEN"),
        ("eyJ.a.jwt", "Bearer eyJ.a.jwt", None),
    ],
)
def test_tokens(
    server: Server, monkeypatch: pytest.MonkeyPatch, key: str, header: str, kind: str | None
) -> None:
    headers = ask(server, api_key=key)
    assert (headers["authorization"], headers.get(TYPE)) == (header, kind)
    monkeypatch.setenv("SNOWFLAKE_JWT", key)
    headers = ask(server)
    assert (headers["authorization"], headers.get(TYPE)) == (header, kind)


def test_a_private_key(
    world: World, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "rsa_key.p8"
    path.write_text(pem())
    monkeypatch.setenv("SNOWFLAKE_USER", "ada")
    monkeypatch.setenv("SNOWFLAKE_PRIVATE_KEY_FILE", str(path))
    monkeypatch.setenv("SNOWFLAKE_ACCOUNT", "myorg-my_account")
    headers = ask(server, world)
    assert headers[TYPE] == "KEYPAIR_JWT"
    token = headers["authorization"].removeprefix("Bearer ")
    claims = claims_of(token)
    public = KEY.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    fingerprint = b64encode(hashlib.sha256(public).digest()).decode()
    assert claims["sub"] == "MYORG-MY_ACCOUNT.ADA"
    assert claims["iss"] == f"MYORG-MY_ACCOUNT.ADA.SHA256:{fingerprint}"
    assert claims["exp"] - claims["iat"] == 3600
    assert abs(claims["iat"] - time()) < 600
    assert ask(server, world)["authorization"] == f"Bearer {token}"


@pytest.mark.parametrize(
    ("account", "subject"),
    [
        ("xy12345.us-east-1", "XY12345.ADA"),
        ("xy12345-abc.global", "XY12345.ADA"),
        (None, "127.ADA"),
    ],
)
def test_accounts(
    server: Server, monkeypatch: pytest.MonkeyPatch, account: str | None, subject: str
) -> None:
    monkeypatch.setenv("SNOWFLAKE_USER", "ada")
    monkeypatch.setenv("SNOWFLAKE_PRIVATE_KEY", pem().replace("\n", "\\n"))
    if account:
        monkeypatch.setenv("SNOWFLAKE_ACCOUNT", account)
    headers = ask(server)
    assert claims_of(headers["authorization"].removeprefix("Bearer "))["sub"] == subject


def test_an_encrypted_key(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SNOWFLAKE_USER", "ada")
    monkeypatch.setenv("SNOWFLAKE_PRIVATE_KEY", pem(passphrase=b"open sesame"))
    with pytest.raises(AuthenticationError, match="PRIVATE_KEY_PASSPHRASE"):
        ask(server)
    monkeypatch.setenv("PRIVATE_KEY_PASSPHRASE", "open sesame")
    assert claims_of(ask(server)["authorization"].removeprefix("Bearer "))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no key at all", "SNOWFLAKE_PRIVATE_KEY: expected"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "expected an RSA key"),
    ],
)
def test_keys_that_are_none(
    server: Server, monkeypatch: pytest.MonkeyPatch, text: str, words: str
) -> None:
    monkeypatch.setenv("SNOWFLAKE_USER", "ada")
    monkeypatch.setenv("SNOWFLAKE_PRIVATE_KEY", text)
    with pytest.raises(AuthenticationError, match=words) as caught:
        ask(server)
    assert caught.value.provider == "snowflake"
    assert text not in str(caught.value)
    assert not server.seen


def test_a_file_that_is_missing(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SNOWFLAKE_USER", "ada")
    monkeypatch.setenv("SNOWFLAKE_PRIVATE_KEY_FILE", str(tmp_path / "none.p8"))
    with pytest.raises(AuthenticationError, match=r"SNOWFLAKE_PRIVATE_KEY_FILE.*FileNotFound"):
        ask(server)


def test_own_headers_go_first(server: Server) -> None:
    headers = ask(server, api_key="pat/x", extra_headers={"Authorization": "mine"})
    assert headers["authorization"] == "mine"
    assert TYPE not in headers


def test_nothing_at_all(server: Server) -> None:
    with pytest.raises(AuthenticationError, match="SNOWFLAKE_PRIVATE_KEY_FILE"):
        ask(server)
    assert not server.seen
