"""What a server stores of a response belongs to the key that the response was made with."""

from __future__ import annotations

from copy import copy

from msgspec.structs import replace

from ..clients.client import Client
from ..middlewares.stores.store import Store


class _OwnStore:
    """The part of a store that belongs to one key.

    Args:
        store: the whole store.
        account: the name of the key.
    """

    def __init__(self, store: Store, account: str) -> None:
        self._store = store
        self._prefix = f"{account}:"
        self.blocking: bool = getattr(store, "blocking", False)

    async def get(self, key: str) -> bytes | None:
        """See `Store.get`."""
        return await self._store.get(self._prefix + key)

    async def set(self, key: str, value: bytes, ttl: float | None) -> None:
        """See `Store.set`."""
        await self._store.set(self._prefix + key, value, ttl)


def own_client(client: Client, account: str | None) -> Client:
    """Return a client that finds the responses of one key only.

    It is `client` itself if it stores no responses, or no key is required.
    """
    store = client.settings.response_store
    if store is None or account is None:
        return client
    own = copy(client)
    own.settings = replace(client.settings, response_store=_OwnStore(store, account))
    return own
