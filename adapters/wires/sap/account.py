"""The account and the deployment of a call to SAP AI Core.

A service key (client id, client secret and token endpoint) is exchanged for a token. The
orchestration service is a deployment of the resource group, found by its scenario.

https://help.sap.com/docs/sap-ai-core/sap-ai-core-service-guide/use-service-key and
https://help.sap.com/docs/sap-ai-core/sap-ai-core-service-guide/get-list-of-deployments (lm)
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from operator import attrgetter
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec
from cachetools import TTLCache

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.errors import AuthenticationError, BadRequestError, NotFoundError
from ....pipeline.json_values import JSON, as_object
from ....pipeline.port import HTTPRequest
from ....pipeline.secret import Secret, reveal
from ...credentials.authorization import bearer
from ...credentials.token_cache import shared_tokens
from ...credentials.token_exchange import Exchange, fetch_token
from ...decode.classify import error_of_body
from ...decode.typed import decode_as
from ...provider.row import Provider
from .schema import Deployments

#: Part of the row's base URL; the service key has its value if no variable does.
PLACE = "{ai_api_url}"
_KEPT_SECONDS = 300.0
_TOKEN_PATH = "/oauth/token"  # noqa: S105  # no password
_VERSION = "/v2"

_listing = msgspec.json.Decoder(Deployments)
_deployments: TTLCache[object, str] = TTLCache(256, _KEPT_SECONDS, timer=monotonic)


def forget() -> None:
    """Forget all tokens and deployments."""
    shared_tokens.clear()
    _deployments.clear()


class Account(NamedTuple):
    """A service key: the client, its token endpoint, and the base URL of its API."""

    client: str
    secret: Secret
    token_url: str
    base_url: str


def read_account(given: Mapping[str, Any], provider: Provider, endpoint: Endpoint) -> Account:
    """Return the service key, read from JSON or from the variables that SAP documents.

    Raises:
        AuthenticationError: the client or the token endpoint is missing.
        BadRequestError: the base URL of the API is missing.
    """
    key = endpoint.key.reveal() if endpoint.key is not None else ""
    fields = _service_key(key) if key.lstrip().startswith("{") else {}
    urls = as_object(fields.get("serviceurls")) or {}
    client = given.get("client_id") or fields.get("clientid") or _variable("CLIENT_ID")
    secret = given.get("client_secret") or fields.get("clientsecret") or (key if not fields else "")
    token_url = given.get("auth_url") or fields.get("url") or _variable("AUTH_URL")
    if not (client and secret and token_url):
        raise AuthenticationError(
            f"no key for {provider.title}: set {' or '.join(provider.key_env)} or pass api_key; "
            "a secret also needs AICORE_CLIENT_ID and AICORE_AUTH_URL; a service key in JSON "
            "contains them",
            provider.name,
        )
    base_url = endpoint.base_url
    if PLACE in base_url:
        base_url = str(urls.get("AI_API_URL") or "")
    if not base_url:
        raise BadRequestError(
            f"{provider.name}: base_url is missing: pass base_url or set "
            f"{' or '.join(provider.base_url_env)}",
            provider.name,
            param="base_url",
        )
    token_url = str(token_url).rstrip("/").removesuffix(_TOKEN_PATH) + _TOKEN_PATH
    base_url = base_url.rstrip("/").removesuffix(_VERSION) + _VERSION
    return Account(str(client), Secret(reveal(secret)), token_url, base_url)


def _service_key(text: str) -> JSON:
    try:
        fields = as_object(msgspec.json.decode(text)) or {}
    except msgspec.DecodeError:
        raise AuthenticationError("the service key is not valid JSON") from None
    # As the cockpit shows it, or inside a service binding.
    return as_object(fields.get("credentials")) or fields


def _variable(name: str) -> str:
    return os.environ.get(f"AICORE_{name}", "").strip()


async def find_token(request: Request, provider: Provider, account: Account) -> Secret:
    """Return a token for a service key; raises as `fetch_token`."""
    exchange = Exchange(
        url=account.token_url,
        form={
            "grant_type": "client_credentials",
            "client_id": account.client,
            "client_secret": account.secret.reveal(),
        },
        secrets=(Secret(account.client), account.secret),
    )
    return await fetch_token(request, provider, exchange)


async def find_deployment(request: Request, account: Account, headers: Mapping[str, str]) -> str:
    """Return the id of the newest running deployment of the orchestration service.

    Raises:
        NotFoundError: the resource group has none.
        APIError: the response is an error, or not a list of deployments.
    """
    group = headers["AI-Resource-Group"]
    key = (account.base_url, account.client, group)
    known = _deployments.get(key)
    if known is not None:
        return known
    response = await request.io.send(
        HTTPRequest(
            url=f"{account.base_url}/lm/deployments?scenarioId=orchestration&status=RUNNING",
            method="GET",
            headers={"Accept": "application/json", **headers},
            body=b"",
            timeouts=request.timeouts,
            answer_by=request.answer_by,
            deadline=request.deadline,
        )
    )
    if response.status == 401:
        shared_tokens.drop(headers.values())
    if response.status >= 400:
        raise error_of_body(response.status, response.headers, response.body)
    running = decode_as(_listing, response.body, "a list of deployments").resources
    if not running:
        raise NotFoundError(
            f"the resource group {group!r} runs no deployment of the orchestration service; start "
            "one, or pass another resource_group"
        )
    newest = max(running, key=attrgetter("created_at"))
    _deployments[key] = newest.id
    return newest.id


def deployment_url(account: Account, deployment: str) -> str:
    """Return the URL of a deployment."""
    return f"{account.base_url}/inference/deployments/{quote(deployment, safe='')}"


def headers_of(given: Mapping[str, Any], token: Secret) -> dict[str, str]:
    """Return the headers with the token and the resource group, by default "default"."""
    group = given.get("resource_group") or _variable("RESOURCE_GROUP") or "default"
    return {**bearer(token), "AI-Resource-Group": str(group)}
