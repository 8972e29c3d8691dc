"""OpenAI's Responses API: /v1/responses.

https://platform.openai.com/docs/api-reference/responses
"""

from __future__ import annotations

from .request import PARAMS, encode
from .response import decode, error
from .stream import Decoder, NativeDecoder

__all__ = ["PARAMS", "Decoder", "NativeDecoder", "decode", "encode", "error"]
