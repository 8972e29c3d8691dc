"""The client that a configuration describes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from ..clients.client import Client, default_middlewares
from ..clients.settings import Settings
from ..middlewares.budget import Budget, dollars_of, tokens_of
from ..middlewares.cache import Cache
from ..middlewares.fallback import COOLDOWN, Fallback
from ..middlewares.limit import Limit
from ..middlewares.retry import Retry
from ..middlewares.route import Route
from ..middlewares.routing.redis_state import RedisState
from ..middlewares.shared_limit import SharedLimit
from ..middlewares.stores.memory import MemoryStore
from ..middlewares.stores.redis_store import RedisStore
from ..middlewares.stores.store import Store
from ..pipeline.call.request import Middleware, Request
from .config import Config, Deployment
from .config import Store as StoreName

if TYPE_CHECKING:
    from redis.asyncio import Redis

#: Seconds to wait for Redis, so that it delays calls only briefly if it does not respond.
_REDIS_TIMEOUT = 1.0


class _Shared:
    """The Redis that replicas share, if there is one; its client belongs to the server's loop."""

    def __init__(self, config: Config) -> None:
        self._prefix = config.redis.prefix if config.redis is not None else ""
        self.client: Redis | None = None
        if config.redis is not None:
            self.client = _connect(os.environ[config.redis.url_env].strip())

    def state(self, name: str) -> RedisState | None:
        """Return where counts are kept, None for this process's memory."""
        if self.client is None:
            return None
        return RedisState(self.client, prefix=f"{self._prefix}{name}:")

    def store(self, name: StoreName) -> Store:
        """Return the store of this name."""
        if name == "redis" and self.client is not None:
            return RedisStore(self.client)
        return MemoryStore()


def _connect(url: str) -> Redis:
    from redis.asyncio import Redis  # noqa: PLC0415  # an extra

    # redis-py does not annotate the arguments of from_url.
    client: Redis = cast("Any", Redis).from_url(
        url, socket_timeout=_REDIS_TIMEOUT, socket_connect_timeout=_REDIS_TIMEOUT
    )
    return client


def key_name(request: Request) -> str:
    """Return the name of the key that a call's client has shown."""
    return str(request.metadata.get("key", ""))


def build_client(config: Config) -> Client:
    """Return the client of a configuration, with the default chain.

    Raises:
        ImportError: it names a Redis, and redis-py is not installed.
        ValueError: a deployment is invalid.
    """
    shared = _Shared(config)
    routing = config.routing
    settings = Settings(
        drop_params=routing.drop_params,
        num_retries=routing.num_retries,
        cache=None if config.cache is None else shared.store(config.cache.store),
        response_store=None if config.responses is None else shared.store(config.responses.store),
    )
    fallbacks = {name: list(model.fallbacks) for name, model in config.models.items()}
    cache = None
    if config.cache is not None:
        cache = Cache(ttl=config.cache.ttl, defaults=lambda: settings.cache)
    chain = default_middlewares(
        settings,
        cache=cache,
        fallback=Fallback(
            {name: others for name, others in fallbacks.items() if others} or None,
            # With a Redis, only deployments cool down: what one process remembers is not shared.
            cooldown=COOLDOWN if shared.client is None else 0.0,
            allowed_fails=routing.allowed_fails,
        ),
        route=Route(
            list(_deployments(config)),
            strategy=routing.strategy,
            attempts=routing.num_retries + 1,
            cooldown=routing.cooldown,
            allowed_fails=routing.allowed_fails,
            state=shared.state("route"),
        ),
        retry=Retry(attempts=routing.num_retries + 1),
        limit=_limit(config, shared),
    )
    # A budget reads the metadata that the first layer collects.
    client = Client([*chain[:1], *_budget(config, shared), *chain[1:]])
    client.settings = settings
    return client


def _limit(config: Config, shared: _Shared) -> Limit | SharedLimit | None:
    limits = config.limits
    if limits is None:
        return None
    key = key_name if limits.per == "key" else None
    parallel, rpm, tpm = limits.max_parallel_requests, limits.rpm, limits.tpm
    state = shared.state("limit")
    if state is None:
        return Limit(max_parallel_requests=parallel, rpm=rpm, tpm=tpm, wait=limits.wait, key=key)
    return SharedLimit(
        state, max_parallel_requests=parallel, rpm=rpm, tpm=tpm, wait=limits.wait, key=key
    )


def _budget(config: Config, shared: _Shared) -> list[Middleware]:
    budget = config.budget
    if budget is None:
        return []
    cost = dollars_of if budget.unit == "dollars" else tokens_of
    key = key_name if budget.per == "key" else None
    state = shared.state("budget")
    return [Budget(budget.max, cost=cost, budget_duration=budget.seconds, key=key, state=state)]


def _deployments(config: Config) -> list[Mapping[str, Any]]:
    return [
        {"model_name": name, "litellm_params": _arguments(deployment, config.routing.timeout)}
        for name, model in config.models.items()
        for deployment in model.deployments
    ]


def _arguments(deployment: Deployment, timeout: float | None) -> dict[str, Any]:
    fields = ("base_url", "rpm", "tpm", "max_parallel_requests", "weight", "order")
    given: dict[str, Any] = {name: getattr(deployment, name) for name in fields}
    given |= {"model": deployment.model, "timeout": timeout, **deployment.params}
    if deployment.key_env is not None:
        given["api_key"] = os.environ[deployment.key_env].strip()
    return {name: value for name, value in given.items() if value is not None}
