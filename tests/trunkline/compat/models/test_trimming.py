"""litellm.utils.trim_messages: what it keeps, shortens and leaves out."""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import trunkline.compat
from tests.trunkline.compat.stand_in import installed

utils: Any = import_module("trunkline.compat.utils")
token_counter, trim_messages = utils.token_counter, utils.trim_messages

# No model of OpenAI's, so that tokens are estimated on every machine.
MODEL = "anthropic/claude-sonnet-4-5"

TEXTS = st.text("ab c", min_size=1, max_size=200)
MESSAGES = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(["user", "assistant", "system"]), "content": TEXTS}
    ),
    min_size=1,
    max_size=8,
)


@pytest.fixture
def litellm() -> Iterator[Any]:
    with installed() as module:
        yield module


def said(role: str, text: str, **more: Any) -> dict[str, Any]:
    return {"role": role, "content": text, **more}


@given(MESSAGES, st.integers(min_value=20, max_value=300))
def test_what_is_trimmed_fits(messages: list[dict[str, Any]], limit: int) -> None:
    before = copy.deepcopy(messages)
    trimmed = trim_messages(messages, MODEL, max_tokens=limit)
    assert messages == before
    assert token_counter(MODEL, messages=trimmed) <= limit
    if token_counter(MODEL, messages=messages) < limit:
        assert trimmed == messages
    talk = iter([each for each in messages if each["role"] != "system"])
    for kept in trimmed:
        if kept["role"] != "system":
            assert any(_is_from(kept, each) for each in talk), "their order stays"


def _is_from(kept: dict[str, Any], message: dict[str, Any]) -> bool:
    start, cut, _ = str(kept["content"]).partition("..")
    return kept == message or bool(cut and str(message["content"]).startswith(start))


def test_the_middle_of_the_oldest_is_cut() -> None:
    messages = [said("user", "abc " * 200), said("user", "Latest.")]
    first, last = trim_messages(messages, MODEL, max_tokens=60)
    assert last == messages[1]
    start, end = first["content"].split("..")
    assert messages[0]["content"].startswith(start)
    assert messages[0]["content"].endswith(end)


def test_the_systems_messages_become_one_that_stays() -> None:
    messages = [
        said("system", "One."),
        said("user", "abc " * 200),
        said("system", "Two."),
        said("user", "Latest."),
    ]
    trimmed = trim_messages(messages, MODEL, max_tokens=40)
    assert trimmed[0] == said("system", "One.\nTwo.")
    assert trimmed[-1] == messages[-1]


def test_results_of_tools_at_the_end_stay() -> None:
    result = said("tool", "abc " * 50, tool_call_id="c")
    trimmed = trim_messages([said("user", "abc " * 200), result], MODEL, max_tokens=30)
    assert trimmed[-1] == result
    assert ".." in trimmed[0]["content"]


def test_a_call_of_a_function_is_not_cut() -> None:
    calling = said("assistant", "abc " * 200, function_call={"name": "f", "arguments": "{}"})
    assert trim_messages([calling, said("user", "Hi")], MODEL, max_tokens=30) == [
        said("user", "Hi")
    ]


def test_the_tokens_that_are_left() -> None:
    messages = [said("user", "abc " * 200)]
    trimmed, left = trim_messages(messages, MODEL, return_response_tokens=True, max_tokens=50)
    assert left == 50 - token_counter(MODEL, messages=trimmed)
    short = [said("user", "Hi")]
    assert trim_messages(short, MODEL, return_response_tokens=True, max_tokens=50) == short


def test_the_limit_is_a_share_of_the_models_window(
    litellm: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(litellm.model_cost, "my-model", {"max_input_tokens": 100})
    messages = [said("user", "abc " * 200)]
    for ratio in (0.75, 0.4):
        trimmed = trim_messages(messages, "my-model", trim_ratio=ratio)
        assert 60 * ratio < token_counter("my-model", messages=trimmed) <= 100 * ratio
    monkeypatch.undo()
    assert trim_messages(messages, "my-model") == messages


@pytest.mark.parametrize(
    "message",
    [
        {"role": "user", "content": [{"type": "text", "text": "abc " * 200}]},
        {"role": "user", "content": 3},
        {"content": "x"},
    ],
)
def test_what_cannot_be_cut_is_returned_as_it_is(
    message: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    messages = [message, said("user", "Hi")]
    with caplog.at_level(logging.WARNING, "trunkline"):
        assert trim_messages(messages, MODEL, max_tokens=30) == messages
    assert "litellm.trim_messages: nothing was trimmed" in caplog.text


def test_responses_are_messages_too(litellm: Any) -> None:
    answer = litellm.Message(content="abc " * 200, role="assistant")
    [trimmed] = trim_messages([answer], MODEL, max_tokens=30)
    assert ".." in trimmed["content"]
    assert answer.content == "abc " * 200


def test_it_is_where_litellm_has_it() -> None:
    assert trunkline.compat.trim_messages is trim_messages
