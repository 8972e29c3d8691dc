from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline import APIResponseValidationError
from trunkline.adapters.decode.ndjson import LineReader

BODY = b'{"a":1}\r\n\n{"b":"\xc3\xa4"}\n  \n{"c":3}'


def read(pieces: list[bytes]) -> list[bytes]:
    reader = LineReader()
    return [line for piece in pieces for line in reader.feed(piece)] + reader.close()


def test_lines() -> None:
    assert [line.strip() for line in read([BODY])] == [
        b'{"a":1}',
        b'{"b":"\xc3\xa4"}',
        b'{"c":3}',
    ]


@given(st.lists(st.integers(0, len(BODY))))
def test_cut_anywhere(cuts: list[int]) -> None:
    at = pairwise([0, *sorted(cuts), len(BODY)])
    assert read([BODY[start:end] for start, end in at]) == read([BODY])


def test_lines_come_as_soon_as_they_are_whole() -> None:
    reader = LineReader()
    assert reader.feed(b'{"a"') == []
    assert reader.feed(b':1}\n{"b"') == [b'{"a":1}']
    assert reader.feed(b":2}\n") == [b'{"b":2}']
    assert reader.close() == []
    assert reader.close() == []


def test_a_line_without_end() -> None:
    reader = LineReader()
    reader.max_bytes = 50_000
    for _ in range(100):
        assert reader.feed(b"{}\n" + b" " * 900) != []
    reader.feed(b"x" * 49_100)
    with pytest.raises(APIResponseValidationError, match="longer than 50000 bytes"):
        reader.feed(b"x")


def test_a_line_that_is_too_long_and_complete() -> None:
    reader = LineReader()
    reader.max_bytes = 50_000
    with pytest.raises(APIResponseValidationError, match="longer than 50000 bytes"):
        reader.feed(b"x" * 50_001 + b"\n")
