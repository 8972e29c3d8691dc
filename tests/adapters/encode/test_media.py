"""Media of a conversation as bytes: what is fetched, from where, and what is refused."""

from __future__ import annotations

import base64
import copy
import socket
import ssl
from collections.abc import Callable
from typing import Any

import httpx
import pytest

import trunkline.adapters.encode.media as media
from tests.support.server import Answer, Server
from tests.support.worlds import World
from trunkline import APIConnectionError, BadRequestError, Client
from trunkline.adapters.adapter import ProviderAdapter
from trunkline.adapters.encode.data_urls import Media, parse_data_url
from trunkline.adapters.encode.media import MEDIA_PARTS, inline_media
from trunkline.adapters.encode.public_addresses import is_public
from trunkline.pipeline.call.messages import check_messages
from trunkline.pipeline.call.request import Request
from trunkline.pipeline.errors import APIError
from trunkline.pipeline.port import HTTPRequest
from trunkline.pipeline.secret import Secret
from trunkline.pipeline.sync import drive
from trunkline.pipeline.transport import sockets
from trunkline.pipeline.transport.async_io import AsyncIO
from trunkline.pipeline.transport.sync_io import SyncIO

PNG = b"\x89PNG\r\n\x1a\nthe rest"
PNG_URL = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"


def png(**headers: str) -> Answer:
    return Answer([PNG], headers={"content-type": "image/png", **headers})


def image(url: str, **more: str) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url, **more}}


def ask(*parts: dict[str, Any], private: bool = True, **fields: Any) -> Request:
    messages = check_messages(
        [{"role": "user", "content": [{"type": "text", "text": "Look"}, *parts]}]
    )
    return Request(
        model="anthropic/claude",
        messages=messages,
        io=fields.pop("io", None) or SyncIO(),
        adapter=ProviderAdapter(),
        options={"allow_private_urls": True} if private else {},
        **fields,
    )


def inline(request: Request, **options: Any) -> list[Any]:
    changed = drive(inline_media(request, **options))
    content: Any = changed.messages[0].get("content")
    return list(content)


def test_parse_base64() -> None:
    assert parse_data_url("data:image/PNG;base64,aGk=", "x") == Media("image/png", "aGk=")


def test_parse_with_attributes() -> None:
    found = parse_data_url("data:text/plain;charset=utf-8;BASE64,aGk=", "x")
    assert found == Media("text/plain", "aGk=")


def test_parse_percent_encoded() -> None:
    assert parse_data_url("data:,h%69", "x") == Media("text/plain", "aGk=")


@pytest.mark.parametrize("url", ["", "http://x", "data:image/png", "data:image/png;base64,a b"])
def test_parse_names_the_place(url: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        parse_data_url(url, "messages[0].content[1]")
    assert caught.value.param == "messages[0].content[1]"
    assert str(caught.value).startswith("messages[0].content[1]: ")


def test_addresses_become_data(server: Server, world: World) -> None:
    server.reply(png())
    parts = [image(f"{server.url}/a.png", detail="low"), image("data:image/gif;base64,aGk=")]
    request = ask(*parts, io=None if world.blocking else AsyncIO())
    before = copy.deepcopy(request.messages)

    async def run() -> Request:
        return await inline_media(request)

    changed = drive(run()) if world.blocking else world.run(run)
    content: Any = changed.messages[0].get("content")
    assert content[1]["image_url"] == {"url": PNG_URL, "detail": "low"}
    assert content[2] == parts[1]
    assert request.messages == before
    assert [seen.method for seen in server.seen] == ["GET"]


def test_nothing_to_fetch_is_the_same_request() -> None:
    request = ask(image(PNG_URL))
    assert drive(inline_media(request)) is request


def test_plain_text_as_image_url(server: Server) -> None:
    server.reply(png())
    part = {"type": "image_url", "image_url": f"{server.url}/a.png"}
    assert inline(ask(part))[1] == {"type": "image_url", "image_url": PNG_URL}


def test_one_address_is_fetched_once(server: Server) -> None:
    server.reply(png())
    url = f"{server.url}/a.png"
    assert [part["image_url"]["url"] for part in inline(ask(image(url), image(url)))[1:]] == [
        PNG_URL,
        PNG_URL,
    ]
    assert len(server.seen) == 1


def test_tool_results_too(server: Server) -> None:
    server.reply(png())
    request = ask()
    messages = check_messages(
        [{"role": "tool", "tool_call_id": "1", "content": [image(f"{server.url}/a.png")]}]
    )
    request = Request(
        model="x",
        messages=messages,
        io=request.io,
        adapter=request.adapter,
        options=request.options,
    )
    assert inline(request)[0]["image_url"]["url"] == PNG_URL


def test_only_the_keys_asked_for(server: Server) -> None:
    parts = [{"type": "video_url", "video_url": {"url": f"{server.url}/v.mp4"}}]
    request = ask(*parts)
    assert drive(inline_media(request)) is request
    server.reply(Answer([b"mp4"], headers={"content-type": "video/mp4"}))
    changed = inline(request, keys=("image_url", "video_url"))
    assert changed[1]["video_url"]["url"] == "data:video/mp4;base64,bXA0"


@pytest.mark.parametrize("field", ["file_data", "file_id"])
def test_files(server: Server, field: str) -> None:
    server.reply(Answer([b"%PDF"], headers={"content-type": "application/pdf; charset=x"}))
    part = {"type": "file", "file": {field: f"{server.url}/a.pdf", "filename": "a.pdf"}}
    assert inline(ask(part), keys=("file",))[1]["file"] == {
        "file_data": "data:application/pdf;base64,JVBERg==",
        "filename": "a.pdf",
    }


def test_documents(server: Server) -> None:
    server.reply(Answer([b"%PDF"], headers={"content-type": "application/pdf"}))
    source = {"type": "url", "url": f"{server.url}/a.pdf"}
    part = {"type": "document", "source": source, "title": "A", "citations": {"enabled": True}}
    assert inline(ask(part), keys=("document",))[1] == {
        "type": "document",
        "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERg=="},
        "title": "A",
        "citations": {"enabled": True},
    }


def test_a_documents_address_is_named(server: Server) -> None:
    server.reply(Answer([b"no"], status=404))
    part = {"type": "document", "source": {"type": "url", "url": f"{server.url}/a.pdf"}}
    with pytest.raises(BadRequestError) as caught:
        inline(ask(part), keys=("document",))
    assert caught.value.param == "messages[0].content[1].source.url"


def test_documents_that_are_no_addresses() -> None:
    text = {"type": "text", "media_type": "text/plain", "data": "http://example.com is a page"}
    request = ask({"type": "document", "source": text})
    assert drive(inline_media(request, MEDIA_PARTS)) is request


def test_audio(server: Server) -> None:
    server.reply(Answer([b"ID3"], headers={"content-type": "audio/mpeg"}))
    part = {"type": "input_audio", "input_audio": {"data": f"{server.url}/a", "format": "mp3"}}
    changed = inline(ask(part), keys=("input_audio",))
    assert changed[1]["input_audio"] == {"data": "SUQz", "format": "mp3"}
    server.reply(Answer([b"<html>"], headers={"content-type": "text/html"}))
    with pytest.raises(BadRequestError, match=r"input_audio\.data: expected audio/\*"):
        inline(ask(part), keys=("input_audio",))


def test_only_the_schemes_asked_for(server: Server) -> None:
    request = ask(image(f"{server.url}/a.png"))
    assert drive(inline_media(request, schemes=("https",))) is request


@pytest.mark.parametrize("declared", ["application/octet-stream", ""])
def test_undeclared_type_by_suffix(server: Server, declared: str) -> None:
    server.reply(Answer([PNG], headers={"content-type": declared}))
    assert inline(ask(image(f"{server.url}/a.png?size=2")))[1]["image_url"]["url"] == PNG_URL


def test_undeclared_type_by_format(server: Server) -> None:
    server.reply(Answer([b"hi"], headers={}))
    changed = inline(ask(image(f"{server.url}/a", format="image/webp")))
    assert changed[1]["image_url"]["url"] == "data:image/webp;base64,aGk="


def failing(request: Request, kind: type[APIError] = BadRequestError, **options: Any) -> str:
    with pytest.raises(kind) as caught:
        inline(request, **options)
    message = str(caught.value.message)
    assert message.startswith("messages[0].content[1].image_url.url: "), message
    return message


def test_wrong_type(server: Server) -> None:
    server.reply(Answer([b"<html>"], headers={"content-type": "text/html"}))
    assert "declares text/html" in failing(ask(image(f"{server.url}/a.png")))


def test_declared_length_is_too_long(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "MAX_BYTES", len(PNG) - 1)
    server.reply(png())
    assert "longer than" in failing(ask(image(f"{server.url}/a.png")))


def test_endless_body(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "MAX_BYTES", 1000)
    endless = png()
    endless.ending = "endless"
    server.reply(endless)
    assert "longer than" in failing(ask(image(f"{server.url}/a.png")))
    server.wait_until_gone()


def test_body_of_the_very_limit(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "MAX_BYTES", len(PNG))
    server.reply(png())
    assert inline(ask(image(f"{server.url}/a.png")))[1]["image_url"]["url"] == PNG_URL


def test_not_found(server: Server) -> None:
    server.reply(Answer([b"no"], status=404))
    message = failing(ask(image(f"{server.url}/a.png?token=very-secret")))
    assert "404" in message
    assert "very-secret" not in message


def test_unavailable_may_be_tried_again(server: Server) -> None:
    server.reply(Answer([b"no"], status=503))
    request = ask(image(f"{server.url}/a.png"))
    with pytest.raises(APIConnectionError) as caught:
        inline(request)
    assert caught.value.retryable
    assert "messages[0].content[1].image_url.url: " in str(caught.value)


def test_no_server() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    failing(ask(image(f"http://127.0.0.1:{port}/a.png")), APIConnectionError)


def test_redirects(server: Server) -> None:
    hop = Answer([b""], status=302, headers={"location": "/b.png"})
    server.reply(hop, hop, hop, png())
    assert inline(ask(image(f"{server.url}/a.png")))[1]["image_url"]["url"] == PNG_URL
    assert [seen.path for seen in server.seen] == ["/a.png", "/b.png", "/b.png", "/b.png"]


def test_too_many_redirects(server: Server) -> None:
    server.reply(Answer([b""], status=302, headers={"location": "/b.png"}))
    assert "redirected more than 3 times" in failing(ask(image(f"{server.url}/a.png")))
    assert len(server.seen) == 4


def test_redirect_to_a_file(server: Server) -> None:
    server.reply(Answer([b""], status=302, headers={"location": "file:///etc/passwd"}))
    assert "redirected to 'file'" in failing(ask(image(f"{server.url}/a.png")))


def test_credentials_in_an_address() -> None:
    message = failing(ask(image("http://user:password@example.com/a.png")))
    assert "password" not in message


def test_characters_that_http_does_not_allow(server: Server) -> None:
    server.reply(png())
    inline(ask(image(f"{server.url}/über %C3%BC.png?q=ä#top")))
    assert server.seen[0].path == "/%C3%BCber%20%C3%BC.png?q=%C3%A4"


def test_the_key_stays_at_home(server: Server) -> None:
    """Neither the provider's key nor the caller's headers reach the media's host."""
    server.reply(png())
    request = ask(
        image(f"{server.url}/a.png"),
        api_key=Secret("sk-very-secret"),
        extra_headers={"Authorization": "Bearer sk-very-secret"},
    )
    inline(request)
    assert "sk-very-secret" not in str(server.seen[0].headers)


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
    """The first host passes as public, the one it points to does not."""
    port = int(server.url.rpartition(":")[2])
    resolved = _resolver({"public.test": ["127.0.0.1"], "private.test": ["127.0.0.2"]}, port)
    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    monkeypatch.setattr(media, "is_public", "127.0.0.1".__eq__)
    hop = {"location": f"http://private.test:{port}/b.png"}
    server.reply(Answer([b""], status=302, headers=hop))
    message = failing(ask(image(f"http://public.test:{port}/a.png"), private=False))
    assert "private.test" in message
    assert [seen.path for seen in server.seen] == ["/a.png"]


def test_one_private_address_among_others(monkeypatch: pytest.MonkeyPatch) -> None:
    resolved = _resolver({"mixed.test": ["93.184.216.34", "10.0.0.1"]}, 80)
    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    failing(ask(image("http://mixed.test/a.png"), private=False))


def test_unknown_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _resolver({}, 80))
    request = ask(image("http://nowhere.test/a.png"), private=False)
    assert "cannot be resolved" in failing(request, APIConnectionError)


def test_connects_to_what_was_checked(
    server: Server, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that resolves differently the second time is not asked a second time."""
    port = int(server.url.rpartition(":")[2])
    asked: list[str] = []
    # The first address does not answer, so the second is tried: loopback nets are wide.
    resolved = _resolver({"rebinding.test": ["127.0.0.9", "127.0.0.1"]}, port, asked)
    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    monkeypatch.setattr(media, "is_public", str)
    server.reply(png())
    io = None if world.blocking else AsyncIO()
    request = ask(image(f"http://rebinding.test:{port}/a.png"), private=False, io=io)

    async def run() -> Request:
        return await inline_media(request)

    changed = drive(run()) if world.blocking else world.run(run)
    content: Any = changed.messages[0].get("content")
    assert content[1]["image_url"]["url"] == PNG_URL
    assert asked.count("rebinding.test") == 1
    assert server.seen[0].headers["host"] == f"rebinding.test:{port}"


def test_tls_still_asks_for_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The certificate must be that of the host in the address, whatever is connected to."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        names: list[str | None] = []

        class Recorder(ssl.SSLContext):
            def wrap_socket(self, *_: Any, server_hostname: Any = None, **__: Any) -> Any:
                names.append(server_hostname)
                raise ssl.SSLError("enough")

        context = Recorder(ssl.PROTOCOL_TLS_CLIENT)
        monkeypatch.setattr(httpx, "create_ssl_context", lambda: context)
        monkeypatch.setattr(sockets, "_tls_context", None)
        with pytest.raises(APIConnectionError):
            drive(
                SyncIO().open(
                    HTTPRequest(
                        url=f"https://name.test:{port}/",
                        headers={},
                        body=b"",
                        method="GET",
                        address="127.0.0.1",
                    )
                )
            )
        assert names == ["name.test"]


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
    ],
)
def test_is_public(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_through_completion(server: Server) -> None:
    """The argument of completion() reaches the adapter, and nothing of it the provider."""
    seen: list[Any] = []

    async def spy(request: Request, call_next: Any) -> Any:
        seen.append((dict(request.options), dict(request.params)))
        return await call_next(request)

    client = Client([spy])
    client.completion(
        "openai/x",
        [{"role": "user", "content": "Hi"}],
        allow_private_urls=True,
        mock_response="Hello",
    )
    assert seen == [({"allow_private_urls": True, "mock_response": "Hello"}, {})]


def _resolver(
    hosts: dict[str, list[str]], port: int, asked: list[str] | None = None
) -> Callable[..., Any]:
    """A name service that knows `hosts`, and addresses as such."""
    real = socket.getaddrinfo

    def resolve(host: Any, *arguments: Any, **named: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if asked is not None:
            asked.append(name)
        if name in hosts:
            kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
            return [(*kind, (address, port)) for address in hosts[name]]
        if name.endswith(".test"):
            raise socket.gaierror("unknown")
        return real(host, *arguments, **named)

    return resolve
