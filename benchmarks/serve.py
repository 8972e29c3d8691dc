"""Gateways side by side: `trunkline serve`, a plain pass-through, and litellm's proxy.

    python -m benchmarks.serve [--litellm PATH/TO/litellm] [--calls 2000] [--streams 1000]

The provider and the clients run in their own processes. What counts is the CPU time of the gateway:
requests per second are those that one core has time for, whatever else the machine does. litellm's
proxy is a program in its own environment, from `pip install 'litellm[proxy]'`; without the option,
it is left out.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from functools import partial
from pathlib import Path
from statistics import quantiles
from typing import Any

from .servers.bodies import KEY, MESSAGES
from .servers.server import serving

_TICKS = os.sysconf("SC_CLK_TCK")
_CHUNKS = 50
# It refuses to start without a long master key otherwise.
_UNSAFE = {"LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true"}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


class Gateway:
    """A process that clients send their requests to."""

    def __init__(self, name: str, port: int, process: subprocess.Popen[bytes]) -> None:
        self.name = name
        self.port = port
        self._process = process

    def cpu(self) -> float:
        """Return the CPU seconds that it has used."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(") ")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def memory(self) -> int:
        """Return the most memory that it has had, in MB."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        [line] = [line for line in status.splitlines() if line.startswith("VmHWM")]
        return int(line.split()[1]) // 1024


def _trunkline(port: int, base: str, folder: Path) -> list[str]:
    config = folder / "trunkline.toml"
    config.write_text(
        f'[models.chat]\ndeployments = [{{ model = "openai/gpt-4o", base_url = "{base}" }}]\n'
    )
    return [
        sys.executable,
        "-m",
        "trunkline",
        "serve",
        "--config",
        str(config),
        "--port",
        f"{port}",
    ]


def _passthrough(port: int, base: str, _folder: Path) -> list[str]:
    return [sys.executable, "-m", "benchmarks.servers.passthrough", f"{port}", base]


def _litellm(program: str, port: int, base: str, folder: Path) -> list[str]:
    config = folder / "litellm.yaml"
    entry = {"model": "openai/gpt-4o", "api_base": base, "api_key": KEY}
    models = {"model_list": [{"model_name": "chat", "litellm_params": entry}]}
    config.write_text(json.dumps(models))
    return [program, "--config", str(config), "--port", f"{port}", "--host", "127.0.0.1"]


@contextlib.contextmanager
def _running(name: str, command: list[str], port: int, folder: Path) -> Generator[Gateway]:
    environment = {**os.environ, "OPENAI_API_KEY": KEY, "LITELLM_LOG": "ERROR", **_UNSAFE}
    # A gateway of another environment must not find this one's packages.
    if name == "litellm":
        environment.pop("PYTHONPATH", None)
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    try:
        _wait_until_open(port, process)
        yield Gateway(name, port, process)
    finally:
        process.kill()
        process.wait()


def _wait_until_open(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", port), timeout=5) as connection,
        ):
            # litellm opens the port first to see whether it is free, and closes it again.
            connection.sendall(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
            if connection.recv(1):
                return
        time.sleep(0.1)
    raise RuntimeError("the gateway has ended")


def _request(*, stream: bool) -> bytes:
    body = json.dumps({"model": "chat", "messages": MESSAGES, "stream": stream})
    head = (
        "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json"
        f"\r\nauthorization: Bearer {KEY}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return (head + body).encode()


class Connection:
    """A client's connection, which does as little as possible."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def open(self) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)

    async def ask(self, request: bytes) -> bytes:
        """Return the body of a response, or the bytes of a stream."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        assert b" 200 " in head.partition(b"\r\n")[0], head
        lower = head.lower()
        if b"content-length: " in lower:
            length = int(lower.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            return await self._reader.readexactly(length)
        return await self._reader.readuntil(b"\r\n0\r\n\r\n")

    def close(self) -> None:
        self._writer.close()


async def _calls(port: int, count: int, at_once: int, request: bytes) -> list[float]:
    """Return the seconds of each call."""
    seconds: list[float] = []

    async def client() -> None:
        connection = Connection(port)
        await connection.open()
        for _ in range(count // at_once):
            began = time.perf_counter()
            body = await connection.ask(request)
            assert b"choices" in body
            seconds.append(time.perf_counter() - began)
        connection.close()

    await asyncio.gather(*(client() for _ in range(at_once)))
    return seconds


def _percentiles(seconds: list[float]) -> tuple[float, float]:
    cuts = quantiles(seconds, n=100)
    return cuts[49] * 1000, cuts[98] * 1000


def _measure(gateway: Gateway, base_port: int, calls: int, streams: int) -> dict[str, Any]:
    plain, stream = _request(stream=False), _request(stream=True)
    asyncio.run(_calls(gateway.port, 200, 20, plain))
    found: dict[str, Any] = {"gateway": gateway.name, "idle_mb": gateway.memory()}
    began = gateway.cpu()
    asyncio.run(_calls(gateway.port, calls, 20, plain))
    found["requests/s"] = round(calls / (gateway.cpu() - began))
    median, worst = _percentiles(asyncio.run(_calls(gateway.port, 500, 1, plain)))
    direct = plain.replace(b"/v1/chat", f"/{_CHUNKS}/0/chat".encode())
    without, without_worst = _percentiles(asyncio.run(_calls(base_port, 500, 1, direct)))
    found["p50 ms"] = round(median - without, 2)
    found["p99 ms"] = round(worst - without_worst, 2)
    began, clock = gateway.cpu(), time.perf_counter()
    asyncio.run(_calls(gateway.port, streams, streams, stream))
    found["streams/s"] = round(streams / (gateway.cpu() - began))
    found["streams s"] = round(time.perf_counter() - clock, 1)
    found["peak_mb"] = gateway.memory()
    return found


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.serve", description=__doc__)
    parser.add_argument("--litellm", help="the program of litellm's proxy")
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--streams", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    commands: dict[str, Any] = {"passthrough": _passthrough, "trunkline": _trunkline}
    if given.litellm:
        commands["litellm"] = partial(_litellm, given.litellm)
    with serving() as base:
        base_port = int(base.rpartition(":")[2])
        for number in range(given.rounds):
            for name, command in commands.items():
                port = _free_port()
                line = command(port, f"{base}/{_CHUNKS}/0", folder)
                with _running(name, line, port, folder) as gateway:
                    found = _measure(gateway, base_port, given.calls, given.streams)
                    print(f"round {number + 1}: {json.dumps(found)}", flush=True)


if __name__ == "__main__":
    main()
