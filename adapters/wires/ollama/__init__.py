"""Ollama's chat API.

https://docs.ollama.com/api/chat; errors: https://docs.ollama.com/api/errors
"""

from __future__ import annotations

from ....pipeline.errors import APIError
from ....pipeline.port import HTTPResponse
from ...decode.classify import error_of_body
from ...provider.param_groups import LOGPROBS, MOST, PENALTIES
from ...provider.row import Provider
from .request import encode, prepare
from .response import decode
from .stream import Decoder

__all__ = ["PARAMS", "Decoder", "decode", "encode", "error", "prepare"]

#: OpenAI parameters that this wire supports.
PARAMS = MOST | LOGPROBS | PENALTIES | {"seed", "thinking"}


def error(response: HTTPResponse, _provider: Provider) -> APIError:
    """Return the error in a response with a status of 400 or above."""
    return error_of_body(response.status, response.headers, response.body)
