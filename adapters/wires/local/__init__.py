"""The OpenAI wire to a llama.cpp server that this process starts at the first call."""

from __future__ import annotations

from functools import partial

import msgspec

from ....pipeline.call.request import Endpoint, Request
from ....pipeline.secret import Secret
from ...provider.row import Provider
from ..openai import PARAMS, Decoder, decode, encode, error
from .server import local_endpoint

__all__ = ["COUNTER", "PARAMS", "Decoder", "decode", "encode", "error", "prepare"]

COUNTER = "local/counting"


async def prepare(
    request: Request, _provider: Provider, endpoint: Endpoint
) -> tuple[Request, Endpoint]:
    """Start the model's server unless it is running, and send the request to it."""
    base_url, key = await request.io.run(partial(local_endpoint, endpoint.model))
    return request, msgspec.structs.replace(endpoint, base_url=base_url, key=Secret(key))
