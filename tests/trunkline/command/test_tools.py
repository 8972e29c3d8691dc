from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.answers import TEXT, chunk_body, good
from tests.support.server import Answer, Server, answer_events
from tests.trunkline.command.runs import environment, run, run_in_terminal
from trunkline.command.mistakes import MistakeError
from trunkline.command.tools import load_functions

FILE = '''
import math
from json import dumps

def add(a: int, b: int) -> int:
    """Add two numbers.

    Args:
        a: the first.
    """
    return a + b

async def later(text: str) -> str:
    return text

def _hidden(a): ...
'''


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "mine.py"
    path.write_text(FILE)
    return str(path)


def calling(arguments: str = '{"a": 2, "b": 3}', ids: tuple[str, ...] = ("c1",)) -> Answer:
    calls = [
        {
            "index": index,
            "id": each,
            "type": "function",
            "function": {"name": "add", "arguments": arguments},
        }
        for index, each in enumerate(ids)
    ]
    said = chunk_body({"content": "Let me see."})
    return answer_events([said, chunk_body({"tool_calls": calls}, "tool_calls")])


def results(server: Server) -> list[str]:
    """Return what the model was told about its calls."""
    messages = server.seen[-1].json["messages"]
    return [each["content"] for each in messages if each["role"] == "tool"]


def test_public_functions_are_tools(file: str) -> None:
    assert [function.__name__ for function in load_functions(file)] == ["add", "later"]


def test_a_file_may_name_its_tools(file: str) -> None:
    path = Path(file)
    path.write_text(f'{FILE}\n__all__ = ["later"]\n')
    assert [function.__name__ for function in load_functions(file)] == ["later"]


def test_a_file_may_import_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "neighbour_of_tools.py").write_text("WORD = 'x'")
    path = tmp_path / "using.py"
    path.write_text("from neighbour_of_tools import WORD\ndef say() -> str: return WORD")
    [say] = load_functions(str(path))
    assert say() == "x"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "there is no such file"),
        ("x = 1", "it defines no functions"),
        ("def f(:", "SyntaxError"),
        ("import sys\nsys.exit(3)", "SystemExit: 3"),
        ('__all__ = ["g"]\ndef f() -> int: return 1', "__all__ has 'g', which is not a function"),
        ('__all__ = ["g"]\ng = 1', "__all__ has 'g', which is not a function"),
        ("import nothing_like_this", "ModuleNotFoundError: No module named 'nothing_like_this'"),
    ],
)
def test_files_that_have_no_tools(text: str | None, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    if text is not None:
        path.write_text(text)
    with pytest.raises(MistakeError, match=problem):
        load_functions(str(path))


def test_a_function_without_types_is_a_wrong_argument(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("def f(a): ...")
    done = run("-m", "gpt-4o", "-t", str(path), "--yes", "Hi")
    assert done.returncode == 2
    assert "argument 'a' has no type" in done.stderr


def test_without_questions(file: str, server: Server) -> None:
    server.reply(calling(), good("stream"))
    done = run("-m", "gpt-4o", "-t", file, "--yes", "2+3?", server=server)
    assert (done.returncode, done.stdout) == (0, f"Let me see.\n{TEXT}\n")
    assert done.stderr == "Tool: add(a=2, b=3)\n"
    assert results(server) == ["5"]
    tool = server.seen[0].json["tools"][0]["function"]
    assert tool["description"] == "Add two numbers."
    run("-c", "And?", server=server)
    roles = [each["role"] for each in server.seen[-1].json["messages"]]
    assert roles == ["user", "assistant", "tool", "assistant", "user"]


def test_no_terminal_to_ask_in(file: str, server: Server) -> None:
    done = run("-m", "gpt-4o", "-t", file, "2+3?", server=server)
    assert done.returncode == 2
    assert "--yes" in done.stderr
    assert server.seen == []


QUESTION = "[a]lways: "


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ([(QUESTION, "y\n"), (QUESTION, "n\n")], ["5", "Error: the user did not allow this call"]),
        ([(QUESTION, "what\n"), (QUESTION, "a\n")], ["5", "5"]),
        ([(QUESTION, "\n"), (QUESTION, "\x04")], ["Error: the user did not allow this call"] * 2),
    ],
)
def test_each_call_is_approved(
    steps: list[tuple[str, str]], told: list[str], file: str, server: Server
) -> None:
    server.reply(calling(ids=("c1", "c2")), good("stream"))
    arguments = ["-m", "gpt-4o", "-t", file, "2+3?"]
    shown, code = run_in_terminal(*arguments, steps=steps, env=environment(server))
    assert code == 0, shown
    assert results(server) == told
    assert shown.index("Let me see.") < shown.index("Tool: add(a=2, b=3)")
    assert TEXT in shown


def test_a_call_is_shown_without_control_characters(file: str, server: Server) -> None:
    arguments = json.dumps({"a": 1, "b\x1b[2J\n": 2})
    server.reply(calling(arguments), good("stream"))
    done = run("-m", "gpt-4o", "-t", file, "--yes", "2+3?", server=server)
    assert done.stderr == "Tool: add(a=1, b\ufffd[2J =2)\n"
