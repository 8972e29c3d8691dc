"""Arguments, lines and names of files that are not text in UTF-8: nothing is sent."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.support.answers import TEXT, completion_body, good
from tests.support.server import Server, answer_json
from tests.trunkline.command.runs import environment, run

#: "é" in Latin-1, as Python shows it.
BYTE = os.fsdecode(b"\xe9")
NOT_TEXT = "it is not text in UTF-8"


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        ([BYTE], "PROMPT"),
        (["ask", BYTE], "PROMPT"),
        (["-s", BYTE, "Hi"], "-s/--system"),
        (["-m", f"gpt-4o{BYTE}", "Hi"], "-m/--model"),
        (["-p", f"user={BYTE}", "Hi"], "-p/--param"),
        (["--schema", f"name: {BYTE}", "Hi"], "--schema"),
        (["chat", "-s", BYTE], "-s/--system"),
        (["config", "set", "system", BYTE], "VALUE"),
        (["config", "set", f"aliases.{BYTE}", "gpt-4o"], "NAME"),
    ],
)
def test_arguments(arguments: list[str], place: str, server: Server, home: Path) -> None:
    done = run(*arguments, stdin="Hi", server=server)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"error: argument {place}: {NOT_TEXT}" in done.stderr
    assert (server.seen, list(home.rglob("*.toml"))) == ([], [])


@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "en_US.UTF-8"])
def test_lines_of_a_chat(locale: str, server: Server) -> None:
    server.reply(good("stream"))
    lines = b'caf\xe9\n/system \xe9\n"""\nHi\n\xe9\n"""\nna\xc3\xafve\r\n'
    env = {**environment(server), "LC_ALL": locale}
    done = run("chat", "-m", "gpt-4o", stdin=lines, env=env)
    assert (done.returncode, done.stdout) == (2, f"{TEXT}\n")
    places = [line.partition(f": {NOT_TEXT}")[0] for line in done.stderr.splitlines()]
    assert places == ["trunkline: the prompt", "trunkline: /system", "trunkline: the prompt"]
    assert [seen.json["messages"] for seen in server.seen] == [
        [{"role": "user", "content": "na\u00efve"}]
    ]


def test_names_of_files(server: Server, tmp_path: Path) -> None:
    server.reply(good("stream"))
    text, image = tmp_path / f"{BYTE}.txt", tmp_path / f"{BYTE}.png"
    try:
        text.write_text("data")
    except OSError:
        pytest.skip("this file system has no such names")
    done = run("-m", "gpt-4o", "-a", str(text), "Hi", server=server)
    assert done.returncode == 2
    assert "the name is not text in UTF-8; rename the file" in done.stderr
    assert server.seen == []
    # The name of an image is not sent.
    image.write_bytes(b"\x89PNG\r\n\x1a\n")
    assert run("-m", "gpt-4o", "-a", str(image), "Hi", server=server).returncode == 0


def test_what_a_tool_returns_can_be_kept(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "tools.py"
    file.write_text("def name() -> str:\n    return 'caf\\udce9'\n")
    call = {"id": "1", "type": "function", "function": {"name": "name", "arguments": "{}"}}
    server.reply(answer_json(completion_body(None, "tool_calls", tool_calls=[call])), good("plain"))
    options = ("--no-stream", "-m", "gpt-4o", "-t", str(file), "-y")
    done = run(*options, "Hi", server=server)
    assert (done.returncode, done.stdout) == (0, f"{TEXT}\n")
    assert run("-c", "--no-stream", "And?", server=server).returncode == 0
    [result] = [each for each in server.seen[-1].json["messages"] if each["role"] == "tool"]
    assert json.dumps(result["content"]) == json.dumps("caf\ufffd")
