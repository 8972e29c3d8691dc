"""Anthropic's Messages API.

https://platform.claude.com/docs/en/api/messages/create

Claude in other clouds takes the same body. `body()` returns it without `model` and `stream`, the
fields that differ there; `beta_features()` returns the betas that it needs.
"""

from __future__ import annotations

from .betas import (
    BETA_HEADER,
    BETAS,
    GivenBetas,
    beta_features,
    beta_header,
    join_betas,
    take_betas,
)
from .errors import error
from .event_decoder import EventDecoder
from .params import PARAMS, encode_params
from .request import FETCHED_PARTS, body, encode, message_request, prepare
from .response import decode
from .stream import Decoder
from .tools import BASIC_SEARCH

__all__ = [
    "BASIC_SEARCH",
    "BETAS",
    "BETA_HEADER",
    "COUNTER",
    "FETCHED_PARTS",
    "PARAMS",
    "Decoder",
    "EventDecoder",
    "GivenBetas",
    "beta_features",
    "beta_header",
    "body",
    "decode",
    "encode",
    "encode_params",
    "error",
    "join_betas",
    "message_request",
    "prepare",
    "take_betas",
]

#: The module that counts tokens; see `counting.py`.
COUNTER = "anthropic/counting"
