"""IBM watsonx.ai's text chat: nearly OpenAI's, with IBM's tokens and a project or space.

A key is exchanged for a token at IBM's IAM, and the token is kept until it expires. The model
"deployment/ID" is a deployment, which has project and model in itself.

https://cloud.ibm.com/apidocs/watsonx-ai#text-chat
https://cloud.ibm.com/docs/account?topic=account-iamtoken_from_apikey
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from ....pipeline.call.request import Endpoint, Request, replace
from ....pipeline.errors import APIError, AuthenticationError, BadRequestError, RateLimitError
from ....pipeline.json_values import as_array, as_object
from ....pipeline.port import HTTPRequest, HTTPResponse
from ....pipeline.secret import Secret, reveal
from ...credentials.authorization import brings_credentials, take_params, with_headers
from ...credentials.token_cache import TokenCache
from ...credentials.token_exchange import Exchange, fetch_token
from ...decode.classify import COMMON_CODES, error_of_body, make_error, read_problem
from ...encode.http_request import encode_json, http_request
from ...provider.param_groups import LOGPROBS, MOST, PENALTIES
from ...provider.row import Provider
from ...provider.rules import refused_fields, renamed_params
from .. import openai
from ..openai import Decoder, decode, outgoing_messages

__all__ = ["COUNTER", "PARAMS", "Decoder", "decode", "encode", "error", "prepare"]

COUNTER = "watsonx/counting"
PARAMS = MOST | LOGPROBS | PENALTIES | {"logit_bias", "n", "seed"}

IAM_URL = "https://iam.cloud.ibm.com/identity/token"
DEFAULT_VERSION = "2025-02-11"
_GRANT = "urn:ibm:params:oauth:grant-type:apikey"
_DEPLOYMENT = "deployment/"
# Arguments that say who calls; they never reach the body.
_CREDENTIALS = frozenset({"token", "zen_api_key"})
_PROJECT_VARIABLES = ("WATSONX_PROJECT_ID", "WX_PROJECT_ID")
_SPACE_VARIABLES = ("WATSONX_SPACE_ID", "WATSONX_DEPLOYMENT_SPACE_ID", "WX_SPACE_ID")
_CODES = {**COMMON_CODES, "token_quota_reached": RateLimitError}

_tokens = TokenCache()


async def prepare(
    request: Request, provider: Provider, endpoint: Endpoint
) -> tuple[Request, Endpoint]:
    """Return the request with a token in its headers.

    First wins: `api_key`, `token`, `zen_api_key`, the key's variables, WATSONX_TOKEN,
    WATSONX_ZENAPIKEY.

    Raises:
        AuthenticationError: there is none of these, or IBM gives no token for the key.
    """
    request, given = take_params(request, _CREDENTIALS)
    if brings_credentials(request):
        return request, endpoint
    value = await _authorization(request, provider, endpoint, given)
    return with_headers(request, {"Authorization": value}), endpoint


async def _authorization(
    request: Request, provider: Provider, endpoint: Endpoint, given: dict[str, Any]
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
    return await fetch_token(request, provider, exchange, _tokens)


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call.

    Raises:
        BadRequestError: there is neither project nor space, a role other than the user's has
            content that is no text, a part is of a type that watsonx does not have, or a
            value cannot be written as JSON.
    """
    body: dict[str, Any] = {
        "messages": outgoing_messages(request.messages, provider, endpoint.model),
        **renamed_params(request.params, provider, endpoint.model),
    }
    body.pop("stream_options", None)
    if isinstance(body.get("stop"), str):
        body["stop"] = [body["stop"]]
    choice: object = body.get("tool_choice")
    if isinstance(choice, str):
        body["tool_choice_option"] = body.pop("tool_choice")
    if "tools" in body:
        tools = openai.outgoing_tools(body["tools"], refused_fields(provider, endpoint.model))
        body["tools"] = [_without_strict(tool) for tool in as_array(tools) or ()]
    place = {name: body.pop(name, None) for name in ("project_id", "space_id")}
    kind = "chat_stream" if request.stream else "chat"
    if endpoint.model.startswith(_DEPLOYMENT):
        deployment = quote(endpoint.model.removeprefix(_DEPLOYMENT), safe="")
        path = f"/ml/v1/deployments/{deployment}/text/{kind}"
    else:
        path = f"/ml/v1/text/{kind}"
        body |= {"model_id": endpoint.model, **_place(place, provider)}
    body.update(request.extra_body)
    if "version" not in request.extra_query:
        version = request.api_version or os.environ.get("WATSONX_API_VERSION") or DEFAULT_VERSION
        request = replace(request, extra_query={"version": version, **request.extra_query})
    return http_request(request, provider, endpoint, encode_json(body), path=path)


def _without_strict(tool: dict[str, Any]) -> dict[str, Any]:
    function = as_object(tool.get("function"))
    if function is None or "strict" not in function:
        return tool
    return {**tool, "function": {key: function[key] for key in function if key != "strict"}}


def _place(given: dict[str, Any], provider: Provider) -> dict[str, str]:
    """Return the project or space that pays for the call, the call's own before a variable's."""
    project = given["project_id"] or _first_variable(_PROJECT_VARIABLES)
    space = given["space_id"] or _first_variable(_SPACE_VARIABLES)
    if given["project_id"] or (project and not given["space_id"]):
        return {"project_id": str(project)}
    if space:
        return {"space_id": str(space)}
    raise BadRequestError(
        f"{provider.name}: project_id or space_id is missing: pass one, or set "
        f"{_PROJECT_VARIABLES[0]} or {_SPACE_VARIABLES[0]}",
        provider.name,
        param="project_id",
    )


def _first_variable(names: Iterable[str]) -> str | None:
    return next((value for name in names if (value := os.environ.get(name))), None)


def error(response: HTTPResponse, _provider: Provider) -> APIError:
    """Return the error that an answer with a status of 400 or above stands for."""
    found = error_of_body(response.status, response.headers, response.body)
    several = as_array((as_object(found.body) or {}).get("errors"))
    first = as_object(several[0]) if several else None
    problem = read_problem(first)
    if problem is None:
        return found
    problem.body = found.body
    if problem.code == "token_quota_reached":
        # Its status is 403, and waiting helps.
        limit = make_error(problem, None, response.headers, _CODES)
        limit.status_code = response.status
        return limit
    return make_error(problem, response.status, response.headers)
