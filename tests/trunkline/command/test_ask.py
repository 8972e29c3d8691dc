"""The command line, as a person runs it: in a process of its own."""

from __future__ import annotations

import json
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.answers import TEXT, chunk_body, failing, good
from tests.support.server import Server, answer_events
from tests.support.tiny_gguf import CHAT_TEXT
from tests.trunkline.command.runs import environment, run, run_in_terminal
from trunkline.__main__ import main
from trunkline.command.parser import make_parser
from trunkline.command.settings.config_file import Config
from trunkline.command.setup import read_setup


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


def test_standard_input_follows_the_prompt(server: Server) -> None:
    server.reply(good("stream"))
    assert run("-m", "gpt-4o", "Summarize:", stdin="a text\n", server=server).returncode == 0
    assert server.seen[0].json["messages"][-1]["content"] == "Summarize:\n\na text"


def test_standard_input_that_is_no_text(server: Server) -> None:
    done = run("-m", "gpt-4o", "Summarize:", stdin=b"\xff\xfe", server=server)
    assert done.returncode == 2
    assert "-a -" in done.stderr


class TestSlips:
    @pytest.mark.parametrize(
        ("word", "option"), [("help", "--help"), ("version", "--version"), ("hepl", "--help")]
    )
    def test_words_for_options(self, word: str, option: str) -> None:
        done = run(word)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"did you mean {option!r}? (as a prompt: trunkline ask {word})" in done.stderr

    @pytest.mark.parametrize("option", ["--modle", "--modle=x"])
    def test_a_slip_in_an_option(self, option: str) -> None:
        done = run(option, "gpt-4o", "Hi")
        assert (done.returncode, done.stdout) == (2, "")
        assert "did you mean --model?" in done.stderr

    @pytest.mark.parametrize("option", ["--model", "--log", "--template", "--schema", "--attach"])
    def test_an_option_without_a_value(self, option: str, server: Server) -> None:
        done = run("-m", "gpt-4o", option, "", "Hi", server=server)
        assert (done.returncode, server.seen) == (2, [])
        assert option in done.stderr or "-a: expected" in done.stderr

    @pytest.mark.parametrize(
        ("words", "near"),
        [(["modles"], "models"), (["modles", "groq"], "models"), (["Provider"], "providers")],
    )
    def test_a_word_that_is_nearly_a_subcommand(self, words: list[str], near: str) -> None:
        done = run(*words)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"did you mean {near!r}?" in done.stderr

    def test_a_subcommand_after_options(self) -> None:
        done = run("-m", "gpt-4o", "chat")
        assert done.returncode == 2
        assert "trunkline chat [options]" in done.stderr

    @pytest.mark.parametrize(
        "words", [["ask", "modles"], ["--", "modles"], ["modles of cars"], ["what"]]
    )
    def test_a_prompt_all_the_same(self, words: list[str], server: Server) -> None:
        server.reply(good("stream"))
        place = 1 if words[0] == "ask" else 0
        arguments = [*words[:place], "-m", "gpt-4o", *words[place:]]
        assert run(*arguments, server=server).returncode == 0
        assert server.seen[0].json["messages"][-1]["content"] == words[-1]


class TestContinue:
    def test_a_conversation_goes_on(self, server: Server, home: Path) -> None:
        server.reply(good("stream"))
        run("-m", "gpt-4o", "--system", "Be brief.", "Hi", server=server)
        assert run("-c", "And?", server=server).returncode == 0
        sent = server.seen[1].json
        assert sent["model"] == "gpt-4o"
        said = [(message["role"], message["content"]) for message in sent["messages"]]
        assert said == [
            ("system", "Be brief."), ("user", "Hi"), ("assistant", TEXT), ("user", "And?")
        ]  # fmt: skip
        [kept] = home.rglob("last-conversation.json")
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600

    def test_there_is_none(self) -> None:
        done = run("-c", "And?")
        assert done.returncode == 2
        assert "there is no conversation to continue" in done.stderr

    def test_a_failed_call_is_not_kept(self, server: Server) -> None:
        server.reply(good("stream"), failing(400), good("stream"))
        run("-m", "gpt-4o", "One", server=server)
        assert run("-c", "Two", server=server).returncode == 1
        run("-c", "Three", server=server)
        said = [each["content"] for each in server.seen[2].json["messages"]]
        assert said == ["One", TEXT, "Three"]


class TestLimits:
    def test_the_small_model_ends(self) -> None:
        options = make_parser("trunkline").parse_args(["Hi"])
        assert read_setup(options, Config()).params == {"temperature": 0, "max_tokens": 512}

    @pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
    def test_a_limit_of_the_user(self, name: str) -> None:
        options = make_parser("trunkline").parse_args(["-p", f"{name}=9", "Hi"])
        assert read_setup(options, Config()).params == {"temperature": 0, name: 9}

    def test_an_answer_that_ends_at_its_limit(self, server: Server) -> None:
        server.reply(answer_events([chunk_body({"content": "Hel"}, "length")]))
        done = run("-m", "gpt-4o", "-p", "max_tokens=3", "Hi", server=server)
        assert (done.returncode, done.stdout) == (0, "Hel\n")
        expected = "trunkline: the answer ends at max_tokens=3; raise it with -p max_tokens=N\n"
        assert done.stderr == expected


@pytest.mark.parametrize(
    ("events", "shown", "warning"),
    [
        ([chunk_body({"refusal": "I cannot."}), chunk_body({}, "stop")], "I cannot.\n", ""),
        ([chunk_body({}, "stop")], "", "trunkline: the answer is empty\n"),
        (
            [chunk_body({"content": "No"}), chunk_body({}, "content_filter")],
            "No\n",
            "trunkline: the provider's content filter ended the answer\n",
        ),
    ],
)
def test_answers_without_an_ordinary_end(
    events: list[object], shown: str, warning: str, server: Server
) -> None:
    server.reply(answer_events(events))
    done = run("-m", "gpt-4o", "Hi", server=server)
    assert (done.returncode, done.stdout, done.stderr) == (0, shown, warning)


class TestAdvice:
    def test_no_key(self) -> None:
        env = {name: value for name, value in environment().items() if name != "OPENAI_API_KEY"}
        done = run("-m", "gpt-4o", "Hi", env=env)
        assert done.returncode == 1
        assert "trunkline keys set openai" in done.stderr


def test_several_words_need_quotes() -> None:
    done = run("Name", "three")
    assert done.returncode == 2
    assert "put a prompt of several words in quotes" in done.stderr


def test_markdown_in_a_terminal(server: Server) -> None:
    pytest.importorskip("rich")
    text = "# Title\n\nSome **bold** words.\n\n```python\nx = 1\n\ny = 2\n```\n\n- one\n- two\n"
    words = re.findall(r"\S*\s+", text)
    server.reply(
        answer_events([*(chunk_body({"content": word}) for word in words), chunk_body({}, "stop")])
    )
    shown, code = run_in_terminal("-m", "gpt-4o", "Hi", env=environment(server))
    assert code == 0
    assert "Some bold words." in shown
    assert "**" not in shown
    assert "```" not in shown
    plain, _ = run_in_terminal("-m", "gpt-4o", "--plain", "Hi", env=environment(server))
    assert plain == text
    assert run("-m", "gpt-4o", "Hi", server=server).stdout == text


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

    def test_callbacks_stay(self, server: Server) -> None:
        """The trace is printed by a callback of its own."""
        done = run("-m", "gpt-4o", "--trace", "-p", 'callbacks=["nobody"]', "Hi", server=server)
        assert (done.returncode, done.stdout) == (2, "")
        assert "callbacks[0]: unknown callback 'nobody'" in done.stderr

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
        assert done.returncode == 2
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

    @pytest.mark.parametrize("param", ["temperature=hot", "temprature=1", "n=0.5"])
    def test_a_wrong_argument_of_the_call(self, param: str, server: Server) -> None:
        done = run("-m", "gpt-4o", "-p", param, "Hi", server=server)
        assert (done.returncode, done.stdout, server.seen) == (2, "", [])
        assert done.stderr.startswith(f"trunkline: {param.partition('=')[0]}: ")

    @pytest.mark.parametrize("status", [400, 422])
    def test_what_the_provider_refuses(self, status: int, server: Server) -> None:
        server.reply(failing(status))
        assert run("-m", "gpt-4o", "Hi", server=server).returncode == 1

    @pytest.mark.parametrize("value", ["[", '{"a": 1', '"Hi', "[" * 5000])
    def test_a_value_that_is_nearly_json(self, value: str, server: Server, home: Path) -> None:
        done = run("-m", "gpt-4o", "-p", f"stop={value}", "Hi", server=server)
        assert (done.returncode, done.stdout, server.seen) == (2, "", [])
        assert "-p stop: not JSON: " in done.stderr
        assert f"text that begins with {value[0]} is written as a JSON string" in done.stderr
        assert run("config", "set", "params.stop", value).returncode == 2
        assert list(home.rglob("*.toml")) == []

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
        assert main(["params", "gorq/x"]) == 2
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
