"""Convert the arguments of a Router from litellm's forms, and reject those it does not have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast
from urllib.parse import quote

from ..middlewares.checked_arguments import (
    check_count,
    check_mapping,
    check_seconds,
    check_text,
    is_list,
)
from ..middlewares.prices.own import PRICE_NAMES
from ..middlewares.routing.candidates import read_candidates
from ..pipeline.errors import BadRequestError, InvalidArgumentError
from ..pipeline.json_values import as_object
from .settings import check_timeout

_OWN_FUNCTION = "pass your own function as routing_strategy"
_GROUPS = "put these deployments into their own group (model_name)"
_LIMITS = "set rpm, tpm or max_parallel_requests in litellm_params"

#: Arguments of litellm's Router that trunkline's lacks, and what to use instead.
ABSENT: Mapping[str, str] = {
    "alerting_config": "use failure_callback=",
    "allowed_fails_policy": "pass allowed_fails=, one number for all errors",
    "assistants_config": "trunkline supports chat completions and responses",
    "auto_router_capability_limit": _OWN_FUNCTION,
    "background_health_check_model_groups": "failed deployments are skipped automatically",
    "cache_kwargs": 'pass cache=, such as RedisStore.from_url("redis://...")',
    "cache_responses": "pass cache=: RedisStore.from_url(...), or True for memory",
    "caching_groups": "calls of one model name share their cached responses; several names do not",
    "client_ttl": "omit it; idle connections are closed automatically",
    "debug_level": 'logging.getLogger("trunkline").setLevel("DEBUG") logs each request',
    "default_priority": _LIMITS,
    "deployment_affinity_ttl_seconds": _OWN_FUNCTION,
    "disable_cooldowns": "pass cooldown_time=0",
    "enable_health_check_routing": "failed deployments are skipped automatically",
    "enable_pre_call_checks": "a prompt that is too long goes to context_window_fallbacks",
    "enable_tag_filtering": _GROUPS,
    "enable_weighted_failover": "omit it; the rest of a group is chosen by weight",
    "fallback_access_check": "write a middleware and pass it in middlewares=",
    "fallback_budget_check": "pass a Budget in middlewares=",
    "guardrail_list": "write a middleware and pass it in middlewares=",
    "health_check_ignore_transient_errors": "pass allowed_fails=",
    "health_check_staleness_threshold": "failed deployments are skipped automatically",
    "ignore_invalid_deployments": "remove the deployment from the list",
    "max_fallbacks": "shorten the list of fallbacks; all of them are tried",
    "model_group_affinity_config": _OWN_FUNCTION,
    "model_group_retry_policy": "pass num_retries= to the call",
    "optional_pre_call_checks": _OWN_FUNCTION,
    "plugins": "write a middleware and pass it in middlewares=",
    "polling_interval": _LIMITS,
    "provider_budget_config": "pass a Budget in middlewares=",
    "retry_after": "omit it; waits follow Retry-After or grow from 0.5 seconds",
    "retry_policy": "pass num_retries=, or use a chain with Retry(policy=) and Route",
    "router_general_settings": "omit it",
    "routing_groups": _GROUPS,
    "routing_strategy_args": _OWN_FUNCTION,
    "search_tools": "trunkline supports chat completions and responses",
    "set_verbose": 'logging.getLogger("trunkline").setLevel("DEBUG") logs each request',
    "tag_filtering_match_any": _GROUPS,
    "tag_routing_prefix": _GROUPS,
}


def refuse_absent(given: Mapping[str, object]) -> dict[str, Any]:
    """Return the arguments without those that only litellm's Router has.

    Values that request nothing, None and False, are allowed.

    Raises:
        InvalidArgumentError: such an argument is given; the error says what to use instead.
    """
    for name, value in given.items():
        if name in ABSENT and value:
            raise InvalidArgumentError(f"Router has no argument {name}: {ABSENT[name]}")
    return {name: value for name, value in given.items() if name not in ABSENT}


def check_forms(**arguments: object) -> None:
    """Check that arguments are dictionaries with names as keys, or None.

    Raises:
        InvalidArgumentError: one of them is something else.
    """
    for name, value in arguments.items():
        if value is None:
            continue
        check_mapping(name, value)
        for key in cast("Mapping[object, object]", value):
            if not isinstance(key, str):
                raise InvalidArgumentError(f"{name}: expected names, got {key!r}", param=name)


def split_metadata(defaults: Mapping[str, Any]) -> tuple[Mapping[str, Any], dict[str, Any]]:
    """Return the metadata of all calls, and the other defaults of deployments.

    Raises:
        InvalidArgumentError: the metadata is not a dictionary.
    """
    metadata: Mapping[str, Any] | None = defaults.get("metadata")
    check_forms(**{"default_litellm_params.metadata": metadata})
    return metadata or {}, {name: value for name, value in defaults.items() if name != "metadata"}


def check_limits(
    timeouts: Mapping[str, object],
    num_retries: int | None,
    cooldown_time: float | None,
    allowed_fails: int | None,
) -> None:
    """Check a router's numbers under their own names; its layers have others.

    Raises:
        InvalidArgumentError: one of them is invalid.
    """
    for name, value in (("num_retries", num_retries), ("allowed_fails", allowed_fails)):
        if value is not None:
            check_count(name, value, least=0)
    if cooldown_time is not None:
        check_seconds("cooldown_time", cooldown_time, least="0 or more")
    for name, limit in timeouts.items():
        check_timeout(name, limit)


def with_defaults(
    model_list: Sequence[Mapping[str, Any]], defaults: Mapping[str, Any]
) -> list[Mapping[str, Any]]:
    """Return the deployments with `defaults` added to their litellm_params.

    Prices and the base model in model_info, which litellm reads too, are also added.
    """
    return [
        {**entry, "litellm_params": {**defaults, **_prices(entry), **params}}
        if isinstance(params := entry.get("litellm_params"), Mapping)
        else entry
        for entry in model_list
    ]


def _prices(entry: Mapping[str, Any]) -> dict[str, Any]:
    info = as_object(entry.get("model_info")) or {}
    prices: dict[str, Any] = {
        name: info[name] for name in PRICE_NAMES if info.get(name) is not None
    }
    if info.get("base_model"):
        prices["model_info"] = {"base_model": info["base_model"]}
    return prices


def read_aliases(given: Mapping[str, object]) -> tuple[dict[str, str], list[str]]:
    """Return the group of each alias, and the aliases that are not hidden.

    The value of an alias is a group's name, or {"model": name, "hidden": True}.

    Raises:
        InvalidArgumentError: the value is neither.
    """
    aliases: dict[str, str] = {}
    shown: list[str] = []
    for alias, value in given.items():
        kind = type(value).__name__
        item: Mapping[str, object] = {"model": value}
        if isinstance(value, Mapping):
            item = cast("Mapping[str, object]", value)
        name = item.get("model")
        if not isinstance(name, str):
            place = f"model_group_alias[{alias!r}]"
            raise InvalidArgumentError(f"{place}: expected a group's name, got {kind}")
        aliases[alias] = name
        if not item.get("hidden"):
            shown.append(alias)
    return aliases, shown


def check_fallbacks(**arguments: object) -> None:
    """Check the forms of fallbacks under the router's names; `Fallback` has others.

    Raises:
        InvalidArgumentError: one of them has another form.
    """
    for name, value in arguments.items():
        try:
            read_candidates(value or (), None, name)
        except BadRequestError as error:
            raise InvalidArgumentError(error.message, param=name) from None


def join_fallbacks(fallbacks: object, default_fallbacks: Sequence[str] | None) -> object:
    """Return both arguments as one; the default applies to models without their own.

    Raises:
        InvalidArgumentError: `default_fallbacks` is not a list, or cannot be combined with
            `fallbacks`.
    """
    if not default_fallbacks:
        return fallbacks
    one = isinstance(default_fallbacks, str)
    if not one and not is_list(default_fallbacks):
        kind = type(default_fallbacks).__name__
        raise InvalidArgumentError(f"default_fallbacks: expected a list of models, got {kind}")
    models = [default_fallbacks] if one else list(default_fallbacks)
    check_fallbacks(default_fallbacks=models)
    default = {"*": models}
    if fallbacks is None:
        return default
    tables = cast("Sequence[object]", fallbacks if isinstance(fallbacks, list) else [fallbacks])
    joined: dict[str, Any] = {}
    for table in tables:
        if not isinstance(table, Mapping):
            raise InvalidArgumentError(
                "default_fallbacks: fallbacks is a list for all models already; use a single list"
            )
        joined |= cast("Mapping[str, Any]", table)
    return {**default, **joined}


def redis_address(
    url: str | None, host: str | None, port: int | None, password: str | None, db: int | None
) -> str | None:
    """Return the URL of a Redis that is given as a URL or in parts, None if neither is given.

    Raises:
        InvalidArgumentError: both are given, or the host is missing.
    """
    for name, text in (("redis_url", url), ("redis_host", host), ("redis_password", password)):
        if text is not None:
            check_text(name, text)
    for name, number in (("redis_port", port), ("redis_db", db)):
        # Text of an environment variable is a number too.
        if number is not None and not str(number).isdecimal():
            raise InvalidArgumentError(f"{name}: expected an int, got {type(number).__name__}")
    parts = (host, port, password, db)
    if url is not None and any(part is not None for part in parts):
        raise InvalidArgumentError("redis_url and redis_host: pass only one of them")
    if url is not None or all(part is None for part in parts):
        return url
    if host is None:
        raise InvalidArgumentError("redis_host: missing")
    user = f":{quote(password, safe='')}@" if password else ""
    return f"redis://{user}{host}:{port or 6379}/{db or 0}"
