"""Values of a wrong shape are refused before anything is sent; the error names the parameter."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.answers import MESSAGES
from tests.support.server import Server
from tests.support.worlds import World
from trunkline import AuthenticationError, BadRequestError, Client

TOOL = {"type": "function", "function": {"name": "f"}}


def _with_properties(properties: object) -> list[Any]:
    schema = {"type": "object", "properties": properties}
    return [{"type": "function", "function": {"name": "f", "parameters": schema}}]


@pytest.mark.parametrize(
    ("param", "given"),
    [
        ("tool_choice", {"type": "function", "function": {"name": ["f"]}}),
        ("tool_choice", {"type": "custom", "custom": {"name": 5}}),
        ("tool_choice", {"type": "function", "name": {}}),
        ("tool_choice", 5),
        ("tool_choice", ["auto"]),
        ("tools", _with_properties([1])),
        ("tools", _with_properties("x")),
        ("timeout", float("nan")),
        ("timeout", {"answer": float("nan")}),
        ("extra_query", {"x": "\ud800"}),
        ("extra_query", {"\ud800": "x"}),
        ("extra_query", {"x": ["\ud800"]}),
    ],
    ids=str,
)
def test_it_is_refused(server: Server, world: World, mode: str, param: str, given: Any) -> None:
    arguments: dict[str, Any] = {"tools": [TOOL], param: given}
    with Client() as client, pytest.raises(BadRequestError, match=param) as caught:
        world.answer(
            client,
            mode,
            "openai/a",
            MESSAGES,
            base_url=server.url,
            api_key="sk-0123456789",
            **arguments,
        )
    assert caught.value.param == param
    assert not server.seen


@pytest.mark.parametrize("key", [{"a": 1}, ["sk"], b"sk-0123456789", 5, "", " "], ids=repr)
def test_a_key_that_is_no_text(server: Server, world: World, mode: str, key: Any) -> None:
    with Client() as client, pytest.raises(AuthenticationError, match="api_key: expected str"):
        world.answer(client, mode, "openai/a", MESSAGES, base_url=server.url, api_key=key)
    assert not server.seen
