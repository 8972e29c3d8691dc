"""Addresses in a message, on every wire: sent as they are, fetched, or refused by their path."""

from __future__ import annotations

import pytest

from tests.support.calls.wire_answers import WIRES
from tests.support.server import Answer, Server
from trunkline import BadRequestError, Client
from trunkline.pipeline.json_values import JSON

TEXT = {"type": "text", "text": "What is this?"}
DATA = b"the bytes of a thing"
ENCODED = "dGhlIGJ5dGVzIG9mIGEgdGhpbmc="
ANY = "image_url video_url input_audio file document".split()  # noqa: SIM905  # reads better
MIMES = {
    "image_url": "image/png",
    "video_url": "video/mp4",
    "input_audio": "audio/wav",
    "file": "application/pdf",
    "document": "application/pdf",
}
# Models, and the parts that each of them has fetched and takes as they are; others are refused.
WANTED: dict[str, tuple[str, str]] = {
    "anthropic/claude-sonnet-4-5": ("image_url file document", ""),
    "azure_ai/claude-sonnet-4-5": ("image_url file document", ""),
    "bedrock/amazon.nova-lite-v1:0": (" ".join(ANY), ""),
    "cohere/command-a-vision-07-2025": ("", "image_url"),
    "gemini/gemini-2.5-flash": (" ".join(ANY), ""),
    "ollama/llava": ("image_url", ""),
    "openai/gpt-4o": ("input_audio file document", "image_url"),
    "replicate/openai/gpt-4o": ("", "image_url"),
    "vertex_ai/claude-sonnet-4-5": ("image_url file document", ""),
    "vertex_ai/gemini-2.5-flash": (" ".join(ANY), ""),
    "watsonx/meta/llama-4": ("", "image_url video_url input_audio"),
}
WIRE_OF = {
    "azure_ai/claude-sonnet-4-5": "anthropic",
    "vertex_ai/claude-sonnet-4-5": "anthropic",
    "vertex_ai/gemini-2.5-flash": "vertex/gemini",
}


def part_of(kind: str, url: str) -> JSON:
    """A part that points to an address."""
    values: dict[str, JSON] = {
        "image_url": {"url": url},
        "video_url": {"url": url},
        "input_audio": {"data": url, "format": "wav"},
        "file": {"file_data": url, "filename": "a.pdf"},
        "document": {"type": "url", "url": url},
    }
    return {"type": kind, "source" if kind == "document" else kind: values[kind]}


@pytest.mark.parametrize("kind", ANY)
@pytest.mark.parametrize("model", WANTED)
def test_addresses(model: str, kind: str, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    wire = WIRES[WIRE_OF.get(model, model.partition("/")[0])]
    for name, value in wire.environment.items():
        monkeypatch.setenv(name, value)
    fetched, kept = (kinds.split() for kinds in WANTED[model])
    thing = Answer([DATA], headers={"content-type": MIMES[kind]})
    before = [thing] if kind in fetched else []
    server.reply(*before, *wire.make("plain", server)[wire.before :])
    credentials: JSON = (
        {"token": "t"} if model.startswith("watsonx") else {"api_key": "key-of-tests"}
    )
    url = f"{server.url}/thing"

    def call() -> None:
        with Client(middlewares=[]) as client:
            client.completion(
                model,
                [{"role": "user", "content": [TEXT, part_of(kind, url)]}],
                base_url=server.url,
                allow_private_urls=True,
                **credentials,
            )

    if kind not in (*fetched, *kept):
        with pytest.raises(BadRequestError) as caught:
            call()
        assert str(caught.value.param).startswith("messages[0].content[1]")
        assert not server.seen
        return
    call()
    sent = server.seen[-1].body.decode()
    assert [seen.path for seen in server.seen[:-1]] == ["/thing"] * (kind in fetched)
    assert (url in sent, ENCODED in sent) == (kind in kept, kind in fetched)


@pytest.mark.parametrize("kind", ["image_url", "file", "document"])
def test_claude_reads_https_itself(kind: str, server: Server) -> None:
    server.reply(*WIRES["anthropic"].make("plain", server))
    url = "https://example.com/a.pdf"
    with Client(middlewares=[]) as client:
        messages = [{"role": "user", "content": [TEXT, part_of(kind, url)]}]
        client.completion(
            "anthropic/claude-sonnet-4-5", messages, base_url=server.url, api_key="key-of-tests"
        )
    source = server.seen[0].json["messages"][0]["content"][1]["source"]
    assert source == {"type": "url", "url": url}


@pytest.mark.parametrize("kind", ANY)
def test_vertex_reads_what_it_can_be_told_the_type_of(kind: str, server: Server) -> None:
    server.reply(*WIRES["vertex/gemini"].make("plain", server))
    suffix = {"image_url": "png", "video_url": "mp4", "input_audio": "wav"}.get(kind, "pdf")
    url = f"https://example.com/a.{suffix}"
    with Client(middlewares=[]) as client:
        client.completion(
            "vertex_ai/gemini-2.5-flash",
            [{"role": "user", "content": [TEXT, part_of(kind, url)]}],
            base_url=server.url,
            api_key="key-of-tests",
        )
    part = server.seen[0].json["contents"][0]["parts"][1]
    mime = part["fileData"].pop("mimeType")
    assert part == {"fileData": {"fileUri": url}}
    assert mime.partition("/")[0] == MIMES[kind].partition("/")[0]


@pytest.mark.parametrize(
    ("mime", "expected"),
    [
        ("text/markdown", {"type": "text", "media_type": "text/plain", "data": DATA.decode()}),
        ("application/pdf", {"type": "base64", "media_type": "application/pdf", "data": ENCODED}),
        ("image/png", {"type": "base64", "media_type": "image/png", "data": ENCODED}),
    ],
)
def test_what_a_document_turns_out_to_be(mime: str, expected: JSON, server: Server) -> None:
    """Anthropic takes only PDFs in base64; text goes as text, a picture as one."""
    thing = Answer([DATA], headers={"content-type": mime})
    server.reply(thing, *WIRES["anthropic"].make("plain", server))
    mark = {"type": "ephemeral"}
    part = part_of("document", f"{server.url}/thing") | {"title": "T", "cache_control": mark}
    with Client(middlewares=[]) as client:
        client.completion(
            "anthropic/claude-sonnet-4-5",
            [{"role": "user", "content": [part]}],
            base_url=server.url,
            api_key="key-of-tests",
            allow_private_urls=True,
        )
    block = server.seen[1].json["messages"][0]["content"][0]
    assert block["source"] == expected
    assert block["cache_control"] == mark
    picture = mime == "image/png"
    assert (block["type"], block.get("title")) == (
        ("image", None) if picture else ("document", "T")
    )


def test_a_document_that_claude_cannot_take(server: Server) -> None:
    server.reply(Answer([DATA], headers={"content-type": "application/zip"}))
    part = part_of("document", f"{server.url}/thing")
    with Client(middlewares=[]) as client, pytest.raises(BadRequestError, match="zip") as caught:
        client.completion(
            "anthropic/claude-sonnet-4-5",
            [{"role": "user", "content": [part]}],
            base_url=server.url,
            api_key="key-of-tests",
            allow_private_urls=True,
        )
    assert caught.value.param == "messages[0].content[0].source"
