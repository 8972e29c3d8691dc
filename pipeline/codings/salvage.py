"""Keep what was decompressed before an error, which libraries throw away."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .inflater import BadCompressionError, Inflater

# Of longer bodies, the piece with the error is lost, and the error says so.
_MOST_COMPRESSED = 256 * 1024
_MOST_EXPANDED = 4 * 1024 * 1024


class Salvaging:
    """Returns all that comes before an error; the next call raises the error.

    Args:
        make: creates the inflater.
    """

    def __init__(self, make: Callable[[], Inflater]) -> None:
        self._make = make
        self._inflater = make()
        self._fed: bytearray | None = bytearray()
        self._returned = 0
        self._error: BadCompressionError | None = None

    @property
    def pending(self) -> bool:
        """See `Inflater`."""
        return self._error is not None or self._inflater.pending

    def feed(self, data: bytes) -> bytes:
        """See `Inflater`."""
        if self._error is not None:
            raise self._error
        if self._fed is not None:
            self._fed += data
            if len(self._fed) > _MOST_COMPRESSED or self._returned > _MOST_EXPANDED:
                self._fed = None
        try:
            piece = self._inflater.feed(data)
        except BadCompressionError as error:
            if self._fed is None:
                raise BadCompressionError(
                    f"{error}; of such a long body, the text right before this is lost"
                ) from error
            piece = _before_error(self._make, bytes(self._fed))[self._returned :]
            if not piece:
                raise
            self._error = error
        self._returned += len(piece)
        return piece

    def finish(self) -> None:
        """See `Inflater`."""
        self._inflater.finish()


def _before_error(make: Callable[[], Inflater], data: bytes) -> bytes:
    """Return what the bytes before the first wrong one expand to."""
    good = 0
    for step in (4096, 64, 1):
        inflater = make()
        for _ in _pieces(inflater, data[:good]):
            pass
        try:
            while good < len(data):
                for _ in _pieces(inflater, data[good : good + step]):
                    pass
                good += step
        except BadCompressionError:
            continue
    return b"".join(_pieces(make(), data[:good]))


def _pieces(inflater: Inflater, data: bytes) -> Iterator[bytes]:
    yield inflater.feed(data)
    while inflater.pending:
        yield inflater.feed(b"")
