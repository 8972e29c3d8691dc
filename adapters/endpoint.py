"""Where a request goes and with which key: the call's, else those of the provider's variables."""

from __future__ import annotations

import os
import re

from ..pipeline.errors import AuthenticationError, BadRequestError
from ..pipeline.port import Secret
from ..pipeline.request import Endpoint, Request
from .provider import Provider
from .rules import supported_params

_FIELD = re.compile(r"\{([A-Z0-9_|]+)\}")
_SCHEME_OR_END = re.compile(r"^https?://|/+$")


def resolve_endpoint(
    request: Request, provider: Provider, model: str, params: frozenset[str]
) -> Endpoint:
    """Return the endpoint of a request; `params` are those that the provider's wire can carry.

    Raises:
        AuthenticationError: the provider needs a key, and neither argument nor variable has one.
        BadRequestError: the provider needs a base_url, and neither has one.
    """
    return Endpoint(
        provider=provider.name,
        model=model,
        base_url=request.base_url or _base_url(provider),
        key=request.api_key or _key(provider),
        supported=supported_params(provider, model, params),
        max_stop_sequences=provider.max_stop_sequences,
    )


def _base_url(provider: Provider) -> str:
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


def _key(provider: Provider) -> Secret | None:
    for name in provider.key_env:
        value = os.environ.get(name, "").strip()
        if value:
            return Secret(value)
    if provider.auth in ("none", "optional", "wire"):
        return None
    names = " or ".join(provider.key_env)
    raise AuthenticationError(
        f"no key for {provider.title or provider.name}: "
        + (f"set {names} or pass api_key" if names else "pass api_key"),
        provider.name,
    )
