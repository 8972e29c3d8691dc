"""langchain-litellm over the stand-in."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from tests.integrations.weather import ANSWER, ARGUMENTS, RESULT, claude_calls, claude_says
from tests.support.answers import failing
from tests.support.server import answer_json
from tests.trunkline.compat.frameworks.child import Ran, results_of_tools, run
from trunkline.pipeline.json_values import JSON

pytestmark = pytest.mark.skipif(
    find_spec("langchain_litellm") is None,
    reason="langchain-litellm is not installed: trunkline[frameworks-litellm]",
)

RESPONSE: JSON = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1.0,
    "status": "completed",
    "model": "gpt-4o",
    "output": [
        {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "content": [{"type": "output_text", "text": ANSWER, "annotations": []}],
        }
    ],
}
USAGE = {"input_tokens": 5, "output_tokens": 3, "total_tokens": 8}


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    talk = [claude_calls("plain"), claude_says("plain")]
    return run(
        "with_langchain",
        tmp_path_factory.mktemp("langchain"),
        {
            "tools": talk,
            "router": talk,
            "stream": [claude_calls("stream"), claude_says("stream")],
            "forced": talk,
            "error": [failing(429, "slow down")],
            "refused": [failing(400, "what is this")],
            "responses": [answer_json(RESPONSE)],
        },
    )


@pytest.mark.parametrize("scene", ["tools", "router"])
def test_a_tool_is_called_and_its_result_told(ran: Ran, scene: str) -> None:
    assert ran[scene]["calls"] == [["weather", ARGUMENTS]]
    assert ran[scene]["text"] == ANSWER
    assert ran[scene]["usage"].items() >= USAGE.items()
    _check_requests(ran, scene)


def test_streams_of_both_worlds(ran: Ran) -> None:
    assert ran["stream"]["text"] == ANSWER
    assert ran["stream"]["chunks"] > 2
    assert ran["stream"]["usage"].items() >= USAGE.items()
    _check_requests(ran, "stream")


def test_the_responses_api_where_a_provider_has_it(ran: Ran) -> None:
    assert ran["responses"]["text"] == ANSWER
    assert "cannot send 'anthropic/" in ran["responses"]["refused"]
    [sent] = ran.seen["responses"]
    assert sent.path == "/responses"


def _check_requests(ran: Ran, scene: str) -> None:
    first, second = ran.seen[scene]
    assert [tool["name"] for tool in first.json["tools"]] == ["weather"]
    assert RESULT in results_of_tools(second)
    assert first.headers["x-api-key"] == "sk-ant"


def test_a_thinking_model_is_not_made_to_call_a_tool(ran: Ran) -> None:
    assert ran["forced"] == {"tool_choice": "auto"}


def test_the_framework_retries_a_limit_and_not_a_bad_request(ran: Ran) -> None:
    assert ran["error"]["chain"][0] == "litellm.exceptions.RateLimitError"
    assert len(ran.seen["error"]) == 2
    assert ran["refused"]["chain"][0] == "litellm.exceptions.BadRequestError"
    assert len(ran.seen["refused"]) == 1
