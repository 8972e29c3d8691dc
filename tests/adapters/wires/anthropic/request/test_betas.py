"""The betas of a call, by feature and by name, in the place where each cloud takes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.calls.anthropic_calls import NEWER, send, unchecked
from tests.support.calls.bedrock_calls import CLAUDE, answer_body
from tests.support.calls.vertex_calls import GivenCredentials
from tests.support.server import Seen, Server, answer_json
from trunkline import BadRequestError, Client

HELLO: list[Any] = [{"role": "user", "content": "Hello"}]
ADDED = {"type": "tool_addition", "tool": {"type": "tool_reference", "name": "find"}}
DEFINED = {
    "type": "tool_addition",
    "tool": {"type": "tool_definition", "definition": {"type": "mcp_toolset"}},
}
CHANGES = "mid-conversation-tool-changes-2026-07-01"


def after_hello(**fields: Any) -> list[Any]:
    return [*HELLO, {"role": "system", "content": "Short.", **fields}]


@pytest.mark.parametrize(
    ("messages", "arguments", "betas"),
    [
        (HELLO, {"thread": {"type": "create"}}, "message-threads-2026-08-12"),
        (HELLO, {"fallback_credit_token": "t"}, "fallback-credit-2026-07-01"),
        (
            HELLO,
            {"fallbacks": [{"model": "claude-opus-4-8", "speed": "fast"}]},
            "server-side-fallback-2026-07-01,fast-mode-2026-02-01",
        ),
        (HELLO, {"speed": "standard"}, "fast-mode-2026-02-01"),
        (HELLO, {"diagnostics": {"previous_message_id": None}}, "cache-diagnosis-2026-04-07"),
        (
            HELLO,
            {"thinking": {"type": "adaptive", "block_binding": {}}},
            "thinking-binding-controls-2026-08-01",
        ),
        (
            after_hello(clear_at="next_user_message"),
            {},
            "mid-conversation-system-clear-at-2026-08-21",
        ),
        (
            after_hello(output_config={"effort": "low"}),
            {},
            "mid-conversation-output-config-2026-07-01",
        ),
        (after_hello(content=[ADDED]), {}, CHANGES),
        (
            after_hello(content=[DEFINED]),
            {},
            f"{CHANGES},inline-tools-2026-09-15,mcp-client-2026-09-15",
        ),
    ],
)
def test_of_features(messages: list[Any], arguments: dict[str, Any], betas: str) -> None:
    headers = send(messages, model=NEWER, **arguments).headers
    assert headers["anthropic-beta"] == betas


def _call(server: Server, model: str, **arguments: Any) -> Seen:
    with Client() as client:
        client.completion(
            model, HELLO, api_key="key", base_url=server.url, num_retries=0, **arguments
        )
    return server.seen[-1]


MESSAGE = {
    "id": "m",
    "type": "message",
    "role": "assistant",
    "model": "claude",
    "content": [{"type": "text", "text": "Hi"}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 1, "output_tokens": 1},
}


def _in_header(seen: Seen) -> list[str]:
    return seen.headers["anthropic-beta"].split(",")


def _in_body(seen: Seen) -> list[str]:
    found: list[str] = seen.json["anthropic_beta"]
    return found


def _in_model_fields(seen: Seen) -> list[str]:
    found: list[str] = seen.json["additionalModelRequestFields"]["anthropic_beta"]
    return found


CLOUDS: list[tuple[str, dict[str, Any], dict[str, Any], Callable[[Seen], list[str]]]] = [
    ("anthropic/claude-opus-4-8", {}, MESSAGE, _in_header),
    ("azure_ai/claude-opus-4-8", {}, MESSAGE, _in_header),
    (
        "vertex_ai/claude-opus-4-8",
        {"vertex_credentials": GivenCredentials(), "vertex_project": "p"},
        MESSAGE,
        _in_body,
    ),
    (f"bedrock/{CLAUDE}", {}, answer_body({"text": "Hi"}), _in_model_fields),
]


@pytest.mark.parametrize(("model", "login", "answer", "read"), CLOUDS)
@pytest.mark.parametrize(
    "given",
    [
        {"betas": ["b1", "b2"]},
        {"extra_headers": {"Anthropic-Beta": "b1, b2"}},
        {"extra_body": {"anthropic_beta": ["b1", "b2"]}},
        {"betas": "b1", "extra_headers": {"anthropic-beta": "b2,b1"}},
    ],
)
def test_place_in_each_cloud(
    model: str,
    login: dict[str, Any],
    answer: Any,
    read: Callable[[Seen], list[str]],
    given: dict[str, Any],
    server: Server,
) -> None:
    server.reply(answer_json(answer))
    tool = {"type": "computer_20251124", "name": "computer", "display_width_px": 10}
    edits: dict[str, Any] = {"edits": []}
    seen = _call(server, model, tools=[tool], context_management=edits, **login, **given)
    needed = ["context-management-2025-06-27", "computer-use-2025-11-24"]
    assert read(seen) == [*needed, "b1", "b2"]
    assert "betas" not in seen.json


def test_of_a_wrong_type() -> None:
    with pytest.raises(BadRequestError, match="betas: expected a list of str"):
        send(betas=[1])


def test_other_headers_of_the_vendors_client() -> None:
    """Its client takes them as arguments of the call."""
    given = {"user_profile_id": "up_1", "workspace_id": "ws_1"}
    headers = send(**given).headers
    assert headers["anthropic-user-profile-id"] == "up_1"
    assert headers["anthropic-workspace-id"] == "ws_1"
    assert not given.keys() & unchecked(**given).keys()
