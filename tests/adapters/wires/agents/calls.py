"""Calls of agents, shared by the tests of their wires."""

from __future__ import annotations

from typing import Any

from tests.support.server import Server
from tests.support.worlds import World
from trunkline import Client

HELLO = [{"role": "user", "content": "Hello"}]
TALK = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Hello"},
    {"role": "assistant", "content": "Yes?"},
    {"role": "user", "content": [{"type": "text", "text": "Who are you?"}]},
]
TRANSCRIPT = "Be brief.\n\nUser: Hello\n\nAssistant: Yes?\n\nUser: Who are you?\n\nAssistant:"


def ask(server: Server, model: str, mode: str = "plain", messages: Any = HELLO, **more: Any) -> Any:
    """Call an agent and return its response."""
    with Client(middlewares=[]) as client:
        arguments = {"base_url": server.url, "api_key": "key-of-the-agent", **more}
        return World("sync").answer(client, mode, model, messages, **arguments)
