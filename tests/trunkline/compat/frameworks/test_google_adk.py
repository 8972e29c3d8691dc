"""Google ADK over the stand-in."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from tests.integrations.weather import ANSWER, RESULT, claude_calls, claude_says
from tests.support.answers import failing
from tests.trunkline.compat.frameworks.child import Ran, results_of_tools, run

# google is a namespace that other packages share.
_MISSING = find_spec("google") is None or find_spec("google.adk") is None
pytestmark = pytest.mark.skipif(
    _MISSING, reason="google-adk is not installed: trunkline[frameworks]"
)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return run(
        "with_google_adk",
        tmp_path_factory.mktemp("adk"),
        {
            "tools": [claude_calls("plain"), claude_says("plain")],
            "stream": [claude_calls("stream"), claude_says("stream")],
            "cache": [claude_says("plain")],
            "fallback": [failing(503), claude_says("plain")],
            "error": [failing(400, "what is this")],
            "schema": [claude_says("plain")],
        },
    )


@pytest.mark.parametrize("scene", ["tools", "stream"])
def test_an_agent_calls_a_tool_and_reads_its_result(ran: Ran, scene: str) -> None:
    came = ran[scene]
    assert (came["calls"], came["text"], came["tokens"]) == (["weather"], ANSWER, 8)
    assert (came["pieces"] > 1) is (scene == "stream")
    first, second = ran.seen[scene]
    assert [tool["name"] for tool in first.json["tools"]] == ["weather"]
    assert RESULT in results_of_tools(second)
    assert first.headers["x-api-key"] == "sk-ant"


def test_prompts_are_marked_for_the_providers_cache(ran: Ran) -> None:
    assert ran["cache"]["text"] == ANSWER
    [seen] = ran.seen["cache"]
    assert "cache_control" in seen.json["messages"][-1]["content"][-1]


def test_the_framework_asks_another_model_where_one_is_down(ran: Ran) -> None:
    assert ran["fallback"]["text"] == ANSWER
    assert len(ran.seen["fallback"]) == 2


def test_the_framework_does_not_where_the_request_is_wrong(ran: Ran) -> None:
    assert ran["error"]["chain"][0] == "litellm.exceptions.BadRequestError"
    assert len(ran.seen["error"]) == 1


def test_what_models_take_is_told(ran: Ran) -> None:
    assert ran["schema"] == [False, True]
