"""Transports for httpx clients that answer the Anthropic SDK's requests through trunkline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anthropic

from ..inbound import transports
from ..inbound.http_packages import package_of
from ..inbound.sdk import SDK

if TYPE_CHECKING:
    import httpx2 as http
else:
    http = package_of(anthropic.DefaultHttpxClient)

_SDK = SDK(
    errors=anthropic,
    default_timeout=anthropic.DEFAULT_TIMEOUT.as_dict(),
    address="https://api.anthropic.com",
    variable="ANTHROPIC_BASE_URL",
    retries_errors=True,
)


class Transport(transports.Transport, http.BaseTransport):
    """Answers the SDK's requests through trunkline; for your own httpx client.

    It takes the arguments of `http_client`.
    """

    sdk = _SDK


class AsyncTransport(transports.AsyncTransport, http.AsyncBaseTransport):
    """Answers the requests of an asynchronous SDK client; see `Transport`."""

    sdk = _SDK
