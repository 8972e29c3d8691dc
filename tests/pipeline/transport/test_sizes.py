"""Bodies have a maximal size, after they have been decompressed."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import pytest

from tests.pipeline.transport.test_connections import client
from tests.support.answers import MESSAGES, TEXT, completion_body, good
from tests.support.server import Answer, Server
from tests.support.worlds import World
from trunkline import APIResponseValidationError, BadGatewayError, Client
from trunkline.pipeline.transport.inflate import PIECE_BYTES

__all__ = ["client"]

pytestmark = pytest.mark.usefixtures("engine")

MODEL = "openai/gpt-4o"
MEGABYTE = 1024 * 1024


def ask(world: World, client: Client, server: Server, mode: str = "plain") -> Any:
    return world.answer(client, mode, MODEL, MESSAGES, base_url=server.url, api_key="sk-0123456789")


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


def test_an_error_without_end(world: World, mode: str, client: Client, server: Server) -> None:
    server.reply(Answer([b"x" * 65_536], status=502, ending="endless"))
    with pytest.raises(BadGatewayError):
        ask(world, client, server, mode)
    server.wait_until_gone()


def test_a_stream_is_not_limited(world: World, client: Client, server: Server) -> None:
    answer = good("stream")
    answer.pieces = [b": " + b"x" * MEGABYTE + b"\n\n"] * 66 + answer.pieces
    server.reply(answer)
    assert ask(world, client, server, "stream").choices[0].message.content == TEXT
