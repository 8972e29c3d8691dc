"""CrewAI over the stand-in."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from tests.integrations.weather import ANSWER, RESULT, claude_calls, claude_says
from tests.support.answers import failing
from tests.trunkline.compat.frameworks.child import Ran, results_of_tools, run

pytestmark = pytest.mark.skipif(
    find_spec("crewai") is None, reason="crewai is not installed: trunkline[frameworks-litellm]"
)

TOKYO = {"name": "Tokyo", "people": 37000000}


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return run(
        "with_crewai",
        tmp_path_factory.mktemp("crewai"),
        {
            "tools": [claude_calls("plain"), claude_says("plain")],
            "stream": [claude_calls("stream"), claude_says("stream")],
            "direct": [claude_says("plain")],
            "structured": [claude_calls("plain", "City", TOKYO)],
            "error": [failing(401, "invalid x-api-key")],
        },
    )


@pytest.mark.parametrize("scene", ["tools", "stream"])
def test_a_crew_calls_a_tool_and_reads_its_result(ran: Ran, scene: str) -> None:
    came = ran[scene]
    assert (came["text"], came["tokens"]) == (ANSWER, 16)
    first, second = ran.seen[scene]
    assert "weather" in [tool["name"] for tool in first.json["tools"]]
    assert RESULT in results_of_tools(second)
    assert first.headers["x-api-key"] == "sk-ant"
    assert bool(first.json.get("stream")) is (scene == "stream")


def test_tokens_of_a_call_are_counted_once(ran: Ran) -> None:
    assert ran["direct"] == {"answer": ANSWER, "tokens": 8}


def test_an_answer_of_a_class(ran: Ran) -> None:
    assert ran["structured"] == TOKYO


def test_the_framework_does_not_try_a_refused_key_again(ran: Ran) -> None:
    assert ran["error"]["chain"][0] == "litellm.exceptions.AuthenticationError"
    assert len(ran.seen["error"]) == 1
