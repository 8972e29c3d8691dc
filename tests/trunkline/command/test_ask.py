"""The command line, as a person runs it: in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.answers import TEXT, chunk_body, failing, good
from tests.support.server import Server, answer_events
from tests.support.tiny_gguf import CHAT_TEXT
from trunkline.__main__ import main


def environment(server: Server | None = None) -> dict[str, str]:
    variables = {**os.environ, "OPENAI_API_KEY": "sk-0123456789"}
    if server is not None:
        variables["OPENAI_BASE_URL"] = server.url
    return variables


def run(
    *arguments: str, server: Server | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "trunkline", *arguments],
        env=environment(server),
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_prompt_is_streamed(server: Server) -> None:
    server.reply(good("stream"))
    done = run("-m", "gpt-4o", "--system", "Be brief.", "Hi", server=server)
    assert (done.returncode, done.stdout, done.stderr) == (0, TEXT + "\n", "")
    sent = server.seen[0].json
    assert sent["stream"] is True
    assert [message["role"] for message in sent["messages"]] == ["system", "user"]


def test_without_a_stream(server: Server) -> None:
    server.reply(good("plain"))
    done = run("-m", "gpt-4o", "--no-stream", "Hi", server=server)
    assert (done.returncode, done.stdout) == (0, TEXT + "\n")
    assert "stream" not in server.seen[0].json


def test_as_json_with_parameters(server: Server) -> None:
    server.reply(good("plain"))
    parameters = ["-p", "temperature=0.5", "-p", "user=me", "-p", 'stop=["a"]']
    done = run("-m", "gpt-4o", "--json", *parameters, "Hi", server=server)
    assert json.loads(done.stdout)["choices"][0]["message"]["content"] == TEXT
    sent = server.seen[0].json
    assert (sent["temperature"], sent["user"], sent["stop"]) == (0.5, "me", ["a"])


@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_a_prompt_from_standard_input(arguments: list[str], server: Server) -> None:
    server.reply(good("stream"))
    assert run("-m", "gpt-4o", *arguments, stdin="Hi there\n", server=server).returncode == 0
    assert server.seen[0].json["messages"] == [{"role": "user", "content": "Hi there"}]


def test_the_real_server(tiny_gguf: Path) -> None:
    done = run("-m", f"local/{tiny_gguf}", "-p", "temperature=0", "Hi")
    assert (done.returncode, done.stdout, done.stderr) == (0, CHAT_TEXT + "\n", "")


class TestTrace:
    @pytest.mark.parametrize(
        ("mode", "options"), [("stream", []), ("plain", ["--no-stream"]), ("plain", ["--json"])]
    )
    def test_an_answer(self, mode: str, options: list[str], server: Server) -> None:
        server.reply(failing(503, **{"retry-after": "0"}), good(mode))
        done = run("-m", "gpt-4o", "--trace", *options, "Hi", server=server)
        assert done.returncode == 0
        assert TEXT in done.stdout
        assert TEXT not in done.stderr
        for words in (
            "gpt-4o (openai)  \u2713 completed",
            "attempt 1, gpt-4o:",
            "ServiceUnavailableError 503",
            "Retry*",
            "attempt 2, gpt-4o",
        ):
            assert words in done.stderr

    def test_a_failed_call(self, server: Server) -> None:
        server.reply(failing(401, "Incorrect key sk-0123456789"))
        done = run("-m", "gpt-4o", "--trace", "Hi", server=server)
        assert (done.returncode, done.stdout) == (1, "")
        assert "\u2717 failed" in done.stderr
        assert done.stderr.endswith("trunkline: gpt-4o: Incorrect key *** (status 401)\n")
        assert "0123456789" not in done.stderr

    def test_an_answer_cut_off(self, server: Server) -> None:
        server.reply(answer_events([chunk_body({"content": "Hel"})], done=False))
        done = run("-m", "gpt-4o", "--trace", "Hi", server=server)
        assert (done.returncode, done.stdout) == (1, "Hel")
        assert "truncated" in done.stderr


class TestErrors:
    def test_a_failed_call(self, server: Server) -> None:
        server.reply(failing(401, "Incorrect key sk-0123456789"))
        done = run("-m", "gpt-4o", "Hi", server=server)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == "trunkline: gpt-4o: Incorrect key *** (status 401)\n"

    def test_an_unknown_provider(self) -> None:
        done = run("-m", "gorq/x", "Hi")
        assert done.returncode == 1
        assert "did you mean groq" in done.stderr
        assert "Traceback" not in done.stderr

    @pytest.mark.parametrize(
        "arguments",
        [["-p", "x", "Hi"], ["-p", "stream=true", "Hi"], ["--nonsense"], ["a", "b"], [], [""]],
    )
    def test_wrong_arguments(self, arguments: list[str]) -> None:
        done = run(*arguments)
        assert done.returncode == 2
        assert done.stderr.startswith("usage: trunkline")

    def test_an_answer_cut_off(self, server: Server) -> None:
        server.reply(answer_events([chunk_body({"content": "Hel"})], done=False))
        done = run("-m", "gpt-4o", "Hi", server=server)
        assert (done.returncode, done.stdout) == (1, "Hel")
        assert "ended without a finish reason" in done.stderr

    def test_a_reader_that_leaves(self, server: Server) -> None:
        server.reply(answer_events([chunk_body({"content": "word " * 9999})] * 9))
        command = f'"{sys.executable}" -m trunkline -m gpt-4o Hi | head -c 4'
        done = subprocess.run(
            command,
            shell=True,
            env=environment(server),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert (done.stdout, done.stderr) == ("word", "")

    def test_ctrl_c(self, server: Server) -> None:
        answer = answer_events([chunk_body({"content": "word"})], done=False)
        answer.ending = "stall"
        server.reply(answer)
        with subprocess.Popen(
            [sys.executable, "-m", "trunkline", "-m", "gpt-4o", "Hi"],
            env=environment(server),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.read(4) == "word"
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate(timeout=60)
        assert (process.returncode, output, errors) == (130, "", "\n")
        server.wait_until_gone()


class TestTables:
    def test_providers(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["providers"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[0].split() == ["PREFIX", "PROVIDER", "KEY", "DOCUMENTATION"]
        assert any(line.startswith("groq ") and "GROQ_API_KEY" in line for line in lines)

    def test_params(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["params", "gpt-5"]) == 0
        names = capsys.readouterr().out.split()
        assert "reasoning_effort" in names
        assert "logprobs" not in names

    def test_params_of_nothing(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["params", "gorq/x"]) == 1
        assert "did you mean groq" in capsys.readouterr().err

    def test_the_words_may_be_prompts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(SystemExit) as caught:
            main(["params"] * 3)
        assert caught.value.code == 2

    def test_version(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            main(["--version"])
        assert capsys.readouterr().out.startswith("trunkline ")


def test_tool_calls_are_printed(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    function = {"name": "f", "arguments": "{}"}
    delta = {"tool_calls": [{"index": 0, "id": "c", "type": "function", "function": function}]}
    server.reply(answer_events([chunk_body(delta, "tool_calls")]))
    monkeypatch.setenv("OPENAI_BASE_URL", server.url)
    monkeypatch.setenv("OPENAI_API_KEY", "k" * 9)
    assert main(["-m", "gpt-4o", "Hi"]) == 0
    assert json.loads(capsys.readouterr().out)["tool_calls"][0]["function"] == function


@pytest.mark.parametrize("options", [[], ["--no-stream"]])
class TestAnswers:
    """Answers as no well-behaved model gives them."""

    def test_without_choices(self, options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        empty = 'mock_response={"choices": []}'
        assert main(["-m", "gpt-4o", "-p", empty, *options, "Hi"]) == 0
        assert capsys.readouterr().out == ""

    def test_a_terminal_obeys_no_answer(
        self,
        options: list[str],
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        arguments = ["-m", "gpt-4o", "-p", "mock_response=a\x1b[2Jb\tc\nd", *options, "Hi"]
        main(arguments)
        assert capsys.readouterr().out == "a\x1b[2Jb\tc\nd\n"
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        main(arguments)
        assert capsys.readouterr().out == "a\ufffd[2Jb\tc\nd\n"

    def test_a_narrow_encoding(self, options: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PYTHONIOENCODING", "ascii")
        done = run("-m", "gpt-4o", "-p", "mock_response=Gr\u00fcn", *options, "Hi")
        assert (done.returncode, done.stdout, done.stderr) == (0, "Gr\\xfcn\n", "")
