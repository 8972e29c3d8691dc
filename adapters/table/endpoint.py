"""Resolve the base URL and the key of a request: the call's own, else the provider's."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from msgspec import structs

from ...pipeline.call.chat_params import CHAT_PARAMS
from ...pipeline.call.request import Endpoint, Request, Wire, replace
from ...pipeline.errors import AuthenticationError, BadRequestError
from ...pipeline.secret import Secret
from ...pipeline.transport.urls import check_base_url
from ..encode.url_parts import host_part, path_part, whole_host
from ..provider.param_groups import NO_FIELDS
from ..provider.row import NO_MAPPING, Provider
from ..provider.rules import (
    cache_mark,
    effort_of,
    exclusive_params,
    lacking_in_responses,
    lacking_tools,
    prefill,
    refused_params,
    supported_in_chat,
    supported_in_responses,
    supported_params,
)

_FIELD = re.compile(r"\{([A-Z0-9_|]+)\}")
_SCHEME_OR_END = re.compile(r"^https?://|/+$")

# Other libraries look up bare names in a list of models, so users may expect that here.
_BARE_NAME = "; names without a prefix are OpenAI's, use PROVIDER/MODEL for others"


def resolve_endpoint(
    request: Request,
    provider: Provider,
    model: str,
    params: frozenset[str],
    wire: Wire = "chat",
    reason: str = "",
) -> Endpoint:
    """Return the endpoint of a request; `params` are those that the provider's wire supports.

    Raises:
        AuthenticationError: the provider needs a key, and no argument or variable contains one.
        BadRequestError: the provider needs a base URL, and no argument or variable contains one;
            or one of them has a value that cannot be part of it.
    """
    given = request.params
    reasons = "reasoning_effort" not in given or effort_of(given) != "none"
    bare = request.provider is None and "/" not in request.model
    known = base_model(given) if "base_model" in given else model
    return structs.replace(
        _known_endpoint(provider, known, params, wire, reasons),
        model=model,
        base_url=request.base_url or base_url_of(provider, given),
        key=request.api_key or key_of(provider, _BARE_NAME if bare else ""),
        reason=reason,
    )


def base_model(params: Mapping[str, Any]) -> str:
    """Return the model behind a deployment, which a call may name; see wires/azure."""
    return str(params["base_model"]).rpartition("/")[2]


@lru_cache(maxsize=1024)
def _known_endpoint(
    provider: Provider, model: str, params: frozenset[str], wire: Wire, reasons: bool
) -> Endpoint:
    """Return the endpoint as it is for each call to a model; `reasons` says whether it reasons."""
    supported = supported_in_responses if wire == "responses" else supported_params
    return Endpoint(
        provider=provider.name,
        model=model,
        base_url="",
        key=None,
        supported=supported(provider, model, params, reasons=reasons),
        refused=refused_params(provider, model),
        exclusive=exclusive_params(provider, model),
        wire=wire,
        in_chat=supported_in_chat(provider, model) if wire == "responses" else NO_FIELDS,
        lacking_tools=lacking_tools(provider, model)
        if wire == "chat"
        else lacking_in_responses(provider),
        max_stop_sequences=provider.max_stop_sequences,
        cache_mark=cache_mark(provider, model),
        keys_are_accounts=wire == "responses"
        and provider.responses is not None
        and provider.responses.keys_are_accounts,
        prefill=prefill(provider, model),
    )


@lru_cache(maxsize=1024)
def fields_of(provider: Provider) -> tuple[tuple[str, ...], ...]:
    """Return the variables of each field of a provider's base URL."""
    found = _FIELD.findall(provider.base_url or "")
    return tuple(tuple(names.split("|")) for names in found)


@lru_cache(maxsize=1024)
def address_arguments(provider: Provider) -> frozenset[str]:
    """Return the arguments that fill the fields of a provider's base URL.

    Their names are those of the variables in lower case. OpenAI's parameters are never among them.
    """
    if not fields_of(provider):
        return NO_FIELDS
    names = {name.lower() for field in fields_of(provider) for name in field}
    return frozenset(names - CHAT_PARAMS)


def without_address(request: Request, provider: Provider) -> Request:
    """Return a request without the arguments of its address, which are not sent."""
    names = address_arguments(provider)
    if names.isdisjoint(request.params):
        return request
    params = {name: value for name, value in request.params.items() if name not in names}
    return replace(request, params=params)


def base_url_of(provider: Provider, params: Mapping[str, Any] = NO_MAPPING) -> str:
    """Return the base URL of a provider; arguments take precedence over variables.

    Args:
        provider: its row.
        params: the parameters of a call.

    Raises:
        BadRequestError: an argument or variable that it needs is missing, or has a value that
            cannot be part of it.
    """
    if address_arguments(provider).isdisjoint(params):
        for name in provider.base_url_env:
            value = os.environ.get(name)
            if value:
                return check_base_url(value)
    if provider.base_url is None:
        wanted = " or ".join(provider.base_url_env)
        raise BadRequestError(
            f"{provider.name}: base_url is missing: pass base_url"
            + (f" or set {wanted}" if wanted else ""),
            provider.name,
            param="base_url",
        )
    if "{" not in provider.base_url:
        return provider.base_url
    return _FIELD.sub(lambda field: _value(field, provider, params), provider.base_url)


def _value(field: re.Match[str], provider: Provider, params: Mapping[str, Any]) -> str:
    """Return the value of a field of a base URL, which cannot lead to another host or path."""
    names = field.group(1).split("|")
    arguments = [name.lower() for name in names if name.lower() in address_arguments(provider)]
    name, value = _argument(arguments, params) or _variable(names) or ("", "")
    if not value:
        passed = f"pass {arguments[0]}, " if arguments else ""
        raise BadRequestError(
            f"{provider.name}: its base URL needs {' or '.join(names)}: "
            f"{passed}set that variable or pass base_url",
            provider.name,
            param="base_url",
        )
    before, after = field.string[: field.start()], field.string[field.end() :]
    if "/" in before.partition("://")[2]:
        return path_part(value, name)
    if before.endswith("://") and after[:1] in ("", "/"):
        # Users often give a URL instead of a host.
        return whole_host(_SCHEME_OR_END.sub("", value), name)
    return host_part(value, name)


def _argument(names: list[str], params: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the first argument that is given, and its value.

    Raises:
        BadRequestError: it is not a str, or empty.
    """
    for name in names:
        if name in params:
            value: object = params[name]
            if isinstance(value, str) and value:
                return name, value
            got = type(value).__name__ if value else f"an empty {type(value).__name__}"
            raise BadRequestError(f"{name}: expected str, got {got}", param=name)
    return None


def _variable(names: list[str]) -> tuple[str, str] | None:
    """Return the first variable that is set, and its value."""
    return next(((name, value) for name in names if (value := os.environ.get(name))), None)


def key_of(provider: Provider, hint: str = "") -> Secret | None:
    """Return the key of a provider from its variables, None if it does not need one.

    `hint` is added to the error.

    Raises:
        AuthenticationError: it needs a key, and no variable contains one.
    """
    for name in provider.key_env:
        value = os.environ.get(name, "").strip()
        if value:
            return Secret(value)
    if provider.auth in ("none", "optional", "wire"):
        return None
    names = " or ".join(provider.key_env)
    raise AuthenticationError(
        f"no key for {provider.title or provider.name}: "
        + (f"set {names} or pass api_key" if names else "pass api_key")
        + hint,
        provider.name,
    )


def missing_variables(provider: Provider) -> tuple[list[str], list[str]]:
    """Return the missing variables of a provider's key, and those of its base URL.

    If several variables would work, this names the first. It does not look for credentials that a
    wire finds elsewhere, such as files or a role of the machine.
    """
    key: list[str] = []
    if provider.auth not in ("none", "optional") and not any(map(_are_set, _logins(provider))):
        key = list(provider.key_env[:1])
    if provider.base_url_env and not _first_unset(provider.base_url_env):
        return key, []
    if provider.base_url is None:
        return key, list(provider.base_url_env[:1])
    return key, [name for names in fields_of(provider) for name in _first_unset(names)]


def has_login(provider: Provider) -> bool:
    """Return whether environment variables contain credentials of a provider."""
    return any(names and _are_set(names) for names in _logins(provider))


def _logins(provider: Provider) -> list[tuple[str, ...]]:
    return [*((name,) for name in provider.key_env), *provider.logins]


def _are_set(names: Sequence[str]) -> bool:
    return all(os.environ.get(name, "").strip() for name in names)


def _first_unset(names: Sequence[str]) -> list[str]:
    """Return the first of the names, or nothing if one of them is set."""
    return [] if any(_are_set((name,)) for name in names) else list(names[:1])
