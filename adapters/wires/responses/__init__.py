"""OpenAI's Responses API: /v1/responses.

https://platform.openai.com/docs/api-reference/responses
"""

from __future__ import annotations

from .background import open, send  # noqa: A004  # the port's names
from .request import PARAMS, encode
from .response import OUTPUT_ITEMS, decode, decode_cancelled, error
from .stream import Decoder, NativeDecoder

__all__ = [
    "OUTPUT_ITEMS",
    "PARAMS",
    "Decoder",
    "NativeDecoder",
    "decode",
    "decode_cancelled",
    "encode",
    "error",
    "open",
    "send",
]
