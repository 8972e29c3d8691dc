"""The file of a log of prompts: a disk that is full for a while costs no entry."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from trunkline import PromptLog
from trunkline.testing import FakeProvider

#: Logs calls into a file that cannot grow, then into one that can.
FULL = """
import json, resource, signal, sys
from trunkline import PromptLog
from trunkline.testing import FakeProvider

def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

def call(log, count):
    client = FakeProvider(["Hello"] * count).client([log])
    for _ in range(count):
        client.completion("openai/gpt-4o", [{"role": "user", "content": "Hi"}])

path, ending = sys.argv[1:]
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
log = PromptLog(path)
limit(100)  # less than a line
call(log, 10)
assert not log.flush(0.1)
assert log.written == 0
if ending == "given up":
    log.close()
    assert log.dropped == 10
    call(log, 1)
limit(resource.RLIM_INFINITY)
if ending == "given up":
    call(log, 4)
assert log.flush(60)
log.close()
print(json.dumps([log.written, log.dropped]))
"""


def _run(path: Path, ending: str) -> list[int]:
    command = [sys.executable, "-c", FULL, str(path), ending]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    counts: list[int] = json.loads(ended.stdout)
    return counts


@pytest.mark.skipif(sys.platform == "win32", reason="has no limit for the size of files")
class TestFullDisks:
    def test_what_did_not_fit_is_written_later(self, tmp_path: Path) -> None:
        path = tmp_path / "calls.jsonl"
        assert _run(path, "there is room again") == [10, 0]
        calls = [json.loads(line)["call_id"] for line in path.read_bytes().splitlines()]
        assert len(set(calls)) == len(calls) == 10

    def test_a_line_that_was_given_up_spoils_no_other(self, tmp_path: Path) -> None:
        path = tmp_path / "calls.jsonl"
        written, dropped = _run(path, "given up")
        assert (written, dropped) == (5, 10)
        calls = [json.loads(line)["call_id"] for line in path.read_bytes().splitlines()[-5:]]
        assert len(set(calls)) == 5


def test_a_file_is_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    for count in (1, 2):
        log = PromptLog(path)
        FakeProvider(["Hello"]).client([log]).completion(
            "openai/gpt-4o", [{"role": "user", "content": "Hi"}]
        )
        log.close()
        assert len(path.read_bytes().splitlines()) == count
