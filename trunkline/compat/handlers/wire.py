"""The wire of the providers of `custom_provider_map`: it refuses calls that handlers do not see.

Handlers answer calls of `trunkline.compat`. A call of trunkline's own reaches this wire instead.
"""

from __future__ import annotations

from typing import NoReturn

from ...adapters.provider.row import Provider
from ...adapters.wires.openai import PARAMS, Decoder, decode, error
from ...pipeline.call.request import Endpoint, Request
from ...pipeline.errors import BadRequestError
from .custom_llm import find_handler

__all__ = ["PARAMS", "Decoder", "decode", "encode", "error"]


def encode(request: Request, provider: Provider, endpoint: Endpoint) -> NoReturn:  # noqa: ARG001  # the signature of wires
    """Refuse the call.

    Raises:
        BadRequestError: always; it says how to reach the handler.
    """
    handler = find_handler(provider.name)
    raise BadRequestError(
        f"{provider.name}: litellm.custom_provider_map has a handler for this provider, "
        f"{type(handler).__name__}, which only calls of trunkline.compat reach: use "
        "'import trunkline.compat as litellm' and litellm.completion() or litellm.Router, or give "
        "trunkline's Client an adapter of your own",
        param="model",
    )
