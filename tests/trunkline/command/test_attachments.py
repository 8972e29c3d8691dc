from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from tests.support.answers import failing, good
from tests.support.server import Answer, Server
from tests.trunkline.command.runs import run
from trunkline.command.attachments import read_attachment
from trunkline.command.mistakes import MistakeError

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(9))
PDF = b"%PDF-1.7\n" + bytes(range(9))
WAV = b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(9)
MP3 = b"ID3" + bytes(9)


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def file_part(name: str, mime: str, data: bytes) -> dict[str, Any]:
    return {
        "type": "file",
        "file": {"filename": name, "file_data": f"data:{mime};base64,{encoded(data)}"},
    }


def image(mime: str, data: bytes) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": f"data:{mime};base64,{encoded(data)}"}}


def audio(name: str, data: bytes) -> dict[str, Any]:
    return {"type": "input_audio", "input_audio": {"data": encoded(data), "format": name}}


FILES = [
    ("a.png", PNG, image("image/png", PNG)),
    ("without-ending", PNG, image("image/png", PNG)),
    ("wrong.jpg", PNG, image("image/png", PNG)),
    ("a.pdf", PDF, file_part("a.pdf", "application/pdf", PDF)),
    ("a.wav", WAV, audio("wav", WAV)),
    ("a.mp3", MP3, audio("mp3", MP3)),
    ("a.md", b"\xef\xbb\xbf# Hi", {"type": "text", "text": "a.md:\n\n# Hi"}),
    ("a.ts", b"let x = 1;", {"type": "text", "text": "a.ts:\n\nlet x = 1;"}),
    ("a.svg", b"<svg/>", {"type": "text", "text": "a.svg:\n\n<svg/>"}),
    ("a.csv", "gr\u00fcn".encode(), {"type": "text", "text": "a.csv:\n\ngr\u00fcn"}),
]


@pytest.mark.parametrize(("name", "data", "part"), FILES, ids=[name for name, _, _ in FILES])
def test_files(name: str, data: bytes, part: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    assert read_attachment(str(tmp_path / name)) == part


def test_a_url(server: Server) -> None:
    server.reply(Answer([PNG[:4], PNG[4:]], headers={"content-type": "image/png"}))
    assert read_attachment(f"{server.url}/photo?token=x") == image("image/png", PNG)


def test_a_url_of_text(server: Server) -> None:
    server.reply(Answer([b"Hi"], headers={"content-type": "text/plain; charset=utf-8"}))
    assert read_attachment(f"{server.url}/a/notes.txt") == {
        "type": "text",
        "text": "notes.txt:\n\nHi",
    }


@pytest.mark.parametrize(
    ("name", "data", "problem"),
    [
        ("missing.png", None, "No such file"),
        ("empty.txt", b"", "it is empty"),
        ("strange", b"\0\1\2", "usual ending"),
    ],
)
def test_files_that_cannot_be_attached(
    name: str, data: bytes | None, problem: str, tmp_path: Path
) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(MistakeError, match=problem):
        read_attachment(str(tmp_path / name))


def test_a_url_that_fails_is_shown_without_its_query(server: Server) -> None:
    server.reply(failing(404))
    with pytest.raises(MistakeError, match="status 404") as caught:
        read_attachment(f"{server.url}/photo?token=secret")
    assert "secret" not in str(caught.value)


def test_on_the_command_line(server: Server, tmp_path: Path) -> None:
    server.reply(good("stream"))
    (tmp_path / "a.png").write_bytes(PNG)
    done = run("-m", "gpt-4o", "-a", str(tmp_path / "a.png"), "What is this?", server=server)
    assert done.returncode == 0, done.stderr
    text, picture = server.seen[0].json["messages"][0]["content"]
    assert text == {"type": "text", "text": "What is this?"}
    assert picture["image_url"]["url"] == f"data:image/png;base64,{encoded(PNG)}"


def test_standard_input(server: Server) -> None:
    server.reply(good("stream"))
    done = run("-m", "gpt-4o", "-a", "-", "What is this?", server=server, stdin=PNG)
    assert done.returncode == 0, done.stderr
    assert server.seen[0].json["messages"][0]["content"][1]["type"] == "image_url"


def test_a_missing_file_is_a_wrong_argument(server: Server) -> None:
    done = run("-m", "gpt-4o", "-a", "missing.png", "Hi", server=server)
    assert done.returncode == 2
    assert "-a missing.png: No such file" in done.stderr
    assert server.seen == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_text_in_utf_16_has_a_mark(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    path.write_bytes(mark + "gr\u00fcn".encode(encoding))
    assert read_attachment(str(path)) == {"type": "text", "text": "a.txt:\n\ngr\u00fcn"}


@pytest.mark.parametrize(
    ("name", "data", "problem"),
    [
        ("latin.txt", b"gr\xfcn", "not text in UTF-8"),
        ("latin.csv", b"gr\xfcn;1", "not text in UTF-8"),
        ("odd.txt", b"\xff\xfea", "not text in UTF-8"),
        ("junk.bin", bytes(range(256)), "neither text nor a known type"),
    ],
)
def test_data_that_no_provider_reads(name: str, data: bytes, problem: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(MistakeError, match=problem):
        read_attachment(str(tmp_path / name))


def test_a_page_in_the_encoding_that_its_server_declares(server: Server) -> None:
    server.reply(Answer([b"gr\xfcn"], headers={"content-type": "text/html; charset=iso-8859-1"}))
    assert read_attachment(f"{server.url}/page")["text"] == "page:\n\ngr\u00fcn"


@pytest.mark.parametrize("given", ["", "ftp://host/a.png", "file:///etc/hostname"])
def test_what_is_neither_a_file_nor_a_web_address(given: str) -> None:
    with pytest.raises(MistakeError, match="expected a file"):
        read_attachment(given)
