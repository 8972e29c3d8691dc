"""Configurations: what they become, and the mistakes that are found before anything starts."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from trunkline.middlewares.budget import Budget
from trunkline.middlewares.limit import Limit
from trunkline.serve.chain import build_client
from trunkline.serve.command import serve
from trunkline.serve.config import Config
from trunkline.serve.mistakes import ConfigError, read_config
from trunkline.serve.places import find_lines

GOOD = """
[server]
port = 4001
allow = ["fallbacks"]

[keys.team]
env = "TEAM_KEY"

[models.chat]
fallbacks = ["big"]

[[models.chat.deployments]]
model = "openai/gpt-4o"
key_env = "SECOND_KEY"
rpm = 5

[[models.chat.deployments]]
model = "custom_openai/llama"
base_url = "http://10.0.0.1/v1"
params = { temperature = 0 }

[models.big]
deployments = [{ model = "anthropic/claude-sonnet-4-5" }]

[cache]
store = "memory"
ttl = 5

[limits]
rpm = 10

[budget]
max = 3
unit = "tokens"

[responses]
store = "memory"
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "trunkline.toml"
    path.write_text(text)
    return path


@pytest.mark.usefixtures("provider_keys")
def test_a_configuration_becomes_a_chain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECOND_KEY", "sk-second")
    config, _ = read_config(write(tmp_path, GOOD))
    client = build_client(config)
    assert client.settings.response_store is not None
    [budget] = [layer for layer in client.middlewares if isinstance(layer, Budget)]
    assert budget.max_budget == 3
    [limit] = [layer for layer in client.middlewares if isinstance(layer, Limit)]
    assert limit.limits == {"rpm": 10}
    described = client.describe()
    assert "Route(chat: 2, big: 1)" in described
    assert "ttl=5" in described


def test_an_empty_configuration_is_the_default(tmp_path: Path) -> None:
    assert read_config(write(tmp_path, ""))[0] == Config()


MISTAKES = [
    ("[server]\nprt = 1", "2: server.prt: unknown; expected one of host, port"),
    ("[server]\nport = 'x'", "2: server.port: expected int, got str"),
    ("[server]\nport = 70000", "2: server.port: expected int <= 65535"),
    ("server = 3", "1: server: expected a table, got int"),
    ("[keys.a]", "1: keys.a.env: missing"),
    ("[keys.a]\nenv = 'not a name'", "2: keys.a.env: expected str matching regex"),
    ("[models.chat]\ndeployments = []", "2: models.chat.deployments: expected array"),
    (
        "[models.chat]\n[[models.chat.deployments]]\nmodel = 3",
        "3: models.chat.deployments[0].model",
    ),
    (
        "[[models.chat.deployments]]\nmodel='openai/x'\n[[models.chat.deployments]]\nrpm = 0\n",
        "4: models.chat.deployments[1].rpm: expected int >= 1",
    ),
    ("[cache]\nstore = 'disk'", "2: cache.store: invalid enum value 'disk'"),
    ("[budget]\nmax = -1", "2: budget.max: expected float > 0.0"),
    ("= 3", "not TOML"),
]


@pytest.mark.parametrize(("text", "said"), MISTAKES)
def test_a_mistake_has_its_place(tmp_path: Path, text: str, said: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        read_config(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    wrong = "[server]\nport = 'x'\nnope = 1\n[models.chat]\nfallbacks = 3\n"
    with pytest.raises(ConfigError) as caught:
        read_config(write(tmp_path, wrong))
    lines = str(caught.value).splitlines()
    assert [line.split(":")[1] for line in lines] == ["2", "3", "4", "5"]


WRONG = [
    ("[server]\nhost = '0.0.0.0'", "2: server.host: 0.0.0.0 is not loopback, which needs a key"),
    ("[server]\nallow = ['api_key']", "2: server.allow[0]: 'api_key' is an address or a credent"),
    ("[keys.a]\nenv = 'NOT_SET'", "2: keys.a.env: the environment variable NOT_SET is not set"),
    (
        "[keys.a]\nenv = 'OPENAI_API_KEY'\n[keys.b]\nenv = 'OPENAI_API_KEY'",
        "4: keys.b.env: keys.a has the same key",
    ),
    (
        "[models.chat]\nfallbacks = ['big']\ndeployments = [{model = 'openai/gpt-4o'}]",
        "2: models.chat.fallbacks[0]: 'big' is not another model",
    ),
    (
        "[models.chat]\ndeployments = [{model = 'nobody/x'}]",
        "2: models.chat.deployments[0].model: unknown provider 'nobody'",
    ),
    (
        "[models.chat]\ndeployments = [{model = 'groq/x'}]",
        "2: models.chat.deployments[0].model: the environment variable GROQ_API_KEY is not set",
    ),
    (
        "[models.chat]\ndeployments = [{model = 'groq/x', key_env = 'NOT_SET'}]",
        "2: models.chat.deployments[0].key_env: the environment variable NOT_SET is not set",
    ),
    (
        "[models.chat]\ndeployments = [{model = 'openai/x', params = {api_key = 'sk'}}]",
        "models.chat.deployments[0].params.api_key: not here; use key_env",
    ),
    ("[cache]\nstore = 'redis'", "2: cache.store: needs the table [redis]"),
    ("[limits]\nper = 'all'", "1: limits: expected rpm, tpm or max_parallel_requests"),
    ("[budget]\nmax = 1", "1: budget: there are no keys"),
    ("[redis]\nurl_env = 'NOT_SET'", "2: redis.url_env: the environment variable NOT_SET is not"),
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_nothing_starts_with_a_mistake(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str,
    said: str,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-openai")
    monkeypatch.delenv("GROQ_API_KEY", raising=False)
    assert serve(["--config", str(write(tmp_path, text))]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "0.0.0.0"], "0.0.0.0 is not loopback"),
        (["--host", "::"], ":: is not loopback"),
        (["--port", "70000"], "--port: expected 0 to 65535"),
        (["--config", "/no/such.toml"], "/no/such.toml: cannot be read"),
    ],
)
def test_arguments_with_mistakes(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert serve(arguments) == 2
    assert said in capsys.readouterr().err


def test_a_port_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "trunkline", "serve", "--port", port]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert line.startswith(f"trunkline serve: cannot listen at 127.0.0.1:{port}: ")
    assert done.stdout == ""


def test_lines_of_tables_and_values() -> None:
    text = 'a.b = 1\n["c d".e]\nf = [\n 1,\n]\n[[g.h]]\n[[g.h]]\n[g.h.i]\nj = 1\n'
    assert find_lines(text) == {
        "a.b": 1,
        "c d.e": 2,
        "c d.e.f": 3,
        "g.h[0]": 6,
        "g.h[1]": 7,
        "g.h[1].i": 8,
        "g.h[1].i.j": 9,
    }
