"""SAP's Generative AI Hub: OpenAI's chat inside the orchestration service's envelope.

https://github.com/SAP/ai-sdk-js/blob/main/packages/orchestration/src/spec/api.yaml (version 2)
"""

from __future__ import annotations

import msgspec

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.errors import APIError
from ....pipeline.json_values import as_object
from ....pipeline.port import HTTPResponse
from ...credentials.authorization import take_params, with_headers
from ...decode.classify import error_of_body
from ...provider.param_groups import LOGPROBS, MOST, PENALTIES
from ...provider.row import Provider
from .account import deployment_url, find_deployment, find_token, headers_of, read_account
from .request import encode
from .response import decode, failure
from .stream import Decoder

__all__ = ["PARAMS", "Decoder", "decode", "encode", "error", "prepare"]

#: OpenAI parameters that this wire has a place for.
PARAMS = MOST | LOGPROBS | PENALTIES | {"logit_bias", "n", "parallel_tool_calls", "seed"}

# Arguments that identify the caller and the deployment; they are never part of the body.
_ACCOUNT = frozenset({"auth_url", "client_id", "client_secret", "deployment_url", "resource_group"})


async def prepare(
    request: Request, provider: Provider, endpoint: Endpoint
) -> tuple[Request, Endpoint]:
    """Get a token, and find the deployment to call unless `deployment_url` names it.

    `client_id`, `client_secret`, `auth_url` and `resource_group` take precedence over their
    variables, which begin with AICORE_.

    Raises: as `read_account`, `find_token` and `find_deployment`.
    """
    request, given = take_params(request, _ACCOUNT)
    account = read_account(given, provider, endpoint)
    headers = headers_of(given, await find_token(request, provider, account))
    url = given.get("deployment_url") or deployment_url(
        account, await find_deployment(request, account, headers)
    )
    endpoint = msgspec.structs.replace(endpoint, base_url=str(url), key=None)
    return with_headers(request, headers), endpoint


def error(response: HTTPResponse, _provider: Provider) -> APIError:
    """Return the error for a response with a status of 400 or above."""
    found = error_of_body(response.status, response.headers, response.body)
    body = as_object(found.body)
    return found if body is None else failure(body, response.status, response.headers)
