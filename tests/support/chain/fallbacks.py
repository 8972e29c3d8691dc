"""Errors that lead to fallbacks, and the models and keys of the requests that a server received."""

from __future__ import annotations

import tenacity

from tests.support.server import Server

KEY = "sk-first-0123456789"
OTHER_KEY = "sk-other-9876543210"
QUICK = tenacity.wait_none()
TOO_LONG = {"error": {"message": "too long", "code": "context_length_exceeded"}}
REFUSED = {"error": {"message": "no", "code": "content_policy_violation"}}


def asked(server: Server) -> list[str]:
    """Return the models of the requests that a server received."""
    return [seen.json["model"] for seen in server.seen]


def keys(server: Server) -> list[str]:
    return [seen.headers["authorization"] for seen in server.seen]
