from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.answers import TEXT, chunk_body, failing, good
from tests.support.server import Server, answer_events
from tests.support.tiny_gguf import CHAT_TEXT
from tests.trunkline.command.runs import environment, hide, run, run_in_terminal

CHAT = ("chat", "-m", "gpt-4o")
START = "Ctrl-D leaves.\n>"


def said(server: Server) -> list[str]:
    """Return the messages of the last request."""
    return [each["content"] for each in server.seen[-1].json["messages"]]


def test_lines_of_a_pipe_are_turns(server: Server) -> None:
    server.reply(good("stream"))
    done = run(*CHAT, stdin='Hi\n\n"""two\nlines"""\n', server=server)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{TEXT}\n{TEXT}\n", "")
    assert said(server) == ["Hi", TEXT, "two\nlines"]


def test_a_failed_turn_is_not_part_of_the_conversation(server: Server) -> None:
    server.reply(failing(400), good("stream"))
    done = run(*CHAT, stdin="Hi\nAgain\n", server=server)
    assert (done.returncode, done.stdout) == (1, f"{TEXT}\n")
    assert done.stderr.startswith("trunkline: ")
    assert said(server) == ["Again"]


def test_commands(server: Server, tmp_path: Path) -> None:
    server.reply(good("stream"))
    (tmp_path / "a.txt").write_text("data")
    lines = [
        "One", "/undo", "/system Be brief.", f"/attach '{tmp_path}/a.txt'", "Two", "/retry",
        "/model openai/gpt-4.1", "Three", "/exit now", "Never",
    ]  # fmt: skip
    done = run(*CHAT, stdin="\n".join(lines), server=server)
    assert (done.returncode, done.stderr) == (0, "")
    assert [seen.json["model"] for seen in server.seen] == ["gpt-4o"] * 3 + ["gpt-4.1"]
    assert server.seen[1].json["messages"] == server.seen[2].json["messages"]
    system, two, answer, three = said(server)
    assert (system, answer, three) == ("Be brief.", TEXT, "Three")
    assert two[0]["text"] == "Two"  # type: ignore[index]  # pyright: ignore[reportArgumentType]
    run(*CHAT, "-c", stdin="/clear\nFour", server=server)
    assert said(server) == ["Be brief.", "Four"]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("/nope", "there is no command /nope"),
        ("/model gorq/x", "did you mean groq"),
        ("/attach missing.png", "No such file"),
        ("/undo", "nothing to undo"),
        ("/retry", "nothing to ask again"),
    ],
)
def test_commands_that_fail(line: str, problem: str) -> None:
    done = run(*CHAT, stdin=line)
    assert (done.returncode, done.stdout) == (2, "")
    assert problem in done.stderr


def test_a_pipe_gets_what_commands_are_asked_for() -> None:
    lines = ["/model", "/system", "/system Be brief.", "/system", "/model gpt-4.1", "/help"]
    done = run(*CHAT, stdin="\n".join(lines))
    assert (done.returncode, done.stderr) == (0, "")
    shown = done.stdout.splitlines()
    assert shown[:3] == ["gpt-4o", "There is no system message.", "Be brief."]
    assert shown[3].startswith("/help ")


def test_closed_input_is_empty() -> None:
    command = ["/bin/sh", "-c", 'exec "$@" 0<&-', "sh", sys.executable, "-m", "trunkline", *CHAT]
    done = subprocess.run(command, env=environment(), capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_history_and_editing_in_a_terminal(server: Server, home: Path) -> None:
    pytest.importorskip("prompt_toolkit")
    server.reply(good("stream"))
    # Left arrow, then a character; Enter. The second time, arrow up.
    typed = [(START, "Hllo\x1b[D\x1b[D\x1b[De\r"), (TEXT, ""), (">", "/exit\r")]
    _, code = run_in_terminal(*CHAT, steps=typed, env=environment(server))
    assert (code, said(server)) == (0, ["Hello"])
    [history] = home.rglob("chat-history")
    assert history.stat().st_mode & 0o077 == 0
    typed = [(START, "\x1b[A\x1b[A\r"), (TEXT, ""), (">", "\x04")]
    _, code = run_in_terminal(*CHAT, steps=typed, env=environment(server))
    assert (code, said(server)) == (0, ["Hello"])


def test_ctrl_c_stops_an_answer_only(server: Server) -> None:
    stalled = answer_events([chunk_body({"content": "word"})], done=False)
    stalled.ending = "stall"
    server.reply(stalled, good("stream"))
    steps = [
        (START, "\x03"),
        ("/exit leaves.\n>", "One\r"),
        ("word", "\x03"),
        ("interrupted", ""),
        (">", "Two\r"),
        (TEXT, ""),
        (">", "/exit\r"),
    ]
    shown, code = run_in_terminal(*CHAT, steps=steps, env=environment(server))
    assert code == 0, shown
    assert said(server) == ["Two"]
    # It would move what is drawn by a line.
    assert "^C" not in shown


def test_a_terminal_without_the_extra(server: Server, tmp_path: Path) -> None:
    server.reply(good("stream", "**Hi**"))
    env = environment(server, **hide(tmp_path, "rich", "prompt_toolkit", "platformdirs"))
    # The terminal drops what is typed before the next prompt.
    steps = [(START, "Hello\n"), ("**Hi**", ""), (">", "\x04")]
    _, code = run_in_terminal(*CHAT, steps=steps, env=env)
    assert (code, said(server)) == (0, ["Hello"])


def test_the_model_on_this_machine(tiny_gguf: Path) -> None:
    done = run("chat", "-m", f"local/{tiny_gguf}", "-p", "temperature=0", stdin="Hi\nAnd?\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{CHAT_TEXT}\n" * 2, "")
