"""Mistakes of a configuration that its types do not show: names, variables, addresses."""

from __future__ import annotations

import os
from collections.abc import Iterator
from urllib.parse import urlsplit

from ..inbound.loopback import is_loopback
from ..inbound.policy import can_be_allowed
from ..models.environment import validate_environment
from ..pipeline.call.arguments import OWN_ARGUMENTS
from ..pipeline.errors import BadRequestError
from ..pipeline.transport.urls import check_base_url
from .config import Config, Deployment
from .mistakes import Mistake

#: Fields of a deployment that are not in its `params`.
_OWN_FIELDS = frozenset({"model", "messages", "stream", "rpm", "tpm", "weight", "order"})


def check_config(config: Config) -> Iterator[Mistake]:
    """Yield the mistakes of a configuration whose types are right."""
    yield from _check_server(config)
    yield from _check_keys(config)
    for name, model in config.models.items():
        for number, fallback in enumerate(model.fallbacks):
            if fallback not in config.models or fallback == name:
                where = f"models.{name}.fallbacks[{number}]"
                yield Mistake(where, f"{fallback!r} is not another model of this configuration")
        for number, deployment in enumerate(model.deployments):
            yield from _check_deployment(deployment, f"models.{name}.deployments[{number}]")
    yield from _check_shared(config)


def _check_server(config: Config) -> Iterator[Mistake]:
    server = config.server
    if not config.keys and not is_loopback(server.host):
        yield Mistake(
            "server.host", f"{server.host} is not loopback, which needs a key; add [keys.NAME]"
        )
    for number, name in enumerate(server.allow):
        if not can_be_allowed(name):
            where = f"server.allow[{number}]"
            yield Mistake(where, f"{name!r} is an address or a credential, and cannot be allowed")


def _check_keys(config: Config) -> Iterator[Mistake]:
    names: dict[str, str] = {}
    for name, key in config.keys.items():
        yield from _check_variable(key.env, f"keys.{name}.env")
        value = os.environ.get(key.env, "").strip()
        if value and value in names:
            yield Mistake(f"keys.{name}.env", f"keys.{names[value]} has the same key")
        names.setdefault(value, name)


def _check_variable(name: str, path: str) -> Iterator[Mistake]:
    if not os.environ.get(name, "").strip():
        yield Mistake(path, f"the environment variable {name} is not set")


def _check_deployment(deployment: Deployment, path: str) -> Iterator[Mistake]:
    if deployment.key_env is not None:
        yield from _check_variable(deployment.key_env, f"{path}.key_env")
    if deployment.base_url is not None:
        try:
            check_base_url(deployment.base_url)
        except BadRequestError as error:
            yield Mistake(f"{path}.base_url", error.message)
    for name in deployment.params:
        if name in _OWN_FIELDS or name in ("api_key", "base_url", "api_base", "client"):
            where = f"{path}.params.{name}"
            remedy = "use key_env" if name == "api_key" else "it has a field of its own"
            yield Mistake(where, f"not here; {remedy}")
    yield from _check_login(deployment, path)


def _check_login(deployment: Deployment, path: str) -> Iterator[Mistake]:
    """Yield a mistake if the provider is unknown, or a variable that it needs is missing."""
    try:
        found = validate_environment(
            deployment.model, api_key=deployment.key_env, api_base=deployment.base_url
        )
    except BadRequestError as error:
        yield Mistake(f"{path}.model", error.message)
        return
    given = OWN_ARGUMENTS & deployment.params.keys() or any(
        name.startswith(("aws_", "azure_", "vertex_")) for name in deployment.params
    )
    if found["missing_keys"] and not given:
        names = " and ".join(found["missing_keys"])
        yield Mistake(f"{path}.model", f"the environment variable {names} is not set")


def _check_shared(config: Config) -> Iterator[Mistake]:
    redis = config.redis
    for name, table in (("cache", config.cache), ("responses", config.responses)):
        if table is not None and table.store == "redis" and redis is None:
            yield Mistake(f"{name}.store", "needs the table [redis]")
    limits = config.limits
    if limits is not None and not (limits.rpm or limits.tpm or limits.max_parallel_requests):
        yield Mistake("limits", "expected rpm, tpm or max_parallel_requests")
    for name, per in (
        ("limits", limits and limits.per),
        ("budget", config.budget and config.budget.per),
    ):
        if per == "key" and not config.keys:
            yield Mistake(name, 'there are no keys; add [keys.NAME], or set per = "all"')
    if redis is None:
        return
    yield from _check_variable(redis.url_env, "redis.url_env")
    scheme = urlsplit(os.environ.get(redis.url_env, "").strip()).scheme
    if scheme and scheme not in ("redis", "rediss", "unix"):
        yield Mistake("redis.url_env", f"{redis.url_env}: expected a redis:// URL")
