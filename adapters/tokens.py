"""Access tokens that are fetched once and kept until shortly before they expire."""

from __future__ import annotations

from collections.abc import Hashable
from threading import Lock
from time import time

from cachetools import TLRUCache
from msgspec import Struct

from ..pipeline.port import Secret

#: Seconds before its end from which a token is no longer used.
MARGIN = 300.0


class Token(Struct, frozen=True, kw_only=True):
    """A token and the moment, in seconds since 1970, at which it expires."""

    secret: Secret
    expires: float


def _last_use(_key: Hashable, token: Token, _now: float) -> float:
    return token.expires - MARGIN


class TokenCache:
    """Tokens by the credentials that they were got with; safe among threads."""

    def __init__(self, size: int = 256) -> None:
        self._lock = Lock()
        self._tokens: TLRUCache[Hashable, Token] = TLRUCache(size, ttu=_last_use, timer=time)

    def get(self, key: Hashable) -> Secret | None:
        """Return the token for `key`, None where there is none or it expires soon."""
        with self._lock:
            token = self._tokens.get(key)
        return token.secret if token else None

    def set(self, key: Hashable, token: Token) -> None:
        """Keep a token."""
        with self._lock:
            self._tokens[key] = token

    def clear(self) -> None:
        """Forget all tokens."""
        with self._lock:
            self._tokens.clear()
