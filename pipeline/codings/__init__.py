"""Content codings: decompress the bodies of responses (RFC 9110, section 8.4).

gzip and deflate are always known. Brotli and zstd need a library that trunkline does not install,
so a request accepts them only if there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from .inflater import PIECE_BYTES, BadCompressionError, Inflater

__all__ = ["PIECE_BYTES", "BadCompressionError", "Inflater", "accepted_codings", "find_inflater"]

# A server has no reason to compress a body more often.
_MAX_CODINGS = 5


class _Unchanged:
    pending = False

    def feed(self, data: bytes) -> bytes:
        return data

    def finish(self) -> None:
        pass


_UNCHANGED = _Unchanged()


class _Chain:
    """Several codings; the one that was applied last comes first."""

    def __init__(self, stages: Sequence[Inflater]) -> None:
        self._stages = stages

    @property
    def pending(self) -> bool:
        return any(stage.pending for stage in self._stages)

    def feed(self, data: bytes) -> bytes:
        start = 0
        if not data:
            # The stage nearest to the result is emptied first, so that each piece stays small.
            waiting = [number for number, stage in enumerate(self._stages) if stage.pending]
            start = waiting[-1] if waiting else len(self._stages)
        for stage in self._stages[start:]:
            data = stage.feed(data)
            if not data:
                break
        return data

    def finish(self) -> None:
        for stage in self._stages:
            stage.finish()


@lru_cache(maxsize=1)
def _codings() -> dict[str, Callable[[], Inflater]]:
    """Return what creates the inflater of each coding that can be decompressed."""
    # Few responses are compressed.
    from .brotli_zstd import find_brotli, find_zstd  # noqa: PLC0415
    from .zlib_codings import Deflate, Gzip  # noqa: PLC0415

    known: dict[str, Callable[[], Inflater]] = {"gzip": Gzip, "deflate": Deflate}
    for name, found in (("br", find_brotli()), ("zstd", find_zstd())):
        if found is not None:
            known[name] = found
    return known


@lru_cache(maxsize=1)
def accepted_codings() -> bytes:
    """Return the value of the header Accept-Encoding."""
    from .brotli_zstd import find_brotli, find_zstd  # noqa: PLC0415  # it looks for libraries

    br = b", br" if find_brotli() is not None else b""
    zstd = b", zstd" if find_zstd() is not None else b""
    return b"gzip, deflate" + br + zstd


def find_inflater(header: str) -> Inflater:
    """Return what decompresses a body with this Content-Encoding.

    Raises:
        BadCompressionError: a coding is unknown, or there are too many.
    """
    if not header:
        return _UNCHANGED
    from .salvage import Salvaging  # noqa: PLC0415  # few responses are compressed

    names = [name for part in header.lower().split(",") if (name := part.strip())]
    stages: list[Inflater] = []
    for name in reversed(names):
        if name == "identity":
            continue
        make = _codings().get(name.removeprefix("x-"))
        if make is None:
            raise BadCompressionError(
                f"content-encoding {header[:100]!r} is unknown, or its library is not installed"
            )
        stages.append(Salvaging(make))
    if len(stages) > _MAX_CODINGS:
        raise BadCompressionError(f"the body is compressed {len(stages)} times")
    if not stages:
        return _UNCHANGED
    return stages[0] if len(stages) == 1 else _Chain(stages)
