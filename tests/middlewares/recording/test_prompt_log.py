"""PromptLog: every call is logged in the background, or counted as dropped."""

from __future__ import annotations

import json
import logging
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from itertools import repeat
from pathlib import Path
from threading import Event
from typing import Any

import anyio
import pytest

from tests.support.answers import MESSAGES
from tests.support.calls.wire_answers import claudes_answer
from tests.support.server import Server
from tests.support.worlds import World
from trunkline import APIError, Client, InternalServerError, PromptLog, Retry, default_middlewares
from trunkline.middlewares.recording.log_entries import LogEntry
from trunkline.testing import Cut, FakeProvider, Pause

MODEL = "openai/gpt-4o"


class Kept:
    """A writer that keeps what is written, once `may_write` is set, and fails at first."""

    def __init__(self, failures: int = 0) -> None:
        self.entries: list[LogEntry] = []
        self.failures = failures
        self.may_write = Event()
        self.may_write.set()
        self.began = Event()
        self.closed = 0

    def __call__(self) -> Kept:
        return self

    def write(self, entries: Sequence[LogEntry]) -> None:
        self.began.set()
        self.may_write.wait(30)
        if self.failures:
            self.failures -= 1
            raise ConnectionError("password=secret")
        self.entries += entries

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def log(kept: Kept) -> Iterator[PromptLog]:
    made = PromptLog(kept)
    yield made
    kept.may_write.set()
    made.close()


def read_lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


class TestEntries:
    def test_a_call(self, world: World, mode: str, kept: Kept, log: PromptLog) -> None:
        client = FakeProvider(["Hello"]).client([log])
        answer = world.answer(
            client,
            mode,
            MODEL,
            MESSAGES,
            temperature=0.5,
            metadata={"user": "1"},
            api_key="sk-secret",
            extra_headers={"x-key": "secret"},
        )
        assert log.flush(30)
        [entry] = kept.entries
        assert entry.messages == MESSAGES
        assert entry.params == {"temperature": 0.5}
        assert entry.response["choices"][0]["message"]["content"] == "Hello"
        assert entry.response == answer.model_dump()
        assert (entry.provider, entry.model, entry.outcome) == ("openai", "gpt-4o", "completed")
        assert (entry.prompt_tokens, entry.completion_tokens, entry.attempts) == (10, 5, 1)
        assert entry.stream is (mode == "stream")
        assert (entry.call_id, entry.metadata) == (answer.call.call_id, {"user": "1"})
        assert entry.seconds > 0
        assert entry.time.endswith("+00:00")
        assert "secret" not in str(entry)

    @pytest.mark.parametrize(
        ("item", "outcome"),
        [(InternalServerError("no"), "failed"), (["Half ", Cut()], "truncated")],
    )
    def test_a_failure(
        self, world: World, mode: str, kept: Kept, log: PromptLog, item: Any, outcome: str
    ) -> None:
        client = FakeProvider([item]).client([log])
        with pytest.raises(APIError) as raised:
            world.answer(client, mode, MODEL, MESSAGES)
        log.flush(30)
        [entry] = kept.entries
        assert entry.outcome == outcome
        assert entry.error is not None
        assert entry.error.startswith(type(raised.value).__name__ + ": ")
        if mode == "stream" and outcome == "truncated":
            assert entry.response["choices"][0]["message"]["content"] == "Half "

    def test_a_stream_that_is_left(self, world: World, kept: Kept, log: PromptLog) -> None:
        client = FakeProvider(["one two three"]).client([log])

        async def leave() -> None:
            async for _ in await client.acompletion(MODEL, MESSAGES, stream=True):
                break
            await anyio.sleep(0)

        if world.blocking:
            for _ in client.completion(MODEL, MESSAGES, stream=True):
                break
        else:
            world.run(leave)
        log.flush(30)
        assert [entry.outcome for entry in kept.entries] == ["abandoned"]

    def test_a_call_that_is_cancelled(self, kept: Kept, log: PromptLog) -> None:
        client = FakeProvider([[Pause(60), "late"]]).client([log])

        async def cancel() -> None:
            with anyio.move_on_after(0.001):
                await client.acompletion(MODEL, MESSAGES)

        anyio.run(cancel)
        log.flush(30)
        assert [entry.outcome for entry in kept.entries] == ["abandoned"]

    def test_later_changes_do_not_matter(self, kept: Kept, log: PromptLog) -> None:
        kept.may_write.clear()
        messages = [{"role": "user", "content": "before"}]
        client = FakeProvider(["before"]).client([log])
        answer = client.completion(MODEL, messages)
        messages[0]["content"] = "after"
        answer.choices[0].message.content = "after"
        kept.may_write.set()
        log.flush(30)
        assert "after" not in str(kept.entries)

    def test_texts_may_be_changed(self, world: World, mode: str, kept: Kept) -> None:
        log = PromptLog(kept, redact=lambda text: text.replace("secret", "***"))
        client = FakeProvider(["my secret", InternalServerError("secret")]).client([log])
        ask = [{"role": "user", "content": [{"type": "text", "text": "secret"}]}]
        world.answer(client, mode, MODEL, ask, metadata={"note": "secret"}, user="secret")
        with pytest.raises(InternalServerError):
            world.answer(client, mode, MODEL, ask)
        log.close()
        assert len(kept.entries) == 2
        assert "secret" not in str(kept.entries)
        assert str(kept.entries).count("***") == 6

    @pytest.mark.parametrize("media", [True, False])
    def test_files_are_shortened(self, kept: Kept, media: bool) -> None:
        data = "A" * 1000
        parts: list[Any] = [
            {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}},
            {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}},
        ]
        log = PromptLog(kept, media=media)
        client = FakeProvider(["a"]).client([log])
        client.completion(MODEL, [{"role": "user", "content": parts}])
        log.close()
        [image, audio] = kept.entries[0].messages[0]["content"]
        if media:
            assert [image, audio] == parts
        else:
            assert image["image_url"]["url"] == "data:image/png,(1022 characters)"
            assert audio["input_audio"]["data"] == "(1000 characters)"

    def test_values_that_are_no_json(self, kept: Kept, log: PromptLog) -> None:
        client = FakeProvider(["a"]).client([log])
        client.completion(MODEL, MESSAGES, metadata={"thing": object(), "kind": int})
        log.flush(30)
        assert kept.entries[0].metadata == {"thing": "object", "kind": "int"}


class TestBackground:
    def test_calls_do_not_wait(self, world: World, mode: str, kept: Kept, log: PromptLog) -> None:
        kept.may_write.clear()
        client = FakeProvider(repeat("Hello")).client([log])
        for _ in range(5):
            world.answer(client, mode, MODEL, MESSAGES)
        assert kept.entries == []
        kept.may_write.set()
        assert log.flush(30)
        assert (len(kept.entries), log.written, log.dropped) == (5, 5, 0)

    @pytest.mark.parametrize("limit", [{"max_calls": 2}, {"max_bytes": 3500}])
    def test_a_full_queue_drops_and_says_so(
        self,
        world: World,
        kept: Kept,
        limit: dict[str, Any],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        kept.may_write.clear()
        log = PromptLog(kept, **limit)
        client = FakeProvider(repeat("Hello")).client([log])
        with caplog.at_level(logging.WARNING, "trunkline"):
            world.complete(client, MODEL, MESSAGES)
            assert kept.began.wait(30)
            for _ in range(6):
                world.complete(client, MODEL, MESSAGES)
        assert len(caplog.records) == 1
        assert "calls are not logged: the queue is full" in caplog.text
        dropped = log.dropped
        assert dropped == 4
        kept.may_write.set()
        log.close()
        assert len(kept.entries) == log.written == 7 - dropped

    def test_a_target_that_fails_is_tried_again(
        self, world: World, mode: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        kept = Kept(failures=1)
        log = PromptLog(kept)
        client = FakeProvider(["Hello"]).client([log])
        with caplog.at_level(logging.WARNING, "trunkline"):
            world.answer(client, mode, MODEL, MESSAGES)
            # Closing ends the pause before the next attempt.
            log.close()
        assert (len(kept.entries), log.dropped, kept.closed) == (1, 0, 1)
        assert [record.message for record in caplog.records] == [
            "PromptLog: cannot write, and tries again: ConnectionError (logged only once)"
        ]

    def test_what_cannot_be_written_is_counted(self, caplog: pytest.LogCaptureFixture) -> None:
        kept = Kept(failures=1000)
        log = PromptLog(kept)
        client = FakeProvider(repeat("Hello")).client([log])
        with caplog.at_level(logging.WARNING, "trunkline"):
            for _ in range(3):
                client.completion(MODEL, MESSAGES)
            log.close()
        assert (log.written, log.dropped) == (0, 3)
        assert "could not be written before it was closed" in caplog.text
        assert "secret" not in caplog.text

    def test_what_cannot_be_redacted_is_not_written(
        self, kept: Kept, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(text: str) -> str:
            raise ValueError(text)

        log = PromptLog(kept, redact=fail)
        with caplog.at_level(logging.WARNING, "trunkline"):
            FakeProvider(["Hello"]).client([log]).completion(MODEL, MESSAGES)
            log.close()
        assert (kept.entries, log.dropped) == ([], 1)
        assert "redact raised ValueError" in caplog.text
        assert "Say hello" not in caplog.text

    def test_it_works_again_after_close(self, kept: Kept, log: PromptLog) -> None:
        client = FakeProvider(repeat("Hello")).client([log])
        for count in (1, 2):
            client.completion(MODEL, MESSAGES)
            log.close()
            assert (len(kept.entries), kept.closed) == (count, count)

    def test_threads_share_it(self, kept: Kept, log: PromptLog) -> None:
        client = FakeProvider(repeat("Hello")).client([log])

        def call() -> None:
            for _ in range(20):
                client.completion(MODEL, MESSAGES)

        threads = [threading.Thread(target=call) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        log.flush(30)
        assert len({entry.call_id for entry in kept.entries}) == 80

    def test_it_is_written_at_the_end_of_the_program(self, tmp_path: Path) -> None:
        code = f"""
from trunkline import PromptLog
from trunkline.testing import FakeProvider
client = FakeProvider(["a", "b"]).client([PromptLog({str(tmp_path / "calls.jsonl")!r})])
for _ in range(2):
    client.completion("openai/gpt-4o", [{{"role": "user", "content": "Hi"}}])
"""
        subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)
        assert len(read_lines(tmp_path / "calls.jsonl")) == 2

    def test_a_forked_child_has_a_thread_of_its_own(self, tmp_path: Path) -> None:
        path = tmp_path / "calls.jsonl"
        code = f"""
import os
from itertools import repeat
from trunkline import PromptLog
from trunkline.testing import FakeProvider
log = PromptLog({str(path)!r})
client = FakeProvider(repeat("a")).client([log])
ask = lambda text: client.completion("openai/gpt-4o", [{{"role": "user", "content": text}}])
ask("parent")
child = os.fork()
if not child:
    ask("child")
    log.flush(30)
    os._exit(0)
os.waitpid(child, 0)
ask("parent again")
"""
        subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, cwd=tmp_path)
        said = [entry["messages"][0]["content"] for entry in read_lines(path)]
        assert sorted(said) == ["child", "parent", "parent again"]


class TestFiles:
    def test_json_lines(self, world: World, mode: str, tmp_path: Path) -> None:
        path = tmp_path / "calls.jsonl"
        for _ in range(2):
            log = PromptLog(path)
            world.answer(FakeProvider(["é\n\u2028"]).client([log]), mode, MODEL, MESSAGES)
            log.close()
        first, second = read_lines_of(path)
        assert first["messages"] == MESSAGES
        assert first["response"]["choices"][0]["message"]["content"] == "é\n\u2028"
        assert first["call_id"] != second["call_id"]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_a_folder_that_does_not_exist(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError, match="no such folder"):
            PromptLog(tmp_path / "missing" / "calls.jsonl")

    def test_it_is_described(self, tmp_path: Path) -> None:
        client = Client([PromptLog(tmp_path / "calls.jsonl"), *default_middlewares()])
        assert f"PromptLog('{tmp_path}/calls.jsonl')" in client.describe()


def read_lines_of(path: Path) -> list[Any]:
    # Not splitlines(), which also splits at other separators.
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]


class TestMistakes:
    @pytest.mark.parametrize("name", ["max_calls", "max_bytes"])
    def test_limits(self, name: str, tmp_path: Path) -> None:
        given: dict[str, Any] = {name: 0}
        with pytest.raises(ValueError, match=f"{name}: expected an int of 1 or more, got 0"):
            PromptLog(tmp_path / "calls.jsonl", **given)

    def test_an_order_that_cannot_work(self, kept: Kept, log: PromptLog) -> None:
        class Redaction(Retry):
            pass

        with pytest.warns(UserWarning, match="PromptLog is outside Redaction: it logs prompts"):
            Client([log, Redaction()])
        Client([Redaction(), log])


def test_a_native_wire(world: World, mode: str, server: Server, kept: Kept, log: PromptLog) -> None:
    server.reply(claudes_answer(mode, [{"type": "text", "text": "Hello"}], "end_turn"))
    with Client([log, *default_middlewares()]) as client:
        where = {"base_url": server.url, "api_key": "sk-ant-secret"}
        world.answer(client, mode, "anthropic/claude-sonnet-4-5", MESSAGES, **where)
    log.flush(30)
    [entry] = kept.entries
    assert (entry.provider, entry.outcome) == ("anthropic", "completed")
    assert "sk-ant-secret" not in str(entry)
