"""Calls through proxies of all kinds behave as direct ones, and errors name the proxy."""

from __future__ import annotations

import base64
import contextlib
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.answers import MESSAGES, TEXT, good
from tests.support.chain.calls_in_turn import Calls
from tests.support.frames import frames_of, texts_of
from tests.support.server import Answer, Server
from tests.support.servers.kept_server import KeptServer, close, written
from tests.support.servers.ports import closed_port
from tests.support.servers.proxy_server import CERTIFICATE, ProxyServer
from tests.support.servers.raw_server import RawServer, sized
from tests.support.worlds import World
from trunkline import APIConnectionError, BadRequestError, Client, Timeout

pytestmark = pytest.mark.usefixtures("engine")

MODEL = "openai/gpt-4o"
LOGIN = "me:pa%20ss"
GIVEN: dict[str, Any] = {"api_key": "sk-0123456789"}

Start = Callable[..., ProxyServer]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Start a proxy and set the variables for it."""
    running: list[ProxyServer] = []
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))

    def begin(*arguments: Any, **named: Any) -> ProxyServer:
        proxy = ProxyServer(*arguments, **named)
        running.append(proxy)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        return proxy

    yield begin
    for proxy in running:
        proxy.close()


def ask(world: World, client: Client, mode: str, url: str, **arguments: Any) -> str | None:
    given = {**GIVEN, "base_url": url, **arguments}
    return world.answer(client, mode, MODEL, MESSAGES, **given).choices[0].message.content


KINDS: list[dict[str, Any]] = [
    {"kind": "http"},
    {"kind": "http", "login": LOGIN},
    {"kind": "http", "encrypted": True},
    {"kind": "socks5"},
    {"kind": "socks5", "login": "me:secret"},
]


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("encrypted", [False, True], ids=["http", "https"])
def test_a_call(
    kind: dict[str, Any],
    encrypted: bool,
    world: World,
    client: Client,
    start: Start,
    serve: Callable[..., RawServer],
) -> None:
    proxy = start(**kind)
    server = serve(sized(), encrypted=encrypted)
    place = server.url.partition("//")[2]
    assert ask(world, client, "plain", server.url) == TEXT
    assert proxy.places == [place]
    assert server.connections == 1
    if kind == {"kind": "http", "login": LOGIN}:
        sent = base64.b64encode(b"me:pa ss")
        assert b"Proxy-Authorization: Basic " + sent in proxy.heads[0]


def test_a_connection_is_kept(
    world: World, mode: str, client: Client, server: Server, start: Start
) -> None:
    proxy = start("socks5")
    server.reply(good(mode))
    calls = Calls(world, client, mode)
    assert calls.make(server.url, 5) == [TEXT] * 5
    assert server.connections == len(proxy.places) == 1


def test_a_request_that_met_a_closed_connection_is_sent_again(
    world: World, mode: str, client: Client, start: Start
) -> None:
    start("socks5")
    server = KeptServer(written(good(mode)), close)
    calls = Calls(world, client, mode)
    try:
        assert calls.make(server.url, 2) == [TEXT] * 2
    finally:
        server.stop()
    assert calls.attempts == [1, 1]
    assert calls.notes == [["attempt"], ["sent again", "attempt"]]


class TestFailures:
    @pytest.mark.parametrize("scheme", ["http", "https", "socks5"])
    @pytest.mark.parametrize("url", ["http://provider.invalid", "https://provider.invalid"])
    def test_a_dead_proxy_is_named(
        self,
        scheme: str,
        url: str,
        world: World,
        mode: str,
        client: Client,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        dead = closed_port().removeprefix("http://")
        monkeypatch.setenv("ALL_PROXY", f"{scheme}://me:geheim@{dead}")
        with pytest.raises(APIConnectionError, match=f"through the proxy {dead} ") as caught:
            ask(world, client, mode, url)
        assert caught.value.phase == "connect"
        assert "provider.invalid" in str(caught.value)
        assert "geheim" not in "".join(traceback.format_exception(caught.value))

    @pytest.mark.parametrize("scheme", ["http", "https", "socks5"])
    def test_a_silent_proxy(
        self, scheme: str, world: World, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            name = f"127.0.0.1:{silent.getsockname()[1]}"
            monkeypatch.setenv("ALL_PROXY", f"{scheme}://{name}")
            with pytest.raises(Timeout, match=f"no connection through the proxy {name}") as caught:
                ask(world, client, "plain", "https://provider.invalid", timeout={"connect": 0.2})
        assert caught.value.phase == "connect"

    @pytest.mark.parametrize("status", [403, 407, 502])
    def test_a_refused_tunnel(
        self,
        status: int,
        world: World,
        mode: str,
        client: Client,
        server: Server,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("HTTPS_PROXY", server.url)
        server.reply(Answer([b"no"], status=status))
        with pytest.raises(APIConnectionError, match=f"through the proxy .*{status}") as caught:
            ask(world, client, mode, "https://provider.invalid/v1")
        assert caught.value.phase == "connect"
        assert server.seen[0].method == "CONNECT"
        assert server.seen[0].path == "provider.invalid:443"
        assert "authorization" not in server.seen[0].headers

    def test_a_proxy_that_requires_a_login(
        self,
        world: World,
        mode: str,
        client: Client,
        server: Server,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("HTTP_PROXY", server.url)
        server.reply(Answer([b"no"], status=407))
        with pytest.raises(APIConnectionError, match="proxy requires a user and a password"):
            ask(world, client, mode, "http://provider.invalid/v1")

    @pytest.mark.parametrize("scheme", ["http", "socks5"])
    @pytest.mark.parametrize("answer", [b"SSH-2.0-x\r\n\r\n", b"\4\4\4\4", b""])
    def test_what_is_not_a_proxy(
        self,
        scheme: str,
        answer: bytes,
        world: World,
        client: Client,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listening:

            def serve_one() -> None:
                with contextlib.suppress(OSError), listening.accept()[0] as connection:
                    connection.recv(65536)
                    connection.sendall(answer)

            threading.Thread(target=serve_one, daemon=True).start()
            monkeypatch.setenv("ALL_PROXY", f"{scheme}://127.0.0.1:{listening.getsockname()[1]}")
            with pytest.raises(APIConnectionError, match="through the proxy"):
                ask(world, client, "plain", "https://provider.invalid")

    def test_a_server_that_socks_cannot_reach(
        self, world: World, client: Client, start: Start
    ) -> None:
        start("socks5")
        with pytest.raises(APIConnectionError, match=r"through the proxy .*connection refused"):
            ask(world, client, "plain", "http://127.0.0.1:9")

    def test_a_wrong_password(
        self, world: World, client: Client, start: Start, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        proxy = start("socks5", login="me:right")
        monkeypatch.setenv("ALL_PROXY", proxy.url.replace("right", "geheim"))
        with pytest.raises(APIConnectionError, match="refuses the user") as caught:
            ask(world, client, "plain", "http://provider.invalid")
        assert "geheim" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("kind", "scheme"), [("http", "https"), ("http", "http"), ("socks5", "https")]
)
def test_no_frame_has_the_password_of_a_proxy(
    *,
    kind: str,
    scheme: str,
    world: World,
    client: Client,
    start: Start,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proxy = start(kind, login="me:right")
    monkeypatch.setenv("ALL_PROXY", proxy.url.replace("right", "geheim"))
    with pytest.raises(APIConnectionError, match=r"provider\.invalid") as caught:
        ask(world, client, "plain", f"{scheme}://provider.invalid")
    secrets = ["geheim", base64.b64encode(b"me:geheim").decode()]
    for place, name, value in frames_of(caught.value):
        for text in texts_of(value):
            assert not [secret for secret in secrets if secret in text], f"{place}: {name}"


@pytest.mark.parametrize(
    "value",
    [
        "http://me:geheim@[::1",
        "http://me:geheim@host:port",
        "http://me:ge#heim@host:1",
        "http://me:ge/heim@host:1",
        "ftp://me:geheim@host",
        "me:geheim@",
        "http://me:geheim@ho st",
        "socks4://me:geheim@host:1",
    ],
)
def test_a_variable_that_cannot_be_read(
    value: str, world: World, mode: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", value)
    with pytest.raises(BadRequestError, match="HTTP_PROXY: expected") as caught:
        ask(world, client, mode, "http://provider.invalid")
    error: BaseException | None = caught.value
    assert caught.value.param == "HTTP_PROXY"
    while error is not None:
        assert "heim" not in f"{error} {error!r}"
        error = error.__cause__ or error.__context__
