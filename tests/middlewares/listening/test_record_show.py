"""Records as people look at them: in a terminal and in a notebook."""

from __future__ import annotations

import io
from contextlib import suppress
from typing import Any

import pytest

from tests.support.answers import MESSAGES
from tests.support.drawings import draw
from tests.support.worlds import World
from trunkline import APIError, CallRecord, RateLimitError, StreamInterruptedError
from trunkline.testing import Cut, FakeProvider

MODEL = "openai/gpt-4o"
KEY = "sk-0123456789"


def record_of(world: World, mode: str, script: list[Any], **arguments: Any) -> CallRecord:
    records: list[CallRecord] = []
    client = FakeProvider(script).client()
    with suppress(APIError):
        world.answer(client, mode, MODEL, MESSAGES, callbacks=[records.append], **arguments)
    [record] = records
    return record


def shown(record: CallRecord) -> str:
    file = io.StringIO()
    record.show(file)
    return file.getvalue()


def test_a_call_that_completed(world: World, mode: str) -> None:
    text = shown(record_of(world, mode, [RateLimitError("no", retry_after=0), "Hello there"]))
    head, facts, *_ = text.splitlines()
    assert head == "gpt-4o (openai)  \u2713 completed"
    assert "attempts 2" in facts
    assert "Metadata \u203a Tracing" in text
    assert "RateLimitError 429" in text
    assert "waited after RateLimitError" in text
    assert "Hello there" in text
    assert ("streamed" in text) is (mode == "stream")


def test_a_call_that_failed(world: World, mode: str) -> None:
    text = shown(record_of(world, mode, [401]))
    assert text.startswith("openai/gpt-4o (openai)  \u2717 failed\n")
    assert "AuthenticationError: openai/gpt-4o: scripted (status 401)" in text


def test_a_call_that_sent_nothing(world: World, mode: str) -> None:
    text = shown(record_of(world, mode, [], seed=1, temperature=2, num_retries=-1))
    assert "BadRequestError: num_retries" in text


def test_an_answer_that_broke_off(world: World) -> None:
    record = record_of(world, "stream", [["Half an ", Cut()]])
    assert isinstance(record.error, StreamInterruptedError)
    text = shown(record)
    assert "\u2717 truncated" in text
    assert "Half an" in text


def test_in_a_notebook(world: World, mode: str) -> None:
    script: list[Any] = [503, "Hello there"]
    html = draw(record_of(world, mode, script, num_retries=0, fallbacks=["groq/x"]))
    for part in ("completed", "fell back to groq/x, after ServiceUnavailableError", "Hello there"):
        assert part in html


def test_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    record_of(World("sync"), "plain", ["Hello there"]).show()
    assert "Hello there" in capsys.readouterr().out


def test_no_key_is_shown(world: World, mode: str) -> None:
    arguments = {"api_key": KEY, "extra_headers": {"x-key": KEY}, "fallbacks": [
        {"model": "groq/x", "api_key": KEY},
    ]}  # fmt: skip
    record = record_of(world, mode, [503, 503], num_retries=0, **arguments)
    assert record.outcome == "failed"
    assert KEY not in shown(record) + draw(record)
