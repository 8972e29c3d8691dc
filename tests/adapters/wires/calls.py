"""Calls that the provider refuses, shared by the tests of all wires."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.answers import MESSAGES
from tests.support.server import Answer, Seen, Server, answer_json
from trunkline import APIError, Client


def _as_sap(request: Seen) -> Answer:
    if request.path.startswith("/oauth"):
        return answer_json({"access_token": "t", "expires_in": 9})
    if request.method == "GET":
        return answer_json({"resources": [{"id": "d2", "createdAt": "2026-01-01T00:00:00Z"}]})
    return answer_json({"error": {"message": "refused"}}, status=400)


def sent(server: Server, model: str, messages: Any = MESSAGES, **arguments: Any) -> Seen:
    """Return the request of a call, which the server refuses."""
    server.reply(answer_json({"error": {"message": "refused"}}, status=400))
    arguments = {"base_url": server.url, "api_key": "k", "num_retries": 0, **arguments}
    if model.startswith("vertex_ai/"):
        arguments |= {"vertex_project": "p", "vertex_location": "global"}
    if model.startswith("sap/"):
        login = {"clientid": "c", "clientsecret": "s", "url": server.url}
        arguments["api_key"] = json.dumps(login)
        server.reply(_as_sap)
    with Client() as client, pytest.raises(APIError, match="refused"):
        client.completion(model, messages, **arguments)
    return server.seen[-1]
