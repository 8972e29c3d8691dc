"""The subcommands that list something: models, templates, and scripts for shells."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.answers import good
from tests.support.server import Server
from tests.trunkline.command.runs import environment, run, run_in_terminal
from trunkline.__main__ import main
from trunkline.adapters.table.model_facts import known_models
from trunkline.command.subcommands import SUBCOMMANDS

TEMPLATES = """
[templates.summary]
model = "openai/gpt-4o"
system = "You write for $reader."
prompt = "Summarize for $reader: $input. It costs $$5."
params = {temperature = 0.3}
defaults = {reader = "everybody"}
[templates.plain]
prompt = "Translate into $language:"
"""


@pytest.fixture
def templates(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = home / "config.toml"
    path.write_text(TEMPLATES)
    monkeypatch.setenv("TRUNKLINE_CONFIG", str(path))
    return path


class TestModels:
    def test_of_a_provider(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["models", "openai", "gpt-4o"]) == 0
        head, *lines = capsys.readouterr().out.splitlines()
        assert head.split() == ["MODEL", "CONTEXT", "OUTPUT", "$/M", "IN", "$/M", "OUT", "CAN"]
        assert all(line.startswith("openai/") and "gpt-4o" in line for line in lines)
        [row] = [line.split() for line in lines if line.startswith("openai/gpt-4o ")]
        assert row[1:5] == ["128,000", "16,384", "2.5", "10"]
        assert {"images", "tools", "schema"} <= set(row[5:])

    @pytest.mark.parametrize(
        "words", [["claude", "opus"], ["claude-opus"], ["Opus Claude"], ["claudeopus 4.1"]]
    )
    def test_a_query_alone(self, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["models", "--names", *words]) == 0
        found = capsys.readouterr().out.split()
        assert "anthropic/claude-opus-4-1" in found
        assert all("claude" in name and "opus" in name for name in found)

    @pytest.mark.parametrize(
        ("word", "found", "other"),
        [
            ("gpt4o", "openai/gpt-4o", "openai/gpt-4.1"),
            ("r1", "deepseek/deepseek-r1", "gemini/gemini-robotics-er-1.5-preview"),
            ("gpt-4o*", "openai/gpt-4o-mini", "openai/chatgpt-4o-latest"),
            ("openai/gpt-4?", "openai/gpt-4o", "openai/gpt-4o-mini"),
        ],
    )
    def test_a_word_or_a_pattern(
        self, word: str, found: str, other: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert {found, other} <= set(known_models())
        assert main(["models", "--names", word]) == 0
        names = capsys.readouterr().out.split()
        assert (found in names, other in names) == (True, False)

    def test_names_of_aliases(
        self, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = home / "config.toml"
        path.write_text('[aliases]\nbest = "openai/gpt-4o"\nmine = "openai/mine"\n')
        monkeypatch.setenv("TRUNKLINE_CONFIG", str(path))
        for words, expected in ([], ["best", "mine"]), (["gpt-4o"], ["best"]), (["opus"], []):
            assert main(["models", "--names", *words]) == 0
            names = capsys.readouterr().out.split()
            assert [name for name in names if "/" not in name] == expected

    def test_a_narrow_terminal_shows_a_row_on_two_lines(self) -> None:
        shown, code = run_in_terminal("models", "anthropic", "opus", "4.5", env=environment())
        assert code == 0
        head, *lines = [line for line in shown.split("\n") if line]
        assert (head, lines[0].split()[0]) == ("MODEL", "CONTEXT")
        place = lines.index("anthropic/claude-opus-4-5") + 1
        assert lines[place].split()[:2] == ["200,000", "64,000"]
        assert lines[place].index("64,000") == lines[0].index("OUTPUT")
        assert max(map(len, lines)) <= 80

    def test_as_json(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["models", "openai", "gpt-4o-mini", "--json"]) == 0
        facts = {each["key"]: each for each in json.loads(capsys.readouterr().out)}
        assert facts["openai/gpt-4o-mini"]["max_input_tokens"] == 128000

    @pytest.mark.parametrize(
        ("words", "problem"),
        [
            (["opnai"], "did you mean the provider 'openai'"),
            (["openai", "nothing-like-it"], "no known model of OpenAI matches"),
            (["lm_studio"], "its own list"),
            # Not what is left of "openai/openhermes" without its signs.
            (["nope"], "no known model matches 'nope'"),
            (["zzz*"], "no known model matches 'zzz*'"),
            (["\u00e9"], "no known model matches '\u00e9'"),
        ],
    )
    def test_nothing_found(
        self, words: list[str], problem: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["models", *words]) == 2
        assert problem in capsys.readouterr().err


class TestTemplates:
    def test_one_is_used(self, templates: Path, server: Server) -> None:
        server.reply(good("stream"))
        done = run("--template", "summary", "--var", "reader=me", stdin="a text", server=server)
        assert (done.returncode, done.stderr) == (0, "")
        sent = server.seen[0].json
        assert (sent["model"], sent["temperature"]) == ("gpt-4o", 0.3)
        assert [message["content"] for message in sent["messages"]] == [
            "You write for me.",
            "Summarize for me: a text. It costs $5.",
        ]

    def test_the_input_follows_a_prompt_without_it(self, templates: Path, server: Server) -> None:
        server.reply(good("stream"))
        variable = ["--var", "language=French"]
        run("-m", "gpt-4o", "--template", "plain", *variable, "Good day", server=server)
        [message] = server.seen[0].json["messages"]
        assert message["content"] == "Translate into French:\n\nGood day"

    @pytest.mark.parametrize(
        ("arguments", "problem"),
        [
            (["--template", "nope", "Hi"], "the configuration file has: plain, summary"),
            (["--template", "plain", "Hi"], "--var language=..."),
            (["--template", "plain", "--var", "x", "Hi"], "--var expects NAME=VALUE"),
            (
                ["--template", "plain", "--var", "tongue=x", "Hi"],
                "such variable; it has: language",
            ),
            (["--var", "language=x", "Hi"], "--var: it needs --template"),
        ],
    )
    def test_mistakes(self, arguments: list[str], problem: str, templates: Path) -> None:
        done = run(*arguments)
        assert done.returncode == 2
        assert problem in done.stderr

    def test_they_are_listed(self, templates: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["templates"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert [line.split()[0] for line in lines] == ["TEMPLATE", "plain", "summary"]
        main(["templates", "summary"])
        assert "defaults.reader: everybody" in capsys.readouterr().out


def test_every_subcommand_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    for name in SUBCOMMANDS:
        with pytest.raises(SystemExit) as caught:
            main([name, "--help"])
        assert caught.value.code == 0
        assert capsys.readouterr().out.startswith(f"usage: trunkline {name}")


@pytest.mark.parametrize(
    "words", [[], *([name] for name in SUBCOMMANDS), ["keys", "set"], ["config", "set"]]
)
def test_help_fits_a_terminal(
    words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        main([*words, "--help"])
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


def test_the_help_names_every_subcommand(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    shown = capsys.readouterr().out
    assert all(f"\n  {name} " in shown for name in SUBCOMMANDS)


def test_the_table_of_subcommands(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "old.py"
    path.write_text("import litellm\nlitellm.completion\n")
    assert main(["migrate", str(path)]) == 0
    assert "litellm.completion" in capsys.readouterr().out
    with pytest.raises(SystemExit) as caught:
        main(["serve", "--port", "x"])
    assert caught.value.code == 2


def test_the_library_does_not_load_the_command_line() -> None:
    code = "import sys, trunkline; trunkline.completion; print('trunkline.command' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["modles"], ["completion", "bash"]])
def test_what_needs_no_call_loads_nothing_of_it(words: list[str]) -> None:
    code = (
        "import sys, atexit\n"
        "heavy = ('trunkline.adapters', 'trunkline.clients', 'trunkline.middlewares', 'asyncio')\n"
        "atexit.register(lambda: print([name for name in heavy if name in sys.modules]))\n"
        "from trunkline.__main__ import main\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_row_that_is_too_long_for_a_line_has_one_for_each_cell() -> None:
    shown, code = run_in_terminal("providers", env=environment())
    assert code == 0
    lines = shown.split("\n")
    place = lines.index("groq")
    assert lines[place + 1 : place + 3] == ["  Groq", "  GROQ_API_KEY"]
