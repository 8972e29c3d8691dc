"""Access tokens that are fetched once and kept until shortly before they expire."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from threading import Lock
from time import time

from cachetools import TLRUCache
from msgspec import Struct

from ...pipeline.secret import Secret

#: Seconds before its end from which a token is no longer used.
MARGIN = 300.0


class Token(Struct, frozen=True, kw_only=True):
    """A token and the moment, in seconds since 1970, at which it expires."""

    secret: Secret
    expires: float


_caches: list[TokenCache] = []


def _last_use(_key: Hashable, token: Token, _now: float) -> float:
    return token.expires - MARGIN


class TokenCache:
    """Tokens by the credentials that they were got with; safe among threads."""

    def __init__(self, size: int = 256) -> None:
        self._lock = Lock()
        self._tokens: TLRUCache[Hashable, Token] = TLRUCache(size, ttu=_last_use, timer=time)
        _caches.append(self)

    def get(self, key: Hashable) -> Secret | None:
        """Return the token for `key`, None where there is none or it expires soon."""
        with self._lock:
            token = self._tokens.get(key)
        return token.secret if token else None

    def set(self, key: Hashable, token: Token) -> None:
        """Keep a token."""
        with self._lock:
            self._tokens[key] = token

    def drop(self, headers: Iterable[str]) -> None:
        """Forget the tokens that stand in the values of these headers."""
        refused = {value.rpartition(" ")[2] for value in headers}
        with self._lock:
            for key in list(self._tokens):
                token = self._tokens.get(key)
                if token is not None and token.secret.reveal() in refused:
                    self._tokens.pop(key, None)

    def clear(self) -> None:
        """Forget all tokens."""
        with self._lock:
            self._tokens.clear()


def drop_tokens(headers: Mapping[str, str]) -> None:
    """Forget the tokens that a request's headers carry, because the provider refused them."""
    for cache in _caches:
        cache.drop(headers.values())
