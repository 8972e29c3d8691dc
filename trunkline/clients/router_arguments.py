"""The arguments of a Router in litellm's forms, and those that are not here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast
from urllib.parse import quote

from ..middlewares.prices.own import PRICE_NAMES

_OWN_FUNCTION = "give a function of your own as routing_strategy"
_GROUPS = "make a group, a model_name, of the deployments that may answer"
_LIMITS = "give rpm, tpm or max_parallel_requests in litellm_params"

#: Arguments of litellm's Router that are not here, and what does their work.
ABSENT: Mapping[str, str] = {
    "alerting_config": "callbacks= hears of failures",
    "allowed_fails_policy": "give allowed_fails=, one number for all errors",
    "assistants_config": "only chat completions are here",
    "auto_router_capability_limit": _OWN_FUNCTION,
    "background_health_check_model_groups": "deployments that fail are left alone by themselves",
    "cache_kwargs": 'give cache=, such as RedisStore.from_url("redis://...")',
    "cache_responses": "give cache=: RedisStore.from_url(...), or True for memory",
    "caching_groups": "calls of one model name share their answers; several names do not",
    "client_ttl": "leave it out; connections are closed by themselves when they are idle",
    "debug_level": 'logging.getLogger("trunkline").setLevel("DEBUG") shows what happens',
    "default_priority": _LIMITS,
    "deployment_affinity_ttl_seconds": _OWN_FUNCTION,
    "disable_cooldowns": "give cooldown_time=0",
    "enable_health_check_routing": "deployments that fail are left alone by themselves",
    "enable_pre_call_checks": "a prompt that is too long goes to context_window_fallbacks",
    "enable_tag_filtering": _GROUPS,
    "enable_weighted_failover": "leave it out; what is left of a group is chosen by weight",
    "fallback_access_check": "write a middleware, and give it in middlewares=",
    "fallback_budget_check": "give a Budget in middlewares=",
    "guardrail_list": "write a middleware, and give it in middlewares=",
    "health_check_ignore_transient_errors": "give allowed_fails=",
    "health_check_staleness_threshold": "deployments that fail are left alone by themselves",
    "ignore_invalid_deployments": "leave the deployment out of the list",
    "max_fallbacks": "shorten the list of fallbacks; it is asked to its end",
    "model_group_affinity_config": _OWN_FUNCTION,
    "model_group_retry_policy": "give num_retries= with the call",
    "optional_pre_call_checks": _OWN_FUNCTION,
    "plugins": "write a middleware, and give it in middlewares=",
    "polling_interval": _LIMITS,
    "provider_budget_config": "give a Budget in middlewares=",
    "retry_after": "waits follow Retry-After, or grow from half a second",
    "retry_policy": "give num_retries=, or build a chain with Retry(policy=) and Route",
    "router_general_settings": "leave it out",
    "routing_groups": _GROUPS,
    "routing_strategy_args": _OWN_FUNCTION,
    "search_tools": "only chat completions are here",
    "set_verbose": 'logging.getLogger("trunkline").setLevel("DEBUG") shows what happens',
    "tag_filtering_match_any": _GROUPS,
    "tag_routing_prefix": _GROUPS,
}


def refuse_absent(given: Mapping[str, object]) -> dict[str, Any]:
    """Return what was given beyond the arguments of litellm's Router that are not here.

    One that asks for nothing, None or False, passes.

    Raises:
        TypeError: one of them is given; the text says what to use.
    """
    for name, value in given.items():
        if name in ABSENT and value:
            raise TypeError(f"Router has no argument {name}: {ABSENT[name]}")
    return {name: value for name, value in given.items() if name not in ABSENT}


def with_defaults(
    model_list: Sequence[Mapping[str, Any]], defaults: Mapping[str, Any]
) -> list[Mapping[str, Any]]:
    """Return the deployments with `defaults` in their litellm_params, where these say nothing.

    Prices in their model_info, where litellm takes them too, are put there as well.
    """
    return [
        {**entry, "litellm_params": {**defaults, **_prices(entry), **params}}
        if isinstance(params := entry.get("litellm_params"), Mapping)
        else entry
        for entry in model_list
    ]


def _prices(entry: Mapping[str, Any]) -> dict[str, Any]:
    info: Mapping[str, Any] = entry.get("model_info") or {}
    return {name: info[name] for name in PRICE_NAMES if info.get(name) is not None}


def read_aliases(given: Mapping[str, object]) -> tuple[dict[str, str], list[str]]:
    """Return the group of each alias, and the aliases that are shown.

    An alias stands for a group's name, or for {"model": name, "hidden": True}.

    Raises:
        ValueError: it is neither.
    """
    aliases: dict[str, str] = {}
    shown: list[str] = []
    for alias, value in given.items():
        item: Mapping[str, object] = {"model": value}
        if isinstance(value, Mapping):
            item = cast("Mapping[str, object]", value)
        name = item.get("model")
        if not isinstance(name, str):
            place = f"model_group_alias[{alias!r}]"
            raise ValueError(f"{place}: expected a group's name, got {value!r}")  # noqa: TRY004  # as for all else of a Router
        aliases[alias] = name
        if not item.get("hidden"):
            shown.append(alias)
    return aliases, shown


def join_fallbacks(fallbacks: object, default_fallbacks: Sequence[str] | None) -> object:
    """Return one argument of both: the default ones are for models without their own."""
    if not default_fallbacks:
        return fallbacks
    default = {"*": list(default_fallbacks)}
    if fallbacks is None:
        return default
    tables = cast("Sequence[object]", fallbacks if isinstance(fallbacks, list) else [fallbacks])
    joined: dict[str, Any] = {}
    for table in tables:
        if not isinstance(table, Mapping):
            raise ValueError(  # noqa: TRY004  # as for all else of a Router
                "default_fallbacks: fallbacks hold for all models already; write them into one list"
            )
        joined |= cast("Mapping[str, Any]", table)
    return {**default, **joined}


def redis_address(
    url: str | None, host: str | None, port: int | None, password: str | None, db: int | None
) -> str | None:
    """Return the address of a Redis that is given as a URL or by its parts, None where neither is.

    Raises:
        ValueError: both are given, or parts without a host.
    """
    parts = (host, port, password, db)
    if url is not None and any(part is not None for part in parts):
        raise ValueError("redis_url and redis_host: give one of them, with all that belongs to it")
    if url is not None or all(part is None for part in parts):
        return url
    if host is None:
        raise ValueError("redis_host: it is missing")
    user = f":{quote(password, safe='')}@" if password else ""
    return f"redis://{user}{host}:{port or 6379}/{db or 0}"
