"""The account, the region and the model of a call to Bedrock's runtime."""

from __future__ import annotations

import re

import msgspec

from ....pipeline.call.request import Endpoint, Request, replace
from ...credentials.aws import AWSEndpoint, find_account
from ...credentials.aws_login import region_of
from ...provider.row import Provider

#: Called instead of `model` (for example a profile ARN); `model` then only selects capabilities.
MODEL_ID = "model_id"
_ENDPOINT = "aws_bedrock_runtime_endpoint"
# Prefixes of model names in litellm: a route, and a region.
_ROUTES = re.compile(r"^(converse|invoke)/")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")


async def find_bedrock_account(
    request: Request, provider: Provider, endpoint: Endpoint
) -> tuple[Request, AWSEndpoint]:
    """Return the request without the arguments of its account, and the endpoint with a signer.

    Raises: as `find_account`.
    """
    params = dict(request.params)
    base_url = params.pop(_ENDPOINT, None) or endpoint.base_url
    model, region = _split_name(endpoint.model)
    region = region_of(str(params.get(MODEL_ID, ""))) or region
    if region and not params.get("aws_region_name"):
        params["aws_region_name"] = region
    endpoint = msgspec.structs.replace(endpoint, base_url=base_url, model=model)
    return await find_account(replace(request, params=params), provider, endpoint, "bedrock")


def _split_name(model: str) -> tuple[str, str | None]:
    """Return a model's name, and the region that prefixes it, if any."""
    name = _ROUTES.sub("", model)
    region, _, rest = name.partition("/")
    return (rest, region) if rest and _REGION.fullmatch(region) else (name, None)
