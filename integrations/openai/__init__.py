"""trunkline inside the OpenAI SDK, and inside every framework that takes an OpenAI client.

    from openai import OpenAI
    from trunkline.integrations.openai import http_client

    client = OpenAI(http_client=http_client(), api_key="unused")
    client.chat.completions.create(model="anthropic/claude-sonnet-4-5", messages=[...])
    client.responses.create(model="anthropic/claude-sonnet-4-5", input="Hello")

There is no server and no port: the SDK's requests are answered in this process. Its chat
completions and responses go through trunkline's chain to the provider that the model names, with
that provider's own key. How the SDK's arguments are used:

- `extra_body` may contain any argument of `trunkline.completion`: `fallbacks`, `num_retries`,
  `drop_params`, `cache`, `api_key` and so on. Parameters unknown to trunkline go to the provider.
- `extra_headers` and `extra_query` are passed on. The SDK's key, organization and project are
  not, because they belong to one account of one host. To use your own key, pass
  `extra_body={"api_key": ...}`.
- `timeout` limits all attempts together, because the chain makes them.
- `metadata` goes to trunkline's callbacks and traces. With `store=True`, which OpenAI requires for
  metadata, it also goes to the provider. Metadata of a response always goes to both.
- `base_url` is ignored.
- `max_retries` has no effect: the chain has already retried, so every failure is reported as
  final.

Works with openai 2 (from 2.31) over httpx and openai 3 over httpx2, under asyncio and trio.
"""

from __future__ import annotations

from typing import Any

try:
    import openai
except ImportError as missing:
    raise ImportError(
        'trunkline.integrations.openai needs the OpenAI SDK: pip install "trunkline[openai]"'
    ) from missing

from ... import Client
from ..inbound.open_clients import AsyncStaysOpen, StaysOpen
from .transports import AsyncTransport as AsyncTransport
from .transports import Transport as Transport


class _HTTPClient(StaysOpen, openai.DefaultHttpxClient):
    pass


class _AsyncHTTPClient(AsyncStaysOpen, openai.DefaultAsyncHttpxClient):
    pass


def http_client(client: Client | None = None, **arguments: Any) -> openai.DefaultHttpxClient:
    """Return the `http_client` for `OpenAI(...)`.

    Args:
        client: the trunkline Client or Router that handles the calls; None means the default
            client. It stays open when the OpenAI client is closed, and so does the HTTP client.
        arguments: arguments of `trunkline.completion` for every call: `fallbacks`, `drop_params`,
            `num_retries` and so on. A call's own arguments take precedence.

    Raises:
        InvalidArgumentError: `client` is neither a Client nor None.
    """
    return _HTTPClient(transport=Transport(client, **arguments))


def async_http_client(
    client: Client | None = None, **arguments: Any
) -> openai.DefaultAsyncHttpxClient:
    """Return the `http_client` for `AsyncOpenAI(...)`; see `http_client`."""
    return _AsyncHTTPClient(transport=AsyncTransport(client, **arguments))
