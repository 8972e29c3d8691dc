"""Names of Claude's betas arrive where each host of Claude takes them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapters.wires.calls import sent
from tests.support.answers import MESSAGES
from tests.support.server import Server
from trunkline import APIError, Client

FIRST, SECOND = "context-1m-2025-08-07", "compact-2026-09-04"
HEADER = "anthropic-beta"
IN_HEADER = [
    ("anthropic/claude-sonnet-4-5", HEADER),
    ("azure_ai/claude-sonnet-4-5", HEADER),
    ("vertex_ai/claude-sonnet-4-5", HEADER),
    ("openrouter/anthropic/claude-sonnet-4.5", "x-anthropic-beta"),
    ("databricks/databricks-claude-sonnet-4-5", HEADER),
    ("snowflake/claude-sonnet-4-5", HEADER),
    ("github_copilot/claude-sonnet-4.5", HEADER),
    ("bedrock_mantle/anthropic.claude-haiku-5-5", HEADER),
    ("litellm_proxy/claude-sonnet-4-5", HEADER),
]
WAYS: list[dict[str, Any]] = [
    {"betas": [FIRST, SECOND]},
    {"betas": f"{FIRST}, {SECOND}"},
    {"extra_body": {"betas": [FIRST, SECOND]}},
    {"extra_headers": {"anthropic-beta": f"{FIRST},{SECOND}"}},
    {"extra_headers": {"Anthropic-Beta": SECOND}, "betas": [FIRST, SECOND]},
]


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("model", "header"), IN_HEADER)
def test_in_a_header(
    model: str, header: str, stream: bool, way: dict[str, Any], server: Server
) -> None:
    request = sent(server, model, stream=stream, **way)
    assert set(request.headers[header].split(",")) == {FIRST, SECOND}
    assert {name for name in request.headers if "beta" in name} == {header}
    assert "betas" not in request.json


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_in_the_body(way: dict[str, Any], server: Server) -> None:
    request = sent(server, "vertex_ai/claude-sonnet-4-5", **way)
    assert set(request.json["anthropic_beta"]) == {FIRST, SECOND}
    request = sent(server, "sap/anthropic--claude-4.5-sonnet", **way)
    model = request.json["config"]["modules"]["prompt_templating"]["model"]
    assert set(model["params"]["anthropic_beta"]) == {FIRST, SECOND}
    assert HEADER not in request.headers


def test_the_hosts_own_header(server: Server) -> None:
    model = "openrouter/anthropic/claude-sonnet-4.5"
    given = {"X-Anthropic-Beta": FIRST, "X-Title": "mine"}
    request = sent(server, model, extra_headers=given, betas=[SECOND])
    assert request.headers["x-anthropic-beta"].split(",") == [SECOND, FIRST]
    assert request.headers["x-title"] == "mine"


def test_other_models_are_left_alone(server: Server) -> None:
    given = {"anthropic-beta": FIRST}
    request = sent(server, "openrouter/openai/gpt-4.1", extra_headers=given, betas=["mine"])
    assert request.headers[HEADER] == FIRST
    assert request.json["betas"] == ["mine"]


def test_names_of_another_type(server: Server) -> None:
    with pytest.raises(APIError, match="betas: expected a list of str"), Client() as client:
        client.completion(
            "openrouter/anthropic/claude-sonnet-4.5",
            MESSAGES,
            api_key="k",
            base_url=server.url,
            betas=[1],
        )
    assert server.seen == []
