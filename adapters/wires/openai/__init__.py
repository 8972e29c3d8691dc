"""The OpenAI chat completions wire, spoken by OpenAI and all compatible providers.

https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

from ....pipeline.call.chat_params import CHAT_PARAMS
from ....pipeline.errors import APIError
from ....pipeline.port import HTTPResponse
from ...decode.classify import codes_of, error_of_body
from ...provider.row import Provider
from .messages import outgoing_messages, preceded
from .request import chat_body, encode, outgoing_tools
from .response import decode
from .stream import Decoder

__all__ = [
    "PARAMS",
    "Decoder",
    "chat_body",
    "decode",
    "encode",
    "error",
    "outgoing_messages",
    "outgoing_tools",
    "preceded",
]

#: OpenAI parameters that this wire has a place for.
PARAMS = CHAT_PARAMS | {"stream"}


def error(response: HTTPResponse, provider: Provider) -> APIError:
    """Return the error for a response with a status of 400 or above."""
    return error_of_body(response.status, response.headers, response.body, codes_of(provider))
