"""Where a request goes and with which key: the call's, else those of the provider's variables."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from ...pipeline.call.request import Endpoint, Request, Wire
from ...pipeline.errors import AuthenticationError, BadRequestError
from ...pipeline.secret import Secret
from ..provider.row import Provider
from ..provider.rules import supported_in_responses, supported_params

_FIELD = re.compile(r"\{([A-Z0-9_|]+)\}")
_SCHEME_OR_END = re.compile(r"^https?://|/+$")

# Who comes from a library that looks bare names up in a list of models may not know.
_BARE_NAME = "; a name without a provider's prefix is OpenAI's, others are PROVIDER/MODEL"


def resolve_endpoint(
    request: Request,
    provider: Provider,
    model: str,
    params: frozenset[str],
    wire: Wire = "chat",
    reason: str = "",
) -> Endpoint:
    """Return the endpoint of a request; `params` are those that the provider's wire can carry.

    Raises:
        AuthenticationError: the provider needs a key, and neither argument nor variable has one.
        BadRequestError: the provider needs a base_url, and neither has one.
    """
    supported = supported_in_responses if wire == "responses" else supported_params
    bare = request.provider is None and "/" not in request.model
    return Endpoint(
        provider=provider.name,
        model=model,
        base_url=request.base_url or base_url_of(provider),
        key=request.api_key or key_of(provider, _BARE_NAME if bare else ""),
        supported=supported(
            provider, model, params, reasons=request.params.get("reasoning_effort") != "none"
        ),
        wire=wire,
        reason=reason,
        max_stop_sequences=provider.max_stop_sequences,
    )


def base_url_of(provider: Provider) -> str:
    """Return the address of a provider: that of a variable, else the row's.

    Raises:
        BadRequestError: a variable that it needs is not set.
    """
    for name in provider.base_url_env:
        value = os.environ.get(name)
        if value:
            return value
    if provider.base_url is None:
        wanted = " or ".join(provider.base_url_env)
        raise BadRequestError(
            f"{provider.name}: base_url is missing: pass base_url"
            + (f" or set {wanted}" if wanted else ""),
            provider.name,
            param="base_url",
        )
    return _FIELD.sub(lambda field: _variable(field.group(1), provider), provider.base_url)


def _variable(alternatives: str, provider: Provider) -> str:
    names = alternatives.split("|")
    for name in names:
        value = os.environ.get(name)
        if value:
            # A host is often given as an address.
            return _SCHEME_OR_END.sub("", value)
    raise BadRequestError(
        f"{provider.name}: its address needs {' or '.join(names)}: "
        "set that variable or pass base_url",
        provider.name,
        param="base_url",
    )


def key_of(provider: Provider, hint: str = "") -> Secret | None:
    """Return the key of a provider from its variables, None where it may do without.

    `hint` ends the text of the error.

    Raises:
        AuthenticationError: it needs one.
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
    """Return the variables that are not set for a provider's key, and for its address.

    Of several that would do, it is the first. What a wire finds elsewhere, in files or as a role
    of the machine, is not looked for.
    """
    key: list[str] = []
    if provider.auth not in ("none", "optional") and not any(map(_are_set, _logins(provider))):
        key = list(provider.key_env[:1])
    if provider.base_url_env and not _first_unset(provider.base_url_env):
        return key, []
    if provider.base_url is None:
        return key, list(provider.base_url_env[:1])
    fields = [field.group(1).split("|") for field in _FIELD.finditer(provider.base_url)]
    return key, [name for names in fields for name in _first_unset(names)]


def has_login(provider: Provider) -> bool:
    """Tell whether variables of the environment are set that log in at a provider."""
    return any(names and _are_set(names) for names in _logins(provider))


def _logins(provider: Provider) -> list[tuple[str, ...]]:
    return [*((name,) for name in provider.key_env), *provider.logins]


def _are_set(names: Sequence[str]) -> bool:
    return all(os.environ.get(name, "").strip() for name in names)


def _first_unset(names: Sequence[str]) -> list[str]:
    """Return the first of the names, none where one of them is set."""
    return [] if any(_are_set((name,)) for name in names) else list(names[:1])
