from __future__ import annotations

import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline import APIResponseValidationError
from trunkline.adapters.decode.sse import Event, EventReader

BODY = (
    b"\xef\xbb\xbf: a comment\n\ndata: 1\n\nevent: named\ndata: 2\n\n\n"
    b"data:3\ndata: 4\nid: x\n\nevent: empty\n\ndata: \xc3\xa4\n\ndata\n\ndata: last"
)
EVENTS = [
    ("", b"1"),
    ("named", b"2"),
    ("", b"3\n4"),
    ("", b"\xc3\xa4"),
    ("", b"last"),
]


def read(pieces: list[bytes]) -> list[Event]:
    reader = EventReader()
    return [event for piece in pieces for event in reader.feed(piece)] + reader.close()


@pytest.mark.parametrize("line_break", [b"\n", b"\r\n", b"\r"])
def test_events(line_break: bytes) -> None:
    assert read([BODY.replace(b"\n", line_break)]) == EVENTS


@given(st.sampled_from([b"\n", b"\r\n", b"\r"]), st.lists(st.integers(0, 2 * len(BODY))))
def test_cut_anywhere(line_break: bytes, cuts: list[int]) -> None:
    body = BODY.replace(b"\n", line_break)
    at = pairwise([0, *sorted(min(cut, len(body)) for cut in cuts), len(body)])
    assert read([body[start:end] for start, end in at]) == EVENTS


@given(st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"data: a", b"x", b""])))
def test_line_breaks_in_any_order(pieces: list[bytes]) -> None:
    assert read(pieces) == read([b"".join(pieces)])


@pytest.mark.parametrize("line_break", [b"\n", b"\r\n", b"\r"])
def test_an_event_comes_as_soon_as_it_is_complete(line_break: bytes) -> None:
    reader = EventReader()
    assert reader.feed(b"data: 1" + line_break) == []
    assert reader.rest == b"data: 1\n"
    assert reader.feed(line_break) == [("", b"1")]
    assert reader.rest == b""
    assert reader.close() == []


def test_a_body_that_is_not_an_event_stream() -> None:
    reader = EventReader()
    assert reader.feed(b'{"a":') == []
    assert reader.feed(b"1}") == []
    assert reader.rest == b'{"a":1}'
    assert reader.close() == []


def allocated(body: bytes, size: int) -> int:
    """Return the bytes that reading a body in pieces of one size allocates in total."""
    reader = EventReader()
    total = 0
    tracemalloc.start()
    try:
        for start in range(0, len(body), size):
            piece = body[start : start + size]
            before, _ = tracemalloc.get_traced_memory()
            tracemalloc.reset_peak()
            reader.feed(piece)
            total += tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    return total


@pytest.mark.parametrize("line", [b"x" * 65_536, b"data: " + b"x" * 1000 + b"\r\n"])
def test_reading_one_long_event_is_linear(line: bytes) -> None:
    # A reader that joins or searches all it has at every piece allocates the square of it.
    once, twice = (line * (size // len(line)) for size in (8 << 20, 16 << 20))
    assert allocated(twice, 65_536) < 2.5 * allocated(once, 65_536)
    assert allocated(twice, 65_536) < 5 * len(twice)


def test_reading_many_tiny_pieces_is_linear() -> None:
    once, twice = (b"data: " + b"x" * size + b"\n\n" for size in (25_000, 50_000))
    assert allocated(twice, 1) < 2.5 * allocated(once, 1)


PIECE = b"x" * 1000


def limited() -> EventReader:
    reader = EventReader()
    reader.max_bytes = 50_000
    return reader


def feed_all(reader: EventReader, piece: bytes) -> None:
    for _ in range(51):
        reader.feed(piece)


@pytest.mark.parametrize("begin", [b"", b"data: ", b"data: 1\n\ndata: ", b": ping\n\n: "])
@pytest.mark.parametrize("piece", [PIECE, b"data: " + PIECE + b"\n"])
def test_an_event_without_end(begin: bytes, piece: bytes) -> None:
    reader = limited()
    reader.feed(begin)
    with pytest.raises(APIResponseValidationError, match="longer than 50000 bytes"):
        feed_all(reader, piece)


def test_what_comes_before_the_first_event_is_limited() -> None:
    with pytest.raises(APIResponseValidationError, match="longer than 50000 bytes"):
        feed_all(limited(), PIECE + b"\n\n")


def test_an_event_that_is_too_long_and_complete() -> None:
    reader = limited()
    assert reader.feed(b"data: " + b"x" * 50_000 + b"\n\ndata: 1\n\n")[1] == ("", b"1")
    with pytest.raises(APIResponseValidationError, match="longer than 50000 bytes"):
        reader.feed(b"data: " + b"x" * 50_001 + b"\n\n")


def test_many_events_are_not_limited() -> None:
    reader = EventReader()
    reader.max_bytes = 2_000
    for number in range(100):
        assert reader.feed(b"data: %b\n\n" % PIECE) == [("", PIECE)], number
        assert reader.feed(b": %b\n\n" % PIECE) == []
