"""Amazon Bedrock: Converse and ConverseStream, for the models of all vendors.

`model` is the id of a model or an inference profile, or an ARN. Pass an ARN that does not contain
the model's name as `model_id`; `model` then only selects capabilities.

https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
"""

from __future__ import annotations

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.errors import APIError
from ....pipeline.port import HTTPRequest, HTTPResponse
from ...credentials.aws import sign_request
from ...decode.aws_errors import error_of_response
from ...encode.http_request import encode_json, http_request
from ...encode.media import MEDIA_PARTS, inline_media
from ...encode.url_parts import path_part
from ...provider.param_groups import MOST
from ...provider.row import Provider
from .account import MODEL_ID, find_bedrock_account
from .request import converse_body
from .response import decode
from .stream import Decoder

__all__ = ["COUNTER", "ERROR_RESULTS", "PARAMS", "Decoder", "decode", "encode", "error", "prepare"]

COUNTER = "bedrock/counting"
#: Results of tools may say that they are errors (`is_error` of a message).
ERROR_RESULTS = True
#: OpenAI parameters that Converse supports, or some of its models.
PARAMS = MOST | {"parallel_tool_calls", "service_tier", "thinking", "web_search_options"}


async def prepare(
    request: Request, provider: Provider, endpoint: Endpoint
) -> tuple[Request, Endpoint]:
    """Find region and credentials, and fetch media that messages only link to.

    Raises: as `find_account` and `inline_media`.
    """
    request, found = await find_bedrock_account(request, provider, endpoint)
    return await inline_media(request, MEDIA_PARTS), found


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> HTTPRequest:
    """Return the HTTP request for a call, signed where `prepare` found credentials.

    Raises:
        BadRequestError: something cannot be sent; the message says what and where.
    """
    called = str(request.params.get(MODEL_ID) or endpoint.model)
    request, body = converse_body(request, provider, endpoint)
    operation = "converse-stream" if request.stream else "converse"
    accept = "application/vnd.amazon.eventstream" if request.stream else "application/json"
    outgoing = http_request(
        request,
        provider,
        endpoint,
        encode_json(body),
        path=f"/model/{path_part(called, 'model')}/{operation}",
        headers={"Accept": accept},
    )
    return sign_request(outgoing, endpoint)


def error(response: HTTPResponse, _provider: Provider) -> APIError:
    """Return the error in a response with a status of 400 or above."""
    return error_of_response(response)
