from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.tiny_gguf import CHAT_TEXT, CONTEXT_LENGTH, REASONING_TEXT, TOOL_RESULT_TEXT
from trunkline import BadRequestError, NotFoundError
from trunkline.adapters.wires.local.server import local_endpoint

MESSAGES = [{"role": "user", "content": "Hi"}]
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city", "days"],
}
TOOLS = [{"type": "function", "function": {"name": "forecast", "parameters": SCHEMA}}]


def post(model: object, **body: object) -> httpx.Response:
    base_url, api_key = local_endpoint(str(model))
    return httpx.post(
        f"{base_url}/chat/completions",
        headers={"authorization": f"Bearer {api_key}"},
        json={"messages": MESSAGES, "temperature": 0, **body},
        timeout=60,
    )


def ask(model: object, **body: object) -> Any:
    """Return the message of the only choice."""
    (choice,) = post(model, **body).raise_for_status().json()["choices"]
    return choice["message"]


def test_chat(tiny_gguf: Path) -> None:
    answer = post(tiny_gguf).raise_for_status().json()
    assert answer["model"] == "tiny"
    assert answer["choices"][0]["message"]["content"] == CHAT_TEXT
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert answer["usage"]["completion_tokens"] == 8


def test_stream(tiny_gguf: Path) -> None:
    answer = post(tiny_gguf, stream=True).raise_for_status()
    *events, done = [line.removeprefix("data: ") for line in answer.text.split("\n\n") if line]
    assert done == "[DONE]"
    deltas = [json.loads(event)["choices"][0]["delta"] for event in events]
    assert len(deltas) > 7
    assert "".join(delta.get("content") or "" for delta in deltas) == CHAT_TEXT


def test_reasoning(thinking_gguf: Path) -> None:
    message = ask(thinking_gguf)
    assert message["reasoning_content"] == REASONING_TEXT
    assert message["content"] == CHAT_TEXT


def test_a_tool_call_and_its_result(tiny_gguf: Path) -> None:
    message = ask(tiny_gguf, tools=TOOLS)
    (call,) = message["tool_calls"]
    assert call["function"] == {"name": "forecast", "arguments": '{"city":"Paris","days":42}'}
    result = {"role": "tool", "tool_call_id": call["id"], "content": "sunny"}
    message = ask(tiny_gguf, tools=TOOLS, messages=[*MESSAGES, message, result])
    assert message["content"] == TOOL_RESULT_TEXT


def test_json_schema(tiny_gguf: Path) -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "trip", "schema": SCHEMA}}
    content = ask(tiny_gguf, response_format=wanted)["content"]
    assert json.loads(content) == {"city": "Paris", "days": 42}


def test_up_to_four_choices(tiny_gguf: Path) -> None:
    choices = post(tiny_gguf, n=4).raise_for_status().json()["choices"]
    assert [choice["message"]["content"] for choice in choices] == [CHAT_TEXT] * 4
    assert post(tiny_gguf, n=5).status_code == 400


def test_the_whole_context_is_there_for_each_call(tiny_gguf: Path) -> None:
    words = "x" * (CONTEXT_LENGTH - 100)  # the model knows no words: a token each
    assert ask(tiny_gguf, messages=[{"role": "user", "content": words}])["content"] == CHAT_TEXT
    answer = post(tiny_gguf, messages=[{"role": "user", "content": words + words}])
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "exceed_context_size_error"


def test_calls_at_once(tiny_gguf: Path) -> None:
    with ThreadPoolExecutor(12) as threads:
        messages = list(threads.map(ask, [tiny_gguf] * 12))
    assert [message["content"] for message in messages] == [CHAT_TEXT] * 12


def test_nothing_answers_without_the_key(tiny_gguf: Path) -> None:
    base_url, api_key = local_endpoint(str(tiny_gguf))
    assert len(api_key) > 30
    for headers in ({}, {"authorization": "Bearer wrong"}):
        answer = httpx.post(
            f"{base_url}/chat/completions", headers=headers, json={"messages": MESSAGES}, timeout=60
        )
        assert answer.status_code == 401
    # No page for browsers either.
    root = base_url.removesuffix("/v1")
    authorized = {"authorization": f"Bearer {api_key}"}
    assert httpx.get(f"{root}/", headers=authorized, timeout=60).status_code == 404


def test_the_server_is_on_loopback(tiny_gguf: Path) -> None:
    assert httpx.URL(local_endpoint(str(tiny_gguf))[0]).host == "127.0.0.1"


def test_one_server_a_file(
    tiny_gguf: Path, thinking_gguf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = local_endpoint(str(tiny_gguf))
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(local_endpoint, [str(tiny_gguf)] * 8)) == {endpoint}
    monkeypatch.chdir(tiny_gguf.parent)
    assert local_endpoint("tiny.gguf") == endpoint
    monkeypatch.setenv("HOME", str(tiny_gguf.parent))
    assert local_endpoint("~/tiny.gguf") == endpoint
    other = local_endpoint(str(thinking_gguf))
    assert other[0] != endpoint[0]
    assert other[1] != endpoint[1]


def test_threads_that_come_first_share_one_server(tiny_gguf: Path, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh.gguf"
    fresh.write_bytes(tiny_gguf.read_bytes())
    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(local_endpoint, [str(fresh)] * 8))) == 1


def test_smollm2_comes_from_the_cache(
    tiny_gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRUNKLINE_CACHE", str(tmp_path))
    (tmp_path / "SmolLM2-135M-Instruct.Q4_1.gguf").write_bytes(tiny_gguf.read_bytes())
    assert ask("smollm2")["content"] == CHAT_TEXT


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError) as caught:
        local_endpoint(str(tmp_path / "nowhere.gguf"))
    assert f"no file {tmp_path / 'nowhere.gguf'}" in str(caught.value)
    assert "smollm2" in str(caught.value)
    with pytest.raises(NotFoundError, match="no file"):
        local_endpoint(str(tmp_path))


def test_a_file_that_is_no_model(tmp_path: Path) -> None:
    path = tmp_path / "text.gguf"
    path.write_text("not a model")
    with pytest.raises(BadRequestError, match="invalid magic characters") as caught:
        local_endpoint(str(path))
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_half_a_model(tmp_path: Path, tiny_gguf: Path) -> None:
    path = tmp_path / "half.gguf"
    path.write_bytes(tiny_gguf.read_bytes()[:300_000])
    with pytest.raises(BadRequestError, match="corrupted or incomplete"):
        local_endpoint(str(path))


@pytest.mark.parametrize("module", ["xllamacpp", "tqdm"])
def test_a_missing_extra(module: str, tiny_gguf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=rf'{module}: pip install "trunkline\[local\]"'):
        local_endpoint(str(tiny_gguf))


SCRIPT = """
import os, signal, sys
from pathlib import Path
import httpx
from trunkline.adapters.wires.local.server import local_endpoint

def say(*words):
    print(*words, flush=True)

def status(base_url, api_key):
    headers = {"authorization": f"Bearer {api_key}"}
    return httpx.get(f"{base_url}/models", headers=headers).status_code

def server():
    child, = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return int(child)

model = sys.argv[1]
endpoint = local_endpoint(model)
say(*endpoint)
"""


@contextmanager
def run(tail: str, model: Path) -> Generator[subprocess.Popen[str]]:
    """Run a program that has started a server and printed its endpoint, then does more."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-X", "dev", "-W", "error", "-c", SCRIPT + tail, str(model)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as program:
        try:
            yield program
        finally:
            with suppress(ProcessLookupError):
                os.killpg(program.pid, signal.SIGKILL)


def read_address(program: subprocess.Popen[str]) -> tuple[str, int]:
    assert program.stdout is not None
    url = httpx.URL(program.stdout.readline().split()[0])
    assert url.port is not None
    return url.host, url.port


def assert_nothing_listens(address: tuple[str, int]) -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address).close()


def wait_until_nothing_listens(address: tuple[str, int]) -> None:
    """Connect until that is refused: a connection that came through closes with the server."""
    for _ in range(10):
        try:
            connection = socket.create_connection(address, 30)
            with connection, suppress(ConnectionResetError):
                connection.recv(1)
        except ConnectionRefusedError:
            return
    pytest.fail(f"something still listens at {address}")


# A long response of which the program reads only the beginning. The socket stays open to the end,
# without an object that would warn about it.
OPEN_STREAM = """
import json
import socket
url = httpx.URL(endpoint[0])
body = json.dumps({
    "messages": [{"role": "user", "content": "Hi"}],
    "stream": True,
    "ignore_eos": True,
    "logprobs": True,
    "top_logprobs": 20,
})
connection = socket.create_connection((url.host, url.port))
connection.sendall(
    f"POST {url.path}/chat/completions HTTP/1.1\\r\\n"
    f"Host: {url.host}\\r\\nAuthorization: Bearer {endpoint[1]}\\r\\n"
    f"Content-Type: application/json\\r\\nContent-Length: {len(body)}\\r\\n\\r\\n{body}".encode()
)
assert connection.recv(12) == b"HTTP/1.1 200"
connection.detach()
"""
HUNG_SERVER = "os.kill(server(), signal.SIGSTOP)"


@pytest.mark.parametrize(
    "tail",
    ["", "sys.exit()", OPEN_STREAM, HUNG_SERVER],
    ids=["end", "exit", "stream under way", "server hung"],
)
def test_the_server_ends_with_the_program(tiny_gguf: Path, tail: str) -> None:
    with run(tail, tiny_gguf) as program:
        address = read_address(program)
        output, errors = program.communicate()
    assert (program.returncode, output, errors) == (0, "", "")
    assert_nothing_listens(address)


def test_ctrl_c_ends_both(tiny_gguf: Path) -> None:
    with run(OPEN_STREAM + "say('ready'); signal.pause()", tiny_gguf) as program:
        address = read_address(program)
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
        os.killpg(program.pid, signal.SIGINT)
        _, errors = program.communicate()
    assert program.returncode == -signal.SIGINT
    assert errors.count("Traceback") == 1
    assert errors.endswith("KeyboardInterrupt\n")
    assert_nothing_listens(address)


def test_ctrl_c_that_a_program_survives_leaves_it_its_server(tiny_gguf: Path) -> None:
    tail = """
try:
    say("ready")
    signal.pause()
except KeyboardInterrupt:
    say(status(*local_endpoint(model)), local_endpoint(model) == endpoint)
"""
    with run(tail, tiny_gguf) as program:
        address = read_address(program)
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
        os.killpg(program.pid, signal.SIGINT)
        output, errors = program.communicate()
    assert (program.returncode, output, errors) == (0, "200 True\n", "")
    assert_nothing_listens(address)


def test_the_server_ends_when_the_program_is_killed(tiny_gguf: Path) -> None:
    with run("signal.pause()", tiny_gguf) as program:
        address = read_address(program)
        program.kill()
    wait_until_nothing_listens(address)


def test_a_server_that_died_is_started_anew(tiny_gguf: Path) -> None:
    tail = """
pid = server()
os.kill(pid, signal.SIGKILL)
os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
again = local_endpoint(model)
say(again != endpoint, status(*again))
"""
    with run(tail, tiny_gguf) as program:
        read_address(program)
        output, errors = program.communicate()
    assert (program.returncode, output, errors) == (0, "True 200\n", "")


def test_a_forked_child_starts_its_own(tiny_gguf: Path) -> None:
    tail = """
if not os.fork():
    own = local_endpoint(model)
    say(own[0] != endpoint[0], status(*own))
    sys.exit()
say(os.wait()[1], status(*endpoint), local_endpoint(model) == endpoint)
"""
    with run(tail, tiny_gguf) as program:
        read_address(program)
        output, errors = program.communicate()
    assert (program.returncode, output, errors) == (0, "True 200\n0 200 True\n", "")


def test_a_forked_child_keeps_no_server_alive(tiny_gguf: Path) -> None:
    tail = """
if not os.fork():
    say("child")
    signal.pause()
signal.pause()
"""
    with run(tail, tiny_gguf) as program:
        address = read_address(program)
        assert program.stdout is not None
        assert program.stdout.readline() == "child\n"
        program.kill()
        wait_until_nothing_listens(address)


def test_importing_starts_nothing() -> None:
    code = """
import sys, threading
import trunkline.adapters.wires.local.server
assert threading.active_count() == 1
assert not {"xllamacpp", "tqdm", "httpx"} & set(sys.modules)
"""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-W", "error", "-c", code], env=environment, check=True)
