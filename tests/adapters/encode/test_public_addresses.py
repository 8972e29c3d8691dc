"""Addresses in messages must lead to public hosts, and connections go to what was checked."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest

from tests.support.fake_network import FakeNetwork
from tests.support.media_requests import PNG_URL, ask, failing, image, png
from tests.support.server import Answer, Server
from tests.support.worlds import World
from trunkline import APIConnectionError
from trunkline.adapters.encode.media import inline_media
from trunkline.adapters.encode.public_addresses import is_public
from trunkline.pipeline.call.request import Request
from trunkline.pipeline.port import HTTPRequest
from trunkline.pipeline.sync import drive
from trunkline.pipeline.transport.async_io import AsyncIO
from trunkline.pipeline.transport.sync_io import SyncIO

PUBLIC, OTHER_PUBLIC = "93.184.216.34", "93.184.216.35"


def port_of(server: Server) -> int:
    return int(server.url.rpartition(":")[2])


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::10.0.0.1", False),
        ("64:ff9b::93.184.216.34", True),
        ("2002:7f00:1::", False),
        ("2002:5db8:d822::", False),
        ("::127.0.0.1", False),
        ("::93.184.216.34", False),
        ("::ffff:0:7f00:1", False),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b:1::7f00:1", False),
        ("64:ff9b:1::5db8:d822", False),
        ("fec0::1", False),
        ("::", False),
        ("2001::7f00:1", False),
        ("3fff::1", False),
        ("5f00::1", False),
        ("100:0:0:1::1", False),
        ("ff0e::1", False),
        ("192.0.0.8", False),
        ("192.88.99.1", False),
        ("240.0.0.1", False),
    ],
)
def test_is_public(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/a.png",
        "http://localhost/a.png",
        "http://2130706433/a.png",
        "http://0x7f.1/a.png",
        "http://[::1]/a.png",
        "http://[::ffff:127.0.0.1]/a.png",
        "http://169.254.169.254/latest/meta-data",
        "http://10.1.2.3/a.png",
        "https://192.168.0.1/a.png",
        "http://0.0.0.0/a.png",
    ],
)
def test_private_addresses(url: str) -> None:
    assert "allow_private_urls=True" in failing(ask(image(url), private=False))


def test_private_address_behind_a_redirect(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    port = port_of(server)
    names = {"public.test": [PUBLIC], "private.test": ["127.0.0.1"]}
    FakeNetwork(monkeypatch, names, {PUBLIC: port})
    hop = {"location": f"http://private.test:{port}/b.png"}
    server.reply(Answer([b""], status=302, headers=hop))
    message = failing(ask(image(f"http://public.test:{port}/a.png"), private=False))
    assert "private.test" in message
    assert [seen.path for seen in server.seen] == ["/a.png"]


def test_one_private_address_among_others(monkeypatch: pytest.MonkeyPatch) -> None:
    FakeNetwork(monkeypatch, {"mixed.test": [PUBLIC, "10.0.0.1"]})
    failing(ask(image("http://mixed.test/a.png"), private=False))


def test_unknown_host(monkeypatch: pytest.MonkeyPatch) -> None:
    FakeNetwork(monkeypatch, {})
    request = ask(image("http://nowhere.test/a.png"), private=False)
    assert "cannot be resolved" in failing(request, APIConnectionError)


def test_connects_to_what_was_checked(
    server: Server, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is resolved once, so a second resolution cannot lead elsewhere."""
    port = port_of(server)
    # The first address refuses the connection, so the second is tried.
    network = FakeNetwork(
        monkeypatch, {"rebinding.test": [OTHER_PUBLIC, PUBLIC]}, {OTHER_PUBLIC: None, PUBLIC: port}
    )
    server.reply(png())
    io = None if world.blocking else AsyncIO()
    request = ask(image(f"http://rebinding.test:{port}/a.png"), private=False, io=io)

    async def run() -> Request:
        return await inline_media(request)

    changed = drive(run()) if world.blocking else world.run(run)
    content: Any = changed.messages[0].get("content")
    assert content[1]["image_url"]["url"] == PNG_URL
    assert network.resolved.count("rebinding.test") == 1
    assert server.seen[0].headers["host"] == f"rebinding.test:{port}"


def test_tls_still_asks_for_the_name() -> None:
    """The client's hello names the host of the URL, not the address that it connects to."""
    hello: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def hang_up_after_hello() -> None:
            connection, _ = listener.accept()
            with connection:
                hello.append(connection.recv(4096))

        thread = threading.Thread(target=hang_up_after_hello)
        thread.start()
        outgoing = HTTPRequest(
            url=f"https://name.test:{port}/",
            headers={},
            body=b"",
            method="GET",
            address="127.0.0.1",
        )
        with pytest.raises(APIConnectionError):
            drive(SyncIO().open(outgoing))
        thread.join()
    assert b"name.test" in hello[0]


@pytest.mark.parametrize(
    "url",
    [
        "http://93.184.216.34#@127.0.0.1/a.png",
        "http://127.0.0.1\\@93.184.216.34/a.png",
        "http://@93.184.216.34/a.png",
        "http://[::1",
        "http://93.184.216.34:x/a.png",
        "http://93.184.216.34/\ud800.png",
    ],
)
def test_ambiguous_urls_are_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_names: object) -> None:
        pytest.fail("resolved")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert failing(ask(image(url))).startswith("messages[0]")
