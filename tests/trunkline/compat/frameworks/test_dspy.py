"""DSPy over the stand-in."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from tests.integrations.weather import ANSWER, ARGUMENTS, RESULT, claude_says
from tests.support.answers import completion_body, failing
from tests.support.server import answer_json
from tests.trunkline.compat.frameworks.child import Ran, run

pytestmark = pytest.mark.skipif(
    find_spec("dspy") is None, reason="dspy is not installed: trunkline[frameworks-litellm]"
)

THOUGHT = """[[ ## next_thought ## ]]
I ask the tool.

[[ ## next_tool_name ## ]]
{tool}

[[ ## next_tool_args ## ]]
{arguments}

[[ ## completed ## ]]"""
ANSWERED = f"[[ ## answer ## ]]\n{ANSWER}\n\n[[ ## completed ## ]]"


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return run(
        "with_dspy",
        tmp_path_factory.mktemp("dspy"),
        {
            "tools": [
                claude_says("plain", THOUGHT.format(tool="weather", arguments='{"city": "Paris"}')),
                claude_says("plain", THOUGHT.format(tool="finish", arguments="{}")),
                claude_says("plain", f"[[ ## reasoning ## ]]\nIt says so.\n\n{ANSWERED}"),
            ],
            "stream": [claude_says("stream", ANSWERED)],
            "typed": [claude_says("stream")],
            "other": [answer_json(completion_body(ANSWERED))],
            "cache": [claude_says("plain")],
            "responses": [claude_says("plain", ANSWERED)],
            "error": [failing(400, "prompt is too long: 300000 tokens > 200000 maximum")],
        },
    )


def test_a_program_calls_a_tool_and_reads_its_result(ran: Ran) -> None:
    came = ran["tools"]
    assert came["answer"] == ANSWER
    assert came["trajectory"]["tool_args_0"] == ARGUMENTS
    assert RESULT in came["trajectory"]["observation_0"]
    assert came["usage"]["total_tokens"] == 24
    first, second, _ = ran.seen["tools"]
    assert RESULT in str(second.json)
    assert first.headers["x-api-key"] == "sk-ant"
    assert first.headers["user-agent"].startswith("DSPy/")


def test_an_answer_is_streamed(ran: Ran) -> None:
    came = ran["stream"]
    assert len(came["pieces"]) > 1
    assert "".join(came["pieces"]) == came["answer"] == ANSWER
    assert ran.seen["stream"][0].json["stream"] is True


def test_a_typed_request_is_streamed(ran: Ran) -> None:
    assert ran["typed"] == {"text": ANSWER, "tokens": 8}


def test_what_a_model_can_do_is_told(ran: Ran) -> None:
    assert ran["other"] == {"told": [True, False, True], "answer": ANSWER}
    [seen] = ran.seen["other"]
    assert (seen.path, seen.headers["authorization"]) == ("/chat/completions", "Bearer sk-ant")


def test_the_cache_on_disk_reads_answers_again(ran: Ran) -> None:
    assert ran["cache"] == {"first": [ANSWER], "second": [ANSWER]}
    assert len(ran.seen["cache"]) == 1


def test_a_prompt_that_is_too_long_is_known_as_one(ran: Ran) -> None:
    assert "litellm.exceptions.ContextWindowExceededError" in ran["error"]["chain"]
    assert len(ran.seen["error"]) == 1


def test_a_program_over_the_responses_api(ran: Ran) -> None:
    assert ran["responses"] == {"answer": ANSWER, "again": ANSWER}
    [seen] = ran.seen["responses"]
    assert seen.path == "/v1/messages"
