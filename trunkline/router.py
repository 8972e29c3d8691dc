"""One client for many deployments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .chain import Client, default_middlewares
from .middlewares.fallback import Fallback
from .middlewares.redis_state import RedisState
from .middlewares.retry import Retry
from .middlewares.route import COOLDOWN, Route
from .middlewares.route_state import RouteState
from .middlewares.strategies import Strategy
from .pipeline.request import Middleware


class Router(Client):
    """A client whose model names stand for groups of deployments.

        router = Router([
            {"model_name": "chat", "litellm_params": {"model": "openai/gpt-4o", "rpm": 500}},
            {"model_name": "chat", "litellm_params": {"model": "azure/gpt-4o", ...}},
        ])
        router.completion("chat", messages)

    It is nothing but the default chain with its groups: `router.describe()` prints it, and a
    model that is in no group is called as by any other client.

    Args:
        model_list: the deployments; see `Route`.
        routing_strategy: see `Route`.
        num_retries: further requests for a call that failed, over all its deployments.
        fallbacks: see `Fallback`; groups and models alike, `{"chat": ["big-chat"]}` or for all
            calls `["big-chat"]`.
        context_window_fallbacks: the same, where a prompt was too long.
        content_policy_fallbacks: the same, where the content was refused.
        cooldown_time: seconds that a failed deployment or fallback is left alone, where the
            provider does not say.
        redis_url: where to keep the counts for several processes; None keeps them in this one.
        state: the same with a client of your own, `RedisState(redis_client)`.
        middlewares: layers outside these.

    Raises:
        ValueError: the list or the strategy's name is wrong, or both `redis_url` and `state` are
            given.
        ImportError: `redis_url` is given and redis-py is not installed.
    """

    def __init__(
        self,
        model_list: Sequence[Mapping[str, Any]],
        *,
        routing_strategy: str | Strategy = "simple-shuffle",
        num_retries: int = 2,
        fallbacks: object = None,
        context_window_fallbacks: object = None,
        content_policy_fallbacks: object = None,
        cooldown_time: float = COOLDOWN,
        redis_url: str | None = None,
        state: RouteState | None = None,
        middlewares: Sequence[Middleware] = (),
    ) -> None:
        if redis_url is not None:
            if state is not None:
                raise ValueError("redis_url and state: give one of them")
            state = RedisState.from_url(redis_url)
        self.model_list = list(model_list)
        chain = default_middlewares(
            fallback=Fallback(
                fallbacks,
                context_window_fallback_dict=context_window_fallbacks,
                content_policy_fallbacks=content_policy_fallbacks,
                cooldown=cooldown_time,
            ),
            route=Route(
                self.model_list,
                strategy=routing_strategy,
                attempts=num_retries + 1,
                cooldown=cooldown_time,
                state=state,
            ),
            retry=Retry(attempts=num_retries + 1),
        )
        super().__init__([*middlewares, *chain])
