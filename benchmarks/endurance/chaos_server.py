"""A server that misbehaves at random: it truncates, stalls, floods, resets and sends garbage.

    python -m benchmarks.endurance.chaos_server SEED

What happens to a request is its fate. It follows from the seed, the name of the call, which is in
its message, and how often the call was sent; so a run can be repeated. A call whose name begins
with "safe" is always answered properly, but may share a connection with others. One whose name
begins with "odd" is answered with damaged bytes, which may be a response by chance.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from ..servers.server_process import running, serve_parent

_NAME = re.compile(rb"call <([a-z0-9-]+)>")
_WORDS = 12
_PAUSE = 0.002
_FLOOD = b": ping\n\n" * 4096


def prompt_of(name: str) -> str:
    """Return the message of a call."""
    return f"call <{name}>"


def text_of(name: str) -> str:
    """Return the only right response to a call."""
    return " ".join(f"{name}.{number}" for number in range(_WORDS))


@dataclass
class Exchange:
    """A request that has arrived, and the connection to answer it on."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    name: str
    stream: bool
    random: random.Random

    async def write(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def until_gone(self) -> None:
        """Wait until the client leaves."""
        while await self.reader.read(65536):
            pass

    def some(self) -> bytes:
        """Return the beginning of a proper response, of random length."""
        whole = response_of(self.name, stream=self.stream)
        return whole[: self.random.randrange(len(whole))]


#: Answers a request; returns whether the connection stays open.
Fate = Callable[[Exchange], Awaitable[bool]]


def response_of(name: str, *, stream: bool) -> bytes:
    """Return a proper response, head and body."""
    if not stream:
        return _plain(b"200 OK", _answer(name))
    words = text_of(name).split(" ")
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": word if not place else f" {word}"} for place, word in enumerate(words)]
    events = [_chunk(name, delta) for delta in deltas] + [_chunk(name, {}, "stop"), b"[DONE]"]
    lines = (b"data: %b\n\n" % event for event in events)
    body = b"".join(b"%x\r\n%b\r\n" % (len(line), line) for line in lines)
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n"
    return head + b"\r\n" + body + b"0\r\n\r\n"


def _plain(status: bytes, value: dict[str, Any]) -> bytes:
    body = json.dumps(value).encode()
    head = b"HTTP/1.1 %b\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return head % (status, len(body)) + body


def _answer(name: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text_of(name)}
    usage = {"prompt_tokens": 3, "completion_tokens": _WORDS, "total_tokens": 3 + _WORDS}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {"id": name, "object": "chat.completion", "choices": [choice], "usage": usage}


def _chunk(name: str, delta: dict[str, Any], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return json.dumps({"id": name, "object": "chat.completion.chunk", "choices": [choice]}).encode()


async def _proper(at: Exchange) -> bool:
    await at.write(response_of(at.name, stream=at.stream))
    return True


async def _slow(at: Exchange) -> bool:
    """Send a proper response in pieces of random length."""
    whole = response_of(at.name, stream=at.stream)
    while whole:
        size = at.random.randint(1, 200)
        await at.write(whole[:size])
        whole = whole[size:]
        await asyncio.sleep(at.random.random() * _PAUSE)
    return True


async def _closes(at: Exchange) -> bool:
    """Send a proper response, and close the kept connection a moment later."""
    await _proper(at)
    await asyncio.sleep(at.random.random() * 0.005)
    return False


async def _another(at: Exchange) -> bool:
    """Send a proper response, and at once the response to a request that nobody sent."""
    wrong = response_of("wrong", stream=at.random.random() < 0.5)
    await at.write(response_of(at.name, stream=at.stream) + wrong)
    return True


async def _cut(at: Exchange) -> bool:
    await at.write(at.some())
    return False


async def _reset(at: Exchange) -> bool:
    await at.write(at.some())
    at.writer.transport.abort()
    return False


async def _unread(at: Exchange) -> bool:
    at.writer.transport.abort()
    return False


async def _stall(at: Exchange) -> bool:
    await at.write(at.some())
    await at.until_gone()
    return False


async def _flood(at: Exchange) -> bool:
    """Send something without meaning without end: interim responses, or an endless body."""
    again = b"HTTP/1.1 103 Early Hints\r\n\r\n"
    if at.random.random() < 0.7:
        kind = b"text/event-stream" if at.stream else b"application/json"
        head = b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\ntransfer-encoding: chunked\r\n\r\n"
        await at.write(head % kind)
        again = b"%x\r\n%b\r\n" % (len(_FLOOD), _FLOOD)
    while True:
        await at.write(again)
        await asyncio.sleep(_PAUSE)


async def _garbage(at: Exchange) -> bool:
    """Send bytes that are not HTTP, or HTTP whose body is not a response."""
    junk = at.random.randbytes(at.random.randint(1, 2000))
    if at.random.random() < 0.3:
        await at.write(junk)
        return False
    bodies = [junk, b"", b"null", b"[]", b'{"choices": 5}', b"<html>502</html>", b"[" * 3000]
    body = at.random.choice(bodies)
    kind = b"application/json"
    if at.stream:
        kind, body = b"text/event-stream", b"data: %b\n\n" % body
    head = b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\ncontent-length: %d\r\n\r\n"
    await at.write(head % (kind, len(body)) + body)
    return True


async def _damaged(at: Exchange) -> bool:
    """Send a response in which bytes of the framing and of the JSON were replaced."""
    data = bytearray(response_of(at.name, stream=at.stream))
    for _ in range(at.random.randint(1, 5)):
        place = at.random.randrange(len(data))
        if chr(data[place]) in '{}[]":,\r\n':
            data[place] = at.random.randrange(256)
        else:
            data.insert(place, at.random.choice(b"\r\n{}[]\x00"))
    await at.write(bytes(data))
    return False


async def _refusal(at: Exchange) -> bool:
    status = at.random.choice([b"400 Bad", b"401 No", b"429 Later", b"500 Oh", b"503 Busy"])
    await at.write(_plain(status, {"error": {"message": f"no {at.name}", "code": "chaos"}}))
    return True


_SAFE: list[Fate] = [_proper, _slow, _closes, _another]
_UNSAFE: list[Fate] = [_cut, _reset, _unread, _stall, _flood, _garbage, _refusal]


class _Server:
    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._sent = Counter[str]()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of a connection."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while await self._serve_one(reader, writer):
                pass
        writer.close()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        body = await reader.readexactly(length)
        found = _NAME.search(body)
        assert found is not None, body
        name = found[1].decode()
        self._sent[name] += 1
        chance = random.Random(f"{self._seed} {name} {self._sent[name]}")
        safe = name.startswith("safe") or chance.random() < 0.3
        fate = chance.choice(_SAFE if safe else _UNSAFE)
        if name.startswith("odd"):
            fate = _damaged
        return await fate(Exchange(reader, writer, name, b'"stream":true' in body, chance))


async def _main(seed: str) -> None:
    server = await asyncio.start_server(_Server(seed).serve, "127.0.0.1", 0, backlog=2000)
    await serve_parent(server)


def serving_chaos(seed: int) -> AbstractContextManager[str]:
    """Run the server in its own process; the context manager returns its address."""
    return running("benchmarks.endurance.chaos_server", str(seed), stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1]))
