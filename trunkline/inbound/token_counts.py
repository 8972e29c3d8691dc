"""A client that counts the tokens of requests of the Messages API.

https://platform.claude.com/docs/en/api/messages/count_tokens
"""

from __future__ import annotations

from ..adapters.counting import CountingAdapter
from ..clients.client import Client
from ..middlewares.deadline import Deadline
from ..middlewares.retry import Retry
from ..middlewares.route import Route
from .messages_adapter import MessagesAdapter


def counting_client(client: Client) -> Client:
    """Return a client that counts: with the same groups, without cache, limits and callbacks."""
    routes = [layer for layer in client.middlewares if isinstance(layer, Route)]
    return Client(
        [Deadline(), *routes, Retry()],
        adapter=MessagesAdapter(CountingAdapter()),
        model_alias_map=client.settings.model_alias_map,
    )
