"""OpenAI's Responses API: /v1/responses.

https://platform.openai.com/docs/api-reference/responses
"""

from __future__ import annotations

from .background import open, send  # noqa: A004  # the port's names
from .origin import keep_origin, origin_of
from .request import PARAMS, encode
from .response import OUTPUT_ITEMS, OUTPUT_ORIGIN, decode, decode_cancelled, error
from .stream import Decoder, NativeDecoder

__all__ = [
    "OUTPUT_ITEMS",
    "OUTPUT_ORIGIN",
    "PARAMS",
    "Decoder",
    "NativeDecoder",
    "decode",
    "decode_cancelled",
    "encode",
    "error",
    "keep_origin",
    "open",
    "origin_of",
    "send",
]
