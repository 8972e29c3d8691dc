"""Time limits in real time: each holds within 10 % or 50 ms, whatever bytes a server sends."""

from __future__ import annotations

import asyncio
import socket
import time
from dataclasses import dataclass
from functools import partial
from typing import Any

import trio

from trunkline import Client, Timeout
from trunkline.pipeline.engines import EngineName

from ..progress import show
from ..servers.bodies import KEY, MESSAGES, MODEL, events
from ..servers.connections import answering
from .chaos_plan import World

SECONDS = 1.0
_WORLDS: list[World] = ["sync", "asyncio", "trio"]
_ENGINES: list[EngineName] = ["h11", "httptools"]

_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\ntransfer-encoding: chunked\r\n\r\n"
_JSON = _HEAD % b"application/json"
_EVENTS = _HEAD % b"text/event-stream"


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


_CONTENT = b"".join(_chunk(event) for event in events(1)[:2])


@dataclass(frozen=True)
class Flood:
    """What a server sends: a head, and then the same again and again, with a pause between."""

    stream: bool
    head: bytes
    again: bytes
    pause: float = 0.0


FLOODS = {
    "silence": Flood(False, b"", b""),
    "silence before a stream": Flood(True, _EVENTS, b""),
    "silence after content": Flood(True, _EVENTS + _CONTENT, b""),
    "comments": Flood(True, _EVENTS, _chunk(b": ping\n\n"), 0.01),
    "comments without a pause": Flood(True, _EVENTS, _chunk(b": ping\n\n")),
    "pings after content": Flood(True, _EVENTS + _CONTENT, _chunk(b"event: ping\ndata:\n\n"), 0.01),
    "content without end": Flood(True, _EVENTS, _CONTENT),
    "one-byte chunks": Flood(False, _JSON, _chunk(b" ")),
    "many one-byte chunks at once": Flood(False, _JSON, _chunk(b" ") * 10_000),
    "one-byte chunks in a stream": Flood(True, _EVENTS + _CONTENT, _chunk(b" ") * 10_000),
    "one long line": Flood(True, _EVENTS + _CONTENT, _chunk(b"x" * 60_000), 0.01),
    "interim responses": Flood(False, b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100),
    "a head without end": Flood(False, b"HTTP/1.1 200 OK\r\n", b"a: b\r\n", 0.01),
    "bytes with pauses": Flood(False, _JSON, _chunk(b" "), 0.05),
    "a body without end": Flood(False, _JSON, _chunk(b" " * 1000), 0.001),
    "framing without end": Flood(True, _EVENTS, b"0" * 10, 0.01),
    "an error without end": Flood(False, _JSON.replace(b"200 OK", b"500 No"), _chunk(b" "), 0.01),
}


def _send(flood: Flood, connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(flood.head)
    while flood.again:
        connection.sendall(flood.again)
        time.sleep(flood.pause)
    while connection.recv(65536):
        pass


async def _ask(client: Any, arguments: dict[str, Any]) -> None:
    try:
        reply = await client.acompletion(**arguments)
        if arguments["stream"]:
            _ = [chunk async for chunk in reply]
    finally:
        await client.aclose()


def _measure(world: World, engine: EngineName, flood: Flood, timeout: object) -> str:
    """Return what was wrong with a call, "" if nothing was."""
    # Any, because the overloads need `stream` as a literal.
    client: Any = Client(engine=engine)
    began = 0.0
    with answering(partial(_send, flood)) as base:
        arguments: dict[str, Any] = {
            "model": MODEL,
            "messages": MESSAGES,
            "stream": flood.stream,
            "timeout": timeout,
            "num_retries": 0,
            "base_url": base,
            "api_key": KEY,
        }
        began = time.monotonic()
        error: BaseException | None = None
        try:
            if world == "asyncio":
                asyncio.run(_ask(client, arguments))
            elif world == "trio":
                trio.run(_ask, client, arguments)
            else:
                reply = client.completion(**arguments)
                if flood.stream:
                    list(reply)
        except Exception as raised:  # noqa: BLE001  # judged below
            error = raised
        seconds = time.monotonic() - began
        client.close()
    if not isinstance(error, Timeout):
        return f"after {seconds:.2f} s: {error!r} is not a Timeout"
    late = max(0.05, SECONDS / 10)
    return "" if seconds < SECONDS + late else f"{seconds:.2f} s for {SECONDS:g} s"


def check_limits() -> list[str]:
    """Try each flood with each world, engine and limit; return what did not hold."""
    found: list[str] = []
    count = 0
    # The first call of a process loads modules.
    for world in _WORLDS:
        for engine in _ENGINES:
            _measure(world, engine, FLOODS["silence"], {"total": 0.01})
    for name, flood in FLOODS.items():
        content = _CONTENT in flood.head or flood.again == _CONTENT
        limits: list[object] = [{"total": SECONDS}]
        # Of a stream, a number limits the time to its content; of a response, all of it.
        limits += [] if content else [SECONDS]
        for world in _WORLDS:
            for engine in _ENGINES:
                for limit in limits:
                    show(f"{name}, {world}, {engine}, timeout={limit}")
                    count += 1
                    fault = _measure(world, engine, flood, limit)
                    if fault:
                        found.append(f"{name}, {world}, {engine}, timeout={limit}: {fault}")
    show("")
    print(f"limits: {count} calls, {len(found)} of them late or with another error")
    return found
