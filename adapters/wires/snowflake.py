"""Snowflake Cortex: OpenAI's wire, with each kind of token that Snowflake's APIs take.

https://docs.snowflake.com/en/user-guide/snowflake-cortex/cortex-rest-api and, for tokens,
https://docs.snowflake.com/en/developer-guide/snowflake-rest-api/authentication
"""

from __future__ import annotations

import msgspec

from ...pipeline.call.request import Endpoint, Request
from ...pipeline.errors import AuthenticationError
from ...pipeline.secret import Secret
from ..credentials.authorization import bearer, brings_credentials, with_headers
from ..credentials.snowflake import VARIABLES, key_pair_token
from ..provider.row import Provider
from .openai import PARAMS, Decoder, decode, encode, error

__all__ = ["PARAMS", "Decoder", "decode", "encode", "error", "prepare"]

_TYPE = "X-Snowflake-Authorization-Token-Type"
# The prefix that users add to a programmatic access token, which looks like other tokens.
_PROGRAMMATIC = "pat/"


async def prepare(
    request: Request, provider: Provider, endpoint: Endpoint
) -> tuple[Request, Endpoint]:
    """Return the request with a token in its headers.

    The first of these is used: `api_key`, the key's variables, a token signed with the private key
    in SNOWFLAKE_PRIVATE_KEY or SNOWFLAKE_PRIVATE_KEY_FILE for SNOWFLAKE_USER. A programmatic access
    token is written as "pat/TOKEN"; Snowflake recognizes the other kinds itself.

    Raises:
        AuthenticationError: all of these are missing, or the private key cannot be read.
        ImportError: the private key needs a package that is not installed.
    """
    if brings_credentials(request):
        return request, endpoint
    key = endpoint.key
    headers: dict[str, str] = {}
    if key is None:
        key = await key_pair_token(request.io, endpoint.base_url)
        headers[_TYPE] = "KEYPAIR_JWT"
    elif key.reveal().startswith(_PROGRAMMATIC):
        key = Secret(key.reveal().removeprefix(_PROGRAMMATIC))
        headers[_TYPE] = "PROGRAMMATIC_ACCESS_TOKEN"
    if key is None:
        raise AuthenticationError(
            f"no key for {provider.title}: set {' or '.join(provider.key_env)} or pass api_key, "
            f"or set {VARIABLES}",
            provider.name,
        )
    headers |= bearer(key)
    return with_headers(request, headers), msgspec.structs.replace(endpoint, key=None)
