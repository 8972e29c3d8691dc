"""URLs, keys and media of requests to Gemini."""

from __future__ import annotations

from tests.support.calls.gemini_calls import HELLO, NEWER, OLDER, image
from tests.support.calls.openai_requests import make_request
from tests.support.server import Server, answer_json
from trunkline import Client
from trunkline.adapters.adapter import ProviderAdapter
from trunkline.adapters.table.table import find_provider
from trunkline.adapters.wires import gemini

YOUTUBE = (
    "https://www.youtube.com/watch?v=1",
    "https://youtube.com/watch?v=1",
    "https://m.youtube.com/watch?v=1",
    "https://music.youtube.com/watch?v=1",
    "https://youtube.com/shorts/1",
    "https://m.youtube.com/live/1",
    "https://YouTube.com/embed/1",
    "https://youtu.be/1",
)


def test_unknown_parameters_are_sent() -> None:
    request = make_request(NEWER, HELLO, brand_new=1)
    provider = find_provider("gemini")
    endpoint = ProviderAdapter().resolve(request)
    assert b'"brandNew":1' in gemini.encode(request, provider, endpoint).body


def test_url_and_key(server: Server) -> None:
    client = Client()
    server.reply(answer_json({"candidates": [{"content": {"parts": [{"text": "Hi"}]}}]}))
    for base, path in (
        (server.url, "/v1beta/models/gemini-2.5-flash:generateContent"),
        (f"{server.url}/proxy/v1beta/", "/proxy/v1beta/models/gemini-2.5-flash:generateContent"),
    ):
        client.completion(OLDER, HELLO, base_url=base, api_key="secret-key-1")
        assert server.seen[-1].path == path
        assert server.seen[-1].headers["x-goog-api-key"] == "secret-key-1"
    client.completion(
        "gemini/tunedModels/mine",
        HELLO,
        base_url=server.url,
        api_key="secret-key-1",
        api_version="v1alpha",
        extra_body={"generationConfig": {"topK": 1}, "labels": {"a": "b"}},
        temperature=1,
    )
    seen = server.seen[-1]
    assert seen.path == "/v1alpha/tunedModels/mine:generateContent"
    assert seen.json["generationConfig"] == {"temperature": 1, "topK": 1}
    assert seen.json["labels"] == {"a": "b"}
    assert not any("secret-key-1" in seen.path for seen in server.seen)
    client.close()


def test_media_are_fetched_except_googles_own(server: Server) -> None:
    picture = answer_json({}, content_type="image/png")
    picture.pieces = [b"\x89PNG"]
    server.reply(picture, answer_json({"candidates": [{"content": {"parts": [{"text": "Cat"}]}}]}))
    client = Client()
    own = "https://generativelanguage.googleapis.com/v1beta/files/f1"
    parts = [
        image(f"{server.url}/cat"),
        {"type": "file", "file": {"file_id": own}},
        *({"type": "video_url", "video_url": url} for url in YOUTUBE),
    ]
    client.completion(
        NEWER,
        [{"role": "user", "content": parts}],
        base_url=server.url,
        api_key="secret-key-1",
        allow_private_urls=True,
    )
    fetched, sent = server.seen
    assert fetched.path == "/cat"
    assert "x-goog-api-key" not in fetched.headers
    assert sent.json["contents"][0]["parts"] == [
        {"inlineData": {"mimeType": "image/png", "data": "iVBORw=="}},
        {"fileData": {"fileUri": own}},
        *({"fileData": {"fileUri": url, "mimeType": "video/*"}} for url in YOUTUBE),
    ]
    client.close()
