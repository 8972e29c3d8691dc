"""Arguments that no command takes: options are named, and what may be a key never is."""

from __future__ import annotations

import pytest

from tests.trunkline.command.runs import run
from trunkline.__main__ import main

SECRET = "sk-proj-0123456789abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--api-key", SECRET, "Hi"], "unrecognized arguments: --api-key\n"),
        ([f"--key={SECRET}", "Hi"], "unrecognized arguments: --key\n"),
        ([f"-k{SECRET}", "Hi"], "unrecognized arguments: -k\n"),
        ([f"-papi_key:{SECRET}", "Hi"], "-p expects KEY=VALUE, got 'api_key' without a value"),
        (["-p", SECRET, "Hi"], "-p expects KEY=VALUE, got 'sk' without a value"),
        (["-p", f"api_key=[{SECRET}", "Hi"], "-p api_key: not JSON"),
        (["chat", "--key", SECRET], "unrecognized arguments: --key\n"),
        (["serve", "--key", SECRET], "unrecognized arguments: --key\n"),
        (["keys", "set", "openai", SECRET], "a key is typed, or read from standard input"),
        (["keys", "set", "openai", "--file", SECRET], "a key is typed"),
        (["keys", "set", SECRET], "keys: expected a provider, such as openai"),
        (["config", "set", "keys.openai", SECRET], "trunkline keys set PROVIDER"),
        (["config", "set", "params.api_key", f"[{SECRET}"], "params.api_key: not JSON"),
    ],
)
def test_keys_are_not_shown(
    arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code: object = main(arguments)
    except SystemExit as end:
        code = end.code
    shown = capsys.readouterr()
    assert (code, shown.out) == (2, "")
    assert problem in shown.err
    assert "0123456789" not in shown.err


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["chat", "--modle", "x"], "--modle; did you mean --model?"),
        (["models", "--jsn"], "--jsn; did you mean --json?"),
        (["What", "is", "this?"], "is this?; put a prompt of several words in quotes"),
        (["config", "show", "x"], "unrecognized arguments: x\n"),
    ],
)
def test_advice(arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert problem in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["-m", " ", "Hi"], ["params", ""], ["params", " "]])
def test_a_model_without_a_name(arguments: list[str]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("the name of the model is empty\n")
