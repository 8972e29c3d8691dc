"""Both parsers read bodies in chunks alike, wherever the network cut them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.pipeline.parsers import MAX_HEAD_BYTES, Parser
from trunkline.pipeline.parsers.chunked import ChunkedBody
from trunkline.pipeline.parsers.h11_parser import H11Parser
from trunkline.pipeline.parsers.httptools_parser import HttptoolsParser

PARSERS: list[Callable[[], Parser]] = [H11Parser, HttptoolsParser]
HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
CHUNKS = b"0005\r\nHello\r\n1;name=value\r\n \r\nA\r\nworld\r\n...\r\n"
BODY = b"Hello world\r\n..."
END = b"0\r\n\r\n"
TRAILERS = b"0\r\nSum: 1\r\nOther: 2\r\n\r\n"

both = pytest.mark.parametrize("make", PARSERS)


def begun(make: Callable[[], Parser]) -> Parser:
    parser = make()
    parser.begin("POST")
    return parser


def fed(parser: Parser, pieces: list[bytes]) -> bytes:
    body = b""
    for piece in filter(None, pieces):
        body += parser.feed(piece)
        if parser.failure is not None:
            raise parser.failure
    return body


def cut(data: bytes, places: list[int]) -> list[bytes]:
    ends = [*sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in zip([0, *ends], ends, strict=False)]


@both
@given(
    places=st.lists(st.integers(0, 200), max_size=12),
    end=st.sampled_from([END, TRAILERS]),
    interim=st.sampled_from([b"", INTERIM, INTERIM * 2]),
)
def test_any_cut_gives_the_same_body(
    make: Callable[[], Parser], places: list[int], end: bytes, interim: bytes
) -> None:
    parser = begun(make)
    assert fed(parser, cut(interim + HEAD + CHUNKS + end, places)) == BODY
    assert (parser.status, parser.complete, parser.reusable) == (200, True, True)
    # The next response on the connection.
    parser.begin("POST")
    assert fed(parser, cut(HEAD + CHUNKS + end, places)) == BODY
    assert parser.reusable


@both
@pytest.mark.parametrize("size", [1, 2, 7])
def test_tiny_pieces(make: Callable[[], Parser], size: int) -> None:
    data = INTERIM + HEAD + CHUNKS + TRAILERS
    parser = begun(make)
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    assert fed(parser, pieces) == BODY
    assert parser.reusable


@both
@pytest.mark.parametrize(
    "body",
    [
        b"\r\n",
        b"-5\r\nHello\r\n",
        b"+5\r\nHello\r\n",
        b"0x5\r\nHello\r\n",
        b"1_0\r\n",
        b" 5\r\nHello\r\n",
        b"5\nHello\r\n",
        b"5\r\nHello!\r\n",
        b"5\r\nHello\n",
        b"5\r\nHello\n\r\n",
        b"5\r\nHelloworld\r\n",
        b"fffffffffffffffff\r\n",
        b"no chunks\r\n",
    ],
)
@pytest.mark.parametrize("size", [1, 100])
def test_what_is_no_chunk(make: Callable[[], Parser], body: bytes, size: int) -> None:
    parser = begun(make)
    parser.feed(HEAD)
    with pytest.raises(httpcore.RemoteProtocolError):
        fed(parser, [body[start : start + size] for start in range(0, len(body), size)])


@both
@given(
    places=st.lists(st.integers(0, 200), max_size=12),
    broken=st.sampled_from([b"zz\r\n", b"-1\r\n", b"\r\n", b"0x1\r\na\r\n"]),
)
def test_what_came_before_a_failure_is_returned(
    make: Callable[[], Parser], places: list[int], broken: bytes
) -> None:
    parser = begun(make)
    pieces = iter(cut(HEAD + CHUNKS + broken, places))
    body = b""
    with contextlib.suppress(httpcore.RemoteProtocolError):
        while parser.failure is None:
            # An empty piece would mean that the server has closed the connection.
            body += parser.feed(next(filter(None, pieces)))
    assert body == BODY
    assert isinstance(parser.failure, httpcore.RemoteProtocolError)
    assert not parser.reusable


@both
@pytest.mark.parametrize("body", [b"", CHUNKS, CHUNKS + b"5", CHUNKS + b"0\r\n", b"5\r\nHel"])
def test_a_body_that_breaks_off(make: Callable[[], Parser], body: bytes) -> None:
    parser = begun(make)
    parser.feed(HEAD + body)
    assert not parser.complete
    with pytest.raises(httpcore.RemoteProtocolError, match="complete message body"):
        parser.feed(b"")


@both
@pytest.mark.parametrize("rest", [b"\r\n", b"HTTP/1.1 200 OK\r\n\r\n", b"x"])
@pytest.mark.parametrize("together", [True, False])
def test_bytes_after_the_body(make: Callable[[], Parser], rest: bytes, together: bool) -> None:
    parser = begun(make)
    pieces = [HEAD + CHUNKS + END + rest] if together else [HEAD + CHUNKS + END, rest]
    assert fed(parser, pieces) == BODY
    assert parser.complete
    # Node.js allows an empty line before a message.
    assert parser.reusable == (make is HttptoolsParser and rest == b"\r\n")


@both
def test_a_server_that_closes_afterwards(make: Callable[[], Parser]) -> None:
    parser = begun(make)
    parser.feed(HEAD.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n") + CHUNKS + END)
    assert parser.complete
    assert not parser.reusable


@both
def test_a_response_without_a_body(make: Callable[[], Parser]) -> None:
    parser = begun(make)
    parser.feed(HEAD.replace(b"200 OK", b"204 No Content"))
    assert parser.complete


@pytest.mark.parametrize("begin_of_endless", [b"5;name=", b"0\r\nname: "])
def test_what_does_not_end(begin_of_endless: bytes) -> None:
    parser = begun(H11Parser)
    parser.feed(HEAD + begin_of_endless)
    with pytest.raises(httpcore.RemoteProtocolError):
        fed(parser, [b"x" * 1000] * (MAX_HEAD_BYTES // 1000 + 1))


def test_a_trailer_is_never_content() -> None:
    """Even one that looks like a chunk, in a read of its own."""
    body = ChunkedBody()
    assert body.feed(b"2\r\nHi\r\n") == b"Hi"
    assert body.feed(b"0\r\n") == b""
    assert body.feed(b"1\r\nx\r\n") == b""
    assert not body.complete
    assert body.feed(b"\r\n") == b""
    assert (body.complete, body.rest) == (True, b"")


def test_a_chunk_of_which_only_a_part_looks_whole() -> None:
    body = ChunkedBody()
    assert body.feed(b"6\r\nHi\r\n") == b"Hi\r\n"
    assert body.feed(b"2\r\n\r\n") == b"2\r"
    with pytest.raises(httpcore.RemoteProtocolError, match="longer"):
        body.feed(b"x")
