"""Router: a client for groups of deployments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from inspect import signature
from typing import Any, Unpack

from msgspec import structs

from ..middlewares.cache import Cache
from ..middlewares.callbacks import Callbacks
from ..middlewares.checked_arguments import is_list
from ..middlewares.fallback import Fallback
from ..middlewares.metadata import Metadata
from ..middlewares.retry import Retry
from ..middlewares.route import COOLDOWN, Route
from ..middlewares.routing.attempts import MAX_ATTEMPTS
from ..middlewares.routing.deployments import check_model_list
from ..middlewares.routing.redis_state import RedisState
from ..middlewares.routing.state import RouteState
from ..middlewares.routing.strategies import Strategy, StrategyName
from ..pipeline.call.request import NOTHING, Middleware
from ..pipeline.errors import InvalidArgumentError
from .client import CALL_ARGUMENTS, Client, default_middlewares
from .router_arguments import (
    check_fallbacks,
    check_forms,
    check_limits,
    join_fallbacks,
    read_aliases,
    redis_address,
    refuse_absent,
    split_metadata,
    with_defaults,
)
from .settings import SETTING_NAMES, RouterSettings, Settings, read_settings


class Router(Client):
    """A client whose model names are groups of deployments.

        router = Router([
            {"model_name": "chat", "litellm_params": {"model": "openai/gpt-4o", "rpm": 500}},
            {"model_name": "chat", "litellm_params": {"model": "azure/gpt-4o", ...}},
        ])
        router.completion("chat", messages)

    A router is the default chain with these groups: `router.describe()` returns it, and a model
    that is not a group is called as with any other client. The value "os.environ/NAME" in
    `litellm_params` means the value of that environment variable.

    Args:
        model_list: the deployments; see `Route`.
        routing_strategy: see `Route`.
        num_retries: how often to retry a failed call, over all deployments.
        timeout: limit for calls without their own; see `completion`.
        stream_timeout: the same for streams.
        fallbacks: see `Fallback`; groups or models, `{"chat": ["big-chat"]}`, or for all calls
            `["big-chat"]`.
        default_fallbacks: fallbacks of models without an entry in `fallbacks`.
        context_window_fallbacks: fallbacks if the prompt was too long.
        content_policy_fallbacks: fallbacks if the content was refused.
        model_group_alias: additional names of groups, {"gpt-4": "chat"}. With
            {"gpt-4": {"model": "chat", "hidden": True}} `get_model_names()` omits the name.
        default_litellm_params: arguments for deployments without their own. `metadata` among them
            is that of every call; a call's own values take precedence.
        default_max_parallel_requests: maximum number of concurrent requests per deployment.
        cooldown_time: seconds to skip a failed deployment or fallback, unless the provider
            says how long.
        allowed_fails: failures within a minute that do not yet cause a cooldown.
        redis_url: a Redis that several processes share for counts; None keeps them in memory.
        redis_host, redis_port, redis_password, redis_db: the same in parts.
        state: the same with your own client, `RedisState(redis_client)`.
        middlewares: layers outside the default chain.
        settings: see `Settings`: cache, callbacks, drop_params and others. Those of the module
            apply unless they are given here.

    Raises:
        InvalidArgumentError: an argument is unknown or has a wrong value, a provider or a group
            does not exist, a model does not take an argument, or both a Redis and `state` are
            given; the message says where. For arguments that only litellm's Router has, it says
            what to use instead.
        ImportError: a Redis is given and redis-py is not installed.
    """

    def __init__(
        self,
        model_list: Sequence[Mapping[str, Any]] | None = None,
        *,
        routing_strategy: StrategyName | Strategy = "simple-shuffle",
        num_retries: int | None = None,
        timeout: object = None,
        stream_timeout: object = None,
        fallbacks: object = None,
        default_fallbacks: Sequence[str] | None = None,
        context_window_fallbacks: object = None,
        content_policy_fallbacks: object = None,
        model_group_alias: Mapping[str, object] | None = None,
        default_litellm_params: Mapping[str, Any] | None = None,
        default_max_parallel_requests: int | None = None,
        cooldown_time: float | None = None,
        allowed_fails: int | None = None,
        redis_url: str | None = None,
        redis_host: str | None = None,
        redis_port: int | None = None,
        redis_password: str | None = None,
        redis_db: int | None = None,
        state: RouteState | None = None,
        middlewares: Sequence[Middleware] = (),
        **settings: Unpack[RouterSettings],
    ) -> None:
        own = read_settings("Router", refuse_absent(settings), _ARGUMENTS, CALL_ARGUMENTS)
        self._timeouts = {"timeout": timeout, "stream_timeout": stream_timeout}
        check_limits(self._timeouts, num_retries, cooldown_time, allowed_fails)
        if not is_list(middlewares):
            kind = type(middlewares).__name__
            raise InvalidArgumentError(f"middlewares: expected a list, got {kind}")
        check_forms(
            model_group_alias=model_group_alias, default_litellm_params=default_litellm_params
        )
        metadata, params = split_metadata(default_litellm_params or NOTHING)
        cooldown = COOLDOWN if cooldown_time is None else cooldown_time
        attempts = MAX_ATTEMPTS if num_retries is None else num_retries + 1
        address = redis_address(redis_url, redis_host, redis_port, redis_password, redis_db)
        if address is not None and state is not None:
            raise InvalidArgumentError("redis_url and state: pass only one of them")
        # It may be an iterator, which is read once.
        if isinstance(model_list, Iterator):
            model_list = list(model_list)
        if model_list is not None:
            check_model_list(model_list)
        self.model_list = list(() if model_list is None else model_list)
        aliases, self._shown_aliases = read_aliases(model_group_alias or NOTHING)
        defaults = {"max_parallel_requests": default_max_parallel_requests, **params}
        route = Route(
            with_defaults(self.model_list, defaults),
            strategy=routing_strategy,
            attempts=attempts,
            cooldown=cooldown,
            allowed_fails=allowed_fails or 0,
            aliases=aliases,
            state=state if address is None else RedisState.from_url(address),
        )
        check_fallbacks(context_window_fallbacks=context_window_fallbacks)
        fallback = Fallback(
            join_fallbacks(fallbacks, default_fallbacks),
            context_window_fallback_dict=context_window_fallbacks,
            content_policy_fallbacks=content_policy_fallbacks,
            cooldown=cooldown,
            allowed_fails=allowed_fails or 0,
        )
        self._own = own
        # An argument of the router takes precedence over the module's setting of this name.
        # litellm's arguments that do nothing here are not among its fields.
        self._given = settings.keys() & SETTING_NAMES
        if num_retries is not None:
            self._given.add("num_retries")
        chain = self._chain(Metadata(metadata), fallback, route, Retry(attempts=attempts))
        super().__init__([*middlewares, *chain])
        self.settings = own

    def _check_models(self) -> None:
        try:
            super()._check_models()
        except InvalidArgumentError as error:
            # The layer has another name for this argument.
            said = error.message.replace(
                "context_window_fallback_dict", "context_window_fallbacks", 1
            )
            raise InvalidArgumentError(said, param=error.param) from None

    def _chain(
        self, metadata: Metadata, fallback: Fallback, route: Route, retry: Retry
    ) -> list[Middleware]:
        return default_middlewares(
            metadata=metadata,
            callbacks=Callbacks(defaults=lambda: self.current_settings().callback_lists()),
            cache=Cache(defaults=lambda: self.current_settings().cache),
            fallback=fallback,
            route=route,
            retry=retry,
        )

    def current_settings(self) -> Settings:
        """Return the router's own settings, with those of the module for the rest."""
        from .default import client  # noqa: PLC0415  # created when first needed

        own = {name: getattr(self._own, name) for name in self._own_settings()}
        return structs.replace(client.settings, **own)

    def setting_owner(self, name: str) -> str:
        """Return where a setting was made, for `describe()`."""
        return self.owner if name in self._own_settings() else "module"

    def _own_settings(self) -> set[str]:
        return self._given | self._own.changed().keys()

    def get_model_names(self) -> list[str]:
        """Return the names of the groups and of the aliases that are not hidden."""
        names = [str(entry["model_name"]) for entry in self.model_list]
        return list(dict.fromkeys([*names, *self._shown_aliases]))

    def get_model_list(self, model_name: str | None = None) -> list[Mapping[str, Any]]:
        """Return the deployments as they were given: all, or those of a group."""
        return [entry for entry in self.model_list if model_name in (None, entry.get("model_name"))]

    def _with_settings(self, model: str, arguments: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        if arguments.get("timeout") is None and arguments.get("request_timeout") is None:
            for name, limit in self._timeouts.items():
                if arguments.get(name) is None:
                    arguments[name] = limit
        return super()._with_settings(model, arguments)


_ARGUMENTS = frozenset(signature(Router).parameters)
