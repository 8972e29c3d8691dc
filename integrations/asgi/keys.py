"""Keys that clients show, compared in a time that says nothing about them."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from hmac import compare_digest

from ... import AuthenticationError


class Keys:
    """Named keys; none means that no key is required.

    Raises:
        ValueError: a key is empty, or two names have the same.
    """

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._digests: dict[str, bytes] = {}
        for name, key in keys.items():
            digest = _digest(key.strip())
            if not key.strip():
                raise ValueError(f"keys[{name!r}]: the key is empty")
            if digest in self._digests.values():
                raise ValueError(f"keys[{name!r}]: another name has the same key")
            self._digests[name] = digest

    def __repr__(self) -> str:
        return f"Keys({', '.join(self._digests)})"

    def find(self, headers: Mapping[str, str]) -> str | None:
        """Return the name of the key in a request's headers, None if no key is required.

        Raises:
            AuthenticationError: there is none, or it is wrong.
        """
        if not self._digests:
            return None
        shown = _shown(headers)
        if shown is None:
            raise AuthenticationError(
                "no key; send it as Authorization: Bearer KEY or x-api-key: KEY",
                code="missing_api_key",
            )
        # Digests have one length, and all are compared, so the time depends on nothing secret.
        digest = _digest(shown)
        found = [name for name, own in self._digests.items() if compare_digest(own, digest)]
        if not found:
            raise AuthenticationError("the key is wrong", code="invalid_api_key")
        return found[0]


def _digest(key: str) -> bytes:
    return sha256(key.encode("utf-8", "surrogatepass")).digest()


def _shown(headers: Mapping[str, str]) -> str | None:
    """Return the key of a request, as OpenAI's, Anthropic's and Azure's clients send it."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return headers.get("x-api-key") or headers.get("api-key")
