"""A stream whose framing breaks keeps the events that came before, also in the same read."""

from __future__ import annotations

import json
import zlib
from typing import Any

import pytest

from tests.pipeline.transport.conftest import Serve
from tests.support.answers import MESSAGES
from tests.support.worlds import World
from trunkline import APIConnectionError, Client, StreamInterruptedError

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
GIVEN: dict[str, Any] = {"api_key": "sk-0123456789", "num_retries": 0}


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def event(text: str) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


BROKEN = pytest.mark.parametrize("broken", [b"zz\r\n", b"5\r\ndata: {}\r\n", b"\r\n"])
ENGINES = pytest.mark.parametrize("engine", ["h11", "httptools", "httpx"])


@ENGINES
@BROKEN
# The last ones are more than is parsed at once.
@pytest.mark.parametrize("words", [1, 50, 400])
def test_the_events_before_are_in_the_partial_response(
    world: World, engine: Any, serve: Serve, broken: bytes, words: int
) -> None:
    server = serve(HEAD + chunk(event("Hi ")) * words + broken)
    with Client(engine=engine) as client, pytest.raises(StreamInterruptedError) as caught:
        world.stream(client, "openai/gpt-4o", MESSAGES, base_url=server.url, **GIVEN)
    assert caught.value.partial is not None
    assert caught.value.partial.choices[0].message.content == "Hi " * words


@ENGINES
@pytest.mark.parametrize("words", [1, 50, 400])
def test_the_events_before_wrong_compressed_data(
    world: World, engine: Any, serve: Serve, words: int
) -> None:
    packer = zlib.compressobj(wbits=31)
    packed = packer.compress(event("Hi ") * words) + packer.flush(zlib.Z_SYNC_FLUSH)
    wrong = chunk(packed + b"\xff\xfe\xfd" * 9)
    server = serve(HEAD[:-2] + b"content-encoding: gzip\r\n\r\n" + wrong)
    with Client(engine=engine) as client, pytest.raises(StreamInterruptedError) as caught:
        world.stream(client, "openai/gpt-4o", MESSAGES, base_url=server.url, **GIVEN)
    assert caught.value.partial is not None
    assert caught.value.partial.choices[0].message.content == "Hi " * words


@ENGINES
@BROKEN
def test_a_plain_response_fails(world: World, engine: Any, serve: Serve, broken: bytes) -> None:
    server = serve(HEAD.replace(b"text/event-stream", b"application/json") + chunk(b"{") + broken)
    with Client(engine=engine) as client, pytest.raises(APIConnectionError):
        world.complete(client, "openai/gpt-4o", MESSAGES, base_url=server.url, **GIVEN)
