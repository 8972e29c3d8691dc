from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.support.answers import good
from tests.support.server import Server
from tests.trunkline.command.runs import environment, run
from trunkline.__main__ import main

SECRET = "sk-very-secret-0123456789"


@pytest.fixture
def path(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configuration file, which does not exist yet."""
    found = home / "folder" / "config.toml"
    monkeypatch.setenv("TRUNKLINE_CONFIG", str(found))
    return found


def write(path: Path, text: str, mode: int = 0o600) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def test_the_usual_place(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "path"]) == 0
    shown = Path(capsys.readouterr().out.strip())
    assert shown.name == "config.toml"
    assert home in shown.parents
    assert main(["config"]) == 0
    assert "does not exist" in capsys.readouterr().out


def test_set_show_unset(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, value in [
        ("model", "openai/gpt-4o"),
        ("aliases.fast.one", "groq/llama-3.1-8b-instant"),
        ("params.temperature", "0.2"),
        ("markdown", "false"),
    ]:
        assert main(["config", "set", name, value]) == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    main(["config", "show"])
    assert capsys.readouterr().out.splitlines() == [
        f"# {path}", 'model = "openai/gpt-4o"', "markdown = false",
        "", "[aliases]", '"fast.one" = "groq/llama-3.1-8b-instant"',
        "", "[params]", "temperature = 0.2",
    ]  # fmt: skip
    assert main(["config", "unset", "params.temperature"]) == 0
    assert main(["config", "unset", "params.temperature"]) == 2
    assert "temperature" not in path.read_text()


def test_comments_stay(path: Path) -> None:
    write(path, '# mine\nmodel = "a/b" # why\n\n[params]\n# warm\ntemperature = 1\n\n[aliases]\n')
    main(["config", "set", "model", "openai/gpt-4o"])
    main(["config", "set", "params.seed", "1"])
    assert path.read_text() == (
        '# mine\nmodel = "openai/gpt-4o"\n\n[params]\n# warm\ntemperature = 1\nseed = 1\n\n'
        "[aliases]\n"
    )


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["set", "modle", "x"], "did you mean 'model'"),
        (["set", "nothing", "x"], "the settings are model"),
        (["set", "aliases", "x"], "expected aliases.NAME"),
        (["set", "model.x", "x"], "expected model"),
        (["set", "remember", "perhaps"], "remember: Expected `bool`"),
        (["set", "keys.openai", SECRET], "trunkline keys set PROVIDER"),
        (["set", "model", ""], "model: it is empty"),
        (["set", "params.stream", "true"], "params.stream: this argument is not set in params"),
        (["unset", "model"], "model is not set"),
    ],
)
def test_mistakes_on_the_command_line(
    arguments: list[str], problem: str, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["config", *arguments]) == 2
    shown = capsys.readouterr().err
    assert problem in shown
    assert SECRET not in shown
    assert not path.exists()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("model = 1", "model: Expected `str | null`, got `int`"),
        ('modle = "x"', "unknown field `modle`; did you mean `model`?"),
        ('model = ""', "model: it is empty"),
        ('log = ""', "log: it is empty"),
        ('[params]\nmodel = "x"', "params.model: this argument is not set in params"),
        ("[params]\nmiddlewares = []", "params.middlewares"),
        ("[aliases]\na = 5", "aliases.a: Expected `str | object`, got `int`"),
        ('[aliases]\nok = "b/c"\na.b = {modle = "x"}', "aliases.a: unknown field `b`"),
        ('[aliases.a]\nmodel = "x"\nparams = {stream = true}', "aliases.a: params.stream"),
        ("[templates.t.params]\nmessages = []", "templates.t: params.messages"),
        ("[keys]\nopenai = 7", "keys"),
        ('[keys]\nopenai = ""', "keys"),
        (f'[keys]\nopenia = "{SECRET}"', "did you mean openai"),
        (f'[keys]\nopenai = "{SECRET}', "at end of document"),
        (f'[templates.x]\npromt = "{SECRET}"', "templates"),
    ],
)
def test_mistakes_in_the_file(
    text: str, problem: str, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(path, text)
    assert main(["params", "gpt-4o"]) == 2
    shown = capsys.readouterr().err
    assert str(path) in shown or "configuration file" in shown
    assert problem in shown
    assert SECRET not in shown


def test_defaults_and_aliases(path: Path, server: Server) -> None:
    server.reply(good("stream"))
    write(
        path,
        'model = "fast"\nsystem = "Be brief."\n[params]\ntemperature = 0.5\nmax_tokens = 9\n'
        '[aliases.fast]\nmodel = "openai/gpt-4o"\nparams = {temperature = 0.1, user = "me"}',
    )
    done = run("-p", "user=you", "Hi", server=server)
    assert (done.returncode, done.stderr) == (0, "")
    sent = server.seen[0].json
    assert sent["messages"][0] == {"role": "system", "content": "Be brief."}
    assert (sent["model"], sent["temperature"], sent["user"]) == ("gpt-4o", 0.1, "you")
    assert sent["max_tokens"] == 9
    run("-m", "openai/gpt-4.1", "--system", "Be long.", "Hi", server=server)
    sent = server.seen[1].json
    assert (sent["model"], sent["temperature"]) == ("gpt-4.1", 0.5)
    assert sent["messages"][0]["content"] == "Be long."


def test_nothing_is_kept_if_the_user_says_so(path: Path, server: Server) -> None:
    server.reply(good("stream"))
    write(path, "remember = false")
    run("-m", "gpt-4o", "Hi", server=server)
    assert run("-c", "And?", server=server).returncode == 2


class TestKeys:
    def test_from_the_file(self, path: Path, server: Server) -> None:
        server.reply(good("stream"))
        write(path, f'[keys]\nopenai = "{SECRET}"')
        env = environment(server)
        run("-m", "gpt-4o", "Hi", env=env)
        del env["OPENAI_API_KEY"]
        done = run("-m", "gpt-4o", "Hi", env=env)
        assert done.stderr == ""
        sent = [seen.headers["authorization"] for seen in server.seen]
        assert sent == ["Bearer sk-0123456789", f"Bearer {SECRET}"]

    def test_others_can_read_them(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        write(path, f'[keys]\nopenai = "{SECRET}"', 0o644)
        assert main(["config"]) == 0
        shown = capsys.readouterr()
        assert f"chmod 600 '{path}'" in shown.err
        assert 'openai = "***"' in shown.out
        assert SECRET not in shown.out + shown.err

    def test_a_file_without_keys_may_be_read(
        self, path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write(path, 'model = "gpt-4o"', 0o644)
        main(["config"])
        assert capsys.readouterr().err == ""

    def test_set_list_remove(self, path: Path) -> None:
        write(path, "# mine\n", 0o644)
        env = {name: value for name, value in environment().items() if name != "OPENAI_API_KEY"}
        done = run("keys", "set", "openai", env=env, stdin=f"{SECRET}\n")
        assert (done.returncode, done.stderr) == (0, "")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.read_text() == f'# mine\n\n[keys]\nopenai = "{SECRET}"\n'
        listed = run("keys", "list", env=env)
        assert listed.stdout.split() == [
            "PROVIDER", "KEY", "IS", "IN", "openai", "configuration", "file"
        ]  # fmt: skip
        assert run("keys", "remove", "openai", env=env).returncode == 0
        assert SECRET not in path.read_text()
        assert run("keys", "remove", "openai", env=env).returncode == 2

    def test_a_variable_that_takes_precedence(self, path: Path) -> None:
        done = run("keys", "set", "openai", env=environment(), stdin=f"{SECRET}\n")
        assert (done.returncode, SECRET in path.read_text()) == (0, True)
        assert "OPENAI_API_KEY is set, and takes precedence" in done.stderr

    def test_a_backend_that_does_not_exist(self, path: Path, server: Server) -> None:
        pytest.importorskip("keyring")
        server.reply(good("stream"))
        write(path, f'[keys]\nopenai = "{SECRET}"')
        env = environment(server, PYTHON_KEYRING_BACKEND="not_there.Ring")
        listed = run("keys", "list", env=env)
        assert (listed.returncode, "openai" in listed.stdout) == (0, True)
        assert listed.stderr.count("the key ring cannot be used") == 1
        assert run("-m", "gpt-4o", "Hi", env=env).returncode == 0

    @pytest.mark.parametrize("typed", ["", "two words\n"])
    def test_no_key(self, typed: str, path: Path) -> None:
        done = run("keys", "set", "openai", stdin=typed)
        assert done.returncode == 2
        assert "expected a key" in done.stderr
        assert not path.exists()


RING = """
import json, os, keyring.backend
class Ring(keyring.backend.KeyringBackend):
    priority = 1
    path = os.environ["RING"]
    def _all(self):
        return json.load(open(self.path)) if os.path.exists(self.path) else {}
    def _write(self, entries):
        with open(self.path, "w") as file:
            json.dump(entries, file)
    def get_password(self, service, name):
        with open(self.path) as file:
            return json.load(file).get(f"{service} {name}")
    def set_password(self, service, name, value):
        self._write({f"{service} {name}": value})
    def delete_password(self, service, name):
        self._write({})
"""


def test_the_key_ring(path: Path, server: Server, tmp_path: Path) -> None:
    pytest.importorskip("keyring")
    server.reply(good("stream"))
    (tmp_path / "ring_of_tests.py").write_text(RING)
    (tmp_path / "ring.json").write_text("{}")
    more = {
        "PYTHONPATH": str(tmp_path),
        "RING": str(tmp_path / "ring.json"),
        "PYTHON_KEYRING_BACKEND": "ring_of_tests.Ring",
    }
    env = environment(server, **more)
    del env["OPENAI_API_KEY"]
    done = run("keys", "set", "openai", stdin=SECRET, env=env)
    assert (done.returncode, done.stdout, done.stderr) == (
        0, "The key of OpenAI is in the key ring.\n", ""
    )  # fmt: skip
    assert not path.exists()
    assert run("keys", "set", "openai", "--file", stdin="sk-of-the-file", env=env).returncode == 0
    assert run("keys", "set", "openai", stdin=SECRET, env=env).returncode == 0
    assert "sk-of-the-file" not in path.read_text()
    assert "key ring" in run("keys", "list", env=env).stdout
    assert run("-m", "gpt-4o", "Hi", env=env).returncode == 0
    assert server.seen[0].headers["authorization"] == f"Bearer {SECRET}"
    assert run("keys", "remove", "openai", env=env).returncode == 0
    assert (tmp_path / "ring.json").read_text() == "{}"
