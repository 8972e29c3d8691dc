"""Sber's GigaChat: an authorization key is exchanged for a token of half an hour.

https://developers.sber.ru/docs/ru/gigachat/api/reference/rest/post-token
"""

from __future__ import annotations

import os
from uuid import uuid4

import msgspec

from ...pipeline.call.request import Endpoint, Request
from ...pipeline.errors import AuthenticationError
from ...pipeline.secret import Secret, reveal
from ..credentials.authorization import bearer, brings_credentials, take_params, with_headers
from ..credentials.token_exchange import Exchange, fetch_token
from ..provider.row import Provider
from .openai import PARAMS, Decoder, decode, encode, error

__all__ = ["PARAMS", "Decoder", "decode", "encode", "error", "prepare"]

AUTH_URL = "https://ngw.devices.sberbank.ru:9443/api/v2/oauth"
#: The API for individuals; companies have GIGACHAT_API_B2B and GIGACHAT_API_CORP.
DEFAULT_SCOPE = "GIGACHAT_API_PERS"
# Arguments that identify the caller; they are never part of the body.
_CREDENTIALS = frozenset({"access_token", "scope"})


async def prepare(
    request: Request, provider: Provider, endpoint: Endpoint
) -> tuple[Request, Endpoint]:
    """Return the request with a token in its headers.

    The first of these is used: `api_key` (the authorization key), `access_token` (an existing
    token), the key's variables, GIGACHAT_ACCESS_TOKEN. `scope` or GIGACHAT_SCOPE select the API
    that was bought, and GIGACHAT_AUTH_URL another token endpoint.

    Raises:
        AuthenticationError: all of these are missing, or GigaChat gives no token for the key.
    """
    request, given = take_params(request, _CREDENTIALS)
    if brings_credentials(request):
        return request, endpoint
    ready = os.environ.get("GIGACHAT_ACCESS_TOKEN", "").strip()
    if given.get("access_token") and request.api_key is None:
        token = Secret(reveal(given["access_token"]))
    elif endpoint.key is not None:
        scope = given.get("scope") or os.environ.get("GIGACHAT_SCOPE") or DEFAULT_SCOPE
        token = await _exchange(request, provider, endpoint.key, str(scope))
    elif ready:
        token = Secret(ready)
    else:
        raise AuthenticationError(
            f"no key for {provider.title}: set {' or '.join(provider.key_env)} or pass api_key "
            "(or GIGACHAT_ACCESS_TOKEN or access_token)",
            provider.name,
        )
    return with_headers(request, bearer(token)), msgspec.structs.replace(endpoint, key=None)


async def _exchange(request: Request, provider: Provider, key: Secret, scope: str) -> Secret:
    exchange = Exchange(
        url=os.environ.get("GIGACHAT_AUTH_URL") or AUTH_URL,
        form={"scope": scope},
        # The key already is the base64 of client id and secret.
        headers={"Authorization": f"Basic {key.reveal()}", "RqUID": str(uuid4())},
        secrets=(key,),
    )
    return await fetch_token(request, provider, exchange)
