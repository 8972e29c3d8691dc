"""trunkline inside the Anthropic SDK, and inside everything that takes an Anthropic client.

    from anthropic import Anthropic
    from trunkline.integrations.anthropic import http_client

    client = Anthropic(http_client=http_client(), api_key="unused")
    client.messages.create(model="openai/gpt-4o", max_tokens=100, messages=[...])

There is no server and no port: the SDK's requests are answered in this process. Its messages go
through trunkline's chain to the provider that the model names, with that provider's own key. How
the SDK's arguments are used:

- `extra_body` may contain any argument of `trunkline.completion`: `fallbacks`, `num_retries`,
  `drop_params`, `cache`, `api_key` and so on. Parameters unknown to trunkline go to the provider.
- `extra_headers` and `extra_query` are passed on. The SDK's key is not, because it belongs to one
  account of one host. To use your own key, pass `extra_body={"api_key": ...}`.
- `timeout` limits all attempts together, because the chain makes them.
- Parameters that only Claude has are sent to Claude. For other models, `thinking` becomes the
  reasoning effort, and marks for caching are left out; what they cannot do is an error.
- `base_url` is ignored.
- `max_retries` has no effect: the chain has already retried, so every failure is reported as
  final. A failure without a response of the provider is an `InternalServerError` with status 502,
  or 504 if a limit passed, because the SDK would send the request again after its own
  `APIConnectionError`.

`messages.count_tokens()` and `models.list()` work too. Works with anthropic 1 and 2, and with 0.92
and later, under asyncio and trio.
"""

from __future__ import annotations

from typing import Any

try:
    import anthropic
except ImportError as missing:
    raise ImportError(
        "trunkline.integrations.anthropic needs the Anthropic SDK: "
        'pip install "trunkline[anthropic]"'
    ) from missing

from ... import Client
from ..inbound.open_clients import AsyncStaysOpen, StaysOpen
from .transports import AsyncTransport as AsyncTransport
from .transports import Transport as Transport


class _HTTPClient(StaysOpen, anthropic.DefaultHttpxClient):
    pass


class _AsyncHTTPClient(AsyncStaysOpen, anthropic.DefaultAsyncHttpxClient):
    pass


def http_client(client: Client | None = None, **arguments: Any) -> anthropic.DefaultHttpxClient:
    """Return the `http_client` for `Anthropic(...)`.

    Args:
        client: the trunkline Client or Router that handles the calls; None means the default
            client. It stays open when the Anthropic client is closed, and so does the HTTP client.
        arguments: arguments of `trunkline.completion` for every call: `fallbacks`, `drop_params`,
            `num_retries` and so on. A call's own arguments take precedence.

    Raises:
        InvalidArgumentError: `client` is neither a Client nor None.
    """
    return _HTTPClient(transport=Transport(client, **arguments))


def async_http_client(
    client: Client | None = None, **arguments: Any
) -> anthropic.DefaultAsyncHttpxClient:
    """Return the `http_client` for `AsyncAnthropic(...)`; see `http_client`."""
    return _AsyncHTTPClient(transport=AsyncTransport(client, **arguments))
