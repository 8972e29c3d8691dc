"""Cohere's chat API, version 2.

https://docs.cohere.com/reference/chat and https://docs.cohere.com/reference/chat-stream
"""

from __future__ import annotations

from ....pipeline.errors import APIError
from ....pipeline.port import HTTPResponse
from ...decode.classify import error_of_body
from ...provider.param_groups import MOST, PENALTIES
from ...provider.row import Provider
from .request import encode
from .response import CODES, decode
from .stream import Decoder

__all__ = ["COUNTER", "PARAMS", "Decoder", "decode", "encode", "error"]

COUNTER = "cohere/counting"
#: OpenAI parameters that this wire supports.
PARAMS = MOST | PENALTIES | {"logprobs", "seed", "thinking"}


def error(response: HTTPResponse, _provider: Provider) -> APIError:
    """Return the error in a response with a status of 400 or above."""
    return error_of_body(response.status, response.headers, response.body, CODES)
