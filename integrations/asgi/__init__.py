"""trunkline as an ASGI app: OpenAI's and Anthropic's APIs for programs in any language.

    from trunkline import Client
    from trunkline.integrations.asgi import app

    api = FastAPI()
    api.mount("/llm", app(Client()))

It serves POST /v1/chat/completions, /v1/responses, /v1/messages and /v1/messages/count_tokens, and
GET /v1/models and /health, with the providers' keys of this process. All requests go through the
client's chain. `trunkline serve` runs it under uvicorn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

try:
    from starlette.applications import Starlette
except ImportError as missing:
    raise ImportError(
        'trunkline.integrations.asgi needs Starlette: pip install "trunkline[serve]"'
    ) from missing

from ... import Client
from ...clients.default import client_or_default
from ...inbound import Asynchronous, Front, Network
from .application import Application
from .drain import Drain
from .guard import Guard
from .keys import Keys

__all__ = ["Drain", "app"]

#: Bytes of a request's body: images and documents are large.
MAX_BODY = 64 * 1024 * 1024


def app(
    client: Client | None = None,
    *,
    keys: Mapping[str, str] | None = None,
    models: Iterable[str] | None = None,
    allow: Iterable[str] = (),
    hosts: Iterable[str] = (),
    max_body: int = MAX_BODY,
    idle_timeout: float = 60.0,
    max_requests: int | None = None,
    drain: Drain | None = None,
    metrics: Callable[[], tuple[bytes, str]] | None = None,
) -> Starlette:
    """Return an ASGI app that answers requests of OpenAI's and Anthropic's clients.

    Args:
        client: the Client or Router whose chain it is; None means the default client.
        keys: keys by their names; a request needs one of them. The name is in the call's metadata
            as "key", for limits and budgets. Without keys, everybody who can connect is served.
        models: the names of models that are served; None serves every "provider/model".
        allow: arguments of `trunkline.completion` that requests may contain, such as "fallbacks".
            Addresses and credentials cannot be allowed.
        hosts: further names under which a server on loopback may be called, such as that of a
            proxy on the same machine. All others get 403, because of DNS rebinding.
        max_body: bytes of a request's body.
        idle_timeout: seconds to wait for a client that sends or reads nothing.
        max_requests: requests at the same time; further ones get 503. None means any number.
        drain: ends open streams when the server stops.
        metrics: returns the body and the content type of GET /metrics.

    Raises:
        InvalidArgumentError: `client` is neither a Client nor None.
        ValueError: an address or a credential is to be allowed, or a key is empty.
    """
    application = Application(
        Front(client_or_default(client), Asynchronous(), Network(allow, models)),
        Guard(
            Keys(keys or {}),
            frozenset(host.lower() for host in hosts),
            max_body,
            idle_timeout,
            max_requests,
        ),
        drain or Drain(),
        metrics,
    )
    site = Starlette()
    # A route would not match every path, such as one with a line break.
    site.router.default = application
    return site
