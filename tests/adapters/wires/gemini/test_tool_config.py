"""Settings that follow from the tools: Google's own next to functions, and strict functions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.calls.gemini_calls import HELLO, NEWER, OLDER, WEATHER, answer, body_of_call
from tests.support.calls.vertex_calls import GivenCredentials
from tests.support.server import Server, answer_events, answer_json
from tests.support.worlds import World
from trunkline import Client
from trunkline.pipeline.json_values import JSON

STRICT: JSON = {"type": "function", "function": {**WEATHER["function"], "strict": True}}
OTHER: JSON = {"type": "function", "function": {**WEATHER["function"], "name": "other"}}
SEARCH: JSON = {"googleSearch": {}}
SHOWN: JSON = {"includeServerSideToolInvocations": True}
TOGETHER: list[tuple[JSON, JSON | None]] = [
    ({"tools": [WEATHER, SEARCH]}, SHOWN),
    ({"tools": [WEATHER, {"url_context": {}}]}, SHOWN),
    ({"tools": [WEATHER, {"code_execution": {}}, SEARCH]}, SHOWN),
    ({"tools": [WEATHER], "web_search_options": {}}, SHOWN),
    (
        {"tools": [WEATHER, SEARCH], "tool_choice": "required"},
        {**SHOWN, "functionCallingConfig": {"mode": "ANY"}},
    ),
    (
        {"tools": [WEATHER, SEARCH], "include_server_side_tool_invocations": False},
        {"includeServerSideToolInvocations": False},
    ),
    ({"tools": [WEATHER], "extra_body": {"tools": [WEATHER["function"], SEARCH]}}, None),
    ({"tools": [WEATHER]}, None),
    ({"tools": [SEARCH, {"urlContext": {}}]}, None),
    ({"web_search_options": {}}, None),
    (
        {"tools": [WEATHER, {"computerUse": {"environment": "ENVIRONMENT_BROWSER"}}]},
        None,
    ),
    ({"tools": [WEATHER, SEARCH], "model": OLDER}, None),
]


@pytest.mark.parametrize(("params", "config"), TOGETHER)
def test_functions_together_with_googles_own_tools(
    server: Server, world: World, mode: str, params: JSON, config: JSON | None
) -> None:
    plain = mode == "plain"
    body = answer({"text": "Hi"})
    server.reply(answer_json(body) if plain else answer_events([body], done=False))
    given = {"model": NEWER, **params}
    model = given.pop("model")
    with Client() as client:
        world.answer(client, mode, model, HELLO, base_url=server.url, api_key="k-12345", **given)
    assert server.seen[0].json.get("toolConfig") == config


def test_vertex_has_no_such_setting(server: Server) -> None:
    server.reply(answer_json(answer({"text": "Hi"})))
    with Client() as client:
        client.completion(
            "vertex_ai/gemini-3-flash-preview",
            HELLO,
            tools=[WEATHER, SEARCH],
            vertex_credentials=GivenCredentials(),
            vertex_project="my-project",
            base_url=server.url,
        )
    assert "toolConfig" not in server.seen[0].json


@pytest.mark.parametrize("provider", ["gemini", "vertex_ai"])
@pytest.mark.parametrize(
    ("params", "mode"),
    [
        ({"tools": [STRICT]}, "VALIDATED"),
        ({"tools": [OTHER, STRICT]}, "VALIDATED"),
        ({"tools": [STRICT], "tool_choice": "auto"}, "VALIDATED"),
        ({"tools": [STRICT], "tool_choice": "required"}, "ANY"),
        ({"tools": [STRICT], "tool_choice": "none"}, "NONE"),
        ({"tools": [STRICT], "function_calling_config": {"mode": "ANY"}}, "ANY"),
        ({"tools": [WEATHER]}, None),
        ({"tools": [STRICT], "model": "gemini-1.5-pro"}, None),
    ],
)
def test_strict_functions(provider: str, params: dict[str, Any], mode: str | None) -> None:
    given = {"model": "gemini-3-flash-preview", **params}
    given["model"] = f"{provider}/{given['model']}"
    config = body_of_call(**given).get("toolConfig", {}).get("functionCallingConfig", {})
    assert config.get("mode") == mode


def test_the_callers_own_body_takes_precedence(server: Server) -> None:
    own = {"toolConfig": {"functionCallingConfig": {"mode": "AUTO"}}}
    server.reply(answer_json(answer({"text": "Hi"})))
    with Client() as client:
        client.completion(
            NEWER,
            HELLO,
            tools=[STRICT],
            extra_body=own,
            base_url=server.url,
            api_key="k-12345",
        )
    assert server.seen[0].json["toolConfig"] == own["toolConfig"]
