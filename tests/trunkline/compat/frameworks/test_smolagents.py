"""smolagents over the stand-in."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from tests.integrations.weather import ANSWER, RESULT, claude_calls
from tests.support.answers import failing
from tests.support.server import Answer
from tests.trunkline.compat.frameworks.child import Ran, run

pytestmark = pytest.mark.skipif(
    find_spec("smolagents") is None, reason="smolagents is not installed: trunkline[frameworks]"
)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    def talk(mode: str) -> list[Answer]:
        return [claude_calls(mode), claude_calls(mode, "final_answer", {"answer": ANSWER})]

    return run(
        "with_smolagents",
        tmp_path_factory.mktemp("smolagents"),
        {
            "tools": talk("plain"),
            "stream": talk("stream"),
            "router": talk("plain"),
            "error": [failing(429, "slow down")],
        },
    )


@pytest.mark.parametrize("scene", ["tools", "stream", "router"])
def test_an_agent_calls_a_tool_and_reads_its_result(ran: Ran, scene: str) -> None:
    assert ran[scene] == {"output": ANSWER, "tokens": 16}
    first, second = ran.seen[scene]
    assert {tool["name"] for tool in first.json["tools"]} == {"weather", "final_answer"}
    assert RESULT in str(second.json)
    assert first.headers["x-api-key"] == "sk-ant"
    assert bool(first.json.get("stream")) is (scene == "stream")


def test_a_limit_is_known_as_one(ran: Ran) -> None:
    assert ran["error"]["chain"][0] == "litellm.exceptions.RateLimitError"
    assert ran["error"]["is_rate_limit"] is True
    assert len(ran.seen["error"]) == 1
