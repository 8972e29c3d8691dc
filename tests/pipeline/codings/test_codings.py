"""Bodies are decompressed in pieces of limited size, however the network cut them."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.pipeline.codings import (
    PIECE_BYTES,
    BadCompressionError,
    Inflater,
    accepted_codings,
    find_inflater,
)
from trunkline.pipeline.codings import brotli_zstd as libraries

Pack = Callable[[bytes], bytes]

# The largest piece that the libraries return, for a limit of PIECE_BYTES.
LARGEST = 9 * PIECE_BYTES


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def members(data: bytes) -> bytes:
    half = len(data) // 2
    return gzip.compress(data[:half]) + gzip.compress(b"") + gzip.compress(data[half:])


def brotli(data: bytes) -> bytes:
    packed: bytes = pytest.importorskip("brotli").compress(data)
    return packed


def zstd(data: bytes) -> bytes:
    packed: bytes = pytest.importorskip("zstandard").ZstdCompressor().compress(data)
    return packed


def zstd_frames(data: bytes) -> bytes:
    return zstd(data[:10]) + zstd(data[10:])


def flushed_zlib(bits: int, events: list[bytes]) -> bytes:
    packer = zlib.compressobj(wbits=bits)
    return b"".join(packer.compress(each) + packer.flush(zlib.Z_SYNC_FLUSH) for each in events)


def flushed_twice(events: list[bytes]) -> bytes:
    return flushed_zlib(31, [flushed_zlib(31, events)])


def flushed_brotli(events: list[bytes]) -> bytes:
    packer = pytest.importorskip("brotli").Compressor()
    return b"".join(packer.process(each) + packer.flush() for each in events)


def flushed_zstd(events: list[bytes]) -> bytes:
    library = pytest.importorskip("zstandard")
    packer = library.ZstdCompressor().compressobj()
    block = library.COMPRESSOBJ_FLUSH_BLOCK
    return b"".join(packer.compress(each) + packer.flush(block) for each in events)


EVENTS = [f"data: {number} {number * 7919}\n\n".encode() for number in range(150)]

CODINGS: dict[str, tuple[str, Pack]] = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("X-GZip", gzip.compress),
    "members": ("gzip", members),
    "deflate": ("deflate", zlib.compress),
    "raw deflate": ("deflate", raw_deflate),
    "twice": ("gzip, gzip", lambda data: gzip.compress(gzip.compress(data))),
    "identity": ("identity", lambda data: data),
    "br": ("br", brotli),
    "zstd": ("zstd", zstd),
    "frames": ("zstd", zstd_frames),
    "three": ("zstd, identity, br, gzip", lambda data: gzip.compress(brotli(zstd(data)))),
}


@pytest.fixture(params=CODINGS)
def coding(request: pytest.FixtureRequest) -> tuple[str, Pack]:
    return CODINGS[request.param]


def pieces_in(inflater: Inflater, data: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        yield inflater.feed(data[start : start + size])
        while inflater.pending:
            yield inflater.feed(b"")


def pieces_of(inflater: Inflater, data: bytes, size: int = 65536) -> list[bytes]:
    pieces = list(pieces_in(inflater, data, size))
    inflater.finish()
    return pieces


@given(data=st.binary(max_size=200), size=st.integers(1, 300))
@pytest.mark.parametrize("name", CODINGS)
def test_any_cut_gives_the_same(name: str, data: bytes, size: int) -> None:
    header, pack = CODINGS[name]
    assert b"".join(pieces_of(find_inflater(header), pack(data), size)) == data


def test_a_piece_is_limited(coding: tuple[str, Pack]) -> None:
    header, pack = coding
    if header == "identity":
        return
    data = b"\0" * 40 * PIECE_BYTES
    pieces = pieces_of(find_inflater(header), pack(data))
    assert sum(map(len, pieces)) == len(data)
    assert max(map(len, pieces)) <= LARGEST


@pytest.mark.parametrize("name", ["compression.zstd", "backports.zstd", "zstandard"])
@pytest.mark.parametrize("size", [1, 65536])
def test_each_library_for_zstd(name: str, size: int) -> None:
    library = pytest.importorskip(name)
    kind = dict(libraries.ZSTD_LIBRARIES)[name]
    data = b"a" * 3 * PIECE_BYTES + b"b"
    packed = zstd_frames(data)
    assert b"".join(pieces_of(kind(library), packed, size)) == data
    with pytest.raises(EOFError):
        pieces_of(kind(library), packed[:-1], size)
    with pytest.raises(BadCompressionError):
        pieces_of(kind(library), b"no frame at all", size)


@pytest.mark.parametrize("cut", [1, 8, 12])
def test_a_body_without_its_end(cut: int, coding: tuple[str, Pack]) -> None:
    header, pack = coding
    if header == "identity":
        return
    packed = pack(b"Hello there, this is a text that is not very short.")
    with pytest.raises(EOFError, match="ends too early"):
        pieces_of(find_inflater(header), packed[:-cut])


def test_a_body_that_is_not_compressed(coding: tuple[str, Pack]) -> None:
    header, _ = coding
    if header == "identity":
        return
    with pytest.raises(BadCompressionError):
        pieces_of(find_inflater(header), b'{"id": "chatcmpl-1", "choices": []}')


@pytest.mark.parametrize("size", [1, 7, 65536])
@pytest.mark.parametrize(
    ("header", "flushed"),
    [
        ("gzip", partial(flushed_zlib, 31)),
        ("deflate", partial(flushed_zlib, 15)),
        ("deflate", partial(flushed_zlib, -15)),
        ("gzip, gzip", flushed_twice),
        ("br", flushed_brotli),
        ("zstd", flushed_zstd),
    ],
)
def test_what_comes_before_an_error_is_not_lost(
    header: str, flushed: Callable[[list[bytes]], bytes], size: int
) -> None:
    text, pieces = b"".join(EVENTS), list[bytes]()
    inflater, broken = find_inflater(header), flushed(EVENTS) + b"\xff\xfe\xfd" * 9
    with pytest.raises(BadCompressionError):
        pieces.extend(pieces_in(inflater, broken, size))
    assert b"".join(pieces) == text


def test_an_error_far_into_a_body_says_that_text_is_lost() -> None:
    text = b"".join(f"data: {number}\n\n".encode() for number in range(400_000))
    packer = zlib.compressobj(wbits=31)
    begun = packer.compress(text) + packer.flush(zlib.Z_SYNC_FLUSH)
    inflater, got = find_inflater("gzip"), list[bytes]()
    with pytest.raises(BadCompressionError, match="the text right before this is lost"):
        got.extend(pieces_in(inflater, begun + b"\xff\xfe\xfd" * 9, 65536))
    arrived = sum(map(len, got))
    assert 4 * PIECE_BYTES < arrived < len(text)


def test_no_body_at_all(coding: tuple[str, Pack]) -> None:
    assert pieces_of(find_inflater(coding[0]), b"") == []


@pytest.mark.parametrize("tail", [b"\0" * 512, b"\x1f", b"padding"])
@pytest.mark.parametrize("size", [1, 7, 65536])
def test_what_follows_a_member_is_ignored(tail: bytes, size: int) -> None:
    packed = gzip.compress(b"Hello") + tail
    assert b"".join(pieces_of(find_inflater("gzip"), packed, size)) == b"Hello"


@pytest.mark.parametrize("header", ["compress", "gzip, foo", ", ".join(["gzip"] * 6)])
def test_codings_that_cannot_be_read(header: str) -> None:
    with pytest.raises(BadCompressionError):
        find_inflater(header)


def test_only_codings_that_can_be_read_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("brotli")
    pytest.importorskip("zstandard")
    assert accepted_codings() == b"gzip, deflate, br, zstd"

    def none(_name: str) -> None:
        return None

    monkeypatch.setattr(libraries, "find_spec", none)
    assert libraries.find_brotli() is None
    assert libraries.find_zstd() is None
