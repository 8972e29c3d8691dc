"""Bodies have a maximal size, after they have been decompressed."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import pytest

from tests.support.answers import MESSAGES, TEXT, chunk_body, completion_body, good
from tests.support.server import Answer, Server
from tests.support.worlds import World
from trunkline import (
    APIResponseValidationError,
    AuthenticationError,
    BadGatewayError,
    BadRequestError,
    Client,
    RateLimitError,
    StreamInterruptedError,
)
from trunkline.pipeline.codings import PIECE_BYTES, find_inflater

pytestmark = pytest.mark.usefixtures("engine")

MODEL = "openai/gpt-4o"
MEGABYTE = 1024 * 1024
EVENTS = {"content-type": "text/event-stream"}


def ask(world: World, client: Client, server: Server, mode: str = "plain", **arguments: Any) -> Any:
    given = {"base_url": server.url, "api_key": "sk-0123456789", **arguments}
    return world.answer(client, mode, MODEL, MESSAGES, **given)


def padded(size: int) -> bytes:
    """Return a completion of this many bytes."""
    body = json.dumps(completion_body()).encode()
    return body + b" " * (size - len(body))


def test_a_body_without_end(world: World, client: Client, server: Server) -> None:
    server.reply(Answer([b" " * MEGABYTE], ending="endless"))
    with pytest.raises(APIResponseValidationError, match="longer than 67108864 bytes"):
        ask(world, client, server)
    server.wait_until_gone()


def test_a_few_bytes_that_expand(world: World, client: Client, server: Server) -> None:
    packed = gzip.compress(b" " * 65 * MEGABYTE)
    server.reply(Answer([packed], headers={"content-encoding": "gzip"}))
    with pytest.raises(APIResponseValidationError, match="longer"):
        ask(world, client, server)


def test_the_largest_body(world: World, client: Client, server: Server) -> None:
    server.reply(Answer([padded(64 * MEGABYTE)]))
    assert ask(world, client, server).choices[0].message.content == TEXT


@pytest.mark.parametrize("size", [PIECE_BYTES - 1, PIECE_BYTES, 3 * PIECE_BYTES, 3_000_000])
@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_what_expands_is_whole(
    size: int, coding: str, world: World, client: Client, server: Server
) -> None:
    pack = gzip.compress if coding == "gzip" else zlib.compress
    server.reply(Answer([pack(padded(size))], headers={"content-encoding": coding}))
    assert ask(world, client, server).choices[0].message.content == TEXT


def test_only_readable_codings_are_accepted(world: World, client: Client, server: Server) -> None:
    server.reply(good("plain"))
    ask(world, client, server)
    accepted = server.seen[0].headers["accept-encoding"].split(", ")
    for coding in accepted:
        find_inflater(coding)
    assert accepted[:2] == ["gzip", "deflate"]


class TestCompression:
    """Bodies that are not compressed as they claim."""

    def test_a_gzip_body_without_its_end(
        self, world: World, mode: str, client: Client, server: Server
    ) -> None:
        answer = good(mode)
        # A stream that has no end marker: one that has is complete without the rest of the body.
        data = answer.pieces[0] if mode == "stream" else b"".join(answer.pieces)
        answer.pieces = [gzip.compress(data)[:-8]]
        answer.headers["content-encoding"] = "gzip"
        server.reply(answer)
        with pytest.raises(StreamInterruptedError, match="gzip data ends too early"):
            ask(world, client, server, mode)

    def test_several_members(self, world: World, mode: str, client: Client, server: Server) -> None:
        answer = good(mode)
        answer.pieces = [gzip.compress(piece) for piece in answer.pieces]
        answer.headers["content-encoding"] = "gzip"
        server.reply(answer)
        assert ask(world, client, server, mode).choices[0].message.content == TEXT

    def test_a_body_that_is_not_compressed(
        self, world: World, mode: str, client: Client, server: Server
    ) -> None:
        answer = good(mode)
        answer.headers["content-encoding"] = "gzip"
        server.reply(answer)
        with pytest.raises(APIResponseValidationError, match="cannot be decompressed"):
            ask(world, client, server, mode)

    def test_an_unknown_coding(
        self, world: World, mode: str, client: Client, server: Server
    ) -> None:
        answer = good(mode)
        answer.headers["content-encoding"] = "compress"
        server.reply(answer)
        with pytest.raises(APIResponseValidationError, match="'compress' is unknown"):
            ask(world, client, server, mode)

    @pytest.mark.parametrize("coding", ["gzip", "compress"])
    def test_an_error_keeps_its_status(
        self, coding: str, world: World, mode: str, client: Client, server: Server
    ) -> None:
        server.reply(Answer([b"denied"], status=401, headers={"content-encoding": coding}))
        with pytest.raises(AuthenticationError):
            ask(world, client, server, mode)


def test_an_error_whose_body_is_cut_off(
    world: World, mode: str, client: Client, server: Server
) -> None:
    body = b'{"error": {"message": "slow down"}}'
    server.reply(Answer([body], status=429, ending="cut"))
    with pytest.raises(RateLimitError, match="slow down"):
        ask(world, client, server, mode)


def test_an_error_without_end(world: World, mode: str, client: Client, server: Server) -> None:
    server.reply(Answer([b"x" * 65_536], status=502, ending="endless"))
    with pytest.raises(BadGatewayError):
        ask(world, client, server, mode)
    server.wait_until_gone()


CONTENT = b"data: " + json.dumps(chunk_body({"content": "Hi"})).encode() + b"\n\n"


class TestEvents:
    """An event of a stream has the same maximal size."""

    @pytest.mark.parametrize("begin", [b"data: ", b"", b": "])
    def test_an_event_without_end(
        self, begin: bytes, world: World, client: Client, server: Server
    ) -> None:
        server.reply(Answer([begin, b"x" * MEGABYTE], headers=EVENTS, ending="endless"))
        with pytest.raises(APIResponseValidationError, match=r"an event .* longer than 67108864"):
            ask(world, client, server, "stream")
        server.wait_until_gone()

    def test_after_content(self, world: World, client: Client, server: Server) -> None:
        server.reply(Answer([CONTENT, b"x" * 9999], headers=EVENTS, ending="endless"))
        with pytest.raises(StreamInterruptedError, match="longer than 1000000 bytes") as caught:
            ask(world, client, server, "stream", max_response_bytes=1_000_000)
        assert caught.value.partial is not None
        assert caught.value.partial.choices[0].message.content == "Hi"
        server.wait_until_gone()


class TestTheOption:
    def test_of_a_call(self, world: World, client: Client, server: Server) -> None:
        server.reply(Answer([padded(1000)]))
        assert ask(world, client, server, max_response_bytes=1000).choices
        with pytest.raises(
            APIResponseValidationError,
            match=r"longer than 999 bytes; max_response_bytes sets the limit",
        ):
            ask(world, client, server, max_response_bytes=999)

    def test_above_the_default(self, client: Client, server: Server) -> None:
        server.reply(Answer([padded(65 * MEGABYTE)]))
        assert ask(World("sync"), client, server, max_response_bytes=65 * MEGABYTE).choices

    def test_of_a_client(self, world: World, mode: str, server: Server) -> None:
        limited = Client(max_response_bytes=999, num_retries=0)
        server.reply(good(mode, text="x" * 1000))
        with pytest.raises(APIResponseValidationError, match="longer than 999 bytes"):
            ask(world, limited, server, mode)
        assert ask(world, limited, server, mode, max_response_bytes=9_999).choices

    @pytest.mark.parametrize("wrong", [0, -1, 1.5, "1", True])
    def test_a_wrong_value(self, wrong: Any, client: Client, server: Server) -> None:
        with pytest.raises(BadRequestError, match="max_response_bytes: expected") as caught:
            ask(World("sync"), client, server, max_response_bytes=wrong)
        assert caught.value.param == "max_response_bytes"
        with pytest.raises(TypeError, match="max_response_bytes: expected"):
            Client(max_response_bytes=wrong)


def test_a_stream_is_not_limited(world: World, client: Client, server: Server) -> None:
    answer = good("stream")
    answer.pieces = [b": " + b"x" * MEGABYTE + b"\n\n"] * 66 + answer.pieces
    server.reply(answer)
    assert ask(world, client, server, "stream").choices[0].message.content == TEXT
