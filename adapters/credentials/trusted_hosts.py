"""Warn before a key of the environment goes to a host that is not known for it."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Collection, Iterator
from threading import Lock

from ..encode.url_parts import host_of
from ..provider.row import Provider

_log = logging.getLogger("trunkline")

# Second-level domains under which countries register names: api.example.com.cn.
_REGISTRIES = frozenset({"ac", "co", "com", "edu", "gov", "net", "org"})
_FIELD = re.compile(r"\{[^}]*\}")
_MOST_REMEMBERED = 1000
# The user's own machine. Rows of servers that users run have these as their addresses.
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

_warned: set[tuple[str, str]] = set()
_lock = Lock()


def warn_of_host(provider: Provider, base_url: str, trusted: Collection[str]) -> None:
    """Warn once per host if a key of the environment goes to a host that is not known for it.

    These hosts are known: the provider's own, those of its variables such as OPENAI_BASE_URL, and
    the `trusted` ones, each the name of a host, or ".example.com" for all hosts below that. The
    user's own machine is known, and so is every host of a server that the user runs.
    """
    host = host_of(base_url)
    own = host_of(provider.base_url or "")
    if not host or not own or not _LOOPBACK.isdisjoint((host, own)):
        return
    if _is_known(host, own, provider, trusted):
        return
    with _lock:
        if (provider.name, host) in _warned:
            return
        if len(_warned) >= _MOST_REMEMBERED:
            _warned.clear()
        _warned.add((provider.name, host))
    variable = next((name for name in provider.key_env if os.environ.get(name)), "a key")
    address = f" or set {provider.base_url_env[0]}" if provider.base_url_env else ""
    _log.warning(
        "%s from the environment is sent to %s, which is not a host of %s: pass api_key for that "
        "host%s; trusted_hosts=[%r] turns this warning off",
        variable,
        host,
        provider.title or provider.name,
        address,
        host,
    )


def _is_known(host: str, own: str, provider: Provider, trusted: Collection[str]) -> bool:
    if host == own or _is_in(host, _domain_of(own)):
        return True
    responses = provider.responses.hosts if provider.responses is not None else ()
    suffixes = (*responses, *trusted)
    return any(_is_in(host, suffix) for suffix in suffixes) or host in _configured(provider)


def _configured(provider: Provider) -> Iterator[str]:
    for name in provider.base_url_env:
        value = os.environ.get(name)
        if value:
            yield host_of(value)


def _is_in(host: str, suffix: str) -> bool:
    """Return whether a host is this one, or below it if it begins with a dot."""
    suffix = suffix.lower().removeprefix("*")
    if suffix.startswith("."):
        return host.endswith(suffix) or host == suffix[1:]
    return host == suffix


def _domain_of(host: str) -> str:
    """Return a vendor's domain with a dot before it, "" if only the user knows its host."""
    # Fields, such as that of a region, are at the beginning.
    fixed = _FIELD.split(host)[-1]
    labels = fixed.strip(".").split(".")
    count = 3 if len(labels) > 2 and labels[-2] in _REGISTRIES and len(labels[-1]) == 2 else 2
    return "." + ".".join(labels[-count:]) if len(labels) >= 2 else ""
