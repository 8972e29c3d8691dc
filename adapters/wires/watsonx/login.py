"""Tokens for watsonx.ai, exchanged for a key at IBM's IAM or given by the caller.

https://cloud.ibm.com/docs/account?topic=account-iamtoken_from_apikey
"""

from __future__ import annotations

import os

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.errors import AuthenticationError
from ....pipeline.json_values import JSON
from ....pipeline.secret import Secret, reveal
from ...credentials.authorization import brings_credentials, take_params, with_headers
from ...credentials.token_exchange import Exchange, fetch_token
from ...provider.row import Provider

IAM_URL = "https://iam.cloud.ibm.com/identity/token"
_GRANT = "urn:ibm:params:oauth:grant-type:apikey"
# Arguments that identify the caller; they are never part of the body.
_CREDENTIALS = frozenset({"token", "zen_api_key"})


async def prepare(
    request: Request, provider: Provider, endpoint: Endpoint
) -> tuple[Request, Endpoint]:
    """Return the request with a token in its headers.

    The first of these is used: `api_key`, `token`, `zen_api_key`, the key's variables,
    WATSONX_TOKEN, WATSONX_ZENAPIKEY.

    Raises:
        AuthenticationError: all of these are missing, or IBM gives no token for the key.
    """
    request, given = take_params(request, _CREDENTIALS)
    if brings_credentials(request):
        return request, endpoint
    value = await _authorization(request, provider, endpoint, given)
    return with_headers(request, {"Authorization": value}), endpoint


async def _authorization(
    request: Request, provider: Provider, endpoint: Endpoint, given: JSON
) -> str:
    if request.api_key is None:
        if given.get("token"):
            return f"Bearer {reveal(given['token'])}"
        if given.get("zen_api_key"):
            return f"ZenApiKey {reveal(given['zen_api_key'])}"
    if endpoint.key is not None:
        return f"Bearer {(await _iam_token(request, provider, endpoint.key)).reveal()}"
    for name, scheme in (("WATSONX_TOKEN", "Bearer"), ("WATSONX_ZENAPIKEY", "ZenApiKey")):
        value = os.environ.get(name, "").strip()
        if value:
            return f"{scheme} {value}"
    raise AuthenticationError(
        f"no key for {provider.title}: set {' or '.join(provider.key_env)}, or pass api_key "
        "(or WATSONX_TOKEN or token, WATSONX_ZENAPIKEY or zen_api_key)",
        provider.name,
    )


async def _iam_token(request: Request, provider: Provider, key: Secret) -> Secret:
    exchange = Exchange(
        url=os.environ.get("WATSONX_IAM_URL") or IAM_URL,
        form={"grant_type": _GRANT, "apikey": key.reveal()},
        secrets=(key,),
    )
    return await fetch_token(request, provider, exchange)
