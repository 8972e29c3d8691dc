"""What tools print is never part of the answer: scripts read standard output."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.answers import TEXT, completion_body, failing, good
from tests.support.server import Server, answer_json
from tests.trunkline.command.runs import environment, run, run_in_terminal
from tests.trunkline.command.test_tools import QUESTION, calling

FILE = """
import os
import sys
from sys import stdout

print("loaded")

def add(a: int, b: int) -> int:
    print("printed")
    stdout.write("written\\n")
    sys.stdout.flush()
    os.system("echo by a program")
    return a + b
"""
SPOKEN = ("loaded", "printed", "written", "by a program")


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "loud.py"
    path.write_text(FILE)
    return str(path)


def test_the_answer_is_all_of_standard_output(file: str, server: Server) -> None:
    server.reply(calling(), good("stream"))
    done = run("-m", "gpt-4o", "-t", file, "--yes", "2+3?", server=server)
    assert (done.returncode, done.stdout) == (0, f"Let me see.\n{TEXT}\n")
    assert [word for word in SPOKEN if word not in done.stderr] == []


def test_json_stays_json(file: str, server: Server) -> None:
    function = {"name": "add", "arguments": '{"a": 2, "b": 3}'}
    calls = [{"id": "c1", "type": "function", "function": function}]
    asked = completion_body(None, "tool_calls", tool_calls=calls)
    server.reply(answer_json(asked), good("plain"))
    done = run("-m", "gpt-4o", "-t", file, "--yes", "--json", "2+3?", server=server)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["choices"][0]["message"]["content"] == TEXT
    assert [word for word in SPOKEN if word not in done.stderr] == []


def test_an_error_after_a_tool_leaves_standard_output_alone(file: str, server: Server) -> None:
    server.reply(calling(), failing(400))
    done = run("-m", "gpt-4o", "-t", file, "--yes", "2+3?", server=server)
    assert (done.returncode, done.stdout) == (1, "Let me see.\n")


def test_each_message_of_a_chat_has_its_answer(file: str, server: Server) -> None:
    server.reply(calling(), good("stream"), calling(), good("stream"))
    done = run("chat", "-m", "gpt-4o", "-t", file, "--yes", stdin="2+3?\n2+3?\n", server=server)
    assert (done.returncode, done.stdout) == (0, f"Let me see.\n{TEXT}\n" * 2)


def test_a_terminal_shows_both(file: str, server: Server) -> None:
    server.reply(calling(), good("stream"))
    arguments = ["-m", "gpt-4o", "-t", file, "2+3?"]
    shown, code = run_in_terminal(*arguments, steps=[(QUESTION, "y\n")], env=environment(server))
    assert code == 0, shown
    assert shown.index(QUESTION) < shown.index("printed") < shown.index(TEXT)
