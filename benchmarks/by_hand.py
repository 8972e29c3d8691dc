"""The same calls without a library for models: how little they can cost.

`Raw` is a socket or an asyncio.Protocol that splits lines and decodes them. It keeps its
connection, and has neither limits nor errors; no library can be cheaper.
"""

from __future__ import annotations

import asyncio
import http.client
import socket
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlsplit

import msgspec

from .servers.bodies import KEY, MESSAGES, MODEL

_decode: Callable[[bytes], Any] = msgspec.json.decode
_encode = msgspec.json.encode
_HEADERS = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"}
_END = b"\r\n\r\n"


def _text_of(body: bytes) -> str:
    return str(_decode(body)["choices"][0]["message"]["content"])


def _take(line: bytes, texts: list[str]) -> None:
    if line.startswith(b"data: {"):
        for choice in _decode(line[6:])["choices"]:
            texts.append(choice["delta"].get("content") or "")


def _written(url: str, **call: Any) -> bytes:
    """Return a request as bytes."""
    parts = urlsplit(f"{url}/chat/completions")
    body = _encode({"model": MODEL, **call})
    lines = [f"POST {parts.path} HTTP/1.1", f"Host: {parts.netloc}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in _HEADERS.items()]
    return "\r\n".join(lines).encode() + _END + body


def _whole(data: bytes) -> bytes | None:
    """Return the body of a response with a length, None if it has not arrived yet."""
    head, end, body = data.partition(_END)
    if not end:
        return None
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return body if len(body) >= length else None


class _Protocol(asyncio.Protocol):
    def __init__(self) -> None:
        self._data: bytes = b""
        self._texts: list[str] | None = None
        self._done: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Those of uvloop are of another class.
        self.transport = cast("asyncio.Transport", transport)

    def start(self, request: bytes, texts: list[str] | None) -> asyncio.Future[bytes]:
        self._data = b""
        self._texts = texts
        self._done = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self._done

    def data_received(self, data: bytes) -> None:
        data = self._data + data
        assert self._done is not None
        if self._texts is None:
            self._data = data
            whole = _whole(data)
            if whole is not None:
                self._done.set_result(whole)
            return
        *lines, self._data = data.split(b"\n")
        for line in lines:
            _take(line, self._texts)
        if data.endswith(b"0\r\n\r\n"):
            self._done.set_result(b"")


class Raw:
    """A socket or an asyncio.Protocol by hand."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._socket: socket.socket | None = None
        self._idle: list[_Protocol] = []

    def _connected(self) -> socket.socket:
        if self._socket is None:
            parts = urlsplit(self.url)
            self._socket = socket.create_connection((parts.hostname or "", parts.port or 80))
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self._socket

    def plain(self, messages: Any) -> str:
        connection = self._connected()
        connection.sendall(_written(self.url, messages=messages))
        data = b""
        while (body := _whole(data)) is None:
            data += connection.recv(65536)
        return _text_of(body)

    def stream(self, url: str, texts: list[str]) -> None:
        connection = self._connected()
        connection.sendall(_written(url, messages=MESSAGES, stream=True))
        rest = b""
        while not rest.endswith(b"0\r\n\r\n"):
            *lines, rest = (rest + connection.recv(65536)).split(b"\n")
            for line in lines:
                _take(line, texts)
            rest = b"0\r\n\r\n" if lines[-2:] == [b"0\r", b"\r"] else rest

    async def _exchange(self, request: bytes, texts: list[str] | None) -> bytes:
        if self._idle:
            protocol = self._idle.pop()
        else:
            parts = urlsplit(self.url)
            loop = asyncio.get_running_loop()
            host, port = parts.hostname or "", parts.port or 80
            _, protocol = await loop.create_connection(_Protocol, host, port)
        body = await protocol.start(request, texts)
        self._idle.append(protocol)
        return body

    async def aplain(self, messages: Any) -> str:
        return _text_of(await self._exchange(_written(self.url, messages=messages), None))

    async def astream(self, url: str, texts: list[str]) -> None:
        await self._exchange(_written(url, messages=MESSAGES, stream=True), texts)


class StandardLibrary:
    """http.client by hand."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=600)

    def _post(self, url: str, **call: Any) -> http.client.HTTPResponse:
        path = f"{urlsplit(url).path}/chat/completions"
        self._connection.request("POST", path, _encode({"model": MODEL, **call}), _HEADERS)
        return self._connection.getresponse()

    def plain(self, messages: Any) -> str:
        return _text_of(self._post(self.url, messages=messages).read())

    def stream(self, url: str, texts: list[str]) -> None:
        response = self._post(url, messages=MESSAGES, stream=True)
        rest = b""
        while data := response.read1(65536):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                _take(line, texts)


class Aiohttp:
    """aiohttp by hand."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._session: Any = None

    def _post(self, url: str, **call: Any) -> Any:
        import aiohttp

        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        data = _encode({"model": MODEL, **call})
        return self._session.post(f"{url}/chat/completions", data=data, headers=_HEADERS)

    async def aplain(self, messages: Any) -> str:
        async with self._post(self.url, messages=messages) as response:
            return _text_of(await response.read())

    async def astream(self, url: str, texts: list[str]) -> None:
        async with self._post(url, messages=MESSAGES, stream=True) as response:
            async for line in response.content:
                _take(line, texts)

    async def aclose(self) -> None:
        await self._session.close()
