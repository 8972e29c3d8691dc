"""The command as a process: answers, logs, metrics, and its end."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from tests.integrations.competent import answer_openai
from tests.support.answers import chunk_bodies
from tests.support.server import Answer, Seen, Server, answer_events
from tests.support.servers.serve_processes import serving
from trunkline.pipeline.json_values import JSON

HI: JSON = {"model": "chat", "messages": [{"role": "user", "content": "my secret plan"}]}
CONFIG = """
[server]
grace = {grace}
[keys.team]
env = "TEAM_KEY"
[models.chat]
deployments = [{{ model = "openai/gpt-4o", base_url = "{url}" }}]
[routing]
num_retries = 0
"""
KEYS = {"TEAM_KEY": "sk-team", "OPENAI_API_KEY": "sk-openai"}
HEADERS = {"authorization": "Bearer sk-team"}


def configured(tmp_path: Path, server: Server, grace: float = 20) -> list[str]:
    path = tmp_path / "serve.toml"
    path.write_text(CONFIG.format(url=server.url, grace=grace))
    return ["--config", str(path)]


def test_it_answers_logs_and_measures(tmp_path: Path, server: Server) -> None:
    server.reply(answer_openai)
    with serving(*configured(tmp_path, server), **KEYS) as run:
        client = httpx.Client(base_url=run.url, headers=HEADERS, timeout=60)
        assert client.get("/health", headers={"authorization": ""}).status_code == 200
        assert client.post("/v1/chat/completions", json=HI).status_code == 200
        unknown = client.post("/v1/chat/completions", json={**HI, "model": "openai/gpt-4o"})
        assert unknown.status_code == 404
        assert [model["id"] for model in client.get("/v1/models").json()["data"]] == ["chat"]
        assert client.get("/metrics", headers={"authorization": ""}).status_code == 401
        assert client.head("/metrics").status_code == 200
        metrics = client.get("/metrics").text
        client.close()
        run.process.send_signal(signal.SIGTERM)
        _, errors = run.process.communicate(timeout=30)
    assert run.process.returncode == 0
    assert "http_server_request_duration_seconds_count" in metrics
    assert 'http_route="/chat/completions"' in metrics
    assert "gen_ai_client_operation_duration" in metrics
    assert "POST /v1/chat/completions 200" in errors
    assert "key=team model=gpt-4o" in errors
    assert "POST /v1/chat/completions 404" in errors
    for secret in ("sk-team", "sk-openai", "my secret plan"):
        assert secret not in errors + metrics


def test_open_streams_finish_within_the_grace_period(tmp_path: Path, server: Server) -> None:
    """The provider ends its stream once the server is told to stop, and not before."""
    refused: list[httpx.Response] = []

    class Halves(list[bytes]):
        def __iter__(self) -> Iterator[bytes]:
            yield from self[:2]
            run.process.send_signal(signal.SIGTERM)
            while httpx.get(f"{run.url}/health", timeout=60).status_code == 200:
                pass
            refused.append(httpx.get(f"{run.url}/health", timeout=60))
            refused.append(ask(run.url))
            yield from self[2:]

    def ask(url: str) -> httpx.Response:
        return httpx.post(f"{url}/v1/chat/completions", json=HI, headers=HEADERS, timeout=60)

    pieces = Halves(answer_events(chunk_bodies("one two three")).pieces)
    server.reply(Answer(pieces, headers={"content-type": "text/event-stream"}))
    with serving(*configured(tmp_path, server), **KEYS) as run:
        with httpx.stream(
            "POST",
            f"{run.url}/v1/chat/completions",
            json={**HI, "stream": True},
            headers=HEADERS,
            timeout=60,
        ) as response:
            events = list(response.iter_lines())
        run.process.wait(30)
    assert events[-2] == "data: [DONE]"
    assert run.process.returncode == 0
    health, call = refused
    assert health.json() == {"status": "stopping"}
    assert call.json()["error"]["code"] == "server_stopping"
    assert [each.status_code for each in refused] == [503, 503]
    assert call.headers["x-should-retry"] == "true"


def test_connections_end_when_the_server_stops(tmp_path: Path, server: Server) -> None:
    """An idle one at once; a new one, and one that is made meanwhile, after their response."""
    pieces = answer_events(chunk_bodies("one two")).pieces[:2]
    server.reply(Answer(pieces, headers={"content-type": "text/event-stream"}, ending="stall"))
    with (
        serving(*configured(tmp_path, server), **KEYS) as run,
        httpx.Client(base_url=run.url, headers=HEADERS, timeout=60) as client,
        client.stream("POST", "/v1/chat/completions", json={**HI, "stream": True}) as response,
    ):
        # httpx closes the response once this iterator is gone.
        lines = response.iter_lines()
        next(lines)
        address = ("127.0.0.1", int(run.url.rpartition(":")[2]))
        asked = b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n"
        new = socket.create_connection(address, timeout=60)
        with socket.create_connection(address, timeout=60) as idle:
            idle.sendall(asked)
            assert idle.recv(10_000).startswith(b"HTTP/1.1 200 ")
            run.process.send_signal(signal.SIGTERM)
            while idle.recv(10_000):
                pass
        for connection in (new, socket.create_connection(address, timeout=60)):
            with connection:
                connection.sendall(asked)
                answered = connection.makefile("rb").read()
            assert answered.startswith(b"HTTP/1.1 503 ")
        # The second signal ends what is open.
        run.process.send_signal(signal.SIGTERM)
        run.process.wait(30)
    assert run.process.returncode == 0


def test_what_is_open_after_the_grace_period_ends_with_an_error(
    tmp_path: Path, server: Server
) -> None:
    """Streams of each API get an event, and a plain call a status."""
    pieces = answer_events(chunk_bodies("one two")).pieces[:2]
    begun = threading.Event()

    def stall(seen: Seen) -> Answer:
        if seen.json.get("stream"):
            return Answer(pieces, headers={"content-type": "text/event-stream"}, ending="stall")
        begun.set()
        return Answer([], ending="silent")

    server.reply(stall)
    streamed = {**HI, "stream": True, "max_tokens": 9}
    with (
        serving(*configured(tmp_path, server, grace=0), **KEYS) as run,
        httpx.Client(base_url=run.url, headers=HEADERS, timeout=60) as client,
        client.stream("POST", "/v1/chat/completions", json=streamed) as chat,
        client.stream("POST", "/v1/messages", json=streamed) as message,
        ThreadPoolExecutor() as pool,
    ):
        streams = [chat.iter_lines(), message.iter_lines()]
        for lines in streams:
            next(lines)
        plain = pool.submit(client.post, "/v1/chat/completions", json=HI)
        assert begun.wait(30)
        run.process.send_signal(signal.SIGTERM)
        for lines in streams:
            rest = list(lines)
            assert "event: error" in rest
            assert "the server is stopping" in rest[-2]
        refused = plain.result(30)
        assert refused.status_code == 503
        assert refused.json()["error"]["code"] == "server_stopping"
        run.process.wait(30)
    assert run.process.returncode == 0
    server.wait_until_gone(3)


def test_a_client_that_sends_nothing_is_left(tmp_path: Path, server: Server) -> None:
    path = tmp_path / "serve.toml"
    path.write_text("[server]\nidle_timeout = 1\n")
    begun = b"POST /v1/messages HTTP/1.1\r\nhost: localhost\r\n"
    with serving("--config", str(path)) as run:
        address = ("127.0.0.1", int(run.url.rpartition(":")[2]))
        with contextlib.ExitStack() as idle:
            connections: list[socket.socket] = []
            for sent in (b"", begun, begun + b"x-a: " + b"a" * 100_000):
                connection = idle.enter_context(socket.create_connection(address, timeout=30))
                connection.sendall(sent)
                connections.append(connection)
            for connection in connections:
                # Reading ends when the server closes the connection.
                with contextlib.suppress(ConnectionResetError):
                    assert connection.recv(100) == b""
        assert httpx.get(f"{run.url}/health", timeout=60).status_code == 200
