"""Deployments of one model name on a test server, and calls to them."""

from __future__ import annotations

from typing import Any

import tenacity

from tests.support.answers import MESSAGES, good
from tests.support.server import Answer, Server
from trunkline.middlewares.route import Route
from trunkline.middlewares.routing.state import RouteState
from trunkline.pipeline.call.client import ChainClient

QUICK = tenacity.wait_none()
KEYS = ["sk-one-11111111", "sk-two-22222222", "sk-three-33333333"]


def models(server: Server, count: int = 2, **params: Any) -> list[dict[str, Any]]:
    """Return deployments m0, m1, ... of "chat", each with its own key."""
    return [
        {
            "model_name": "chat",
            "litellm_params": {
                "model": f"openai/m{number}",
                "api_key": KEYS[number % 3],
                "base_url": server.url,
                **params,
            },
            "model_info": {"id": f"d{number}"},
        }
        for number in range(count)
    ]


def asked(server: Server) -> list[str]:
    return [seen.json["model"] for seen in server.seen]


def ask(server: Server, client: ChainClient, *answers: Answer, **more: Any) -> list[str]:
    """Make a blocking call; return the models that received a request."""
    server.reply(*answers, good("plain"))
    client.completion("chat", MESSAGES, **more)
    return asked(server)


def in_turn(server: Server, state: RouteState, count: int = 2, **settings: Any) -> Route:
    return Route(models(server, count), strategy="round-robin", state=state, **settings)
