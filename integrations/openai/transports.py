"""Transports for httpx clients that answer the OpenAI SDK's requests through trunkline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openai

from ..inbound import transports
from ..inbound.http_packages import package_of
from ..inbound.sdk import SDK

if TYPE_CHECKING:
    import httpx2 as http
else:
    http = package_of(openai.DefaultHttpxClient)

_SDK = SDK(
    errors=openai,
    default_timeout=openai.DEFAULT_TIMEOUT.as_dict(),
    address="https://api.openai.com",
    variable="OPENAI_BASE_URL",
)


class Transport(transports.Transport, http.BaseTransport):
    """Answers the SDK's requests through trunkline; for your own httpx client.

    It takes the arguments of `http_client`.
    """

    sdk = _SDK


class AsyncTransport(transports.AsyncTransport, http.AsyncBaseTransport):
    """Answers the requests of an asynchronous SDK client; see `Transport`."""

    sdk = _SDK
