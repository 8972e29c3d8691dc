"""Snowflake's key-pair authentication: a token signed with the user's private key.

https://docs.snowflake.com/en/developer-guide/snowflake-rest-api/authentication (JWT) and
https://docs.snowflake.com/en/user-guide/key-pair-auth
"""

from __future__ import annotations

import hashlib
import os
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from pathlib import Path
from time import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from ...pipeline.errors import AuthenticationError
from ...pipeline.port import IO
from ...pipeline.secret import Secret
from .token_cache import Token, shared_tokens

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

#: The variables, as an error names them.
VARIABLES = (
    "SNOWFLAKE_USER and SNOWFLAKE_PRIVATE_KEY_FILE (or SNOWFLAKE_PRIVATE_KEY; "
    "PRIVATE_KEY_PASSPHRASE for an encrypted one)"
)
# Snowflake refuses longer lifetimes.
_LIFETIME = 3600
_ACCOUNTS = ("SNOWFLAKE_ACCOUNT", "SNOWFLAKE_ACCOUNT_ID")


async def key_pair_token(io: IO, base_url: str) -> Secret | None:
    """Return a token for the user and the private key in environment variables, else None.

    The token is kept until shortly before it expires. The account is that of SNOWFLAKE_ACCOUNT,
    else the one in the base URL.

    Raises:
        AuthenticationError: the private key cannot be read.
        ImportError: cryptography is not installed.
    """
    user = os.environ.get("SNOWFLAKE_USER", "").strip()
    path = os.environ.get("SNOWFLAKE_PRIVATE_KEY_FILE", "").strip()
    text = os.environ.get("SNOWFLAKE_PRIVATE_KEY", "").strip()
    if not user or not (path or text):
        return None
    account = _account(base_url)
    cache_key = ("snowflake", account, user, path, hashlib.sha256(text.encode()).digest())
    kept = shared_tokens.get(cache_key)
    if kept is None:
        token = await io.run(lambda: _sign(_read_key(text, path), f"{account}.{user.upper()}"))
        shared_tokens.set(cache_key, token)
        kept = token.secret
    return kept


def _account(base_url: str) -> str:
    """Return the account in upper case, without the region after a locator."""
    named = next(filter(None, map(os.environ.get, _ACCOUNTS)), None)
    account = named or urlsplit(base_url).hostname or ""
    return account.partition("-" if ".global" in account else ".")[0].upper()


def _read_key(text: str, path: str) -> RSAPrivateKey:
    try:
        # An extra, and slow to import.
        from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
            load_pem_private_key,
        )
    except ImportError as error:
        raise ImportError(
            'private keys of Snowflake need cryptography: pip install "trunkline[snowflake]"'
        ) from error
    passphrase = os.environ.get("PRIVATE_KEY_PASSPHRASE")
    try:
        # In variables, line breaks are often written as "\\n".
        pem = text.replace("\\n", "\n").encode() or Path(path).expanduser().read_bytes()
        key = load_pem_private_key(pem, passphrase.encode() if passphrase else None)
    except (OSError, ValueError, TypeError) as error:
        where = "SNOWFLAKE_PRIVATE_KEY" if text else "SNOWFLAKE_PRIVATE_KEY_FILE"
        # The error may quote the key.
        raise AuthenticationError(
            f"{where}: expected a private key in PEM, with PRIVATE_KEY_PASSPHRASE where it is "
            f"encrypted ({type(error).__name__})"
        ) from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise AuthenticationError("expected an RSA key for Snowflake")
    return key


def _sign(key: RSAPrivateKey, subject: str) -> Token:
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import padding  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        Encoding,
        PublicFormat,
    )

    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    fingerprint = b64encode(hashlib.sha256(public).digest()).decode()
    issued = int(time())
    claims = {
        "iss": f"{subject}.SHA256:{fingerprint}",
        "sub": subject,
        "iat": issued,
        "exp": issued + _LIFETIME,
    }
    parts = [_encode({"alg": "RS256", "typ": "JWT"}), _encode(claims)]
    signed = ".".join(parts)
    signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    token = f"{signed}.{_base64(signature)}"
    return Token(secret=Secret(token), expires=float(issued + _LIFETIME))


def _encode(part: Mapping[str, object]) -> str:
    return _base64(msgspec.json.encode(part))


def _base64(data: bytes) -> str:
    """Return base64 for JSON Web Tokens (RFC 7515): URL-safe, without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()
