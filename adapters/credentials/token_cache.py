"""Access tokens that are fetched once and kept until shortly before they expire."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from threading import Lock
from time import time

from cachetools import TLRUCache
from msgspec import Struct

from ...pipeline.secret import Secret

#: A token is no longer used in its last seconds.
MARGIN = 300.0


class Token(Struct, frozen=True, kw_only=True):
    """A token, and when it expires, in seconds since 1970."""

    secret: Secret
    expires: float


def _last_use(_key: Hashable, token: Token, _now: float) -> float:
    return token.expires - MARGIN


class TokenCache:
    """Tokens by the login that they were fetched with; safe among threads."""

    def __init__(self, size: int = 1024) -> None:
        self._lock = Lock()
        self._tokens: TLRUCache[Hashable, Token] = TLRUCache(size, ttu=_last_use, timer=time)

    def get(self, key: Hashable) -> Secret | None:
        """Return the token for `key`, None if there is none or it expires soon."""
        with self._lock:
            token = self._tokens.get(key)
        return token.secret if token else None

    def set(self, key: Hashable, token: Token) -> None:
        """Keep a token."""
        with self._lock:
            self._tokens[key] = token

    def drop(self, headers: Iterable[str]) -> None:
        """Forget the tokens in these values of headers, because a provider refused them."""
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


#: The tokens of all logins of this process. A key names the kind of login and its credentials.
shared_tokens = TokenCache()
