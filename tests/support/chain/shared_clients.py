"""Clients of worker processes that share state through Redis.

They have no timeout for Redis, because the tests must not depend on the machine's speed.
"""

from __future__ import annotations

from collections.abc import Sequence

from tests.support.chain.batch_clients import make_client
from tests.support.servers.redis_server import connect
from trunkline import (
    Cache,
    Client,
    RedisState,
    RedisStore,
    Router,
    SharedLimit,
    default_middlewares,
)


def make_cached_client(redis_url: str) -> Client:
    """Return a client with a cache that all processes share."""
    return Client([*make_client().middlewares[:1], Cache(RedisStore(connect(redis_url)))])


def make_limited_client(redis_url: str, most: int) -> Client:
    """Return a client with a limit that all processes share."""
    limit = SharedLimit(RedisState(connect(redis_url)), max_parallel_requests=most)
    return Client([*make_client().middlewares[:1], *default_middlewares(limit=limit)])


def make_router(redis_url: str, base_urls: Sequence[str]) -> Client:
    """Return a Router with ordered deployments; all processes share their state."""
    deployments = [
        {
            "model_name": "chat",
            "litellm_params": {
                "model": "openai/m",
                "base_url": url,
                "api_key": "sk-example-12345678",
                "order": order,
            },
        }
        for order, url in enumerate(base_urls, 1)
    ]
    state = RedisState(connect(redis_url))
    router = Router(deployments, cooldown_time=3600, state=state)
    return router.with_middlewares(*make_client().middlewares[:1])
