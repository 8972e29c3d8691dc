"""Authenticate at Azure with a key, or with a token of Microsoft Entra ID.

https://learn.microsoft.com/azure/ai-foundry/openai/how-to/managed-identity
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any, Protocol, cast

import msgspec

from ...pipeline.call.request import Endpoint, Request
from ...pipeline.errors import AuthenticationError
from ...pipeline.secret import Secret, reveal
from ..provider.row import Provider
from .authorization import bearer, brings_credentials, take_params, with_headers
from .token_cache import Token, shared_tokens

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken

DEFAULT_SCOPE = "https://cognitiveservices.azure.com/.default"

#: Arguments of a call with credentials; they are never sent in the body.
PARAMS = frozenset(
    {
        "azure_ad_token",
        "azure_ad_token_provider",
        "azure_scope",
        "client_id",
        "client_secret",
        "tenant_id",
    }
)
_TOKEN_VARIABLES = ("AZURE_AD_TOKEN", "AZURE_OPENAI_AD_TOKEN")

_GetToken = Callable[[], object]


class _Credential(Protocol):
    def get_token(self, *scopes: str) -> AccessToken: ...
    def close(self) -> None: ...


async def add_entra_token(
    request: Request, provider: Provider, endpoint: Endpoint
) -> tuple[Request, Endpoint]:
    """Return request and endpoint with a token instead of a key, unless the call has a key.

    The first of these is used: `api_key`, `azure_ad_token`, `azure_ad_token_provider` (a function,
    sync or async), `tenant_id` with `client_id` and `client_secret`, the provider's key variable,
    AZURE_AD_TOKEN, and azure-identity's DefaultAzureCredential if it is installed. `azure_scope`
    or AZURE_SCOPE override the scope.

    Raises:
        AuthenticationError: none of these is available, or fetching a token failed.
    """
    request, given = take_params(request, PARAMS)
    if request.api_key is not None or brings_credentials(request):
        return request, endpoint
    token = await _given_token(request, given, provider)
    if token is None and endpoint.key is not None:
        return request, endpoint
    if token is None:
        token = _variable_token() or await _default_token(request, given, provider)
    return with_headers(request, bearer(token)), msgspec.structs.replace(endpoint, key=None)


async def _given_token(
    request: Request, given: Mapping[str, Any], provider: Provider
) -> Secret | None:
    token: object = given.get("azure_ad_token")
    if token is not None:
        return _checked(token, "azure_ad_token", provider)
    get_token: object = given.get("azure_ad_token_provider")
    if get_token is not None:
        if not callable(get_token):
            raise AuthenticationError(
                "azure_ad_token_provider: expected a function that returns a token, "
                f"got {type(get_token).__name__}",
                provider.name,
            )
        # In a tuple, because trio does not call async functions in a thread.
        (value,) = await request.io.run(lambda: (cast("_GetToken", get_token)(),))
        if inspect.isawaitable(value):
            value = await value
        return _checked(value, "azure_ad_token_provider", provider)
    names = ("tenant_id", "client_id", "client_secret")
    if all(given.get(name) for name in names):
        tenant, client, secret = (reveal(given[name]) for name in names)
        return await _identity_token(request, given, provider, (tenant, client, Secret(secret)))
    return None


def _checked(token: object, source: str, provider: Provider) -> Secret:
    # A Secret may hide a value of a wrong type.
    value: object = token.reveal() if isinstance(token, Secret) else token
    if isinstance(value, str) and value.strip():
        return Secret(value.strip())
    raise AuthenticationError(
        f"{source}: expected a token that is not empty, got {type(value).__name__}",
        provider.name,
    )


def _variable_token() -> Secret | None:
    for name in _TOKEN_VARIABLES:
        value = os.environ.get(name, "").strip()
        if value:
            return Secret(value)
    return None


async def _default_token(request: Request, given: Mapping[str, Any], provider: Provider) -> Secret:
    return await _identity_token(request, given, provider, None)


async def _identity_token(
    request: Request,
    given: Mapping[str, Any],
    provider: Provider,
    application: tuple[str, str, Secret] | None,
) -> Secret:
    """Return a token from azure-identity, the kept one while it is valid."""
    scope = str(given.get("azure_scope") or os.environ.get("AZURE_SCOPE") or DEFAULT_SCOPE)
    key = ("entra", scope, application)
    kept = shared_tokens.get(key)
    if kept is not None:
        return kept
    token = await request.io.run(lambda: _fetch(scope, application, provider))
    shared_tokens.set(key, token)
    return token.secret


def _fetch(scope: str, application: tuple[str, str, Secret] | None, provider: Provider) -> Token:
    try:
        # An extra, and slow to import.
        from azure.core.exceptions import AzureError  # noqa: PLC0415
        from azure.identity import (  # noqa: PLC0415
            ClientSecretCredential,
            DefaultAzureCredential,
        )
    except ImportError:
        raise _missing(provider) from None
    if application is None:
        credential: _Credential = DefaultAzureCredential()
    else:
        tenant, client, secret = application
        credential = ClientSecretCredential(tenant, client, secret.reveal())
    try:
        with closing(credential):
            found = credential.get_token(scope)
    except AzureError as error:
        raise AuthenticationError(
            f"{_missing(provider).message}. Logging in with azure-identity failed: {error}",
            provider.name,
        ) from error
    return Token(secret=Secret(found.token), expires=found.expires_on)


def _missing(provider: Provider) -> AuthenticationError:
    return AuthenticationError(
        f"no key for {provider.title}: set {' or '.join(provider.key_env)}, pass api_key, "
        "azure_ad_token or azure_ad_token_provider, or log in to Azure with azure-identity "
        'installed (pip install "trunkline[azure]")',
        provider.name,
    )
