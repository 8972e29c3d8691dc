"""The OpenAI Agents SDK over the stand-in."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from tests.integrations.weather import ANSWER, RESULT, claude_calls, claude_says
from tests.support.answers import failing
from tests.trunkline.compat.frameworks.child import Ran, results_of_tools, run

pytestmark = pytest.mark.skipif(
    find_spec("agents") is None, reason="openai-agents is not installed: trunkline[frameworks]"
)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return run(
        "with_openai_agents",
        tmp_path_factory.mktemp("agents"),
        {
            "tools": [claude_calls("plain"), claude_says("plain")],
            "stream": [claude_calls("stream"), claude_says("stream")],
            "error": [failing(429, "slow down", retry_after="0", x_should_retry="true")],
        },
    )


@pytest.mark.parametrize("scene", ["tools", "stream"])
def test_an_agent_calls_a_tool_and_reads_its_result(ran: Ran, scene: str) -> None:
    came = ran[scene]
    assert (came["output"], came["requests"], came["tokens"]) == (ANSWER, 2, 16)
    first, second = ran.seen[scene]
    assert [tool["name"] for tool in first.json["tools"]] == ["weather"]
    assert RESULT in results_of_tools(second)
    assert first.headers["x-api-key"] == "sk-ant"


def test_text_arrives_in_pieces(ran: Ran) -> None:
    assert ran["stream"]["text"] == ANSWER
    assert ran["stream"]["pieces"] > 1


def test_the_sdk_retries_as_the_provider_suggests(ran: Ran) -> None:
    assert ran["error"]["chain"][0] == "litellm.exceptions.RateLimitError"
    # Three by trunkline; then the SDK sends again, and switches off the retries below it.
    assert len(ran.seen["error"]) == 4
