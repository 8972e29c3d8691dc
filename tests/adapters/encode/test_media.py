"""Media of a conversation as bytes: what is fetched, and what is refused."""

from __future__ import annotations

import copy
import socket
from typing import Any

import pytest

import trunkline.adapters.encode.media as media
from tests.support.media_requests import PNG, PNG_URL, ask, failing, image, inline, png
from tests.support.server import Answer, Server
from tests.support.worlds import World
from trunkline import APIConnectionError, BadRequestError, Client
from trunkline.adapters.encode.media import MEDIA_PARTS, inline_media
from trunkline.pipeline.call.messages import check_messages
from trunkline.pipeline.call.request import Request
from trunkline.pipeline.secret import Secret
from trunkline.pipeline.sync import drive
from trunkline.pipeline.transport.async_io import AsyncIO


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
